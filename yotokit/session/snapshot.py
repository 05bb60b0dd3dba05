"""Frozen pictures of a session, safe to look at from any thread."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from yotokit.engine import FINAL_STATES
from yotokit.session.known import (
    Origin,
    after_lufs,
    media_sha256,
    notes_of,
    origin_of,
    size_bytes,
    sound_of,
)
from yotokit.session.limits import Limits
from yotokit.session.totals import NO_TOTALS, Totals, totals_of
from yotokit.session.work import JobState
from yotokit.yoto import Traffic

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from yotokit.audio import GainPlan, Loudness
    from yotokit.engine import EngineSnapshot, GroupSnapshot, JobRecord
    from yotokit.session.cards import CardWriter
    from yotokit.session.flow import Flow
    from yotokit.session.icons import IconChoice
    from yotokit.session.work import Work
    from yotokit.yoto import Card

__all__ = ["JobSnapshot", "Origin", "SessionSnapshot", "job_snapshot", "session_snapshot"]

_NO_TRAFFIC = Traffic()
_LIMITS = Limits()


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
    curve_lufs : ndarray of float32 or None
        Momentary loudness of the source, a value each 100 ms: as far as it is measured, then
        whole. Read-only; None before.
    duration_s : float or None
        Length of the source, seconds: what its header says while it is measured, exact then.
    size_bytes : int
        Size of the source; of a chapter that was on the card, what the service holds; 0 if that
        is not known.
    held : bool
        It is measured, and rests until `Session.finalize` asks for the album's gain.
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
    curve_lufs: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
    duration_s: float | None = None
    size_bytes: int = 0
    held: bool = False

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
    limits : Limits
        What the card and its tracks may hold.
    totals : Totals
        What the files come to, as far as is known.
    icons : {"number", "title", "plain"}
        The display icons of files that none was chosen for.
    card : Card or None
        As this session wrote it last, or found it to be up to date.
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
    limits: Limits = _LIMITS
    totals: Totals = NO_TOTALS
    icons: IconChoice = "number"
    card: Card | None = None

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
        limits=writer.limits,
        totals=totals_of(flow.order),
        icons=writer.icons.choice,
        card=flow.publisher.card,
    )


def job_snapshot(position: int, record: JobRecord[Work]) -> JobSnapshot:
    """Freeze one job; called with the engine's lock."""
    work = record.payload
    sound = sound_of(work)
    untouched = work.rendered is not None and work.rendered.untouched
    gain_db = 0.0 if untouched else work.plan.gain_db if work.plan else None
    return JobSnapshot(
        position=position,
        title=work.title,
        path=work.path,
        state=JobState(record.state),
        progress=record.progress,
        attempt=record.attempt,
        loudness=sound.loudness,
        gain_db=gain_db,
        after_lufs=after_lufs(work, gain_db),
        plan=work.plan,
        untouched=untouched,
        error=record.error,
        notes=notes_of(work),
        job_id=work.job_id,
        origin=origin_of(work),
        sent_bytes=work.sent_bytes,
        media_sha256=media_sha256(work),
        trouble=work.trouble if record.state not in FINAL_STATES else "",
        icon=work.icon,
        curve_lufs=sound.curve_lufs,
        duration_s=sound.duration_s,
        size_bytes=size_bytes(work),
        held=record.held,
    )
