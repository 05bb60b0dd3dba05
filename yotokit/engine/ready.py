"""The ready queue of a lane: fair between groups, later stages first within a group.

A plain data structure; the engine's lock guards it.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING

from yotokit.engine.task import Task

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["ReadyQueue", "Task"]


class ReadyQueue:
    """Tasks that could run now.

    Examples
    --------
    Two groups take turns, and in each the higher rank goes first:

    >>> from yotokit.engine.stage import Lane
    >>> queue = ReadyQueue()
    >>> for group, rank in [("a", 0), ("a", 1), ("a", 0), ("b", 0)]:
    ...     _ = queue.push(Task(group, Lane.CPU, None, rank=rank))
    >>> [(task.group, task.rank) for task in iter(queue.pop, None)]
    [('a', 1), ('b', 0), ('a', 0), ('a', 0)]
    """

    def __init__(self) -> None:
        self._turns: OrderedDict[Hashable, _Lines] = OrderedDict()
        # Groups that were told to rest, with or without tasks: they have no turn.
        self._parked: dict[Hashable, _Lines] = {}
        self._depth = 0

    def __len__(self) -> int:
        return self._depth

    def depth_of(self, group: Hashable) -> int:
        """Return how many tasks of one group are queued."""
        lines = self._parked.get(group, self._turns.get(group))
        return lines.depth if lines is not None else 0

    def push(self, task: Task) -> bool:
        """Add a task behind those of its group and rank; return False if the group is parked."""
        lines = self._parked.get(task.group) if self._parked else None
        parked = lines is not None
        if lines is None:
            lines = self._turns.get(task.group)
            if lines is None:
                lines = self._turns[task.group] = _Lines()
        lines.push(task)
        self._depth += 1
        return not parked

    def retract(self, task: Task) -> None:
        """Take a queued task back; it is skipped when its turn comes."""
        if not task.alive:
            return
        task.alive = False
        self._depth -= 1
        lines = self._parked.get(task.group)
        if lines is None:
            lines = self._turns[task.group]
            if lines.depth == 1:
                # Without any task of its group, none would come to skip it and let it go.
                del self._turns[task.group]
        elif lines.depth == 1:
            self._parked[task.group] = _Lines()
        lines.depth -= 1

    def pop(self, *, slot_free: bool = True) -> Task | None:
        """Take the next task, or None if there is none that may start.

        Parameters
        ----------
        slot_free : bool
            Whether a task that needs a slot may start.
        """
        turns = self._turns
        for _ in range(len(turns)):
            group = next(iter(turns))
            lines = turns[group]
            task = lines.take(slot_free=slot_free)
            if lines.depth:
                turns.move_to_end(group)
            else:
                del turns[group]
            if task is not None:
                self._depth -= 1
                return task
        return None

    def park(self, group: Hashable) -> None:
        """Give a group no more turns, whatever it has queued or will queue."""
        if group not in self._parked:
            lines = self._turns.pop(group, None)
            self._parked[group] = _Lines() if lines is None else lines

    def unpark(self, group: Hashable) -> int:
        """Give a group turns again, behind the others; return how many tasks it has queued."""
        lines = self._parked.pop(group, None)
        if lines is None or not lines.depth:
            return 0
        self._turns[group] = lines
        return lines.depth


class _Lines:
    """What one group has queued: a line for each rank."""

    __slots__ = ("by_place", "depth")

    def __init__(self) -> None:
        self.by_place: dict[tuple[int, bool], deque[Task]] = {}
        self.depth = 0

    def push(self, task: Task) -> None:
        # Those that need a slot stand in a line of their own: they must not hold up, behind
        # them, the ones that have theirs and could give it back.
        place = (task.rank, not task.needs_slot)
        line = self.by_place.get(place)
        if line is None:
            line = self.by_place[place] = deque()
        line.append(task)
        self.depth += 1

    def take(self, *, slot_free: bool) -> Task | None:
        for place in sorted(self.by_place, reverse=True):
            line, needs_slot = self.by_place[place], not place[1]
            while line and not line[0].alive:
                line.popleft()
            task = line.popleft() if line and (slot_free or not needs_slot) else None
            if not line:
                del self.by_place[place]
            if task is not None:
                # Taken: a later retraction must not count it a second time.
                task.alive = False
                self.depth -= 1
                return task
        return None
