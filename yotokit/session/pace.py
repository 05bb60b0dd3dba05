"""How far a session is, how fast it goes, and how long it will take. Pure: no thread, no lock."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yotokit.engine import FINAL_STATES, Lane
from yotokit.session.effort import Effort
from yotokit.session.work import JobState

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.session.snapshot import SessionSnapshot

__all__ = ["Depth", "Pace", "Progress"]

_HISTORY = 120
_RATE_S = 10.0
# Before that, an estimate says more about its guesses than about the session.
_WATCHED_S, _WATCHED_SHARE = 3.0, 0.02
_NOT_YET = 1.0 - 1e-9


@dataclass(frozen=True, slots=True)
class Depth:
    """How much of a session was under way at one moment: tasks that waited or were worked on.

    Attributes
    ----------
    cpu, net, ask : int
        Tasks of each lane.
    transcoding : int
        Files that the service was at work on; they occupy no worker.
    """

    cpu: int = 0
    net: int = 0
    ask: int = 0
    transcoding: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a session is, and how long it will take.

    Attributes
    ----------
    share : float
        Of the session's work that is done, 0 to 1. It never falls, unless files are added, tried
        again or removed, and it is 1 exactly when all files have ended. 0 without files.
    left_s : float or None
        Seconds until all files will have ended. None while that is not known: at first, while
        the session is paused, the service is out of reach or files wait for `Session.finalize`;
        and when nothing is left.
    files_per_s : float
        Files that came to a good end, per second, over the last minute.
    sent_bytes_per_s : float
        Bytes that were handed to the network, per second, over the last 10 s.
    history : tuple of Depth
        One for each second, the last 120 at most, oldest first.
    held : int
        Files that are measured, and wait for the album's gain.
    """

    share: float
    left_s: float | None
    files_per_s: float
    sent_bytes_per_s: float
    history: tuple[Depth, ...] = ()
    held: int = 0


class Pace:
    """Watches a session by its snapshots; for one thread at a time.

    Parameters
    ----------
    now_s : callable
        The clock: returns seconds since some fixed moment.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._looked_s: float | None = None
        self._effort = Effort()
        self._share = 0.0
        self._gained = 0.0
        self._watched_s = 0.0
        self._end_s: float | None = None
        self._sent = _Rate()
        self._history: deque[Depth] = deque(maxlen=_HISTORY)
        self._history_end_s = 0.0

    def look(self, snapshot: SessionSnapshot) -> Progress:
        """Take in what a session has come to; ten times a second, or once in ten seconds.

        Parameters
        ----------
        snapshot : SessionSnapshot
            Of the same session each time, none of them older than the one before.
        """
        now_s = self._now_s()
        since_s = 0.0 if self._looked_s is None else max(0.0, now_s - self._looked_s)
        self._looked_s = now_s
        jobs = [job for job in snapshot.jobs if job.origin != "kept"]
        queue = snapshot.queue
        stands = (queue is not None and queue.paused) or any(job.trouble for job in jobs)
        held = sum(job.held for job in jobs)
        is_over = all(job.state in FINAL_STATES for job in jobs)
        if jobs:
            self._effort.look(jobs, snapshot, 0.0 if stands else since_s)
        self._go_on(is_over=is_over, is_empty=not snapshot.jobs)
        waits = stands or (held > 0 and not snapshot.finalizing)
        return Progress(
            share=self._share,
            left_s=self._left_s(now_s, since_s, waits=waits or is_over),
            files_per_s=queue.done_per_s if queue is not None else 0.0,
            sent_bytes_per_s=self._sent.look(now_s, snapshot.sent_bytes),
            history=self._remembered(now_s, snapshot),
            held=held,
        )

    def _go_on(self, *, is_over: bool, is_empty: bool) -> None:
        effort = self._effort
        if is_over:
            self._share = 0.0 if is_empty else 1.0
        elif effort.renewed:
            self._share, self._end_s = min(effort.fresh_share, _NOT_YET), None
        else:
            # By so much of what was left: what is learned of the costs meanwhile moves nothing.
            share = min(1.0 - (1.0 - self._share) * effort.shrinkage, _NOT_YET)
            self._gained += max(0.0, share - self._share)
            self._share = max(share, self._share)

    def _left_s(self, now_s: float, since_s: float, *, waits: bool) -> float | None:
        effort = self._effort
        if waits:
            self._end_s = None
            return None
        self._watched_s += since_s
        enough = self._watched_s >= _WATCHED_S and self._gained >= _WATCHED_SHARE
        if not enough or not effort.is_measured:
            return None
        end_s = now_s + effort.left_s
        if self._end_s is None:
            self._end_s = end_s
        slack_s = min(max(1.0, 0.1 * effort.left_s), 15.0)
        self._end_s += (end_s - self._end_s) * -math.expm1(-since_s / slack_s)
        return max(0.5, self._end_s - now_s)

    def _remembered(self, now_s: float, snapshot: SessionSnapshot) -> tuple[Depth, ...]:
        depth = _depth(snapshot)
        if not self._history:
            self._history.append(depth)
            self._history_end_s = now_s
            return tuple(self._history)
        seconds = int(now_s - self._history_end_s)
        if seconds > 0:
            # Nobody looked meanwhile: it is drawn as it was, so that a second stays a second.
            self._history.extend([self._history[-1]] * min(seconds - 1, _HISTORY))
            self._history.append(depth)
            self._history_end_s += seconds
        elif depth == Depth():
            self._history[-1] = depth  # the end of the work is not to be missed
        return tuple(self._history)


class _Rate:
    """How fast a number grows, over the last seconds; where it falls, it starts anew."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()

    def look(self, now_s: float, total: float) -> float:
        seen = self._seen
        if seen and total < seen[-1][1]:
            seen.clear()
        seen.append((now_s, total))
        while len(seen) > 2 and seen[1][0] <= now_s - _RATE_S:  # noqa: PLR2004 - both ends
            seen.popleft()
        (first_s, first), (last_s, last) = seen[0], seen[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s else 0.0


def _depth(snapshot: SessionSnapshot) -> Depth:
    transcoding = sum(job.state is JobState.TRANSCODING for job in snapshot.jobs)
    queue = snapshot.queue
    if queue is None:
        return Depth(transcoding=transcoding)
    cpu, net, ask = (
        queue.depth.get(lane, 0) + queue.in_flight.get(lane, 0)
        for lane in (Lane.CPU, Lane.NET, Lane.ASK)
    )
    return Depth(cpu, net, ask, transcoding)
