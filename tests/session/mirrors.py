"""What a session must look like from outside, kept in a few plain lists beside the real one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from session.fake_service import media_name
from session.worlds import UNMEASURABLE, loudness_of, sent_digest

import yotokit as yk
from yotokit.audio import Target, plan_album, plan_track
from yotokit.engine import FINAL_STATES
from yotokit.errors import (
    ApiError,
    CardConflictError,
    FinalizeError,
    JobCancelledError,
    NotFoundError,
    NothingToPublishError,
    SettingError,
    TransportError,
)
from yotokit.session import JobState

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

TARGET = Target()


@dataclass(eq=False)
class Ask:
    """A finalize that was asked for."""

    future: Future
    on_failure: str
    overwrite: bool
    edits: int
    seen: bool = False


@dataclass(eq=False)
class Mirror:
    """A session and what it must look like.

    Attributes
    ----------
    order, titles : list of Path, dict
        The files in the card's order, and what the card calls them.
    finals : dict
        The end that each attempt of each job came to.
    asks : list of Ask
        What it was asked to finalize.
    """

    kernel: object
    title: str
    normalize: str
    name: str
    session: yk.Session | None = None
    order: list[Path] = field(default_factory=list)
    titles: dict[Path, str] = field(default_factory=dict)
    finals: dict = field(default_factory=dict)
    asks: list[Ask] = field(default_factory=list)
    futures: list[Future] = field(default_factory=list)
    began: bool = False
    paused: bool = False

    def __post_init__(self) -> None:
        self.world = self.kernel.world
        self.client = self.kernel.client(self.name)

    def open(self, *, resume: bool = False) -> None:
        """Make the session; a file that was there before is a file of it if it is resumed."""
        options = {"engine": self.kernel.engine, "journal": self.kernel.state}
        if resume:
            self.session = yk.Session.resume(self.title, self.client, **options)
        else:
            self.session = yk.Session(
                self.title, self.client, normalize=self.normalize, tags=False, **options
            )
        self.kernel.sessions.append(self)
        self.session.subscribe(self.watch)

    def watch(self) -> None:
        """Look at every change: an attempt has one end."""
        for record in self.session._flow.order:
            key = (record, record.attempt)
            ended = self.finals.get(key)
            if ended is not None and record.state != ended:
                self.world.broken.append(f"{record.payload.path} went on after {ended}")
            if record.state in FINAL_STATES:
                self.finals[key] = record.state

    def named(self, path: Path) -> str:
        return self.titles.get(path) or path.stem.split(" ", 1)[1]

    def added(self, paths: list[Path]) -> list[Path]:
        return [*self.order, *(p for p in dict.fromkeys(paths) if p not in self.order)]

    def moved(self, path: Path, position: int) -> list[Path]:
        order = [other for other in self.order if other != path]
        order.insert(max(0, position - 1), path)
        return order

    def job(self, which: int) -> yk.Job | None:
        jobs = self.session.jobs
        return jobs[which % len(jobs)] if jobs else None

    def finalize(self, on_failure: str = "publish", *, overwrite: bool = False) -> Ask | None:
        """Ask for the card; None where another way to do so is under way."""
        try:
            future = self.session.begin_finalize(on_failure, overwrite=overwrite)
        except SettingError:
            assert any(not ask.future.done() for ask in self.asks)
            return None
        self.asks.append(Ask(future, on_failure, overwrite, self.world.edits))
        return self.asks[-1]

    @property
    def is_asked(self) -> bool:
        return any(not ask.future.done() for ask in self.asks)

    @property
    def writes(self) -> int:
        return sum(who == self.name for who, _ in self.world.service.writes)

    def check(self) -> None:
        """Look at all that must hold at any moment."""
        assert [job.path for job in self.session.jobs] == self.order
        assert [job.title for job in self.session.jobs] == [self.named(p) for p in self.order]
        assert self.session.snapshot().journal_trouble == ""
        # A write whose answer was lost may be followed by one that says what is new since.
        fired = self.world.service.fired
        lost = fired["write", "lost"] + fired["write", "500 after"]
        asked = len({id(ask.future) for ask in self.asks})
        assert self.writes <= asked + lost
        for ask in self.asks:
            if ask.future.done() and not ask.seen:
                ask.seen = True
                self.judge(ask)

    def judge(self, ask: Ask) -> None:
        """Look at what came of a finalize."""
        error = ask.future.exception(0)
        if error is None:
            self.judge_report(ask.future.result(0), ask)
        elif isinstance(error, CardConflictError):
            assert self.world.edits, error
            assert not ask.overwrite
        elif isinstance(error, FinalizeError):
            assert ask.on_failure == "raise"
            assert error.report.failed
        elif isinstance(error, NothingToPublishError):
            assert not error.report.done
        elif isinstance(error, TransportError | ApiError):
            # Not found: it was deleted between a look at it and the write.
            assert self.world.service.fired or (
                self.world.edits and isinstance(error, NotFoundError)
            )
        else:
            assert isinstance(error, JobCancelledError), repr(error)

    def judge_report(self, report: yk.Report, ask: Ask) -> None:
        assert ask.on_failure == "publish" or not report.failed
        plans = {job.plan for job in report.done}
        assert self.normalize != "album" or len(plans) == 1, plans
        for job in report.done:
            (sha256,) = job.loudness.notes
            assert self.normalize != "track" or job.plan == plan_track(job.loudness, TARGET)
            assert job.media_sha256 == media_name(sent_digest(sha256, job.gain_db))
        names = [(job.title, job.media_sha256) for job in report.done]
        held = [(c.title, c.tracks[0].media.sha256) for c in report.card.chapters]
        # What was changed elsewhere, by hand or by another session, is left alone where nothing
        # is new here.
        alone = self.world.edits == 0 and self.world.number_of_writers == 1
        assert names == held or not (report.written or ask.overwrite or alone)

    def check_rest(self) -> None:
        """Look at what must hold when nothing is left to do."""
        if self.paused:
            return
        jobs = self.session.jobs
        held = {job.state for job in jobs if not job.done()}
        assert held <= ({JobState.MEASURED} if self.normalize == "album" else set()), held
        assert self.session.wait(0.0)
        assert not self.is_asked, "a finalize without an end"
        scratch = self.session._flow._scratch._folder
        assert {path.name for path in scratch.glob("*")} <= {".lock"}

    def check_end(self, report: yk.Report) -> None:
        """Look at the card when all has come to its end in a calm world."""
        good = [path for path in self.order if path.read_text().startswith("sound ")]
        states = {job.path: (job.state, job.error) for job in report.jobs}
        assert [job.path for job in report.done] == good, states
        assert all(job.state in (JobState.DONE, JobState.FAILED) for job in report.jobs)
        texts = [(path, path.read_text()) for path in self.order]
        parts = [loudness_of(p) for p, text in texts if text and not text.startswith(UNMEASURABLE)]
        for job in report.done:
            own = loudness_of(job.path)
            plan = plan_track(own, TARGET)
            if self.normalize == "album":
                plan = plan_album(sorted(parts, key=lambda part: part.notes[0]), TARGET)
            assert job.plan == plan
            assert job.media_sha256 == media_name(sent_digest(own.notes[0], plan.gain_db))
        chapters = [(c.title, c.tracks[0].media.sha256) for c in report.card.chapters]
        assert chapters == [(job.title, job.media_sha256) for job in report.done]
        (card,) = self.world.service.of_title(self.title)
        assert card.chapters == report.card.chapters
