"""The one thread that sets what widgets show.

Workers change state and set a flag; the painter wakes, takes one picture of it all, and sleeps a
moment. However many changes there are, there are at most ten paints a second, and the last change
is always painted: it sets the flag after the state, and the painter clears it before it looks.
"""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING

from yotokit.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Painter"]

_SHORTEST_PAUSE_S = 0.1
_SHARE = 4  # painting takes at most a fifth of one core, however much there is to paint
_log = get_logger("yotokit.widgets")


class Painter:
    """Calls a method after changes, in a thread of its own, until it returns False.

    Parameters
    ----------
    repaint : bound method
        Paints, and returns whether there can be anything more to paint. Held weakly: the
        painter ends with its object. One that raises is not called again; the work goes on.
    """

    def __init__(self, repaint: Callable[[], bool]) -> None:
        self._repaint = weakref.WeakMethod(repaint)
        self._dirty = threading.Event()
        self._ended = threading.Event()
        self._dirty.set()
        weakref.finalize(repaint.__self__, self.stop)  # type: ignore[attr-defined]
        threading.Thread(target=self._run, name="yotokit-painter", daemon=True).start()

    def mark(self) -> None:
        """Say that something changed; from any thread, at any time, for a microsecond."""
        self._dirty.set()

    def stop(self) -> None:
        """End the thread; nothing is painted any more."""
        self._ended.set()
        self._dirty.set()

    def _run(self) -> None:
        while True:
            self._dirty.wait()
            self._dirty.clear()
            if self._ended.is_set():
                return
            begin_s = time.perf_counter()
            if not self._paint():
                return
            spent_s = time.perf_counter() - begin_s
            self._ended.wait(max(_SHORTEST_PAUSE_S, _SHARE * spent_s))

    def _paint(self) -> bool:
        repaint = self._repaint()
        if repaint is None:
            return False
        try:
            return repaint()
        except Exception:
            _log.exception("the dashboard stopped painting; the work goes on")
            return False
