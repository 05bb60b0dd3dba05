"""The seam to time: a real clock, and one that jumps where a test wants it."""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["Clock", "MonotonicClock", "VirtualClock"]


class Clock(Protocol):
    """Tells how much time has passed."""

    def now_s(self) -> float:
        """Return seconds since some fixed moment."""
        ...


class MonotonicClock:
    """The machine's monotonic clock."""

    def now_s(self) -> float:
        """Return seconds since some fixed moment."""
        return time.monotonic()


class VirtualClock:
    """A clock that stands still until it is moved.

    Examples
    --------
    >>> clock = VirtualClock()
    >>> clock.advance_to(30.0)
    >>> clock.now_s()
    30.0
    """

    def __init__(self) -> None:
        self._now_s = 0.0

    def now_s(self) -> float:
        """Return the seconds that it was moved by so far."""
        return self._now_s

    def advance_to(self, now_s: float) -> None:
        """Move forward to a moment; never back."""
        self._now_s = max(self._now_s, now_s)
