"""The engine that works in the background: daemon threads for each lane, and one for the timer."""

from __future__ import annotations

import atexit
import itertools
import threading
import time
import weakref
from functools import partial
from typing import TYPE_CHECKING

from yotokit.engine import fork
from yotokit.engine.base import EngineBase
from yotokit.engine.checks import at_least_one
from yotokit.engine.clock import MonotonicClock
from yotokit.engine.stage import Lane

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import SupportsIndex

    from yotokit.engine.task import Owner, Task

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
        Threads that upload.
    ask_workers : int
        Threads that ask the service short questions: polls, look-ups, the write of a card.
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

    def __init__(
        self,
        *,
        cpu_workers: SupportsIndex | None = None,
        net_workers: SupportsIndex = 4,
        ask_workers: SupportsIndex = 2,
        slots: SupportsIndex | None = None,
    ) -> None:
        super().__init__(
            MonotonicClock(),
            cpu_workers=cpu_workers,
            net_workers=net_workers,
            ask_workers=ask_workers,
            slots=slots,
        )
        self._at_exit = partial(_close_at_exit, weakref.ref(self))
        atexit.register(self._at_exit)

    def _begin_empty(self, workers: dict[Lane, int]) -> None:
        super()._begin_empty(workers)
        self._lane_work = {lane: threading.Condition(self.lock) for lane in Lane}
        self._timer_work = threading.Condition(self.lock)
        self._state = threading.Condition(self.lock)
        self._awaited: list[Callable[[], bool]] = []
        self._threads: dict[Lane, set[threading.Thread]] = {lane: set() for lane in Lane}
        self._idle = dict.fromkeys(Lane, 0)
        self._timer: threading.Thread | None = None

    @classmethod
    def default(cls) -> Engine:
        """Return the engine that all sessions share unless they are given another.

        Configure it with `resize`.
        """
        with _default.lock:
            if _default.engine is None or _default.engine.closed:
                _default.engine = cls()
            return _default.engine

    def resize(
        self,
        *,
        cpu_workers: SupportsIndex | None = None,
        net_workers: SupportsIndex | None = None,
        ask_workers: SupportsIndex | None = None,
        slots: SupportsIndex | None = None,
    ) -> None:
        """Change the number of workers or slots, at any time; what is running is not disturbed.

        Raises
        ------
        SettingError
            A number is below 1, or not a whole one; none is changed.
        EngineClosedError
            The engine is closed.
        """
        given = {
            "cpu_workers": cpu_workers,
            "net_workers": net_workers,
            "ask_workers": ask_workers,
            "slots": slots,
        }
        numbers = {
            name: at_least_one(name, value) for name, value in given.items() if value is not None
        }
        with self.lock:
            self.check_open()
            self._slots = numbers.get("slots", self._slots)
            for lane, state in self._lanes.items():
                state.workers = numbers.get(f"{lane}_workers", state.workers)
                self._wake_all(lane)
                self._wake(lane, len(state.queue))
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
                self.check_open()
                left_s = _SLICE_S if end_s is None else min(_SLICE_S, end_s - time.monotonic())
                if left_s <= 0:
                    return False
                self._awaited.append(predicate)
                try:
                    self._state.wait(left_s)
                finally:
                    self._awaited.remove(predicate)
            return True

    def changed(self, owner: Owner | None = None) -> None:
        """Wake those whose condition holds now, and tell those who watch; called with the lock."""
        # Looked at here, where the lock is held anyway: waking who waits after every change, to
        # find that it was not the one, costs more than the work itself.
        if self._awaited and any(map(_holds, self._awaited)):
            self._state.notify_all()
        super().changed(owner)

    def close(self, timeout_s: float = 2.0) -> None:
        """Cancel what is left, stop the workers, and wait for them no longer than told."""
        self._close_groups()
        with self.lock:
            for lane in Lane:
                self._wake_all(lane)
            self._timer_work.notify_all()
            self._state.notify_all()
            threads = list(itertools.chain.from_iterable(self._threads.values()))
            if self._timer is not None:
                threads.append(self._timer)
        end_s = time.monotonic() + timeout_s
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, end_s - time.monotonic()))
        atexit.unregister(self._at_exit)

    def _work_arrived(self, lane: Lane) -> None:
        if self._idle[lane]:
            # Counted here, not by the thread when it wakes: two tasks must not count on one.
            self._idle[lane] -= 1
            self._lane_work[lane].notify()
        elif len(self._threads[lane]) < self._lanes[lane].workers and not self._closed:
            thread = threading.Thread(
                target=self._work,
                args=(lane,),
                name=f"yotokit-{lane}-{len(self._threads[lane])}",
                daemon=True,
            )
            # In this order: one that the system refuses to start must not count as a worker.
            thread.start()
            self._threads[lane].add(thread)

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
        task = self._next(lane)
        while task is not None:
            ending = self._run(task)
            with self.lock:  # once for both: what counts most in the time that a stage costs
                self._end(task, ending)
                # Idle, a worker must not keep what it has done last.
                del task
                task = self._next(lane)

    def _next(self, lane: Lane) -> Task | None:
        """Wait for a task; None means that this worker is no longer wanted."""
        with self.lock:
            while True:
                if self._closed or len(self._threads[lane]) > self._lanes[lane].workers:
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


class _Default:
    """The engine that all sessions share; a fork's child has none."""

    def __init__(self) -> None:
        self.after_fork()
        fork.watch(self)

    def after_fork(self) -> None:
        self.lock = threading.Lock()
        self.engine: Engine | None = None


_default = _Default()


def _holds(predicate: Callable[[], bool]) -> bool:
    try:
        return predicate()
    except Exception:
        return True  # who waits for it looks again, and gets the error


def _close_at_exit(reference: weakref.ref[Engine]) -> None:
    engine = reference()
    if engine is not None:
        engine.close()
