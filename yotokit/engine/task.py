"""One piece of work that a worker can take, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable

    from yotokit.engine.metrics import Ending
    from yotokit.engine.stage import Lane
    from yotokit.engine.subscribers import Subscribers

__all__ = ["Owner", "Task"]


class Owner(Protocol):
    """Who knows what a task is: a group."""

    @property
    def subscribers(self) -> Subscribers:
        """Who is told of changes of this owner only."""
        ...

    def begin(self, task: Task) -> None:
        """Note that a worker has taken a task; called with the lock."""
        ...

    def run(self, task: Task) -> Ending:
        """Do the work; called without the lock, once and only after `begin`."""
        ...

    def close(self) -> None:
        """Cancel what is left."""
        ...


class Task:
    """One piece of work that a worker can take.

    Attributes
    ----------
    group : hashable
        What takes turns.
    lane : Lane
        Which workers may take it.
    owner : Owner
        Who does the work.
    subject : object
        What the owner is to work on.
    rank : int
        Within a group the highest goes first: what is nearly done gets done.
    needs_slot : bool
        It may start only when a slot is free.
    alive : bool
        It is queued; False once it was taken or retracted.
    timed : bool
        It is queued with the timer, not yet in a lane.
    ready_s, taken_s : float
        When it came into its lane, and when a worker took it, by the engine's clock.
    """

    __slots__ = (
        "alive",
        "group",
        "lane",
        "needs_slot",
        "owner",
        "rank",
        "ready_s",
        "subject",
        "taken_s",
        "timed",
    )

    def __init__(
        self,
        group: Hashable,
        lane: Lane,
        owner: Owner,
        subject: Any = None,
        *,
        rank: int = 0,
        needs_slot: bool = False,
    ) -> None:
        self.group = group
        self.lane = lane
        self.owner = owner
        self.subject = subject
        self.rank = rank
        self.needs_slot = needs_slot
        self.alive = True
        self.timed = False
        self.ready_s = 0.0
        self.taken_s = 0.0
