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
    """Tasks that could run now, and how many of each group were taken and have not ended.

    The group with the fewest in flight goes first: where one group's tasks take a second and
    another's a minute, turns alone would give nearly all workers to the second. Groups with
    equally many take turns.

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
        self._in_flight: dict[Hashable, int] = {}

    def __len__(self) -> int:
        return self._depth

    @property
    def in_flight(self) -> int:
        """How many tasks were taken and have not ended."""
        return sum(self._in_flight.values())

    def depth_of(self, group: Hashable) -> int:
        """Return how many tasks of one group are queued."""
        lines = self._parked.get(group, self._turns.get(group))
        return lines.depth if lines is not None else 0

    def in_flight_of(self, group: Hashable) -> int:
        """Return how many tasks of one group were taken and have not ended."""
        return self._in_flight.get(group, 0)

    def push(self, task: Task, *, first: bool = False) -> bool:
        """Add a task behind those of its group and rank; return False if the group is parked.

        Parameters
        ----------
        task : Task
            What could run now.
        first : bool
            Give its group the next turn; ignored while any task that needs a slot is queued.
        """
        lines = self._parked.get(task.group) if self._parked else None
        if lines is not None:
            lines.push(task)
            self._depth += 1
            return False
        # Were it not for this, a large group would always be the first to take a slot.
        first = first and not any(others.slots_wanted for others in self._turns.values())
        lines = self._turns.get(task.group)
        if lines is None:
            lines = self._turns[task.group] = _Lines()
        lines.push(task)
        self._depth += 1
        if first:
            self._turns.move_to_end(task.group, last=False)
        return True

    def retract(self, task: Task) -> None:
        """Take a queued task back; it is skipped when its turn comes."""
        if not task.alive:
            return
        self._depth -= 1
        lines = self._parked.get(task.group)
        if lines is None:
            lines = self._turns[task.group]
            if lines.depth == 1:
                # Without any task of its group, none would come to skip it and let it go.
                del self._turns[task.group]
        elif lines.depth == 1:
            self._parked[task.group] = _Lines()
        lines.drop(task)

    def pop(self, *, slot_free: bool = True) -> Task | None:
        """Take the next task, or None if there is none that may start.

        Parameters
        ----------
        slot_free : bool
            Whether a task that needs a slot may start.
        """
        group = self._next(slot_free=slot_free)
        task = None if group is None else self._turns[group].take(slot_free=slot_free)
        if task is None:
            return None
        if self._turns[task.group].depth:
            self._turns.move_to_end(task.group)
        else:
            del self._turns[task.group]
        self._depth -= 1
        self._in_flight[task.group] = self._in_flight.get(task.group, 0) + 1
        return task

    def ended(self, task: Task) -> None:
        """Note that a task which was taken has ended."""
        self._in_flight[task.group] -= 1
        if not self._in_flight[task.group]:
            del self._in_flight[task.group]

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

    def _next(self, *, slot_free: bool) -> Hashable | None:
        """Return the group whose turn it is, or None if none has a task that may start.

        There are no more groups in flight than the lane has workers. So this looks at hardly
        more groups than that, unless many wait for a slot and there is none.
        """
        chosen: Hashable | None = None
        fewest = 0
        for group, lines in self._turns.items():
            if slot_free or lines.depth > lines.slots_wanted:
                in_flight = self._in_flight.get(group, 0)
                if not in_flight:
                    return group
                if not fewest or in_flight < fewest:
                    chosen, fewest = group, in_flight
        return chosen


class _Lines:
    """What one group has queued: a line for each rank."""

    __slots__ = ("by_place", "depth", "slots_wanted")

    def __init__(self) -> None:
        self.by_place: dict[tuple[int, bool], deque[Task]] = {}
        self.depth = 0
        self.slots_wanted = 0

    def push(self, task: Task) -> None:
        # Those that need a slot stand in a line of their own: they must not hold up, behind
        # them, the ones that have theirs and could give it back.
        place = (task.rank, not task.needs_slot)
        line = self.by_place.get(place)
        if line is None:
            line = self.by_place[place] = deque()
        line.append(task)
        self.depth += 1
        self.slots_wanted += task.needs_slot

    def take(self, *, slot_free: bool) -> Task | None:
        for place in sorted(self.by_place, reverse=True):
            line, needs_slot = self.by_place[place], not place[1]
            while line and not line[0].alive:
                line.popleft()
            task = line.popleft() if line and (slot_free or not needs_slot) else None
            if not line:
                del self.by_place[place]
            if task is not None:
                self.drop(task)
                return task
        return None

    def drop(self, task: Task) -> None:
        """No longer count a task, which was taken or taken back."""
        # Once only: a later retraction must not count it a second time.
        task.alive = False
        self.depth -= 1
        self.slots_wanted -= task.needs_slot
