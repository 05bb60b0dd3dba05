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
        self._groups: OrderedDict[Hashable, dict[int, deque[Task]]] = OrderedDict()
        self._depth = 0

    def __len__(self) -> int:
        return self._depth

    def push(self, task: Task) -> None:
        """Add a task behind those of its group and rank."""
        ranks = self._groups.setdefault(task.group, {})
        ranks.setdefault(task.rank, deque()).append(task)
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
            group, ranks = next(iter(self._groups.items()))
            task = self._take(ranks, slot_free=slot_free)
            if ranks:
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
    def _take(ranks: dict[int, deque[Task]], *, slot_free: bool) -> Task | None:
        for rank in sorted(ranks, reverse=True):
            queue = ranks[rank]
            while queue and not queue[0].alive:
                queue.popleft()
            may_start = queue and (slot_free or not queue[0].needs_slot)
            task = queue.popleft() if may_start else None
            if not queue:
                del ranks[rank]
            if task is not None:
                return task
        return None
