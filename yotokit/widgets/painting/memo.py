"""What was painted before, so that what has not changed is not made again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["Memo"]

T = TypeVar("T")


class Memo:
    """Keeps what one paint has made for the next one; for one thread at a time.

    It makes paints cheaper, and never different: each piece is kept with all that it was made of.

    Examples
    --------
    >>> memo = Memo()
    >>> memo.turn()
    >>> memo.kept("sum", (1, 2), lambda: 1 + 2)
    3
    >>> memo.turn()
    >>> memo.kept("sum", (1, 2), lambda: 1 / 0)
    3
    """

    def __init__(self) -> None:
        self._before: dict[Hashable, tuple[Any, Any]] = {}
        self._now: dict[Hashable, tuple[Any, Any]] = {}

    def turn(self) -> None:
        """Begin a new paint: what the one before did not need is forgotten."""
        self._before, self._now = self._now, {}

    def kept(self, key: Hashable, made_of: tuple[object, ...], make: Callable[[], T]) -> T:
        """Return what is kept by a key, if it was made of the same; else make it.

        Parameters
        ----------
        key : hashable
            Its name; once in each paint.
        made_of : tuple
            All that it depends on.
        make : callable
            Makes it.
        """
        found = self._before.get(key)
        if found is None or found[0] != made_of:
            found = made_of, make()
        self._now[key] = found
        value: T = found[1]
        return value
