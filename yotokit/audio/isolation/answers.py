"""What an isolated process answers, as a result or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from yotokit import errors
from yotokit.audio.packing import from_plain

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NONSENSE", "outcome"]

NONSENSE = "its own process answers nonsense, so the answer is not used"

_T = TypeVar("_T")


def outcome(kind: type[_T], message: dict[str, Any], path: Path) -> _T:
    """Return the result that a message tells of, or raise its error.

    Parameters
    ----------
    kind : type
        A data class, which the result is one of.
    message : dict
        From the process.
    path : Path
        The file that it worked on.
    """
    if "result" not in message:
        raise _error(message, path)
    try:
        return from_plain(kind, message["result"])
    except (AttributeError, ValueError) as error:
        raise errors.IsolationError(path, NONSENSE) from error


def _error(message: dict[str, Any], path: Path) -> errors.YotokitError:
    name, problem = str(message.get("error")), str(message.get("problem"))[:2000]
    kind = getattr(errors, name) if name in errors.__all__ else errors.YotokitError
    if issubclass(kind, errors.InputError | errors.AudioError):
        return kind(path, problem)
    if kind is errors.SettingError:
        return kind(problem)
    return errors.IsolationError(path, f"failed in a process of its own ({name}: {problem})")
