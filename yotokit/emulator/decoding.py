"""Reads whatever was uploaded, as pieces of 32-bit float samples with the channels interleaved.

libsndfile reads most of it; what it does not know, such as M4A, PyAV reads where it is installed.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import soundfile as sf

from yotokit.emulator.wire import UnusableAudioError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["SAMPLE_BYTES", "Sound", "decoding"]

SAMPLE_BYTES = 4
_BLOCK_FRAMES = 32_768
_FFMPEG_RATE_HZ = 48_000


@dataclass(frozen=True, slots=True)
class Sound:
    """A file that is open.

    Attributes
    ----------
    container : str
        What kind of file it is.
    rate_hz, channels : int
        Of what is read.
    pieces : iterator of bytes
        The samples, to the end of the file.
    """

    container: str
    rate_hz: int
    channels: int
    pieces: Iterator[bytes | bytearray | memoryview]


class _Forward(sf.SoundFile):  # type: ignore[misc]  # soundfile publishes no types
    """Read straight through: a seek after each block would disturb MP3."""

    def seekable(self) -> bool:
        return False


@contextmanager
def decoding(path: Path) -> Iterator[Sound]:
    """Open a file for as long as a ``with`` block runs.

    Raises
    ------
    UnusableAudioError
        It does not decode; also while the pieces are read.
    """
    try:
        file = _Forward(str(path))
    except (sf.SoundFileError, TypeError):  # of headerless formats it wants to be told more
        with _by_ffmpeg(path) as sound:
            yield sound
        return
    with file:
        yield Sound(file.format, file.samplerate, file.channels, _pieces(file))


def _pieces(file: _Forward) -> Iterator[memoryview]:
    frame = SAMPLE_BYTES * file.channels
    buffer = bytearray(_BLOCK_FRAMES * frame)
    try:
        while count := file.buffer_read_into(buffer, dtype="float32"):
            yield memoryview(buffer)[: count * frame]
    except sf.SoundFileError as error:
        raise UnusableAudioError from error


@contextmanager
def _by_ffmpeg(path: Path) -> Iterator[Sound]:
    with ExitStack() as opened:
        with _refusing():
            import av  # noqa: PLC0415 - an extra

            file = opened.enter_context(path.open("rb"))
            container = opened.enter_context(av.open(file, "r", metadata_errors="replace"))
            stream: Any = container.streams.audio[0]
            channels = min(2, stream.channels)
            layout = "mono" if channels == 1 else "stereo"
            resampler = av.AudioResampler("flt", layout, _FFMPEG_RATE_HZ)
        pieces = _resampled(container.decode(stream), resampler, channels * SAMPLE_BYTES)
        yield Sound(container.format.name, _FFMPEG_RATE_HZ, channels, pieces)


def _resampled(frames: Iterator[Any], resampler: Any, frame_bytes: int) -> Iterator[bytes]:
    with _refusing():
        # None has the resampler give what it holds back.
        for frame in chain(frames, (None,)):
            for piece in resampler.resample(frame):
                yield bytes(piece.planes[0])[: piece.samples * frame_bytes]


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (ImportError, IndexError, OSError, ValueError) as error:
        raise UnusableAudioError from error
