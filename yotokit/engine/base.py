"""What the threaded engine and its in-thread twin share: queues, timers, slots, subscribers."""

from __future__ import annotations

import heapq
import itertools
import logging
import os
import threading
import weakref
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from yotokit.engine.ready import ReadyQueue, Task
from yotokit.engine.snapshot import EngineSnapshot, LaneSnapshot
from yotokit.engine.stage import Lane
from yotokit.errors import EngineClosedError, SettingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.engine.clock import Clock
    from yotokit.engine.group import Group

__all__ = ["EngineBase", "at_least_one"]

_log = logging.getLogger("yotokit.engine")


class EngineBase(ABC):
    """Queues of tasks, and the rules by which they are taken.

    Attributes
    ----------
    lock : threading.RLock
        Guards every change of state, the groups' and their owners' too. Held for moves of a few
        values only, never while a stage runs.
    clock : Clock
        Where the time comes from.
    """

    def __init__(
        self, clock: Clock, *, cpu_workers: int | None, net_workers: int, slots: int | None
    ) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self._workers = {
            Lane.CPU: at_least_one(
                "cpu_workers", (os.cpu_count() or 1) if cpu_workers is None else cpu_workers
            ),
            Lane.NET: at_least_one("net_workers", net_workers),
        }
        self._slots = at_least_one("slots", 2 * net_workers if slots is None else slots)
        self._slots_taken = 0
        self._ready = {lane: ReadyQueue() for lane in Lane}
        self._in_flight = dict.fromkeys(Lane, 0)
        self._completed = dict.fromkeys(Lane, 0)
        self._timers: list[tuple[float, int, Task]] = []
        self._timer_numbers = itertools.count()
        self._waiting = 0
        self._subscribers: dict[int, Callable[[], object]] = {}
        self._subscriber_numbers = itertools.count()
        # Weak: a session that nobody holds and that has no work left may go.
        self._groups: weakref.WeakSet[Group[object]] = weakref.WeakSet()
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether the engine has been closed."""
        return self._closed

    def post(self, task: Task, delay_s: float = 0.0) -> None:
        """Queue a task, now or after a delay.

        Raises
        ------
        EngineClosedError
            The engine is closed.
        """
        with self.lock:
            if self._closed:
                raise EngineClosedError("the engine is closed; make a new one, or use the default")
            if delay_s > 0:
                due_s = self.clock.now_s() + delay_s
                task.timed = True
                heapq.heappush(self._timers, (due_s, next(self._timer_numbers), task))
                self._waiting += 1
                self._timer_changed()
            else:
                self._ready[task.lane].push(task)
                self._work_arrived(task.lane)

    def retract(self, task: Task) -> None:
        """Take back a task that no worker has taken yet; any other is left alone."""
        with self.lock:
            if not task.timed:
                self._ready[task.lane].retract(task)
            elif task.alive:
                task.alive = False
                self._waiting -= 1

    def free_slot(self) -> None:
        """Give back the slot of a task that needed one."""
        with self.lock:
            self._slots_taken -= 1
            self._work_arrived(Lane.CPU)

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have a function called after each change, and return one that ends this.

        It is called on whatever thread made the change, while that thread holds the lock: it
        must return at once, as setting an event does. One that raises is not called again.
        """
        number = next(self._subscriber_numbers)
        with self.lock:
            self._subscribers[number] = callback

        def unsubscribe() -> None:
            with self.lock:
                self._subscribers.pop(number, None)

        return unsubscribe

    def changed(self) -> None:
        """Tell everyone who waits or watches that something changed; called with the lock."""
        for number, callback in list(self._subscribers.items()):
            try:
                callback()
            except Exception:
                _log.exception("a subscriber failed and is not called again")
                self._subscribers.pop(number, None)

    def snapshot(self) -> EngineSnapshot:
        """Return a frozen picture of queues and workers."""
        with self.lock:
            lanes = {
                lane: LaneSnapshot(
                    len(self._ready[lane]),
                    self._in_flight[lane],
                    self._workers[lane],
                    self._completed[lane],
                )
                for lane in Lane
            }
            return EngineSnapshot(
                lanes[Lane.CPU],
                lanes[Lane.NET],
                self._waiting,
                self._slots - self._slots_taken,
                self._slots,
                self._closed,
            )

    def adopt(self, group: Group[object]) -> None:
        """Know a group, to cancel its jobs when the engine closes."""
        with self.lock:
            self._groups.add(group)

    def forget(self, group: Group[object]) -> None:
        """No longer know a group."""
        with self.lock:
            self._groups.discard(group)

    @abstractmethod
    def wait_for(self, predicate: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Wait until a condition on the engine's state holds; return whether it does.

        The condition is looked at with the lock held, and must be cheap.

        Raises
        ------
        EngineClosedError
            The engine was closed before that.
        """

    @abstractmethod
    def close(self, timeout_s: float = 2.0) -> None:
        """Cancel what is left, stop the workers, and wait for them no longer than told."""

    def _work_arrived(self, lane: Lane) -> None:  # noqa: B027 - the twin has nobody to wake
        """Wake a worker of a lane; called with the lock."""

    def _timer_changed(self) -> None:  # noqa: B027 - the twin has no timer to wake
        """Wake the timer; called with the lock."""

    def _take(self, lane: Lane) -> Task | None:
        """Take the next task of a lane, and its slot; called with the lock."""
        task = self._ready[lane].pop(slot_free=self._slots_taken < self._slots)
        if task is not None:
            self._in_flight[lane] += 1
            self._slots_taken += task.needs_slot
        return task

    def _run(self, task: Task) -> None:
        try:
            task.run(task)
        except Exception:
            _log.exception("a task of the engine failed; its group may be stuck")
        finally:
            with self.lock:
                self._in_flight[task.lane] -= 1
                self._completed[task.lane] += 1
                self.changed()

    def _release_due(self) -> float | None:
        """Queue what is due; return the seconds until the next is, or None; with the lock."""
        while self._timers:
            due_s, _, task = self._timers[0]
            left_s = due_s - self.clock.now_s()
            if left_s > 0 and task.alive:
                return left_s
            heapq.heappop(self._timers)
            if task.alive:
                task.timed = False
                self._waiting -= 1
                self._ready[task.lane].push(task)
                self._work_arrived(task.lane)
        return None

    def _close_groups(self) -> None:
        with self.lock:
            self._closed = True
            groups = list(self._groups)
        for group in groups:
            group.close()


def at_least_one(name: str, value: int) -> int:
    """Return a number of workers or slots, if it is one.

    Raises
    ------
    SettingError
        It is below 1.
    """
    if value < 1:
        raise SettingError(f"{name}={value}: give 1 or more")
    return value
