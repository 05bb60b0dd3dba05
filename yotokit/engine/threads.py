"""The engine that works in the background: daemon threads for each lane, and one for the timer."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from typing import TYPE_CHECKING, ClassVar

from yotokit.engine.base import EngineBase, at_least_one
from yotokit.engine.clock import MonotonicClock
from yotokit.engine.stage import Lane
from yotokit.errors import EngineClosedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.engine.ready import Task

__all__ = ["Engine"]

# A wait without an end cannot be interrupted on Windows before Python 3.14; slices can.
_SLICE_S = 0.2


class Engine(EngineBase):
    """Runs the work of all sessions of the process, in the background.

    Threads start when there is work for them. They are daemons, so a script never hangs on
    them; what is left at interpreter exit is cancelled within two seconds.

    Parameters
    ----------
    cpu_workers : int, optional
        Threads that measure and render; as many as the machine has cores where it is missing.
    net_workers : int
        Threads that talk to the service.
    slots : int, optional
        Files that may be rendered ahead of their upload, and so lie on disk; twice the
        ``net_workers`` where it is missing.

    Examples
    --------
    >>> engine = Engine(cpu_workers=1, net_workers=2)
    >>> engine.snapshot().net.workers
    2
    >>> engine.close()
    """

    _default: ClassVar[Engine | None] = None
    _default_lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(
        self, *, cpu_workers: int | None = None, net_workers: int = 4, slots: int | None = None
    ) -> None:
        super().__init__(
            MonotonicClock(), cpu_workers=cpu_workers, net_workers=net_workers, slots=slots
        )
        self._lane_work = {lane: threading.Condition(self.lock) for lane in Lane}
        self._timer_work = threading.Condition(self.lock)
        self._state = threading.Condition(self.lock)
        self._threads: dict[Lane, set[threading.Thread]] = {lane: set() for lane in Lane}
        self._idle = dict.fromkeys(Lane, 0)
        self._timer: threading.Thread | None = None
        atexit.register(_close_at_exit, weakref.ref(self))

    @classmethod
    def default(cls) -> Engine:
        """Return the engine that all sessions share unless they are given another.

        Configure it with `resize`.
        """
        with cls._default_lock:
            if cls._default is None or cls._default.closed:
                cls._default = cls()
            return cls._default

    def resize(
        self,
        *,
        cpu_workers: int | None = None,
        net_workers: int | None = None,
        slots: int | None = None,
    ) -> None:
        """Change the number of workers or slots, at any time; what is running is not disturbed.

        Raises
        ------
        SettingError
            A number is below 1.
        """
        with self.lock:
            if cpu_workers is not None:
                self._workers[Lane.CPU] = at_least_one("cpu_workers", cpu_workers)
            if net_workers is not None:
                self._workers[Lane.NET] = at_least_one("net_workers", net_workers)
            if slots is not None:
                self._slots = at_least_one("slots", slots)
            for lane in Lane:
                self._wake_all(lane)
                for _ in range(len(self._ready[lane])):
                    self._work_arrived(lane)
            self.changed()

    def wait_for(self, predicate: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Wait until a condition on the engine's state holds; return whether it does.

        Ctrl-C ends the waiting, not the work.

        Raises
        ------
        EngineClosedError
            The engine was closed before that.
        """
        end_s = None if timeout_s is None else time.monotonic() + timeout_s
        with self._state:
            while not predicate():
                if self._closed:
                    raise EngineClosedError("the engine was closed while work was going on")
                left_s = _SLICE_S if end_s is None else min(_SLICE_S, end_s - time.monotonic())
                if left_s <= 0:
                    return False
                self._state.wait(left_s)
            return True

    def changed(self) -> None:
        """Tell everyone who waits or watches that something changed; called with the lock."""
        self._state.notify_all()
        super().changed()

    def close(self, timeout_s: float = 2.0) -> None:
        """Cancel what is left, stop the workers, and wait for them no longer than told."""
        self._close_groups()
        with self.lock:
            for lane in Lane:
                self._wake_all(lane)
            self._timer_work.notify_all()
            self._state.notify_all()
            threads = [*self._threads[Lane.CPU], *self._threads[Lane.NET]]
            if self._timer is not None:
                threads.append(self._timer)
        end_s = time.monotonic() + timeout_s
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, end_s - time.monotonic()))

    def _work_arrived(self, lane: Lane) -> None:
        if self._idle[lane]:
            # Counted here, not by the thread when it wakes: two tasks must not count on one.
            self._idle[lane] -= 1
            self._lane_work[lane].notify()
        elif len(self._threads[lane]) < self._workers[lane]:
            thread = threading.Thread(
                target=self._work,
                args=(lane,),
                name=f"yotokit-{lane}-{len(self._threads[lane])}",
                daemon=True,
            )
            self._threads[lane].add(thread)
            thread.start()

    def _wake_all(self, lane: Lane) -> None:
        self._idle[lane] = 0
        self._lane_work[lane].notify_all()

    def _timer_changed(self) -> None:
        if self._timer is None:
            self._timer = threading.Thread(
                target=self._keep_time, name="yotokit-timer", daemon=True
            )
            self._timer.start()
        self._timer_work.notify()

    def _work(self, lane: Lane) -> None:
        while (task := self._next(lane)) is not None:
            self._run(task)
            del task

    def _next(self, lane: Lane) -> Task | None:
        """Wait for a task; None means that this worker is no longer wanted."""
        with self.lock:
            while True:
                if self._closed or len(self._threads[lane]) > self._workers[lane]:
                    self._threads[lane].discard(threading.current_thread())
                    return None
                task = self._take(lane)
                if task is not None:
                    return task
                self._idle[lane] += 1
                self._lane_work[lane].wait()

    def _keep_time(self) -> None:
        with self.lock:
            while not self._closed:
                self._timer_work.wait(self._release_due())


def _close_at_exit(reference: weakref.ref[Engine]) -> None:
    engine = reference()
    if engine is not None:
        engine.close()
