"""K-weighted power of a stream, in steps of 100 ms (ITU-R BS.1770-5, annex 1)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["STEPS_PER_S", "PowerMeter", "channel_weights", "k_weighting"]

STEPS_PER_S = 10
_SURROUND = 1.41  # +1.5 dB, BS.1770 table 3
_QUIET = 1e-30  # far below any sample; keeps filters out of slow denormal arithmetic


@lru_cache
def k_weighting(sample_rate_hz: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the K-weighting filter at a sample rate, both stages as one section of order 4.

    The design is pyloudnorm's ``DeMan`` class, which is exact at 48 kHz; its default class is
    0.04 LU off at 1 kHz.

    Returns
    -------
    b, a : ndarray, shape (5,)
        Numerator and denominator.
    """
    import pyloudnorm  # noqa: PLC0415 - takes a second, so only when something is measured

    filters = pyloudnorm.Meter(sample_rate_hz, filter_class="DeMan")._filters  # noqa: SLF001
    shelf, high_pass = filters["high_shelf_DeMan"], filters["high_pass_DeMan"]
    return np.convolve(shelf.b, high_pass.b), np.convolve(shelf.a, high_pass.a)


def channel_weights(channels: int) -> NDArray[np.float64]:
    """Return the weight of each channel, in the order of WAV and FLAC files.

    Mono is one channel of weight 1. The low-frequency channel of 5.1 and 7.1 counts nothing.
    """
    layouts = {
        4: [1, 1, _SURROUND, _SURROUND],
        5: [1, 1, 1, _SURROUND, _SURROUND],
        6: [1, 1, 1, 0, _SURROUND, _SURROUND],
        7: [1, 1, 1, 0, _SURROUND, _SURROUND, _SURROUND],
        8: [1, 1, 1, 0, _SURROUND, _SURROUND, _SURROUND, _SURROUND],
    }
    return np.array(layouts.get(channels, [1] * channels), dtype=np.float64)


class PowerMeter:
    """Takes a stream block by block; gives the weighted power of each whole 100 ms of it.

    However the stream is cut into blocks, the result is the same to rounding of float64.
    """

    def __init__(self, sample_rate_hz: int, channels: int) -> None:
        self._rate = sample_rate_hz
        self._b, self._a = k_weighting(sample_rate_hz)
        self._state = np.zeros((channels, len(self._a) - 1))
        self._weights = channel_weights(channels)
        self._frames = 0
        self._energies: list[NDArray[np.float64]] = []
        self._begun = 0.0

    def add(self, block: NDArray[np.float32]) -> None:
        """Take the next samples, shape (n, channels)."""
        from scipy.signal import lfilter  # noqa: PLC0415 - pyloudnorm has loaded it by now

        signal = np.ascontiguousarray(block.T, dtype=np.float64)
        weighted, self._state = lfilter(self._b, self._a, signal, axis=-1, zi=self._state)
        self._state[np.abs(self._state) < _QUIET] = 0.0
        self._collect(np.einsum("c,cn,cn->n", self._weights, weighted, weighted))

    def step_power(self) -> NDArray[np.float64]:
        """Return the mean power of each whole step so far, shape (steps,)."""
        if not self._energies:
            return np.zeros(0)
        return np.concatenate(self._energies) * (STEPS_PER_S / self._rate)

    def _collect(self, power: NDArray[np.float64]) -> None:
        """Sum power between the borders of the steps, which need not fall on whole samples."""
        start, stop = self._frames, self._frames + len(power)
        first = start * STEPS_PER_S // self._rate + 1
        steps = np.arange(first, stop * STEPS_PER_S // self._rate + 2, dtype=np.int64)
        borders = (steps * self._rate + STEPS_PER_S // 2) // STEPS_PER_S
        borders = borders[(borders > start) & (borders <= stop)] - start
        self._frames = stop
        if not len(borders):
            self._begun += float(power.sum())
            return
        last = borders[-1]
        sums = np.add.reduceat(power[:last], np.concatenate(([0], borders[:-1])))
        sums[0] += self._begun
        self._energies.append(sums)
        self._begun = float(power[last:].sum())
