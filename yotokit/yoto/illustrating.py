"""Pictures, fetched side by side, and only for so long."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["fetched"]

_THREADS = 4


def fetched(
    wanted: Mapping[str, Callable[[], bytes | None]], *, within_s: float
) -> dict[str, bytes]:
    """Call functions side by side, in order; return what came of them in time.

    Parameters
    ----------
    wanted : mapping of str to callable
        By name. Each returns a picture, or None; what it raises counts as None.
    within_s : float
        How long to wait, seconds. What takes longer goes on in the background, to its own end.

    Examples
    --------
    >>> fetched({"a": lambda: b"x", "b": lambda: None}, within_s=5.0)
    {'a': b'x'}
    """
    todo: queue.SimpleQueue[str] = queue.SimpleQueue()
    for name in wanted:
        todo.put(name)
    came: dict[str, bytes] = {}
    end_s = time.monotonic() + within_s

    def work() -> None:
        while time.monotonic() < end_s:
            try:
                name = todo.get_nowait()
            except queue.Empty:
                return
            # A picture that is missing must not stop what is shown around it.
            with suppress(Exception):
                came[name] = wanted[name]() or b""

    # Daemons: a kernel that ends does not wait for a picture.
    threads = [
        threading.Thread(target=work, name="yotokit-pictures", daemon=True)
        for _ in range(min(_THREADS, len(wanted)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end_s - time.monotonic()))
    return {name: came[name] for name in wanted if came.get(name)}
