"""The ready queue of a lane: fair between groups, later stages first within a group.

A plain data structure; the engine's lock guards it.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from yotokit.engine.stage import Lane

__all__ = ["ReadyQueue", "Task"]


class Task:
    """One piece of work that a worker can take.

    Attributes
    ----------
    group : hashable
        Whose work it is; groups take turns.
    lane : Lane
        Which workers may take it.
    rank : int
        Within a group the highest goes first: what is nearly done gets done.
    run : callable
        The work; it is handed the task itself.
    needs_slot : bool
        It may start only when a slot is free.
    alive : bool
        It is queued; False once it was taken or retracted.
    timed : bool
        It is queued with the timer, not yet in a lane.
    """

    __slots__ = ("alive", "group", "lane", "needs_slot", "rank", "run", "timed")

    def __init__(
        self,
        group: Hashable,
        lane: Lane,
        run: Callable[[Task], None],
        *,
        rank: int = 0,
        needs_slot: bool = False,
    ) -> None:
        self.group = group
        self.lane = lane
        self.run = run
        self.rank = rank
        self.needs_slot = needs_slot
        self.alive = True
        self.timed = False


class ReadyQueue:
    """Tasks that could run now.

    Examples
    --------
    Two groups take turns, and in each the higher rank goes first:

    >>> from yotokit.engine.stage import Lane
    >>> queue = ReadyQueue()
    >>> for group, rank in [("a", 0), ("a", 1), ("a", 0), ("b", 0)]:
    ...     queue.push(Task(group, Lane.CPU, print, rank=rank))
    >>> [(task.group, task.rank) for task in iter(queue.pop, None)]
    [('a', 1), ('b', 0), ('a', 0), ('a', 0)]
    """

    def __init__(self) -> None:
        self._groups: OrderedDict[Hashable, dict[tuple[int, bool], deque[Task]]] = OrderedDict()
        self._depth = 0

    def __len__(self) -> int:
        return self._depth

    def push(self, task: Task) -> None:
        """Add a task behind those of its group and rank."""
        lines = self._groups.setdefault(task.group, {})
        # Those that need a slot stand in a line of their own: they must not hold up, behind
        # them, the ones that have theirs and could give it back.
        lines.setdefault((task.rank, not task.needs_slot), deque()).append(task)
        self._depth += 1

    def retract(self, task: Task) -> None:
        """Take a queued task back; it is skipped when its turn comes."""
        if task.alive:
            task.alive = False
            self._depth -= 1

    def pop(self, *, slot_free: bool = True) -> Task | None:
        """Take the next task, or None if there is none that may start.

        Parameters
        ----------
        slot_free : bool
            Whether a task that needs a slot may start.
        """
        for _ in range(len(self._groups)):
            group, lines = next(iter(self._groups.items()))
            task = self._take(lines, slot_free=slot_free)
            if lines:
                self._groups.move_to_end(group)
            else:
                del self._groups[group]
            if task is not None:
                # Taken: a later retraction must not count it a second time.
                task.alive = False
                self._depth -= 1
                return task
        return None

    @staticmethod
    def _take(lines: dict[tuple[int, bool], deque[Task]], *, slot_free: bool) -> Task | None:
        for place in sorted(lines, reverse=True):
            line, needs_slot = lines[place], not place[1]
            while line and not line[0].alive:
                line.popleft()
            task = line.popleft() if line and (slot_free or not needs_slot) else None
            if not line:
                del lines[place]
            if task is not None:
                return task
        return None
