"""Frozen pictures of a session, safe to look at from any thread."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from yotokit.audio import LIMITER_MOST_DB
from yotokit.engine import FINAL_STATES
from yotokit.session.work import JobState
from yotokit.yoto import Traffic

if TYPE_CHECKING:
    from pathlib import Path

    from yotokit.audio import GainPlan, Loudness
    from yotokit.engine import EngineSnapshot, GroupSnapshot, JobRecord
    from yotokit.session.cards import CardWriter
    from yotokit.session.flow import Flow
    from yotokit.session.work import Work

__all__ = ["JobSnapshot", "Origin", "SessionSnapshot", "job_snapshot", "session_snapshot"]

Origin: TypeAlias = Literal["new", "resumed", "unchanged", "kept"]

_NO_TRAFFIC = Traffic()
_CURVE_COLUMNS = 120


@dataclass(frozen=True, slots=True)
class JobSnapshot:
    """One file of a session.

    Attributes
    ----------
    position : int
        Its place on the card, from 1.
    title, path, state, progress, attempt
        As on the job.
    loudness : Loudness or None
        Of the source, once it is measured.
    gain_db, after_lufs : float or None
        The gain that was applied, and the loudness that follows from it.
    plan : GainPlan or None
        The gain that was chosen, and what limited it.
    untouched : bool
        The file was sent as it is.
    error : Exception or None
        Why it failed.
    notes : tuple of str
        What was found odd when it was measured and rendered.
    job_id : str
        What log lines about it name.
    origin : {"new", "resumed", "unchanged", "kept"}
        Whether this session sent its bytes, the service held them from an earlier run, it was
        on the card already, or is no file but a chapter that was there and stays.
    sent_bytes : int
        How many bytes of it were handed to the network.
    media_sha256 : str
        The service's name for what it made of it; empty before that.
    trouble : str
        What it waits for, where the service is out of reach.
    icon : str
        The display icon that was chosen; empty if none was.
    """

    position: int
    title: str
    path: Path
    state: JobState
    progress: float
    attempt: int
    loudness: Loudness | None
    gain_db: float | None
    after_lufs: float | None
    plan: GainPlan | None
    untouched: bool
    error: Exception | None
    notes: tuple[str, ...] = ()
    job_id: str = "-"
    origin: Origin = "new"
    sent_bytes: int = 0
    media_sha256: str = ""
    trouble: str = ""
    icon: str = ""

    @property
    def note(self) -> str:
        """What a reader should know about the file; empty for most."""
        if self.error is not None:
            return str(self.error)
        notes = [self.trouble] if self.trouble else []
        if self.plan is not None and self.plan.limited_by == "true_peak" and not self.plan.album:
            notes.append("quieter than the target: the true-peak ceiling allows no more gain")
        return "; ".join([*notes, *self.notes])


@dataclass(frozen=True, slots=True)
class SessionSnapshot:
    """A session at one moment.

    Attributes
    ----------
    title : str
        The card's title.
    jobs : tuple of JobSnapshot
        In the order of the card.
    engine : EngineSnapshot
        Queues and workers, which all sessions share.
    target_lufs : float
        Where the files are brought to.
    finalizing : bool
        The card is written as soon as nothing moves any more.
    card_id : str
        The card that was written; empty before that.
    log : tuple of str
        The latest events, oldest first.
    closed : bool
        Nothing changes any more.
    queue : GroupSnapshot or None
        This session's own part of the queues: whether it is paused, what waits and runs, how
        long stages wait and take, how often they were tried again.
    traffic : Traffic
        Requests and bytes of the session's client, which other sessions may share.
    revision : int
        How often the card was written so far.
    journal_trouble : str
        Why nothing is remembered beyond this process; empty if it is.
    """

    title: str
    jobs: tuple[JobSnapshot, ...]
    engine: EngineSnapshot
    target_lufs: float
    finalizing: bool
    card_id: str
    log: tuple[str, ...]
    closed: bool
    queue: GroupSnapshot | None = None
    traffic: Traffic = _NO_TRAFFIC
    revision: int = 0
    journal_trouble: str = ""

    @property
    def sent_bytes(self) -> int:
        """Bytes of this session's files that were handed to the network, in their last attempt."""
        return sum(job.sent_bytes for job in self.jobs)

    @property
    def counts(self) -> dict[JobState, int]:
        """How many files are in each state, those that have any."""
        return dict(Counter(job.state for job in self.jobs))

    @property
    def settled(self) -> int:
        """How many files have come to one of the three ends."""
        return sum(job.state in FINAL_STATES for job in self.jobs)


def session_snapshot(flow: Flow, writer: CardWriter, closed: bool) -> SessionSnapshot:  # noqa: FBT001
    """Freeze a session; called with the engine's lock."""
    return SessionSnapshot(
        title=flow.title,
        jobs=flow.roster.rows(),
        engine=flow.engine.snapshot(),
        target_lufs=flow.target_lufs,
        finalizing=flow.publisher.is_busy,
        card_id=writer.card_id,
        log=flow.events.lines,
        closed=closed,
        queue=flow.group.snapshot(),
        traffic=flow.yoto.traffic,
        revision=writer.revision,
        journal_trouble=flow.diary.trouble,
    )


def job_snapshot(position: int, record: JobRecord[Work]) -> JobSnapshot:
    """Freeze one job; called with the engine's lock."""
    work = record.payload
    untouched = work.rendered is not None and work.rendered.untouched
    gain_db = 0.0 if untouched else work.plan.gain_db if work.plan else None
    return JobSnapshot(
        position=position,
        title=work.title,
        path=work.path,
        state=JobState(record.state),
        progress=record.progress,
        attempt=record.attempt,
        loudness=work.loudness,
        gain_db=gain_db,
        after_lufs=_after_lufs(work, gain_db),
        plan=work.plan,
        untouched=untouched,
        error=record.error,
        notes=_notes(work),
        job_id=work.job_id,
        origin=_origin(work),
        sent_bytes=work.sent_bytes,
        media_sha256=_media_sha256(work),
        trouble=work.trouble if record.state not in FINAL_STATES else "",
        icon=work.icon,
    )


def _origin(work: Work) -> Origin:
    if work.kept is not None:
        return "kept"
    return "resumed" if work.resumed else "new"


def _media_sha256(work: Work) -> str:
    if work.kept is not None:
        return work.kept.tracks[0].media.sha256 if work.kept.tracks else ""
    return work.media.sha256 if work.media is not None else ""


def _after_lufs(work: Work, gain_db: float | None) -> float | None:
    if work.rendered is not None and work.rendered.integrated_lufs is not None:
        return work.rendered.integrated_lufs
    if work.loudness is None or gain_db is None:
        return None
    return work.loudness.integrated_lufs + gain_db


def _notes(work: Work) -> tuple[str, ...]:
    measured = work.loudness.notes if work.loudness is not None else ()
    if work.rendered is None:
        return measured
    curve = work.rendered.limiter_gain_db
    lowest_db = float(curve.min(initial=0.0)) if curve is not None else 0.0
    most = ", the most that is done" if lowest_db < -LIMITER_MOST_DB else ""
    limited = (f"peaks turned down by up to {-lowest_db:.1f} dB{most}",) if lowest_db < 0 else ()
    return (*limited, *work.rendered.notes, *measured)
