"""What is counted and timed: numbers of the recent past, from windows of a bounded size."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "RECENT_COUNT",
    "RECENT_S",
    "Ending",
    "Meter",
    "Quantiles",
    "StageMetrics",
    "rate_per_s",
    "recent_times",
]

RECENT_COUNT = 256
RECENT_S = 60.0


class Ending(Enum):
    """How a task ended."""

    PLAIN = auto()
    FAILED = auto()
    POLL = auto()


@dataclass(frozen=True, slots=True)
class Quantiles:
    """How long something took, over the last 256 times; in the unit that the field's name says.

    Attributes
    ----------
    count : int
        How many times are looked at, 0 to 256. Where it is 0, so are the others.
    p50, p90, p99 : float
        So many percent took no longer than this; each is one of the values.

    Examples
    --------
    >>> Quantiles.of([4.0, 1.0, 2.0, 3.0])
    Quantiles(count=4, p50=2.0, p90=4.0, p99=4.0)
    """

    count: int = 0
    p50: float = 0.0
    p90: float = 0.0
    p99: float = 0.0

    @classmethod
    def of(cls, values: Sequence[float]) -> Quantiles:
        """Return the quantiles of some values."""
        if not values:
            return cls()
        ordered, count = sorted(values), len(values)
        p50, p90, p99 = (ordered[math.ceil(q * count / 100) - 1] for q in (50, 90, 99))
        return cls(count, p50, p90, p99)


@dataclass(frozen=True, slots=True)
class StageMetrics:
    """What became of the tasks of one kind.

    Attributes
    ----------
    ended : int
        Tasks that have ended, in whatever way.
    failed : int
        Those of them that raised; one that was cancelled does not count.
    polls : int
        Those of them that answered `Wait`.
    wait_s : Quantiles
        Seconds from ready to run until a worker took it, a pause of its group included.
    run_s : Quantiles
        Seconds that a worker was busy with it.
    busy_s : float
        Seconds that workers were busy with all that have ended, those before the last 256 too.
    """

    ended: int = 0
    failed: int = 0
    polls: int = 0
    wait_s: Quantiles = field(default_factory=Quantiles)
    run_s: Quantiles = field(default_factory=Quantiles)
    busy_s: float = 0.0


class Meter:
    """Counts and times tasks of one kind."""

    __slots__ = ("_busy_s", "_recent", "ended", "failed", "polls")

    def __init__(self) -> None:
        self._busy_s = 0.0
        self.ended = 0
        self.failed = 0
        self.polls = 0
        self._recent: deque[tuple[float, float, float]] = deque(maxlen=RECENT_COUNT)

    def note(self, ready_s: float, taken_s: float, ended_s: float, ending: Ending) -> None:
        """Count a task, from three moments of the engine's clock."""
        self.ended += 1
        if ending is Ending.FAILED:
            self.failed += 1
        elif ending is Ending.POLL:
            self.polls += 1
        self._busy_s += ended_s - taken_s
        self._recent.append((ready_s, taken_s, ended_s))

    def metrics(self) -> StageMetrics:
        """Return what was counted and timed."""
        return StageMetrics(
            self.ended,
            self.failed,
            self.polls,
            Quantiles.of([taken_s - ready_s for ready_s, taken_s, _ in self._recent]),
            Quantiles.of([ended_s - taken_s for _, taken_s, ended_s in self._recent]),
            self._busy_s,
        )

    def ended_per_s(self, now_s: float, since_s: float) -> float:
        """Return how many tasks ended per second, as `rate_per_s` does."""
        return rate_per_s([ended_s for _, _, ended_s in self._recent], now_s, since_s)


def recent_times() -> deque[float]:
    """Return an empty window for `rate_per_s`."""
    return deque(maxlen=RECENT_COUNT)


def rate_per_s(times_s: Sequence[float], now_s: float, since_s: float) -> float:
    """Return how often something happened per second, lately.

    Parameters
    ----------
    times_s : sequence of float
        The last 256 moments at which it happened, in order.
    now_s, since_s : float
        The present moment, and the one at which the counting began.

    Returns
    -------
    float
        Over the last 60 s, or as far back as the counting or the moments go; 0 where no time
        has passed.

    Examples
    --------
    >>> rate_per_s([1.0, 2.0, 3.0, 95.0, 98.0, 100.0], now_s=100.0, since_s=0.0)
    0.05
    """
    begin_s = max(now_s - RECENT_S, since_s)
    if len(times_s) == RECENT_COUNT and times_s[0] > begin_s:
        # Older ones were dropped: only what came after the first that is left is known in full.
        begin_s = times_s[0]
        count = RECENT_COUNT - 1
    else:
        count = sum(time_s >= begin_s for time_s in times_s)
    return count / (now_s - begin_s) if now_s > begin_s else 0.0
