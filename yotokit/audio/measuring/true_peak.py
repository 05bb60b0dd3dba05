"""True peak: the highest point of the curve between the samples (BS.1770-5, annex 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from yotokit.audio.measuring.stretches import BEFORE, HISTORY, Stretches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from yotokit.audio.measuring.clipping import ClipFinder

__all__ = ["STRETCH", "StretchPeaks", "TruePeakMeter"]

STRETCH = 64
"""Samples that get one gain from a limiter."""

_STRETCH = 128  # cheaper where only the highest of all is wanted
# Stretches that are interpolated before the others are judged anew: few at first, for mostly
# none is left then; more where many are, as with a steady tone.
_BATCH, _LARGEST_BATCH = 8, 128


class TruePeakMeter(Stretches):
    """Takes a stream in pieces, and knows its peaks.

    A stretch whose bound stays below the peak so far is skipped; the result is that of
    interpolating everything. Samples that are no numbers make ``sample_peak`` none.

    Parameters
    ----------
    channels : int
        How many there are.
    clips : ClipFinder, optional
        Shown what may be clipped.

    Attributes
    ----------
    peak, sample_peak : float
        Highest magnitude between and at the samples so far, 1.0 = full scale.
    peak_frame : int
        The sample that the peak lies at or behind.
    """

    def __init__(self, channels: int, clips: ClipFinder | None = None) -> None:
        super().__init__(channels, _STRETCH)
        self._clips = clips
        self._first_frame = BEFORE - HISTORY
        self.sample_peak = 0.0
        self.peak = 0.0
        self.peak_frame = 0

    def look_at(
        self, signal: NDArray[np.float32], level: NDArray[np.float32], bound: NDArray[np.float32]
    ) -> None:
        """Find the peak of some stretches, if it is higher than the one so far."""
        loudest = int(level.argmax())
        if self._clips is not None:
            samples = signal[BEFORE : BEFORE + len(level) * self.stretch]
            self._clips.add(samples, float(level[loudest]), self._first_frame)
        self.sample_peak = float(np.maximum(self.sample_peak, level[loudest]))
        if self.sample_peak > self.peak:
            near = signal[BEFORE + loudest * self.stretch :][: self.stretch]
            self._raise(self.sample_peak, loudest, int(np.abs(near).max(axis=1).argmax()))
        candidates = np.flatnonzero(bound > self.peak)
        candidates = candidates[np.argsort(-bound[candidates], kind="stable")]
        begin, size = 0, _BATCH
        while begin < len(candidates) and bound[candidates[begin]] > self.peak:
            batch = candidates[begin : begin + size]
            begin, size = begin + size, min(2 * size, _LARGEST_BATCH)
            points = self.interpolated(signal, batch)
            row, offset = divmod(int(points.argmax()), self.stretch)
            self._raise(float(points[row, offset]), int(batch[row]), offset)
        self._first_frame += len(level) * self.stretch

    def _raise(self, peak: float, stretch: int, offset: int) -> None:
        if peak > self.peak:
            self.peak = peak
            self.peak_frame = max(self._first_frame + stretch * self.stretch + offset, 0)


class StretchPeaks(Stretches):
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
        super().__init__(channels, STRETCH)
        self._threshold = threshold
        self._peaks: list[NDArray[np.float32]] = []

    def take(self) -> NDArray[np.float32]:
        """Return the peaks of the stretches since the last call, 1.0 = full scale."""
        peaks = np.concatenate([np.zeros(0, dtype=np.float32), *self._peaks])
        self._peaks.clear()
        return peaks

    def look_at(
        self, signal: NDArray[np.float32], level: NDArray[np.float32], bound: NDArray[np.float32]
    ) -> None:
        """Find the peak of each of some stretches."""
        peaks = level.copy()
        high = np.flatnonzero(bound > self._threshold)
        for begin in range(0, len(high), _LARGEST_BATCH):
            batch = high[begin : begin + _LARGEST_BATCH]
            peaks[batch] = np.maximum(peaks[batch], self.interpolated(signal, batch).max(axis=1))
        self._peaks.append(peaks)
