"""How the dashboard puts things: how far it is, what is odd about a file."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING

from yotokit.engine import Lane
from yotokit.markup import figures
from yotokit.session import JobState

if TYPE_CHECKING:
    from yotokit.session import JobSnapshot, SessionSnapshot
    from yotokit.session.pace import Progress

__all__ = [
    "announcement",
    "is_working",
    "limit_words",
    "note_words",
    "status_words",
]

_ENDS = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)
_LIMITS = {
    "true_peak": "true peak",
    "limiter": "limiter on peaks",
    "silence": "silence, no gain",
}
_LONGEST_NOTE, _MORE = 90, "..."


def status_words(snapshot: SessionSnapshot, progress: Progress) -> str:
    """Say in one sentence how far a session is."""
    total = len(snapshot.jobs)
    if not total:
        return "No files yet: submit some."
    text = f"{total} {'file' if total == 1 else 'files'}: {_ends(snapshot) or 'none done yet'}"
    left = total - snapshot.settled
    if left:
        text += f", {left} to go"
    if snapshot.queue is not None and snapshot.queue.paused:
        text += "; paused"
    elif progress.left_s is not None and left:
        text += f"; {figures.time_left(progress.left_s)} left"
    if snapshot.finalizing:
        text += "; the card is written when all have ended" if left else "; writing the card"
    elif progress.held and not is_working(snapshot):
        text += "; measured files wait for Finalize, which finds the album's gain"
    elif snapshot.card_id:
        text += f"; card {snapshot.card_id}"
    return text + "."


def announcement(snapshot: SessionSnapshot, progress: Progress) -> str:
    """Return what is read out: it changes every 10 %, and at ends."""
    total, settled = len(snapshot.jobs), snapshot.settled
    if not total:
        return ""
    if settled == total:
        return status_words(snapshot, progress)
    failures = " Some files failed." if snapshot.counts.get(JobState.FAILED) else ""
    if snapshot.queue is not None and snapshot.queue.paused:
        return "Paused." + failures
    tenths = int(10 * progress.share + 1e-6)
    return (f"{10 * tenths} % done." if tenths else "Work has begun.") + failures


def limit_words(job: JobSnapshot) -> str:
    """Say what kept a file's gain from being more; empty if nothing did."""
    if job.plan is None:
        return ""
    words = _LIMITS.get(job.plan.limited_by or "", "")
    return ", ".join(filter(None, ["album" if job.plan.album else "", words]))


def note_words(job: JobSnapshot) -> str:
    """Say in a line what is odd about a file; the details say it in full."""
    error = job.error
    if error is not None:
        text = str(getattr(error, "problem", "") or error)
    else:
        text = "; ".join(filter(None, [job.trouble, *job.notes]))
    short = shorten(text, _LONGEST_NOTE, placeholder=_MORE)
    return short if short != _MORE else text[: _LONGEST_NOTE - len(_MORE)] + _MORE


def is_working(snapshot: SessionSnapshot) -> bool:
    """Say whether something may change by itself: a worker or the service is at work."""
    queue = snapshot.queue
    if queue is None or snapshot.closed or snapshot.engine.closed:
        return False
    if any(queue.in_flight.get(lane, 0) for lane in Lane):
        return True
    return not queue.paused and (
        queue.waiting > 0 or any(queue.depth.get(lane, 0) for lane in Lane)
    )


def _ends(snapshot: SessionSnapshot) -> str:
    counts = snapshot.counts
    return ", ".join(f"{counts[state]} {state.value}" for state in _ENDS if state in counts)
