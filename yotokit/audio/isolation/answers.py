"""What an isolated process answers: news while it works, and a result or an error at the end."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from yotokit import errors
from yotokit.audio.packing import from_plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["NONSENSE", "news", "outcome", "packed_news"]

NONSENSE = "its own process answers nonsense, so the answer is not used"

_T = TypeVar("_T")


def packed_news(value: float | NDArray[np.float32]) -> float | str:
    """Return what is told while the work goes on, as JSON takes it."""
    return base64.b64encode(value.tobytes()).decode() if isinstance(value, np.ndarray) else value


def news(message: dict[str, Any], path: Path) -> tuple[str, Any] | None:
    """Return the name and the value of what a message tells; None if it is the end.

    Parameters
    ----------
    message : dict
        From the process.
    path : Path
        The file that it works on.
    """
    for name, unpacked in _NEWS.items():
        if name in message:
            try:
                return name, unpacked(message[name])
            except (TypeError, ValueError, OverflowError) as error:
                raise errors.IsolationError(path, NONSENSE) from error
    return None


def _share(told: Any) -> float:
    if not isinstance(told, int | float):
        raise TypeError
    return float(min(1.0, max(0.0, told)))  # NaN becomes 0


def _length_s(told: Any) -> float:
    length_s = float(told) if isinstance(told, int | float) else math.nan
    if not 0.0 < length_s < math.inf:
        raise ValueError
    return length_s


def _piece(told: Any) -> NDArray[np.float32]:
    values: NDArray[np.float32] = np.frombuffer(base64.b64decode(told, validate=True), np.float32)
    if not (values < np.inf).all():  # which NaN is not
        raise ValueError
    return values


_NEWS: dict[str, Callable[[Any], Any]] = {"progress": _share, "length": _length_s, "curve": _piece}


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
