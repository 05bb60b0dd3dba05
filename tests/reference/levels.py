"""What a sine reads, from the published figures alone: nothing here is the meter's own."""

from __future__ import annotations

import numpy as np
from numpy.polynomial.polynomial import polyval

# ITU-R BS.1770-5, annex 1: numerators and denominators of both stages, at 48 kHz.
_STAGES = (
    (
        (1.53512485958697, -2.69169618940638, 1.19839281085285),
        (1.0, -1.69065929318241, 0.73248077421585),
    ),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)
_OFFSET = -0.691

WEIGHTS = {"Left": 1.0, "Right": 1.0, "Centre": 1.0, "LFE": 0.0, "Ls": 1.41, "Rs": 1.41}


def k_gain_db(hertz):
    """Return the gain of the K-weighting."""
    delay = np.exp(-2j * np.pi * np.asarray(hertz) / 48_000)
    gains = [np.abs(polyval(delay, b) / polyval(delay, a)) for b, a in _STAGES]
    return 20 * np.log10(np.prod(gains, axis=0))


def peak_dbfs(lkfs, hertz, weight=2.0):
    """Return the level of a sine that reads so loud in channels whose weights add up so."""
    # The mean square of a sine is half of its peak's square.
    return lkfs - _OFFSET - k_gain_db(hertz) - 10 * np.log10(weight / 2)
