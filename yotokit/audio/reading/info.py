"""What an audio file's header says."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MAX_CHANNELS", "AudioInfo"]

MAX_CHANNELS = 8


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What an audio file's header says.

    Attributes
    ----------
    container : str
        ``WAV``, ``FLAC``, ``MP3``, ``OGG``, ``AIFF``... as libsndfile names them; ``MOV`` (M4A,
        M4B), ``ASF`` (WMA), ``AAC`` and ``MATROSKA`` where PyAV reads, with ``FILM`` behind
        it where there are moving pictures.
    encoding : str
        That of the samples: ``PCM_16``, ``VORBIS``, ``ALAC``...
    sample_rate_hz, channels : int
        As they are decoded.
    frames : int
        Samples per channel, 0 where the header does not say; it may lie.
    bits : {16, 24}
        How many bits per sample are to be written: 24 where the source holds more than 16.
    layout : tuple of str
        The loudspeaker of each channel; see `yotokit.audio.reading.channels`.
    """

    container: str
    encoding: str
    sample_rate_hz: int
    channels: int
    frames: int
    bits: int
    layout: tuple[str, ...]
