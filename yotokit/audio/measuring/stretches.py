"""The curve between samples, interpolated only where it may be high (BS.1770-5, annex 2).

Eight points per sample are interpolated, at every sample rate. Between two samples the curve is at
most the larger of them plus a constant times the largest second difference nearby, so for most
stretches of a signal it is known without interpolating that they hold nothing of interest.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BEFORE", "HISTORY", "Stretches", "interpolator"]

FACTOR = (
    8  # points per sample; the standard asks for 4, and then a third of the rate reads 0.3 dB low
)
TAPS = 32  # per phase; the standard's example has 12, and reads 0.3 dB low near the band's edge
_KAISER = 6.0
BEFORE = TAPS // 2 - 1
HISTORY = TAPS - 1
_PIECE = 32_768  # samples that are looked at together
_SPAN = 32  # samples that are interpolated by one row of a matrix product
_ROWS = 16  # of it: so few that BLAS starts no threads inside our threads


@lru_cache
def interpolator() -> tuple[NDArray[np.float32], float]:
    """Return the taps of the phases between samples, and the constant of the bound.

    Each phase is a windowed sinc, corrected so that it reproduces straight lines exactly. What
    it adds to the straight line between two samples is then a weighted sum of second
    differences, and the sum of those weights' magnitudes is the constant.

    Returns
    -------
    taps : ndarray of float32, shape (TAPS, FACTOR - 1)
    bound : float
    """
    position = np.arange(-BEFORE, TAPS - BEFORE, dtype=np.float64)
    phases, bounds = [], []
    for step in range(1, FACTOR):
        offset = step / FACTOR
        inside = np.sqrt(np.clip(1 - ((position - offset) / (TAPS / 2)) ** 2, 0, 1))
        taps = np.sinc(position - offset) * np.i0(_KAISER * inside) / np.i0(_KAISER)
        lines = np.stack([np.ones(TAPS), position])
        missing = np.array([1.0, offset]) - lines @ taps
        taps += lines.T @ np.linalg.solve(lines @ lines.T, missing)
        straight = np.zeros(TAPS)
        straight[BEFORE : BEFORE + 2] = 1 - offset, offset
        phases.append(taps)
        bounds.append(np.abs(np.cumsum(np.cumsum(taps - straight))).sum())
    return np.stack(phases, axis=1).astype(np.float32), float(max(bounds)) * 1.001


@lru_cache
def _all_phases() -> NDArray[np.float32]:
    """Return the matrix from the samples that a span's filters see to all of its points."""
    taps, _ = interpolator()
    matrix = np.zeros((_SPAN + HISTORY, FACTOR - 1, _SPAN), dtype=np.float32)
    for place in range(_SPAN):
        matrix[place : place + TAPS, :, place] = taps
    return matrix.reshape(len(matrix), -1)


class Stretches:
    """Takes a stream in pieces, and hands it on in whole stretches with what surrounds them.

    Parameters
    ----------
    channels : int
        How many there are.
    stretch : int
        Samples that are kept or skipped together, a multiple of 32: more make the bounds cheaper
        and looser.
    """

    def __init__(self, channels: int, stretch: int) -> None:
        self._channels = channels
        self.stretch = stretch
        self._signal = np.zeros((HISTORY + stretch + _PIECE, channels), dtype=np.float32)
        self._held = HISTORY
        # Kept from piece to piece: memory that is asked for anew costs more than the arithmetic.
        self._work = np.empty((2, self._signal.size), dtype=np.float32)

    def add(self, block: NDArray[np.float32]) -> None:
        """Take the next samples, shape (n, channels)."""
        for begin in range(0, len(block), _PIECE):
            piece = block[begin : begin + _PIECE]
            total = self._held + len(piece)
            self._signal[self._held : total] = piece
            whole = (total - HISTORY) // self.stretch * self.stretch
            if whole:
                signal = self._signal[: whole + HISTORY]
                self.look_at(signal, *self._bounds(signal, whole // self.stretch))
                self._signal[: total - whole] = self._signal[whole:total]
            self._held = total - whole

    def finish(self) -> None:
        """Look at what lies between the last samples and the silence behind them."""
        self.add(np.zeros((HISTORY + self.stretch, self._channels), dtype=np.float32))

    def look_at(
        self, signal: NDArray[np.float32], level: NDArray[np.float32], bound: NDArray[np.float32]
    ) -> None:
        """Take whole stretches: the samples, the highest of each, and the most each can hold."""
        raise NotImplementedError

    def interpolated(
        self, signal: NDArray[np.float32], stretches: NDArray[np.intp]
    ) -> NDArray[np.float32]:
        """Return the highest point behind each sample of the stretches, shape (stretches, n)."""
        windows = np.lib.stride_tricks.sliding_window_view(signal, _SPAN + HISTORY, axis=0)
        places = stretches[:, None] * self.stretch + np.arange(0, self.stretch, _SPAN)
        # Filled up to whole products with places that are there already.
        whole = -(-places.size // _ROWS) * _ROWS
        seen = windows[np.resize(places, whole)]
        points = seen.reshape(-1, _ROWS, _SPAN + HISTORY) @ _all_phases()
        points = np.abs(points, out=points).reshape(whole, -1, _SPAN)
        highest: NDArray[np.float32] = points.max(axis=1)[: places.size]
        return highest.reshape(len(stretches), self.stretch)

    def _bounds(
        self, signal: NDArray[np.float32], stretches: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the highest sample of each stretch, and the most that it can hold."""
        # Interval i lies between samples i + BEFORE and the next one, and its filter sees the
        # second differences that start at i to i + TAPS - 3. All channels at once: neighbors in
        # time are so many places apart.
        flat, apart = signal.reshape(-1), self._channels
        first, second = self._work[:, : len(flat)]
        levels = np.abs(flat[BEFORE * apart :], out=first[BEFORE * apart :])
        level = self._highest(levels, stretches)
        slope = np.subtract(flat[apart:], flat[:-apart], out=first[apart:])
        bend = np.subtract(slope[apart:], slope[:-apart], out=second[2 * apart :])
        bend_max = self._highest(np.abs(bend, out=bend), stretches)
        _, constant = interpolator()
        bound = np.maximum(level[:-1], level[1:])
        bound += np.float32(constant) * np.maximum(bend_max[:-1], bend_max[1:])
        return level[:-1], bound

    def _highest(self, values: NDArray[np.float32], stretches: int) -> NDArray[np.float32]:
        """Return the maximum of each stretch, and of what lies behind the last one."""
        starts = np.arange(stretches + 1) * (self.stretch * self._channels)
        result: NDArray[np.float32] = np.maximum.reduceat(values, starts)
        return result
