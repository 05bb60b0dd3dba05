"""`Pictures`: what a view shows beside words, fetched in the background, a few at a time."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from yotokit.errors import EngineClosedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from yotokit.widgets.errands import Errands

__all__ = ["Pictures"]

_AT_ONCE = 2  # as many workers as there are for questions; files wait for these too


class Pictures:
    """The pictures that are wanted just now, as far as they have come.

    Parameters
    ----------
    get : callable
        Given a name; returns its picture, None if there is none.
    errands : Errands
        Fetch them.
    mark : callable
        Called when one has come, from any thread.
    most_bytes : int
        A larger picture counts as none.

    Attributes
    ----------
    came : mapping of str to bytes
        By name, empty where there is no picture. Replaced as a whole.
    """

    def __init__(
        self,
        get: Callable[[str], bytes | None],
        errands: Errands,
        mark: Callable[[], object],
        *,
        most_bytes: int,
    ) -> None:
        self._get = get
        self._errands = errands
        self._mark = mark
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._wanted: tuple[str, ...] = ()
        self._under_way: set[str] = set()
        self.came: Mapping[str, bytes] = {}

    def want(self, names: Iterable[str]) -> None:
        """Have these pictures, the first ones first, and no others any more."""
        with self._lock:
            self._wanted = tuple(dict.fromkeys(names))
            there = set(self._wanted)
            self.came = {name: data for name, data in self.came.items() if name in there}
        self._fetch()

    def _fetch(self) -> None:
        for name in self._next():
            self._errands.run(
                partial(self._get, name), partial(self._arrived, name), partial(self._failed, name)
            )

    def _next(self) -> list[str]:
        with self._lock:
            missing = (n for n in self._wanted if n not in self.came and n not in self._under_way)
            names = [name for name, _ in zip(missing, range(self._free()), strict=False)]
            self._under_way.update(names)
            return names

    def _free(self) -> int:
        return max(0, _AT_ONCE - len(self._under_way))

    def _arrived(self, name: str, data: bytes | None) -> None:
        if data is None or len(data) > self._most_bytes:
            data = b""
        with self._lock:
            self._under_way.discard(name)
            if name in self._wanted:
                self.came = {**self.came, name: data}
        self._mark()
        self._fetch()

    def _failed(self, name: str, error: Exception) -> None:
        if isinstance(error, EngineClosedError):  # nobody is left who would fetch another one
            with self._lock:
                self._wanted = ()
        self._arrived(name, None)
