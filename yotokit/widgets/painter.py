"""The one thread that sets what widgets show.

Workers change state and set a flag; the painter wakes, takes one picture of it all, and sleeps a
moment. However many changes there are, there are at most ten paints a second, fewer where there is
much to paint, and the last change is always painted: it sets the flag after the state, and the
painter clears it before it looks. Where nothing changes for a while the thread ends, and the next
change starts another one: a notebook may show many sessions that nobody works with any more.
"""

from __future__ import annotations

import threading
import time
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING

from yotokit.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Painter"]

_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 1.0
_REST_AFTER_S = 10.0
_SHARE = 69  # painting takes at most a seventieth of a core, unless that were too seldom
_log = get_logger("yotokit.widgets")


class Painter:
    """Calls a method after changes, in a thread of its own.

    Parameters
    ----------
    repaint : bound method
        Paints, and returns when it is to be called again: True, after the next change; False, the
        same, and that may be long in coming; a number, after so many seconds even if nothing
        changes. Held weakly: the painter ends with its object. One that raises is not called
        again; the work goes on.
    begins : bool
        Begin at once; otherwise `begin` does, so that an object may hand out its painter's `mark`
        while it is still being made.

    Examples
    --------
    >>> class Clock:
    ...     looks = 0
    ...
    ...     def repaint(self) -> bool:
    ...         self.looks += 1
    ...         return True
    >>> clock = Clock()
    >>> painter = Painter(clock.repaint)
    >>> painter.flush(), clock.looks > 0
    (True, True)
    >>> painter.stop()
    """

    def __init__(self, repaint: Callable[[], bool | float], *, begins: bool = True) -> None:
        self._repaint = weakref.WeakMethod(repaint)
        self._dirty = threading.Event()
        self._awaited = threading.Event()
        self._hurry = threading.Event()
        self._turn = threading.Condition()
        self._asked = self._answered = 0
        self._ended = self._resting = False
        self._thread: threading.Thread | None = None
        weakref.finalize(repaint.__self__, self.stop)  # type: ignore[attr-defined]
        if begins:
            self.begin()

    def begin(self) -> None:
        """Paint at once, and after changes from here on; called once."""
        self._resting = True
        self.mark()

    def mark(self) -> None:
        """Say that something changed; from any thread, at any time, for a microsecond."""
        self._dirty.set()
        if self._resting:
            self._wake()

    def mark_soon(self) -> None:
        """Do the same for a change that a person waits to see: it is painted within 0.1 s."""
        self._awaited.set()
        self.mark()

    def flush(self, timeout_s: float = 1.0) -> bool:
        """Have what has changed painted now, and wait for that; return whether it was.

        Parameters
        ----------
        timeout_s : float
            How long to wait at most, seconds.
        """
        if threading.current_thread() is self._thread:
            return False  # it would wait for itself
        with self._turn:
            self._asked += 1
            mine = self._asked
            self._hurry.set()
            self.mark_soon()
            self._turn.wait_for(lambda: self._ended or self._answered >= mine, timeout_s)
            return self._answered >= mine

    def stop(self) -> None:
        """End the thread; nothing is painted any more."""
        self._ended = True
        self._hurry.set()
        self.mark_soon()

    def _wake(self) -> None:
        with self._turn:
            if self._resting and not self._ended:
                self._resting = False
                thread = threading.Thread(target=self._run, name="yotokit-painter", daemon=True)
                self._thread = thread
                with suppress(RuntimeError):  # the interpreter is about to end
                    thread.start()

    def _rests(self) -> bool:
        """End the thread for now, unless there was a change; whoever comes later sees that."""
        with self._turn:
            self._resting = True  # before the look: a mark sets its flag before it looks at this
            self._resting = not self._dirty.is_set()
            return self._resting

    def _run(self) -> None:
        again: bool | float | None = True
        while True:
            if again is True or again is False:
                changed = self._dirty.wait(_REST_AFTER_S if again else 0.0)
                if not changed and self._rests():
                    return
            else:
                self._dirty.wait(again)
            self._dirty.clear()
            self._awaited.clear()
            self._hurry.clear()
            if self._ended:
                break
            with self._turn:
                asked = self._asked
            begin_s = time.thread_time()
            again = self._paint()
            if again is None:
                break
            with self._turn:
                self._answered = asked
                self._turn.notify_all()
            spent_s = time.thread_time() - begin_s
            self._hurry.wait(_SHORTEST_PAUSE_S)
            self._awaited.wait(min(_SHARE * spent_s, _LONGEST_PAUSE_S) - _SHORTEST_PAUSE_S)
        with self._turn:
            self._ended = True
            self._turn.notify_all()

    def _paint(self) -> bool | float | None:
        repaint = self._repaint()
        if repaint is None:
            return None
        try:
            return repaint()
        except Exception:
            _log.exception("a view stopped painting; the work goes on")
            return None
