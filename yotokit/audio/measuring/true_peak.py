"""True peak: the highest point of the curve between the samples (BS.1770-5, annex 2).

Four points per sample are interpolated, at every sample rate, but only where that can raise
the result. Between two samples the interpolated curve is at most the larger of them plus a
constant times the largest second difference nearby; a stretch whose bound stays below the peak
found so far is skipped, and the result is that of interpolating everything.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FACTOR", "STRETCH", "TAPS", "StretchPeaks", "TruePeakMeter", "interpolator"]

FACTOR = 4  # points per sample
TAPS = 32  # per phase; the standard's example has 12, and reads 0.3 dB low near the band's edge
_KAISER = 6.0
_BEFORE = TAPS // 2 - 1
_HISTORY = TAPS - 1
STRETCH = 64  # samples that are kept or skipped together
_PIECE = 512 * STRETCH  # looked at together
# Stretches that are interpolated before the others are judged anew: few at first, for mostly
# none is left then; more where many are, as with a steady tone.
_BATCH, _LARGEST_BATCH = 8, 128
_ROWS = 8  # of a matrix product: so few that BLAS starts no threads inside our threads


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
    position = np.arange(-_BEFORE, TAPS - _BEFORE, dtype=np.float64)
    phases, bounds = [], []
    for step in range(1, FACTOR):
        offset = step / FACTOR
        inside = np.sqrt(np.clip(1 - ((position - offset) / (TAPS / 2)) ** 2, 0, 1))
        taps = np.sinc(position - offset) * np.i0(_KAISER * inside) / np.i0(_KAISER)
        lines = np.stack([np.ones(TAPS), position])
        missing = np.array([1.0, offset]) - lines @ taps
        taps += lines.T @ np.linalg.solve(lines @ lines.T, missing)
        straight = np.zeros(TAPS)
        straight[_BEFORE : _BEFORE + 2] = 1 - offset, offset
        phases.append(taps)
        bounds.append(np.abs(np.cumsum(np.cumsum(taps - straight))).sum())
    return np.stack(phases, axis=1).astype(np.float32), float(max(bounds)) * 1.001


@lru_cache
def _all_phases() -> NDArray[np.float32]:
    """Return the matrix from the samples that a stretch's filters see to all of its points."""
    taps, _ = interpolator()
    matrix = np.zeros((STRETCH + _HISTORY, FACTOR - 1, STRETCH), dtype=np.float32)
    for place in range(STRETCH):
        matrix[place : place + TAPS, :, place] = taps
    return matrix.reshape(len(matrix), -1)


class _Stretches:
    """Takes a stream in pieces, and hands it on in whole stretches with what surrounds them."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._signal = np.zeros((_HISTORY + STRETCH + _PIECE, channels), dtype=np.float32)
        self._held = _HISTORY
        # Kept from piece to piece: memory that is asked for anew costs more than the arithmetic.
        self._work = np.empty((2, self._signal.size), dtype=np.float32)

    def add(self, block: NDArray[np.float32]) -> None:
        """Take the next samples, shape (n, channels)."""
        for begin in range(0, len(block), _PIECE):
            piece = block[begin : begin + _PIECE]
            total = self._held + len(piece)
            self._signal[self._held : total] = piece
            whole = (total - _HISTORY) // STRETCH * STRETCH
            if whole:
                signal = self._signal[: whole + _HISTORY]
                self._look_at(signal, *self._bounds(signal, whole // STRETCH))
                self._signal[: total - whole] = self._signal[whole:total]
            self._held = total - whole

    def finish(self) -> None:
        """Look at what lies between the last samples and the silence behind them."""
        self.add(np.zeros((_HISTORY + STRETCH, self._channels), dtype=np.float32))

    def _look_at(
        self, signal: NDArray[np.float32], level: NDArray[np.float32], bound: NDArray[np.float32]
    ) -> None:
        raise NotImplementedError

    def _interpolated(
        self, signal: NDArray[np.float32], stretches: NDArray[np.intp]
    ) -> NDArray[np.float32]:
        """Return the highest point behind each sample of the stretches, shape (stretches, n)."""
        windows = np.lib.stride_tricks.sliding_window_view(signal, STRETCH + _HISTORY, axis=0)
        # Filled up to whole products with stretches that are there already.
        whole = -(-len(stretches) // _ROWS) * _ROWS
        seen = windows[np.resize(stretches, whole) * STRETCH]
        points = seen.reshape(-1, _ROWS, STRETCH + _HISTORY) @ _all_phases()
        points = np.abs(points, out=points).reshape(whole, -1, STRETCH)
        highest: NDArray[np.float32] = points.max(axis=1)[: len(stretches)]
        return highest

    def _bounds(
        self, signal: NDArray[np.float32], stretches: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the highest sample of each stretch, and the most that it can hold."""
        # Interval i lies between samples i + _BEFORE and the next one, and its filter sees the
        # second differences that start at i to i + TAPS - 3. All channels at once: neighbors in
        # time are so many places apart.
        flat, apart = signal.reshape(-1), self._channels
        first, second = self._work[:, : len(flat)]
        levels = np.abs(flat[_BEFORE * apart :], out=first[_BEFORE * apart :])
        level = _stretch_max(levels, stretches, apart)
        slope = np.subtract(flat[apart:], flat[:-apart], out=first[apart:])
        bend = np.subtract(slope[apart:], slope[:-apart], out=second[2 * apart :])
        bend_max = _stretch_max(np.abs(bend, out=bend), stretches, apart)
        _, constant = interpolator()
        bound = np.maximum(level[:-1], level[1:])
        bound += np.float32(constant) * np.maximum(bend_max[:-1], bend_max[1:])
        return level[:-1], bound


