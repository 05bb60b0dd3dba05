"""Which loudspeaker each channel is meant for, where a file does not say it."""

from __future__ import annotations

__all__ = ["ogg_to_wav_order", "usual_layout"]

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
_OGG_ORDER = {
    3: "L C R",
    5: "L C R Ls Rs",
    6: "L C R Ls Rs LFE",
    7: "L C R Lss Rss Cs LFE",
    8: "L C R Lss Rss Ls Rs LFE",
}


def usual_layout(channels: int) -> tuple[str, ...]:
    """Return the loudspeakers of a file that does not name them, in the order of its channels.

    It is that of WAV and FLAC files. More than eight channels have none, and get names that
    count as front channels do.
    """
    order = _WAV_ORDER.get(channels)
    return tuple(order.split()) if order else ("top",) * channels


def ogg_to_wav_order(channels: int) -> list[int]:
    """Return which channel of a Vorbis or Opus file comes first, second... in a WAV file."""
    order = _OGG_ORDER.get(channels, _WAV_ORDER.get(channels, "")).split()
    return [order.index(speaker) for speaker in usual_layout(channels)] if order else []
