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
    from yotokit.errors import CardLintError
    from yotokit.session import Diff, Job, Limits, Report, Verification, backups, sessions
    from yotokit.ties.app import CardMaker
    from yotokit.ties.emulator import YotoEmulator
    from yotokit.ties.session import Session
    from yotokit.widgets import Dashboard, SignInView
    from yotokit.yoto import Card, Chapter, Icon, Track, YotoClient

__all__ = [
    "Card",
    "CardLintError",
    "CardMaker",
    "Chapter",
    "Dashboard",
    "Diff",
    "Engine",
    "Icon",
    "Job",
    "Limits",
    "Loudness",
    "Report",
    "Session",
    "SignInView",
    "Target",
    "Track",
    "Verification",
    "YotoClient",
    "YotoEmulator",
    "YotokitError",
    "backups",
    "compare",
    "measure",
    "normalize",
    "sessions",
]

_HOMES = {
    "Card": "yotokit.yoto",
    "CardLintError": "yotokit.errors",
    "CardMaker": "yotokit.ties.app",
    "Chapter": "yotokit.yoto",
    "Dashboard": "yotokit.widgets",
    "Diff": "yotokit.session",
    "Engine": "yotokit.engine",
    "Icon": "yotokit.yoto",
    "Job": "yotokit.session",
    "Limits": "yotokit.session",
    "Loudness": "yotokit.audio",
    "Report": "yotokit.session",
    "Session": "yotokit.ties.session",
    "SignInView": "yotokit.widgets",
    "Target": "yotokit.audio",
    "Track": "yotokit.yoto",
    "Verification": "yotokit.session",
    "YotoClient": "yotokit.yoto",
    "YotoEmulator": "yotokit.ties.emulator",
    "backups": "yotokit.session",
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
