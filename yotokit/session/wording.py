"""What is said of a session's progress in one line of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yotokit.engine import FINAL_STATES
from yotokit.markup import figures
from yotokit.session.work import JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yotokit.session.pace import Progress
    from yotokit.session.snapshot import SessionSnapshot

__all__ = ["fitting", "head", "words"]

_SHORTEST_TITLE, _LONGEST_TITLE = 8, 24


def head(title: str, columns: int) -> str:
    """Return as much of a title as a line of so many columns has room for; perhaps nothing.

    Examples
    --------
    >>> head("Bedtime stories", 100), head("Bedtime stories", 60), head("Bedtime stories", 40)
    ('Bedtime stories: ', 'Bedtime ..: ', '')
    """
    room = min(_LONGEST_TITLE, columns // 2 - 20)
    if room < _SHORTEST_TITLE:
        return ""
    return f"{title if len(title) <= room else title[: room - 2] + '..'}: "


def fitting(parts: Sequence[str], room: int) -> str:
    """Return the first of some parts of a line, as many as fit, and one in any case.

    Examples
    --------
    >>> fitting(["2 of 12 files", "1 failed", "about 2 min left"], 30)
    '2 of 12 files, 1 failed'
    """
    count = len(parts)
    while count > 1 and len(", ".join(parts[:count])) > room:
        count -= 1
    return ", ".join(parts[:count])


def words(snapshot: SessionSnapshot, progress: Progress, took_s: float | None) -> tuple[str, ...]:
    """Return the parts of what a line says of a session.

    Parameters
    ----------
    took_s : float or None
        How long it took, seconds, where it has come to its end.
    """
    jobs = [job for job in snapshot.jobs if job.origin != "kept"]
    done, failed, cancelled = (
        sum(job.state is state for job in jobs)
        for state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)
    )
    told = [
        f"{done} of {len(jobs)} files",
        f"{failed} failed" if failed else "",
        f"{cancelled} cancelled" if cancelled else "",
        _outlook(snapshot, progress) if took_s is None else figures.duration(took_s),
    ]
    return tuple(filter(None, told))


def _outlook(snapshot: SessionSnapshot, progress: Progress) -> str:
    if snapshot.queue is not None and snapshot.queue.paused:
        return "paused"
    if any(job.trouble for job in snapshot.jobs):
        return "waiting for the service"
    if snapshot.finalizing and all(job.state in FINAL_STATES for job in snapshot.jobs):
        return "writing the card"
    left = figures.time_left(progress.left_s)
    return f"{left} left" if left else ""
