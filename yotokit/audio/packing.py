"""Results as JSON and back: for another process, and for another day.

Nothing is unpickled, and every value is checked for its type, for it may come from a decoder that
a file has taken over, or from a file that was damaged.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import os
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["from_plain", "pack", "to_plain", "unpack"]

_DTYPES = {"float32": np.float32, "float64": np.float64, "int64": np.int64}
_NAMES = {np.dtype(kind): name for name, kind in _DTYPES.items()}
_AS_THEY_ARE = frozenset({bool, int, float, str})
_LIMITS = (None, "true_peak", "silence", "limiter")

_T = TypeVar("_T")


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


# By the annotations of the data classes. One that is not here is refused.
_FITS: dict[str, Callable[[Any], bool]] = {
    "int": lambda value: type(value) is int,
    "bool": lambda value: type(value) is bool,
    "float": _is_number,
    "float | None": lambda value: value is None or _is_number(value),
    "str": lambda value: isinstance(value, str),
    "bytes": lambda value: isinstance(value, bytes),
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


def to_plain(value: Any) -> dict[str, Any]:
    """Return a result, a data class, as values that JSON takes."""
    return {field.name: _packed(getattr(value, field.name)) for field in fields(value)}


def from_plain(kind: type[_T], plain: Mapping[str, Any]) -> _T:
    """Return the result that plain values stand for.

    Raises
    ------
    ValueError
        They stand for none.
    """
    try:
        values = {name: _unpacked(value) for name, value in plain.items()}
        for field in fields(kind):  # type: ignore[arg-type]  # it is a data class
            fits = _FITS_BY_NAME.get(field.name) or _FITS[str(field.type)]
            if not fits(values[field.name]):
                raise TypeError(field.name)  # noqa: TRY301 - it counts as the others do
        return kind(**values)
    except (AttributeError, KeyError, TypeError, RecursionError, binascii.Error) as error:
        raise ValueError(f"no {kind.__name__}: {error}") from error


def pack(value: Any) -> bytes:
    """Return a result as bytes.

    Examples
    --------
    >>> from yotokit.audio import GainPlan
    >>> unpack(GainPlan, pack(GainPlan(-3.5)))
    GainPlan(gain_db=-3.5, limited_by=None, album=False, limiter_dbtp=None)
    """
    return json.dumps(to_plain(value)).encode()


def unpack(kind: type[_T], data: bytes) -> _T:
    """Return the result that bytes stand for.

    Raises
    ------
    ValueError
        They stand for none.
    """
    plain = json.loads(data)
    if not isinstance(plain, dict):
        raise ValueError(f"no {kind.__name__}: not an object")  # noqa: TRY004 - one kind of error
    return from_plain(kind, plain)


def _packed(value: Any) -> Any:
    if value is None or type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, np.ndarray):
        data = base64.b64encode(value.tobytes()).decode()
        return {"dtype": _NAMES[value.dtype], "shape": value.shape, "base64": data}
    if isinstance(value, os.PathLike):
        return {"path": os.fspath(value)}
    return [_packed(item) for item in value] if isinstance(value, tuple) else value


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_unpacked(item) for item in value)
    if not isinstance(value, dict):
        return value
    if "path" in value:
        return Path(value["path"])
    if "bytes" in value:
        return base64.b64decode(value["bytes"], validate=True)
    data = base64.b64decode(value["base64"], validate=True)
    return np.frombuffer(data, _DTYPES[value["dtype"]]).reshape(value["shape"]).copy()
