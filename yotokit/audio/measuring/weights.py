"""What each channel counts (ITU-R BS.1770-5, table 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["channel_weights"]

_SIDE = 1.41  # +1.5 dB for what comes from 60 to 120 degrees
_UNWEIGHTED = 1.0


def channel_weights(layout: Sequence[str], *, dual_mono: bool = False) -> NDArray[np.float64]:
    """Return what each channel's power counts.

    Parameters
    ----------
    layout : sequence of str
        ``M``, ``L``, ``R``, ``C``, ``LFE``, ``Ls``, ``Rs`` (surround), ``Lss``, ``Rss`` (side),
        ``Cs`` (back)...; others count as front channels do.
    dual_mono : bool
        A single channel counts twice, as when two loudspeakers play it.

    Returns
    -------
    ndarray, shape (len(layout),)
        1 in front and behind, 1.41 at the side, 0 for the low-frequency channel.

    Examples
    --------
    >>> channel_weights(["L", "R", "C", "LFE", "Ls", "Rs"]).tolist()
    [1.0, 1.0, 1.0, 0.0, 1.41, 1.41]
    """
    if dual_mono and len(layout) == 1:
        return np.array([2.0])
    # With side channels of their own, the surround channels are those behind the listener.
    beside = {"Lss", "Rss"} if "Lss" in layout else {"Ls", "Rs"}
    counted = {"LFE": 0.0} | dict.fromkeys(beside, _SIDE)
    return np.array([counted.get(speaker, _UNWEIGHTED) for speaker in layout])
