"""From power to loudness: gates, windows and range (BS.1770-5; EBU Tech 3341 and 3342)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["integrated", "loudness_range", "lufs_of_power", "windowed"]

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
RANGE_GATE_LU = -20.0
_OFFSET = -0.691  # BS.1770-5, equation 2


def lufs_of_power(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return loudness in LUFS of weighted mean power; -inf where there is none."""
    with np.errstate(divide="ignore"):
        return _OFFSET + 10.0 * np.log10(power)


def windowed(step_power: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Return the mean power of each window of so many steps, moving by one step.

    Returns
    -------
    ndarray, shape (len(step_power) - steps + 1,)
        Empty where the programme is shorter than a window.
    """
    if len(step_power) < steps:
        return np.zeros(0)
    # Sums of a few neighbors, not differences of a long running sum: nothing cancels after a
    # loud passage, so silence stays silence.
    windows = np.lib.stride_tricks.sliding_window_view(step_power, steps)
    return np.asarray(windows.mean(axis=-1), dtype=np.float64)


def integrated(block_power: NDArray[np.float64]) -> float:
    """Return the integrated loudness of a programme, LUFS.

    Parameters
    ----------
    block_power : ndarray
        Mean power of its 400 ms blocks, 100 ms apart. Those of several files, one behind the
        other, give the loudness of the whole.

    Returns
    -------
    float
        -inf where no block passes the absolute gate.
    """
    loud = block_power[lufs_of_power(block_power) > ABSOLUTE_GATE_LUFS]
    if not len(loud):
        return -math.inf
    gate = float(lufs_of_power(loud.mean())) + RELATIVE_GATE_LU
    return float(lufs_of_power(loud[lufs_of_power(loud) > gate].mean()))


def loudness_range(short_term_power: NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of the loudness range, LUFS; the loudness range (LRA) lies between them.

    They are the 10th and the 95th percentile of the short-term loudness that passes the gates;
    where nothing does, both are -inf.

    Parameters
    ----------
    short_term_power : ndarray
        Mean power of 3 s windows, 100 ms apart.
    """
    loud = short_term_power[lufs_of_power(short_term_power) > ABSOLUTE_GATE_LUFS]
    if not len(loud):
        return -math.inf, -math.inf
    gate = float(lufs_of_power(loud.mean())) + RANGE_GATE_LU
    levels = np.sort(lufs_of_power(loud[lufs_of_power(loud) > gate]))
    low, high = (float(levels[round((len(levels) - 1) * share)]) for share in (0.10, 0.95))
    return low, high
