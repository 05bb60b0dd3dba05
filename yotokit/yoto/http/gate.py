"""Where a service asks for a pause, all requests to it wait, not only the one that was told."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from yotokit.errors import JobCancelledError
from yotokit.yoto.http.pauses import granted_s, spread_s

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Gate"]


class Gate:
    """Open, until a service answers 429.

    Parameters
    ----------
    now_s : callable
        Returns the time, seconds; one that a change of the clock does not touch.

    Examples
    --------
    >>> gate = Gate()
    >>> gate.left_s
    0.0
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._lock = threading.Lock()
        self._opens_at_s = 0.0
        self._pause_s = 0.0

    @property
    def left_s(self) -> float:
        """For how long it stays shut, seconds; 0 while it is open."""
        return max(0.0, self._opens_at_s - self._now_s())

    def shut(self, seconds: float) -> None:
        """Keep everybody out for a while; what keeps them out longer already counts on."""
        with self._lock:
            now_s = self._now_s()
            self._opens_at_s = max(self._opens_at_s, now_s + granted_s(seconds))
            self._pause_s = self._opens_at_s - now_s

    def wait(self, stop: threading.Event | None = None) -> None:
        """Return when it is open.

        Raises
        ------
        JobCancelledError
            The event was set meanwhile.
        """
        while (left_s := self.left_s) > 0.0:
            if (stop or threading.Event()).wait(left_s + spread_s(self._pause_s)):
                raise JobCancelledError(
                    "cancelled while the service had asked for a pause; retry to go on"
                )
