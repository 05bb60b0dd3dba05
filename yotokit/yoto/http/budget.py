"""Retries slow down where there are many, so that an outage does not become a storm."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Budget"]

_BURST, _PER_REQUEST, _PER_S = 20.0, 0.2, 2.0


class Budget:
    """How many retries all threads of a client may make together.

    Each request brings a fifth of one, each second two more, and no more than twenty are saved. A
    retry for which nothing is left is not given up: it waits for its turn.

    Parameters
    ----------
    now_s : callable
        Returns the time, seconds; one that a change of the clock does not touch.

    Examples
    --------
    >>> budget = Budget(lambda: 0.0)
    >>> [budget.spend() for _ in range(22)][18:]
    [0.0, 0.0, 0.5, 1.0]
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._lock = threading.Lock()
        self._saved = _BURST
        self._since_s = now_s()

    def earn(self) -> None:
        """Take note of a request that is no retry."""
        with self._lock:
            self._save(_PER_REQUEST)

    def spend(self) -> float:
        """Return for how long a retry has to wait at least, seconds."""
        with self._lock:
            self._save(0.0)
            self._saved -= 1.0
            return max(0.0, -self._saved / _PER_S)

    def _save(self, more: float) -> None:
        now_s = self._now_s()
        self._saved = min(_BURST, self._saved + more + _PER_S * (now_s - self._since_s))
        self._since_s = now_s
