"""Loads libraries that take their time when they are needed, in whatever thread that is.

A thread that is loading one when the process is forked does not exist in the child, and what it
has locked stays locked there for ever. So a fork waits until nothing is being loaded.
"""

from __future__ import annotations

import importlib
import os
import threading

__all__ = ["load"]

_loading = threading.RLock()


def load(name: str) -> None:
    """Load a module, unless it is there.

    Raises
    ------
    ImportError
        It cannot be loaded.

    Examples
    --------
    >>> load("json")
    """
    with _loading:
        importlib.import_module(name)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_loading.acquire, after_in_parent=_loading.release, after_in_child=_loading.release
    )
