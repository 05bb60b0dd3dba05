"""What the face has done for it in the background: on the engine's workers, in their turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from yotokit.engine import Group, Lane
from yotokit.errors import YotokitError
from yotokit.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.engine import EngineBase

__all__ = ["Errands"]

T = TypeVar("T")

_log = get_logger("yotokit.widgets")


class Errands:
    """Small pieces of work that a view asks for, beside the files of the sessions.

    A click may come on any thread and must return at once, and the painter must not be held up.
    So what takes a moment (an excerpt to listen to, icons to choose from) waits for a worker,
    as a file does; the engine gives the view its turn between the sessions.

    Parameters
    ----------
    engine : EngineBase
        Whose workers do it.
    """

    def __init__(self, engine: EngineBase) -> None:
        self._group: Group[Any] = Group(
            engine,
            (),
            on_change=lambda _: None,
            on_rest=lambda _: None,
            on_close=lambda: None,
        )

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[Exception], object],
        *,
        lane: Lane = Lane.ASK,
    ) -> None:
        """Have something done, and be told of its outcome on the worker's thread.

        Parameters
        ----------
        work : callable
            What is to be done.
        then, failed : callable
            Given what it returned, or what it raised; one of them, once, unless the errands are
            closed before. They set state and mark the painter, and nothing else.
        lane : Lane
            Whose workers do it.
        """

        def errand() -> None:
            try:
                result = work()
            except Exception as error:
                if not isinstance(error, YotokitError):
                    _log.exception("the view could not get what it asked for")
                failed(error)
            else:
                then(result)

        try:
            self._group.post(errand, lane=lane)
        except YotokitError as error:  # the engine is closed
            failed(error)

    def close(self) -> None:
        """Drop what no worker has taken yet."""
        self._group.close()
