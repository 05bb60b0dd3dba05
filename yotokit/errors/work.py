"""What can become of jobs, sessions and engines."""

from __future__ import annotations

from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from yotokit.errors.base import YotokitError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = [
    "EngineClosedError",
    "FinalizeError",
    "JobCancelledError",
    "JournalWarning",
    "LimitError",
    "NothingToPublishError",
    "SessionClosedError",
]


class LimitError(YotokitError):
    """A file or a card has more than the service takes; nothing of it was uploaded.

    Attributes
    ----------
    path : Path or None
        The file, where it is one.
    """

    def __init__(self, message: str, path: Path | None = None) -> None:
        super().__init__(message)
        self.path = path


class JobCancelledError(YotokitError, CancelledError):
    """The job was cancelled before it was done."""


class SessionClosedError(YotokitError):
    """The session was closed; make a new one of the same title to go on."""


class EngineClosedError(YotokitError):
    """The engine was closed; no work goes on in it."""


class NothingToPublishError(YotokitError):
    """No track was done, so no card was written.

    Attributes
    ----------
    report : yotokit.Report
        What became of each file.
    """

    def __init__(self, message: str, report: Any) -> None:
        super().__init__(message)
        self.report = report


class FinalizeError(YotokitError, ExceptionGroup[Exception]):
    """Some files failed, and the caller asked for all or nothing: no card was written.

    Attributes
    ----------
    report : yotokit.Report
        What became of each file.
    """

    report: Any = None

    def derive(self, excs: Sequence[Any], /) -> Any:
        """Return a group of the same kind over some of the exceptions."""
        group = FinalizeError(self.message, excs)
        group.report = self.report
        return group


class JournalWarning(UserWarning):
    """Work is not remembered on disk: it goes on, and a later run starts with less."""
