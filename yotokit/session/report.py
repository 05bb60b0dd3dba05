"""What became of each file and of the card: a plain value that survives in a saved notebook."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from yotokit.errors import FinalizeError, NothingToPublishError, SettingError
from yotokit.markup import Html, badge, definitions, figures, page_fragment
from yotokit.session.drawing import jobs_table, jobs_text
from yotokit.session.verification import Verification
from yotokit.session.verifying import Verifier, check_options
from yotokit.session.work import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from yotokit.audio import GainPlan
    from yotokit.session.snapshot import JobSnapshot, Origin
    from yotokit.yoto import Card, Chapter, YotoClient

__all__ = ["OnFailure", "Report", "refuse", "with_origin"]

OnFailure: TypeAlias = Literal["publish", "raise"]
_MOST_NAMED = 10


class _Reaching:
    """Holds the session's client where no field has it: it is neither shown nor pickled."""

    __slots__ = ("_yoto",)
    _yoto: YotoClient | None


@dataclass(frozen=True, slots=True, eq=False)
class Report(_Reaching):
    """The outcome of `Session.finalize`.

    Attributes
    ----------
    title : str
        The session's title.
    card : Card or None
        As it is on the account now; None if it was not written.
    written : bool
        The card had to be written; False if it held all this already.
    jobs : tuple of JobSnapshot
        Each file, in the order of the card.
    target_lufs : float
        Where the files were brought to.
    revision : int
        How often the card was written so far, in all runs that the journal knows of.
    warning : str
        What to know about the card; empty for most.
    """

    title: str
    card: Card | None
    written: bool
    jobs: tuple[JobSnapshot, ...]
    target_lufs: float
    revision: int = 0
    warning: str = ""

    @property
    def album(self) -> GainPlan | None:
        """The one gain of all files, in album mode."""
        plans = (job.plan for job in self.jobs if job.plan is not None and job.plan.album)
        return next(plans, None)

    @property
    def done(self) -> tuple[JobSnapshot, ...]:
        """The files that are on the card."""
        return tuple(job for job in self.jobs if job.state is JobState.DONE)

    @property
    def failed(self) -> tuple[JobSnapshot, ...]:
        """The files that failed; each says why in ``error``."""
        return tuple(job for job in self.jobs if job.state is JobState.FAILED)

    @property
    def new(self) -> tuple[JobSnapshot, ...]:
        """The files whose bytes this session sent."""
        return self._of("new")

    @property
    def resumed(self) -> tuple[JobSnapshot, ...]:
        """The files whose bytes the service held from an earlier run."""
        return self._of("resumed")

    @property
    def unchanged(self) -> tuple[JobSnapshot, ...]:
        """The files that were on the card already, with the same sound and title."""
        return self._of("unchanged")

    @property
    def kept(self) -> tuple[JobSnapshot, ...]:
        """The chapters that were on the card and stay, which no file was submitted for."""
        return self._of("kept")

    def _of(self, origin: Origin) -> tuple[JobSnapshot, ...]:
        return tuple(job for job in self.done if job.origin == origin)

    def verify(
        self,
        yoto: YotoClient | None = None,
        *,
        workers: int = 4,
        isolate: bool = True,
        timeout_s: float = 3600.0,
        progress: Callable[[int, int], object] | None = None,
    ) -> Verification:
        """Fetch what the service made of the files, measure it, and set it beside what was sent.

        Each track is downloaded whole, to a temporary folder that is removed at the end. A track
        that cannot be had fails alone.

        Parameters
        ----------
        yoto : YotoClient, optional
            The account; the session's own client where it is missing.
        workers : int
            How many tracks are fetched and measured side by side.
        isolate : bool
            Read each file in a process of its own, as for files that one does not trust; it
            costs about a second a track.
        timeout_s : float
            How long all of it may take, seconds; what is not done then fails.
        progress : callable, optional
            Called with how many tracks are done, and of how many.

        Raises
        ------
        SettingError
            An argument cannot be used, no card was written, or there is no open client.
        NotFoundError
            The card is not there any more.
        YotoError
            The service is out of reach.
        """
        check_options(workers, timeout_s)
        client: YotoClient | None = yoto or getattr(self, "_yoto", None)
        if self.card is None:
            raise SettingError(f"{self.title!r} was not written, so there is nothing to verify")
        if client is None or not hasattr(client, "fetch_audio"):
            raise SettingError(
                "this report has no client (a copy or a pickled one keeps none); give it one: "
                "report.verify(yoto)"
            )
        own = [job for job in self.done if job.origin != "kept"]
        try:
            verifier = Verifier(client, self.card.card_id, isolate=isolate)
        except SettingError as error:
            raise SettingError(f"{error}, and give it to the report: verify(yoto)") from None
        tracks = verifier.verify(own, workers=workers, timeout_s=timeout_s, progress=progress)
        return Verification(self.title, self.card.card_id, tracks, self.target_lufs, len(self.kept))

    def with_client(self, yoto: YotoClient) -> Report:
        """Let it reach the service by a client; return itself."""
        object.__setattr__(self, "_yoto", yoto)
        return self

    def to_dict(self) -> list[dict[str, Any]]:
        """Return a row per file, as a data frame takes them."""
        return [
            {
                "position": job.position,
                "title": job.title,
                "path": str(job.path),
                "state": job.state.value,
                "origin": job.origin,
                "before_lufs": job.loudness.integrated_lufs if job.loudness else None,
                "after_lufs": job.after_lufs,
                "gain_db": job.gain_db,
                "limited_by": job.plan.limited_by if job.plan else None,
                "note": job.note,
            }
            for job in self.jobs
        ]

    @property
    def summary(self) -> str:
        """One sentence: how many files are on which card, and how many are not."""
        on_card, count = len(self.done) - len(self.kept), len(self.jobs) - len(self.kept)
        files = "file" if count == 1 else "files"
        if self.card is None:
            text = f"nothing was written; {count} {files}"
        else:
            verb = "written" if self.written else "already up to date"
            text = f"{on_card} of {count} {files} on card {self.card.card_id}, {verb}"
            text += f" ({self._origins()})"
        return f"{text}; {len(self.failed)} FAILED" if self.failed else text

    def _origins(self) -> str:
        kinds = (
            ("new", self.new),
            ("resumed", self.resumed),
            ("unchanged", self.unchanged),
            ("kept", self.kept),
        )
        return ", ".join(f"{len(jobs)} {kind}" for kind, jobs in kinds if jobs)

    def __repr__(self) -> str:
        album = f"\nalbum gain {_album_words(self.album)}" if self.album is not None else ""
        warning = f"\n{self.warning}" if self.warning else ""
        return f"{self.title}: {self.summary}{album}{warning}\n\n{jobs_text(self.jobs)}"

    def _repr_html_(self) -> str:
        facts: list[tuple[str, object]] = [
            ("target", f"{figures.lufs(self.target_lufs)} LUFS"),
            ("chapters", f"{len(self.done)} of {len(self.jobs)}"),
        ]
        if self.card is not None:
            facts.append(("length", figures.duration(self.card.duration_s)))
            facts.append(("card", self.card.card_id))
            facts.append(("files", self._origins()))
        if self.failed:
            facts.append(("failed", badge(str(len(self.failed)), "red")))
        if self.album is not None:
            facts.append(("album gain", _album_words(self.album)))
        if self.warning:
            facts.append(("mind", self.warning))
        return page_fragment(
            Html("<h4>"),
            self.title,
            Html("</h4><p>"),
            self.summary,
            Html("</p>"),
            definitions(facts),
            jobs_table(self.jobs, self.target_lufs),
        )


