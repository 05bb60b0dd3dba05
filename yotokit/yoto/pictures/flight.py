"""What is made once, however many threads ask for it at the same time."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

from yotokit.errors import YotoError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["Flight"]

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")


class Flight(Generic[K, V]):
    """Values by key, each made by the first who asks; those who ask meanwhile get the same.

    What went wrong is told to all of them, and is tried again by who asks later.

    Examples
    --------
    >>> flight = Flight()
    >>> flight.get("a", lambda: 1), flight.get("a", lambda: 2)
    (1, 1)
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[K, Future[V | None]] = {}

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Return the value, made now if there is none."""
        while True:
            with self._lock:
                future = self._made.get(key)
                first = future is None
                if future is None:
                    future = self._made[key] = Future()
            if first:
                return self._make(key, future, make)
            value = future.result()
            if value is not None:
                return value

    def put(self, key: K, value: V) -> None:
        """Have a value that was made elsewhere, unless there is one."""
        future: Future[V | None] = Future()
        future.set_result(value)
        with self._lock:
            self._made.setdefault(key, future)

    def drop(self, key: K) -> None:
        """Forget a value; who waits for it gets it still."""
        with self._lock:
            self._made.pop(key, None)

    def _make(self, key: K, future: Future[V | None], make: Callable[[], V]) -> V:
        try:
            value = make()
        except BaseException as error:
            with self._lock:
                if self._made.get(key) is future:
                    del self._made[key]
            # A cancellation, or a Ctrl-C, is the affair of this thread; the next one tries.
            if isinstance(error, YotoError):
                future.set_exception(error)
            else:
                future.set_result(None)
            raise
        future.set_result(value)
        return value
