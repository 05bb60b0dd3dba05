"""Where a recording was cut off at full scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from yotokit.audio.measuring.power import STEPS_PER_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FULL_SCALE", "ClipFinder"]

FULL_SCALE = 0.9999
"""Sixteen bits reach no higher than 0.99997."""

_RUN = 3  # samples in a row; one or two may be a wave's own crest


class ClipFinder:
    """Takes a stream in pieces, and finds where three samples in a row are at full scale."""

    def __init__(self, sample_rate_hz: int, channels: int) -> None:
        self._rate = sample_rate_hz
        self._latest = [np.zeros(0, dtype=np.int64) for _ in range(channels)]
        self._steps: list[NDArray[np.int64]] = []

    def add(self, block: NDArray[np.float32], level: float, first_frame: int) -> None:
        """Take the next samples.

        Parameters
        ----------
        block : ndarray, shape (n, channels)
            They follow those of the last call.
        level : float
            The highest magnitude among them.
        first_frame : int
            The number of the first of them.
        """
        if level < FULL_SCALE:
            return
        full = np.flatnonzero(np.abs(block) >= FULL_SCALE)
        frames, channels = np.divmod(full, len(self._latest))
        for channel, latest in enumerate(self._latest):
            here = np.concatenate([latest, frames[channels == channel] + first_frame])
            begun = here[: -(_RUN - 1)][here[_RUN - 1 :] - here[: -(_RUN - 1)] == _RUN - 1]
            self._steps.append(np.unique(begun * STEPS_PER_S // self._rate))
            self._latest[channel] = here[-(_RUN - 1) :]

    def spans_s(self) -> NDArray[np.float64]:
        """Return from when to when, in seconds, to a tenth; shape (spans, 2)."""
        steps = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *self._steps]))
        starts = steps[np.diff(steps, prepend=-_RUN) > 1]
        ends = steps[np.diff(steps, append=np.iinfo(np.int64).max) > 1] + 1
        return np.stack([starts, ends], axis=1) / STEPS_PER_S
