"""Which task goes next, and what is counted of it: lanes, timers, slots."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from yotokit.engine.lanes import LaneState
from yotokit.engine.metrics import Ending
from yotokit.engine.stage import Lane
from yotokit.engine.timers import Timers
from yotokit.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Hashable

    from yotokit.engine.clock import Clock
    from yotokit.engine.task import Owner, Task

__all__ = ["Dispatcher"]

_log = get_logger("yotokit.engine")


class Dispatcher(ABC):
    """The half of an engine that its groups and workers call.

    Attributes
    ----------
    lock : threading.RLock
        Guards every change of state, the groups' and their owners' too. Held for moves of a few
        values only, never while a stage runs. A fork's child has another one: ask for it anew.
    clock : Clock
        Where the time comes from.
    """

    def __init__(self, clock: Clock, workers: dict[Lane, int], slots: int) -> None:
        self.clock = clock
        self._slots = slots
        self._closed = False
        self._forked = False
        self._begin_empty(workers)

    def _begin_empty(self, workers: dict[Lane, int]) -> None:
        """Have a lock, and queues without a task."""
        self.lock = threading.RLock()
        now_s = self.clock.now_s()
        self._lanes = {lane: LaneState(workers[lane], now_s) for lane in Lane}
        self._timers = Timers()
        self._slots_taken = 0

    @property
    def forked(self) -> bool:
        """Whether this is the copy, in a fork's child, of an engine that works in the parent."""
        return self._forked

    @abstractmethod
    def check_open(self) -> None:
        """Make sure that the engine takes work, or raise an `EngineClosedError`."""

    @abstractmethod
    def changed(self, owner: Owner | None = None) -> None:
        """Tell everyone who waits or watches that something changed; called with the lock."""

    def post(self, task: Task, delay_s: float = 0.0) -> None:
        """Queue a task, now or after a delay.

        Raises
        ------
        EngineClosedError
            The engine is closed.
        """
        with self.lock:
            self.check_open()
            if delay_s > 0:
                if self._timers.push(task, self.clock.now_s() + delay_s):
                    self._timer_changed()
            else:
                self._push(task)

    def retract(self, task: Task) -> None:
        """Take back a task that no worker has taken yet; any other is left alone."""
        with self.lock:
            if self._forked:
                return  # it stands in the parent's queues
            if task.timed:
                self._timers.retract(task)
            else:
                self._lanes[task.lane].queue.retract(task)

    def park(self, group: Hashable) -> None:
        """Take no task of a group until it is unparked; what falls due meanwhile is queued."""
        with self.lock:
            for state in self._lanes.values():
                state.queue.park(group)

    def unpark(self, group: Hashable) -> None:
        """Take tasks of a group again."""
        with self.lock:
            for lane, state in self._lanes.items():
                self._wake(lane, state.queue.unpark(group))

    def free_slots(self, count: int) -> None:
        """Give back slots, or take them, with a count below 0, even if there are none left."""
        with self.lock:
            if not self._forked:
                self._slots_taken -= count
                self._wake(Lane.CPU, count)

    def counts_of(self, group: Hashable) -> tuple[dict[Lane, int], dict[Lane, int], int]:
        """Return by lane how many tasks of a group are queued, how many run; how many wait."""
        with self.lock:
            depths = {lane: state.queue.depth_of(group) for lane, state in self._lanes.items()}
            in_flight = {
                lane: state.queue.in_flight_of(group) for lane, state in self._lanes.items()
            }
            return depths, in_flight, self._timers.depth_of(group)

    def _work_arrived(self, lane: Lane) -> None:  # noqa: B027 - the twin has nobody to wake
        """Wake a worker of a lane; called with the lock."""

    def _timer_changed(self) -> None:  # noqa: B027 - the twin has no timer to wake
        """Wake the timer; called with the lock."""

    def _wake(self, lane: Lane, count: int) -> None:
        """Wake as many workers as there is work for; called with the lock."""
        for _ in range(min(count, self._lanes[lane].workers)):
            self._work_arrived(lane)

    def _push(self, task: Task) -> None:
        task.ready_s = self.clock.now_s()
        # A job that could take a slot now, and has come through a stage already, goes on at once:
        # with many groups, it would else be a round of turns until the first job gets anywhere.
        first = task.needs_slot and task.rank > 0 and self._slots_taken < self._slots
        if self._lanes[task.lane].queue.push(task, first=first):
            self._work_arrived(task.lane)

    def _take(self, lane: Lane) -> Task | None:
        """Take the next task of a lane, and its slot, and begin it; called with the lock."""
        task = self._lanes[lane].queue.pop(slot_free=self._slots_taken < self._slots)
        if task is not None:
            task.taken_s = self.clock.now_s()
            self._slots_taken += task.needs_slot
            task.owner.begin(task)
        return task

    def _run(self, task: Task) -> Ending:
        """Do a task that was taken; called without the lock, and followed by `_end`."""
        try:
            return task.owner.run(task)
        except (Exception, SystemExit):
            _log.exception("a task of the engine failed; its group may be stuck")
            return Ending.FAILED
        except BaseException:
            with self.lock:
                self._end(task, Ending.FAILED)
            raise

    def _end(self, task: Task, ending: Ending) -> None:
        """Count a task that was run; called with the lock."""
        if self._forked:
            return  # taken in the parent, and counted there
        state = self._lanes[task.lane]
        state.queue.ended(task)
        state.meter.note(task.ready_s, task.taken_s, self.clock.now_s(), ending)
        self.changed(task.owner)

    def _release_due(self) -> float | None:
        """Queue what is due; return the seconds until the next is, or None; with the lock."""
        now_s = self.clock.now_s()
        while (task := self._timers.pop_due(now_s)) is not None:
            self._push(task)
        return self._timers.left_s(now_s)
