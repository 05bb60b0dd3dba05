"""K-weighted power of a stream, in steps of 10 ms (ITU-R BS.1770-5; EBU Tech 3341)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from yotokit.audio.measuring.k_weighting import BLOCK, GROUP, ORDER, block_filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MOMENTARY_S", "SHORT_TERM_S", "STEPS_PER_S", "PowerMeter"]

STEPS_PER_S = 10
MOMENTARY_S = 0.4
SHORT_TERM_S = 3.0
# A maximum that lies between two steps is missed; 10 ms keep that below 0.1 LU (Tech 3341).
_FINE_PER_S = 100
_FINE_PER_STEP = _FINE_PER_S // STEPS_PER_S

_BLOCKS = 2048  # filtered at once
# Rows of a matrix product: so few that BLAS starts no threads inside our threads.
_ROWS, _GROUP_ROWS = 128, 32
_QUIET = 1e-30  # far below any sample; keeps states out of slow denormal arithmetic


class PowerMeter:
    """Takes a stream in pieces; gives the weighted power of each whole 100 ms of it.

    The samples are gathered into chunks of one size before they are filtered, so the result
    is the same to the last bit, however the stream is cut.

    Parameters
    ----------
    sample_rate_hz : int
        4,000 to 384,000.
    weights : ndarray, shape (channels,)
        What each channel counts; see `channel_weights`.

    Attributes
    ----------
    max_momentary_power, max_short_term_power : float
        Of the loudest 400 ms and the loudest 3 s, in steps of 10 ms; 0 where the stream is
        shorter.
    """

    def __init__(self, sample_rate_hz: int, weights: NDArray[np.float64]) -> None:
        self._rate = sample_rate_hz
        self._weights = weights
        self._filter = block_filter(sample_rate_hz)
        channels = len(weights)
        self._chunk = np.zeros((_BLOCKS * BLOCK, channels), dtype=np.float32)
        self._filled = 0
        self._rows = np.zeros((channels, _BLOCKS, BLOCK + ORDER), dtype=np.float32)
        self._output = np.empty((channels * _BLOCKS // _ROWS, _ROWS, BLOCK), dtype=np.float32)
        self._heads = np.zeros((channels, _BLOCKS // GROUP + 1, ORDER))  # states before groups
        self._frames = 0
        self._begun = 0.0
        self._recent = np.zeros(0)
        self._left = np.zeros(0)
        self._steps: list[NDArray[np.float64]] = []
        self._told = 0
        self.max_momentary_power = 0.0
        self.max_short_term_power = 0.0

    def add(self, block: NDArray[np.float32]) -> None:
        """Take the next samples, shape (n, channels)."""
        taken = 0
        while taken < len(block):
            if not self._filled and len(block) - taken >= len(self._chunk):
                self._flush(block[taken : taken + len(self._chunk)])
                taken += len(self._chunk)
                continue
            count = min(len(block) - taken, len(self._chunk) - self._filled)
            self._chunk[self._filled : self._filled + count] = block[taken : taken + count]
            self._filled += count
            taken += count
            if self._filled == len(self._chunk):
                self._flush(self._chunk)

    def finish(self) -> None:
        """Take what was gathered since the last whole chunk; nothing can be added then."""
        self._chunk[self._filled :] = 0.0
        if self._filled:
            self._flush(self._chunk, self._filled)

    def step_power(self) -> NDArray[np.float64]:
        """Return the mean power of each whole step so far, shape (steps,)."""
        return self._power_of(self._steps)

    def new_step_power(self) -> NDArray[np.float64]:
        """Return the mean power of each whole step since the last call, shape (steps,)."""
        new, self._told = self._steps[self._told :], len(self._steps)
        return self._power_of(new)

    def _power_of(self, steps: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        energy = np.concatenate(steps) if steps else np.zeros(0)
        return energy * (STEPS_PER_S / self._rate)

    def _flush(self, chunk: NDArray[np.float32], frames: int = _BLOCKS * BLOCK) -> None:
        """Filter a chunk, and sum its power between the borders of the fine steps."""
        squares = self._filtered(chunk)
        np.multiply(squares, squares, out=squares)
        start, stop = self._frames, self._frames + frames
        self._frames, self._filled = stop, 0
        first = start * _FINE_PER_S // self._rate + 1
        steps = np.arange(first, stop * _FINE_PER_S // self._rate + 2, dtype=np.int64)
        # To the nearest sample: at many rates a step is no whole number of them.
        borders = (steps * self._rate + _FINE_PER_S // 2) // _FINE_PER_S - start
        borders = borders[(borders > 0) & (borders <= stop - start)]
        cuts = np.concatenate(([0], borders[borders < stop - start]))
        sums = self._weights @ np.add.reduceat(squares[:, : stop - start], cuts, axis=1)
        sums[0] += self._begun
        self._begun = float(sums[len(borders) :].sum())
        self._collect(sums[: len(borders)])

    def _filtered(self, chunk: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a chunk after the K-weighting, shape (channels, samples)."""
        channels, rows = len(self._weights), self._rows
        rows[:, :, :BLOCK] = chunk.reshape(_BLOCKS, BLOCK, channels).transpose(2, 0, 1)
        batches = rows.reshape(-1, _ROWS, BLOCK + ORDER)
        driven = batches[:, :, :BLOCK] @ self._filter.drive
        rows[:, :, BLOCK:] = self._states_before(driven).reshape(channels, _BLOCKS, ORDER)
        np.matmul(batches, self._filter.output, out=self._output)
        return self._output.reshape(channels, -1)

    def _states_before(self, driven: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the filter's states before each block, from what each block adds to them."""
        width, heads = GROUP * ORDER, self._heads
        local = driven.reshape(-1, _GROUP_ROWS, width) @ self._filter.within
        local = local.reshape(len(heads), -1, width + ORDER)
        heads[:, 0] = np.where(np.abs(heads[:, -1]) < _QUIET, 0.0, heads[:, -1])
        heads[:, 1:] = local[:, :, width:]
        # Each pass adds what came twice as far: after all of them, everything that came before.
        distance = 1
        for decay in self._filter.decays:
            if distance >= heads.shape[1]:
                break
            heads[:, distance:] += heads[:, :-distance] @ decay
            distance *= 2
        states: NDArray[np.float32] = local[:, :, :width]
        states += heads[:, :-1].astype(np.float32) @ self._filter.spread
        return states

    def _collect(self, energy: NDArray[np.float64]) -> None:
        """Take the energy of the next fine steps."""
        recent = np.concatenate([self._recent, energy])
        total = np.concatenate(([0.0], np.cumsum(recent)))
        self.max_momentary_power = max(self.max_momentary_power, self._loudest(total, MOMENTARY_S))
        self.max_short_term_power = max(
            self.max_short_term_power, self._loudest(total, SHORT_TERM_S)
        )
        self._recent = recent[-round(SHORT_TERM_S * _FINE_PER_S) + 1 :]
        left = np.concatenate([self._left, energy])
        whole = len(left) // _FINE_PER_STEP * _FINE_PER_STEP
        self._steps.append(left[:whole].reshape(-1, _FINE_PER_STEP).sum(axis=1))
        self._left = left[whole:]

    def _loudest(self, total: NDArray[np.float64], window_s: float) -> float:
        """Return the mean power of the loudest window, from running sums of fine steps."""
        size = round(window_s * _FINE_PER_S)
        if len(total) <= size:
            return 0.0
        loudest = float((total[size:] - total[:-size]).max())
        return max(loudest, 0.0) / (window_s * self._rate)
