"""Ctrl-C does not strike between changes that belong together, but right after them."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["unbroken"]


@contextmanager
def unbroken() -> Iterator[None]:
    """Put off an interrupt until the block, or the decorated call, has ended.

    A notebook's ■ raises KeyboardInterrupt between any two instructions of the main thread. A job
    that was entered in one list and not in the other would never be worked on.

    Examples
    --------
    >>> with unbroken():
    ...     "a few changes of memory, no waiting"
    'a few changes of memory, no waiting'
    """
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    struck: list[tuple[Any, ...]] = []
    signal.signal(signal.SIGINT, lambda *what: struck.append(what))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if struck:
            handler(*struck[0])
