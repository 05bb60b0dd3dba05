"""yotokit: fill Yoto Make Your Own cards from a notebook.

A `Session` takes files, measures and loudness-normalizes them and uploads them side by side in
the background; `Session.finalize` waits for the workers and writes the ordered card, once.

The names below load when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from yotokit.errors import YotokitError
from yotokit.logs import get_logger
from yotokit.settings import set_up_logging

if TYPE_CHECKING:
    from yotokit.audio import Loudness, Target, compare, measure, normalize
    from yotokit.engine import Engine
    from yotokit.session import Job, Report, sessions
    from yotokit.ties import Session, YotoEmulator
    from yotokit.widgets import Dashboard
    from yotokit.yoto import Card, Chapter, Track, YotoClient

__all__ = [
    "Card",
    "Chapter",
    "Dashboard",
    "Engine",
    "Job",
    "Loudness",
    "Report",
    "Session",
    "Target",
    "Track",
    "YotoClient",
    "YotoEmulator",
    "YotokitError",
    "compare",
    "measure",
    "normalize",
    "sessions",
]

_HOMES = {
    "Card": "yotokit.yoto",
    "Chapter": "yotokit.yoto",
    "Dashboard": "yotokit.widgets",
    "Engine": "yotokit.engine",
    "Job": "yotokit.session",
    "Loudness": "yotokit.audio",
    "Report": "yotokit.session",
    "Session": "yotokit.ties",
    "Target": "yotokit.audio",
    "Track": "yotokit.yoto",
    "YotoClient": "yotokit.yoto",
    "YotoEmulator": "yotokit.ties",
    "compare": "yotokit.audio",
    "measure": "yotokit.audio",
    "normalize": "yotokit.audio",
    "sessions": "yotokit.session",
}

set_up_logging(get_logger("yotokit"))


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - reads the disk

        return version("yotokit")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
