"""Loudness curves as short strings, for a table that draws many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["compact_curve"]

_MOST_COLUMNS = 60
_FIRST = 35  # above the quotation mark, which JSON writes as two characters
_LEVELS = 63
_BOTTOM_LUFS = -50.0
_TO_COME = "  "


def compact_curve(
    values: NDArray[np.float32],
    gain_db: float | None = None,
    target_lufs: float | None = None,
    *,
    expected: int = 0,
) -> str:
    """Return a curve as `FileTable` takes it.

    Two characters for each of at most 60 columns, its lowest and its highest value:
    ``chr(35 + level)``, with a level from 0 (-50 LUFS and below) to 63 (0 LUFS and above). Then
    the gain in dB and the target in LUFS, each behind a ``|``.

    Parameters
    ----------
    values : ndarray
        Loudness over time, LUFS; -inf is silence.
    gain_db, target_lufs : float, optional
        Left out where they are missing.
    expected : int
        How many values there will be: columns to come are blank.

    Examples
    --------
    >>> compact_curve(np.float32([-50, -25, 0]), 3.5, -16.0)
    '##CCbb|3.5|-16.0'
    >>> compact_curve(np.float32([-50, -25]), expected=4)
    '##CC    '
    """
    whole = max(len(values), expected)
    if not whole:
        return ""
    columns = min(whole, _MOST_COLUMNS)
    borders = np.arange(columns) * whole // columns
    # Only columns that are complete: one that is begun would jump when it is.
    ends = np.append(borders[1:], whole)
    done = int(np.count_nonzero(ends <= len(values)))
    pairs = ""
    if done:
        part, starts = values[: ends[done - 1]], borders[:done]
        both = [np.minimum.reduceat(part, starts), np.maximum.reduceat(part, starts)]
        levels = (np.stack(both, axis=1).ravel() - _BOTTOM_LUFS) * (_LEVELS / -_BOTTOM_LUFS)
        codes = _FIRST + np.clip(np.nan_to_num(levels, nan=0.0), 0.0, _LEVELS).round()
        pairs = codes.astype(np.uint8).tobytes().decode("ascii")
    gain = "" if gain_db is None else f"{gain_db:.1f}"
    target = "" if target_lufs is None else f"|{target_lufs:.1f}"
    tail = f"|{gain}{target}" if gain or target else ""
    return pairs + _TO_COME * (columns - done) + tail
