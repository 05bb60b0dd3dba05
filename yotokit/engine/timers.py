"""Tasks that wait for a moment; a plain data structure, guarded by the engine's lock."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from yotokit.engine.task import Task

__all__ = ["Timers"]


class Timers:
    """Tasks by the moment when they fall due; those of one moment keep their order."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Task]] = []
        self._numbers = itertools.count()
        self._depth = 0
        self._depths: Counter[Hashable] = Counter()

    def __len__(self) -> int:
        return self._depth

    def depth_of(self, group: Hashable) -> int:
        """Return how many tasks of one group wait here."""
        return self._depths.get(group, 0)

    def push(self, task: Task, due_s: float) -> bool:
        """Add a task by the moment when it falls due; return whether it is the next to do so."""
        task.timed = True
        heapq.heappush(self._heap, (due_s, next(self._numbers), task))
        self._count(task, 1)
        return self._heap[0][2] is task

    def retract(self, task: Task) -> None:
        """Take a task back."""
        if not task.alive:
            return
        task.alive = False
        self._count(task, -1)
        if len(self._heap) > 2 * self._depth:
            # What was taken back holds its group, and must not do so until its time comes.
            self._heap = [entry for entry in self._heap if entry[2].alive]
            heapq.heapify(self._heap)

    def pop_due(self, now_s: float) -> Task | None:
        """Take the next task whose time has come, or None."""
        left_s = self.left_s(now_s)
        if left_s is None or left_s > 0:
            return None
        task = heapq.heappop(self._heap)[2]
        task.timed = False
        self._count(task, -1)
        return task

    def left_s(self, now_s: float) -> float | None:
        """Return the seconds until the next task falls due, or None if there is no task."""
        while self._heap and not self._heap[0][2].alive:
            heapq.heappop(self._heap)
        return self._heap[0][0] - now_s if self._heap else None

    def _count(self, task: Task, change: int) -> None:
        self._depth += change
        self._depths[task.group] += change
        if not self._depths[task.group]:
            del self._depths[task.group]
