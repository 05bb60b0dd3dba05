"""Which loudspeaker each channel is meant for, and what it counts (ITU-R BS.1770-5, table 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["channel_weights", "usual_layout"]

_SIDE = 1.41  # +1.5 dB for what comes from 60 to 120 degrees
_UNWEIGHTED = 1.0

# The order of channels in files that do not say it: that of WAV and FLAC...
_WAV_ORDER = {
    1: "M",
    2: "L R",
    3: "L R C",
    4: "L R Ls Rs",
    5: "L R C Ls Rs",
    6: "L R C LFE Ls Rs",
    7: "L R C LFE Cs Lss Rss",
    8: "L R C LFE Ls Rs Lss Rss",
}
# ...and that of Vorbis and Opus, which libsndfile hands out as it stands in the file.
_OGG_ORDER = _WAV_ORDER | {
    3: "L C R",
    5: "L C R Ls Rs",
    6: "L C R Ls Rs LFE",
    7: "L C R Lss Rss Cs LFE",
    8: "L C R Lss Rss Ls Rs LFE",
}


def usual_layout(channels: int, container: str) -> tuple[str, ...]:
    """Return the loudspeakers of a file that does not name them, in the order of its channels.

    Parameters
    ----------
    channels : int
        1 to 8; more have no usual order, and get names that count as front channels do.
    container : str
        libsndfile's name of it.
    """
    order = _OGG_ORDER if container == "OGG" else _WAV_ORDER
    return tuple(order[channels].split()) if channels in order else ("top",) * channels


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
    >>> channel_weights(usual_layout(6, "WAV")).tolist()
    [1.0, 1.0, 1.0, 0.0, 1.41, 1.41]
    """
    if dual_mono and len(layout) == 1:
        return np.array([2.0])
    # With side channels of their own, the surround channels are those behind the listener.
    beside = {"Lss", "Rss"} if "Lss" in layout else {"Ls", "Rs"}
    counted = {"LFE": 0.0} | dict.fromkeys(beside, _SIDE)
    return np.array([counted.get(speaker, _UNWEIGHTED) for speaker in layout])
