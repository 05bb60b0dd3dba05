"""Functions that are called after a change."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from yotokit.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Subscribers"]

_log = get_logger("yotokit.engine")


class Subscribers:
    """Functions that are called after a change; the engine's lock guards them."""

    def __init__(self) -> None:
        self._callbacks: dict[int, Callable[[], object]] = {}
        self._numbers = itertools.count()

    def add(self, callback: Callable[[], object]) -> int:
        """Have a function called after each change; return the number to remove it by."""
        number = next(self._numbers)
        self._callbacks[number] = callback
        return number

    def remove(self, number: int) -> None:
        """No longer call a function; one that is not called anyway is fine."""
        self._callbacks.pop(number, None)

    def tell(self) -> None:
        """Call them; one that raises is not called again."""
        if not self._callbacks:
            return
        for number, callback in list(self._callbacks.items()):
            try:
                callback()
            except Exception:
                _log.exception("a subscriber failed and is not called again")
                self._callbacks.pop(number, None)
