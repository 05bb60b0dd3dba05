"""What an isolated process answers: plain data as JSON, and back into values and errors.

The answer may come from a decoder that a file has taken over, so nothing is unpickled, and
every value is checked for its type.
"""

from __future__ import annotations

import base64
import math
import os
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from yotokit import errors

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NONSENSE", "outcome", "packed"]

NONSENSE = "its own process answers nonsense, so the answer is not used"

_DTYPES = {"float32": np.float32, "float64": np.float64, "int64": np.int64}
_LIMITS = (None, "true_peak", "silence", "limiter")


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and not math.isnan(value)


def _is_array(kind: str, axes: int) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        return (
            isinstance(value, np.ndarray)
            and value.dtype == kind
            and value.ndim == axes
            and not np.isnan(value).any()
        )

    return fits


# By the annotations of the data classes that are answered. One that is not here is refused.
_FITS: dict[str, Callable[[Any], bool]] = {
    "int": lambda value: type(value) is int,
    "bool": lambda value: type(value) is bool,
    "float": _is_number,
    "float | None": lambda value: value is None or _is_number(value),
    "str": lambda value: isinstance(value, str),
    "Path": lambda value: isinstance(value, Path),
    "tuple[str, ...]": lambda value: (
        isinstance(value, tuple) and all(isinstance(item, str) for item in value)
    ),
    "NDArray[np.float32]": _is_array("float32", 1),
    "NDArray[np.float32] | None": lambda value: value is None or _is_array("float32", 1)(value),
}
_FITS_BY_NAME: dict[str, Callable[[Any], bool]] = {
    "step_power": _is_array("float64", 1),
    "clipped_s": _is_array("float64", 2),
    "limited_by": lambda value: value in _LIMITS,
}

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
        values = {name: _unpacked(value) for name, value in message["result"].items()}
        for field in fields(kind):  # type: ignore[arg-type]  # it is a data class
            fits = _FITS_BY_NAME.get(field.name) or _FITS[str(field.type)]
            if not fits(values[field.name]):
                raise TypeError(field.name)  # noqa: TRY301 - it counts as the others do
        return kind(**values)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise errors.IsolationError(path, NONSENSE) from error


def _error(message: dict[str, Any], path: Path) -> errors.YotokitError:
    name, problem = str(message.get("error")), str(message.get("problem"))[:2000]
    kind = getattr(errors, name) if name in errors.__all__ else errors.YotokitError
    if issubclass(kind, errors.InputError | errors.AudioError):
        return kind(path, problem)
    if kind is errors.SettingError:
        return kind(problem)
    return errors.IsolationError(path, f"failed in a process of its own ({name}: {problem})")


def packed(value: Any) -> Any:
    """Return a field's value in a form that JSON takes."""
    if isinstance(value, np.ndarray):
        data = base64.b64encode(value.tobytes()).decode()
        return {"dtype": value.dtype.name, "shape": value.shape, "base64": data}
    if isinstance(value, os.PathLike):
        return {"path": os.fspath(value)}
    return [packed(item) for item in value] if isinstance(value, tuple) else value


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_unpacked(item) for item in value)
    if not isinstance(value, dict):
        return value
    if "path" in value:
        return Path(value["path"])
    data = base64.b64decode(value["base64"], validate=True)
    return np.frombuffer(data, _DTYPES[value["dtype"]]).reshape(value["shape"]).copy()
