"""What the threaded engine and its in-thread twin share: open or closed, groups, subscribers."""

from __future__ import annotations

import os
import weakref
from abc import abstractmethod
from typing import TYPE_CHECKING

from yotokit.engine import fork
from yotokit.engine.checks import at_least_one
from yotokit.engine.dispatch import Dispatcher
from yotokit.engine.snapshot import EngineSnapshot
from yotokit.engine.stage import Lane
from yotokit.engine.subscribers import Subscribers
from yotokit.errors import EngineClosedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import SupportsIndex

    from yotokit.engine.clock import Clock
    from yotokit.engine.task import Owner

__all__ = ["EngineBase"]


class EngineBase(Dispatcher):
    """What sessions and their users ask of an engine; its lock and clock are the dispatcher's."""

    def __init__(
        self,
        clock: Clock,
        *,
        cpu_workers: SupportsIndex | None,
        net_workers: SupportsIndex,
        ask_workers: SupportsIndex,
        slots: SupportsIndex | None,
    ) -> None:
        cpu = (os.cpu_count() or 1) if cpu_workers is None else cpu_workers
        workers = {
            Lane.CPU: at_least_one("cpu_workers", cpu),
            Lane.NET: at_least_one("net_workers", net_workers),
            Lane.ASK: at_least_one("ask_workers", ask_workers),
        }
        slots = 2 * workers[Lane.NET] if slots is None else slots
        super().__init__(clock, workers, at_least_one("slots", slots))
        fork.watch(self)

    def _begin_empty(self, workers: dict[Lane, int]) -> None:
        super()._begin_empty(workers)
        self._subscribers = Subscribers()
        # Weak: a session that nobody holds and that has no work left may go.
        self._groups: weakref.WeakSet[Owner] = weakref.WeakSet()

    @property
    def closed(self) -> bool:
        """Whether the engine has been closed."""
        return self._closed

    def check_open(self) -> None:
        """Make sure that the engine takes work.

        Raises
        ------
        EngineClosedError
            It is closed, or this process is a fork.
        """
        if self._forked:
            raise EngineClosedError(
                "this process is a fork, and the engine's threads stayed with its parent: make a "
                "new engine (Engine.default() does) and a new session, after the fork"
            )
        if self._closed:
            raise EngineClosedError("the engine is closed; make a new one, or use the default")

    def subscribe(
        self, callback: Callable[[], object], *, owner: Owner | None = None
    ) -> Callable[[], None]:
        """Have a function called after each change, and return one that ends this.

        It is called on whatever thread made the change, while that thread holds the lock: it
        must return at once, as setting an event does. One that raises is not called again.

        Parameters
        ----------
        callback : callable
            What to call.
        owner : Group, optional
            Call it only for changes of this group.
        """
        subscribers = self._subscribers if owner is None else owner.subscribers
        with self.lock:
            number = subscribers.add(callback)

        def unsubscribe() -> None:
            with self.lock:
                subscribers.remove(number)

        return unsubscribe

    def changed(self, owner: Owner | None = None) -> None:
        """Tell everyone who waits or watches that something changed; called with the lock.

        Parameters
        ----------
        owner : Group, optional
            Whose change it is: those who watch this group only are told, too.
        """
        self._subscribers.tell()
        # A fork's child tells nobody: those who watch are the parent's, and so are their locks.
        if owner is not None and not self._forked:
            owner.subscribers.tell()

    def snapshot(self) -> EngineSnapshot:
        """Return a frozen picture of queues and workers."""
        with self.lock:
            now_s = self.clock.now_s()
            return EngineSnapshot(
                self._lanes[Lane.CPU].snapshot(now_s),
                self._lanes[Lane.NET].snapshot(now_s),
                len(self._timers),
                # Below 0 while lent slots have come back before others are free.
                max(0, self._slots - self._slots_taken),
                self._slots,
                self._closed,
                self._lanes[Lane.ASK].snapshot(now_s),
            )

    def adopt(self, owner: Owner) -> None:
        """Know a group, to cancel its jobs when the engine closes."""
        with self.lock:
            self._groups.add(owner)

    def forget(self, owner: Owner) -> None:
        """No longer know a group."""
        with self.lock:
            self._groups.discard(owner)

    def after_fork(self) -> None:
        """Be closed: the threads stayed with the parent, and perhaps the lock with one of them."""
        self._closed = self._forked = True
        self._begin_empty({lane: state.workers for lane, state in self._lanes.items()})

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

    def _close_groups(self) -> None:
        with self.lock:
            self._closed = True
            owners = list(self._groups)
        for owner in owners:
            owner.close()
