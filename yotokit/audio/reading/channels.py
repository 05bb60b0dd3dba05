"""Which loudspeaker each channel is meant for, where a file does not say it."""

from __future__ import annotations

__all__ = ["usual_layout"]

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
