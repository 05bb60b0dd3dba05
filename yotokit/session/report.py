"""What became of each file and of the card: a plain value that survives in a saved notebook."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from yotokit.errors import FinalizeError, NothingToPublishError
from yotokit.markup import Html, badge, definitions, figures, page_fragment
from yotokit.session.drawing import jobs_table, jobs_text
from yotokit.session.work import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yotokit.audio import GainPlan
    from yotokit.session.snapshot import JobSnapshot, Origin
    from yotokit.yoto import Card, Chapter

__all__ = ["OnFailure", "Report", "refuse", "with_origin"]

OnFailure: TypeAlias = Literal["publish", "raise"]
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True, eq=False)
class Report:
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
    """

    title: str
    card: Card | None
    written: bool
    jobs: tuple[JobSnapshot, ...]
    target_lufs: float
    revision: int = 0

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

    def _of(self, origin: Origin) -> tuple[JobSnapshot, ...]:
        return tuple(job for job in self.done if job.origin == origin)

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
        on_card = len(self.done)
        files = "file" if len(self.jobs) == 1 else "files"
        if self.card is None:
            text = f"nothing was written; {len(self.jobs)} {files}"
        else:
            verb = "written" if self.written else "already up to date"
            text = f"{on_card} of {len(self.jobs)} {files} on card {self.card.card_id}, {verb}"
            text += f" ({self._origins()})"
        return f"{text}; {len(self.failed)} FAILED" if self.failed else text

    def _origins(self) -> str:
        kinds = ("new", self.new), ("resumed", self.resumed), ("unchanged", self.unchanged)
        return ", ".join(f"{len(jobs)} {kind}" for kind, jobs in kinds if jobs)

    def __repr__(self) -> str:
        album = f"\nalbum gain {_album_words(self.album)}" if self.album is not None else ""
        return f"{self.title}: {self.summary}{album}\n\n{jobs_text(self.jobs)}"

    def _repr_html_(self) -> str:
        facts: list[tuple[str, object]] = [
            ("target", f"{figures.lufs(self.target_lufs)} LUFS"),
            ("on the card", f"{len(self.done)} of {len(self.jobs)}"),
        ]
        if self.card is not None:
            facts.append(("length", figures.duration(self.card.duration_s)))
            facts.append(("card", self.card.card_id))
            facts.append(("files", self._origins()))
        if self.failed:
            facts.append(("failed", badge(str(len(self.failed)), "red")))
        if self.album is not None:
            facts.append(("album gain", _album_words(self.album)))
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
        replace(job, origin="unchanged") if (job.title, job.media_sha256) in held else job
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
        why = f"none of {len(jobs)} files was done" if jobs else "no file was submitted"
        named = "".join(f"\n  {failure}" for failure in failures[:_MOST_NAMED])
        raise NothingToPublishError(f"{title!r} was not written: {why}{named}", report)


def _album_words(plan: GainPlan) -> str:
    limits = {
        "true_peak": ", limited by the highest true peak of all files",
        "limiter": ", with a limiter on the peaks",
    }
    return f"{figures.signed_db(plan.gain_db)} dB" + limits.get(plan.limited_by or "", "")
