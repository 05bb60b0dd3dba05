"""The in-thread twin: the same engine without a single thread, on a clock that jumps."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from yotokit.engine.base import EngineBase
from yotokit.engine.clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import SupportsIndex

__all__ = ["InlineEngine"]


class InlineEngine(EngineBase):
    """Runs everything in the caller's thread, while it waits; for tests.

    Waiting for a timer takes no time: the clock jumps to when it is due. Which lane goes next
    is drawn by a seeded generator, so that a seed stands for an order of events.

    Parameters
    ----------
    seed : int
        Of the order of events.
    slots : int, optional
        As for `Engine`.

    Examples
    --------
    >>> engine = InlineEngine()
    >>> engine.clock.now_s()
    0.0
    """

    clock: VirtualClock

    def __init__(self, seed: int = 0, *, slots: SupportsIndex | None = None) -> None:
        super().__init__(VirtualClock(), cpu_workers=1, net_workers=1, ask_workers=1, slots=slots)
        self._random = random.Random(seed)

    def step(self) -> bool:
        """Run one task, moving the clock if nothing else is left; return False if none is."""
        with self.lock:
            self._release_due()
            lanes = [lane for lane, state in self._lanes.items() if len(state.queue)]
            self._random.shuffle(lanes)
            task = next(filter(None, map(self._take, lanes)), None)
            if task is None:
                left_s = self._release_due()
                if left_s is None:
                    return False
                self.clock.advance_to(self.clock.now_s() + left_s)
                self._release_due()
                return True
        ending = self._run(task)
        with self.lock:
            self._end(task, ending)
        return True

    def wait_for(self, predicate: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Work until a condition holds or nothing is left to do; return whether it holds.

        Raises
        ------
        EngineClosedError
            The engine was closed before that.
        """
        end_s = None if timeout_s is None else self.clock.now_s() + timeout_s
        while not predicate():
            self.check_open()
            if (end_s is not None and self.clock.now_s() >= end_s) or not self.step():
                return False
        return True

    def close(self, timeout_s: float = 2.0) -> None:  # noqa: ARG002 - there is nothing to wait for
        """Cancel what is left."""
        self._close_groups()
