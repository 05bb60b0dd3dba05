"""`Holder`: holds the state of a card maker, and lets go of what it does not hold any more."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from yotokit.engine import Lane
from yotokit.logs import get_logger
from yotokit.widgets.app import moves
from yotokit.widgets.app.state import Account, State
from yotokit.widgets.app.words import in_words
from yotokit.widgets.errands import Errands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from yotokit.engine import EngineBase
    from yotokit.session import Session
    from yotokit.widgets.app.state import Step

__all__ = ["Holder"]

_log = get_logger("yotokit.widgets")


class Holder:
    """The state, for any thread to move on; no call takes long but `close`.

    Parameters
    ----------
    engine : EngineBase
        Does what takes its time.

    Attributes
    ----------
    state : State
        Replaced as a whole.
    mark : callable
        Called after each change, from any thread.
    errands : Errands
        What takes its time.
    """

    def __init__(self, engine: EngineBase) -> None:
        self.state = State()
        self.mark: Callable[[], object] = lambda: None
        self.errands = Errands(engine)
        self._lock = threading.Lock()
        self._leaving: set[Session | Account] = set()

    def changed(self) -> None:
        """Say that something changed."""
        self.mark()

    def close(self) -> None:
        """Let go of everything; what works on a card ends, and can be gone on with."""
        self.move(moves.closed)
        self.errands.close()
        # With what no worker has come to yet; no session outlives its account.
        with self._lock:
            gone = sorted(self._leaving, key=lambda one: isinstance(one, Account))
        self._let_go(gone)

    def have_done(
        self,
        step: Step,
        words: str,
        work: Callable[[], Any],
        then: Callable[..., object],
        *,
        lane: Lane = Lane.ASK,
    ) -> None:
        """Begin something at a step, if it can be begun there; its outcome goes to ``then``."""
        state = self.move(moves.began, step, words)
        if state is None:
            return
        turn = state.turn

        def failed(error: Exception) -> None:
            self.move(moves.failed, turn, in_words(error))

        self.errands.run(work, lambda outcome: then(turn, outcome), failed, lane=lane)

    def move(self, move: Callable[..., State], *arguments: Any, **options: Any) -> State | None:
        """Go to the next state and return it; None if that may not be."""
        with self._lock:
            before = self.state
            after = self.state = move(before, *arguments, **options)
            gone = moves.left_behind(before, after)
            self._leaving |= set(gone)
        if after is before:
            return None
        if gone and not after.is_closed:
            self.errands.run(partial(self._let_go, gone), lambda _: None, lambda _: None)
        self.mark()
        return after

    def _let_go(self, gone: Iterable[Session | Account]) -> None:
        """Close sessions and accounts, in this order; each once."""
        for one in gone:
            with self._lock:
                ours = one in self._leaving
                self._leaving.discard(one)
            try:
                if ours:
                    one.close()
            except Exception:
                _log.exception("this could not be closed: %r", one)