def with_origin(
    jobs: tuple[JobSnapshot, ...], before: Iterable[Chapter]
) -> tuple[JobSnapshot, ...]:
    """Mark the files as unchanged that were on the card before it was written."""
    held = {(chapter.title, track.media.sha256) for chapter in before for track in chapter.tracks}
    return tuple(
        replace(job, origin="unchanged")
        if job.origin != "kept" and (job.title, job.media_sha256) in held
        else job
        for job in jobs
    )


def refuse(
    title: str, jobs: tuple[JobSnapshot, ...], on_failure: OnFailure, target_lufs: float
) -> None:
    """Raise if the card is not to be written.

    Raises
    ------
    FinalizeError
        Files failed, and the caller wants all or nothing.
    NothingToPublishError
        No file is done.
    """
    report = Report(title, None, False, jobs, target_lufs)
    failures = [job.error for job in report.failed if job.error is not None]
    if on_failure == "raise" and failures:
        error = FinalizeError(
            f"{len(failures)} of {len(jobs)} files failed, so {title!r} was not written; mend or "
            "remove them, or finalize() without on_failure",
            failures,
        )
        error.report = report
        raise error
    if not report.done:
        nothing = "no file was submitted, or all were removed; yoto.delete_card(...) deletes a card"
        why = f"none of {len(jobs)} files was done" if jobs else nothing
        named = "".join(f"\n  {failure}" for failure in failures[:_MOST_NAMED])
        raise NothingToPublishError(f"{title!r} was not written: {why}{named}", report)


def _album_words(plan: GainPlan) -> str:
    limits = {
        "true_peak": ", limited by the highest true peak of all files",
        "limiter": ", with a limiter on the peaks",
    }
    return f"{figures.signed_db(plan.gain_db)} dB" + limits.get(plan.limited_by or "", "")
