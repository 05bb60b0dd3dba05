"""The momentary loudness of a stream, told while it is measured."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np

from yotokit.audio.measuring import gating
from yotokit.audio.measuring.loudness import MOMENTARY_STEPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["MomentaryTeller"]

_PAUSE_S = 0.1  # nobody sees more, and each piece takes a while however short it is


class MomentaryTeller:
    """Tells how the curve of a stream goes on, ten times a second at most.

    One behind the other, the pieces are `Loudness.momentary_lufs`.

    Parameters
    ----------
    tell : callable
        Called with each piece, a read-only array of float32, never empty.
    new_step_power : callable
        Returns the mean power of each whole step since it was last called.
    """

    def __init__(
        self,
        tell: Callable[[NDArray[np.float32]], object],
        new_step_power: Callable[[], NDArray[np.float64]],
    ) -> None:
        self._tell = tell
        self._new_step_power = new_step_power
        self._last_steps = np.zeros(0)  # which the next windows begin with
        self._told_s = -math.inf

    def look(self, *, last: bool = False) -> None:
        """Tell what is new, unless the last time was just now; the last time all of it."""
        now_s = time.monotonic()
        if now_s - self._told_s < _PAUSE_S and not last:
            return
        power = np.concatenate([self._last_steps, self._new_step_power()])
        self._last_steps = power[1 - MOMENTARY_STEPS :]
        windows = gating.windowed(power, MOMENTARY_STEPS)
        # Where a sample was no number the measurement is about to fail.
        if len(windows) and not math.isnan(windows[-1]):
            self._told_s = now_s
            values = gating.lufs_of_power(windows).astype(np.float32)
            values.flags.writeable = False
            self._tell(values)
