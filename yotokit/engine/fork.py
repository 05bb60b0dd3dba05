"""What becomes of engines in a process that was forked: threads stay with the parent."""

from __future__ import annotations

import os
import weakref
from typing import Protocol

__all__ = ["Forkable", "watch"]


class Forkable(Protocol):
    """What has to know when it finds itself in a forked child."""

    def after_fork(self) -> None:
        """Make do without threads, and with locks that others may have held at the fork."""
        ...


_watched: weakref.WeakSet[Forkable] = weakref.WeakSet()


def watch(one: Forkable) -> None:
    """Have it told, in every forked child, for as long as it lives."""
    _watched.add(one)


def _in_child() -> None:
    for one in list(_watched):
        one.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