class TruePeakMeter(_Stretches):
    """Takes a stream in pieces, and knows its peaks.

    Attributes
    ----------
    peak, sample_peak : float
        Highest magnitude between and at the samples so far, 1.0 = full scale.
    peak_frame : int
        The sample that the peak lies at or behind.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self._first_frame = _BEFORE - _HISTORY
        self.sample_peak = 0.0
        self.peak = 0.0
        self.peak_frame = 0

    def _look_at(
        self, signal: NDArray[np.float32], level: NDArray[np.float32], bound: NDArray[np.float32]
    ) -> None:
        loudest = int(level.argmax())
        self.sample_peak = max(self.sample_peak, float(level[loudest]))
        if self.sample_peak > self.peak:
            near = signal[_BEFORE + loudest * STRETCH :][:STRETCH]
            self._raise(self.sample_peak, loudest, int(np.abs(near).max(axis=1).argmax()))
        candidates = np.flatnonzero(bound > self.peak)
        candidates = candidates[np.argsort(-bound[candidates], kind="stable")]
        begin, size = 0, _BATCH
        while begin < len(candidates) and bound[candidates[begin]] > self.peak:
            batch = candidates[begin : begin + size]
            begin, size = begin + size, min(2 * size, _LARGEST_BATCH)
            points = self._interpolated(signal, batch)
            row, offset = divmod(int(points.argmax()), STRETCH)
            self._raise(float(points[row, offset]), int(batch[row]), offset)
        self._first_frame += len(level) * STRETCH

    def _raise(self, peak: float, stretch: int, offset: int) -> None:
        if peak > self.peak:
            self.peak = peak
            self.peak_frame = max(self._first_frame + stretch * STRETCH + offset, 0)


class StretchPeaks(_Stretches):
    """Takes a stream in pieces, and knows the true peak of each stretch that passes a threshold.

    Stretch k holds what lies from sample ``64 * k - 16`` on.

    Parameters
    ----------
    channels : int
        How many there are.
    threshold : float
        Where the bound of a stretch stays below it, the highest sample stands for its peak.
    """

    def __init__(self, channels: int, threshold: float) -> None:
        super().__init__(channels)
        self._threshold = threshold
        self._peaks: list[NDArray[np.float32]] = []

    def take(self) -> NDArray[np.float32]:
        """Return the peaks of the stretches since the last call, 1.0 = full scale."""
        peaks = np.concatenate([np.zeros(0, dtype=np.float32), *self._peaks])
        self._peaks.clear()
        return peaks

    def _look_at(
        self, signal: NDArray[np.float32], level: NDArray[np.float32], bound: NDArray[np.float32]
    ) -> None:
        peaks = level.copy()
        high = np.flatnonzero(bound > self._threshold)
        for begin in range(0, len(high), _LARGEST_BATCH):
            batch = high[begin : begin + _LARGEST_BATCH]
            peaks[batch] = np.maximum(peaks[batch], self._interpolated(signal, batch).max(axis=1))
        self._peaks.append(peaks)


def _stretch_max(values: NDArray[np.float32], stretches: int, channels: int) -> NDArray[np.float32]:
    """Return the maximum of each stretch, and of what lies behind the last one."""
    starts = np.arange(stretches + 1) * (STRETCH * channels)
    result: NDArray[np.float32] = np.maximum.reduceat(values, starts)
    return result
