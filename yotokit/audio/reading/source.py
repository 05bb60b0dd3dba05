"""Open an audio file, describe it, and read it in bounded blocks: never a whole file at once."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from yotokit.audio.reading import mp3, pyav, sndfile
from yotokit.audio.reading.files import as_path, check_file
from yotokit.audio.reading.info import MAX_CHANNELS, AudioInfo
from yotokit.audio.reading.truncation import ends_early
from yotokit.errors import AudioLimitError, EmptyAudioError, NonFiniteAudioError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray


__all__ = ["AUDIO_SUFFIXES", "AudioSource", "open_source"]

# The endings that people use for what can be read.
AUDIO_SUFFIXES = sndfile.SUFFIXES | pyav.SUFFIXES

BLOCK_FRAMES = 65_536
MIN_RATE_HZ = 4_000
MAX_RATE_HZ = 384_000
MAX_DURATION_S = 12 * 3600.0
MAX_SAMPLE = 1e6  # times full scale


class Decoder(Protocol):
    """What turns a file into samples."""

    info: AudioInfo

    def read_into(self, buffer: NDArray[np.float32]) -> int:
        """Fill the buffer, shape (frames, channels), from its start; return how many frames."""
        ...

    def seek(self, frame: int) -> int | None:
        """Go on from a sample, or from some before it; return from which one.

        None where that cannot be: it must be opened anew then.
        """
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


@dataclass
class AudioSource:
    """An open audio file; use `open_source`.

    Attributes
    ----------
    path : Path
        The file.
    decoder : Decoder
        What reads it.
    frames : int
        How many samples per channel were read so far, with those that were skipped.
    """

    path: Path
    decoder: Decoder
    frames: int = 0

    @property
    def info(self) -> AudioInfo:
        """What the header says."""
        return self.decoder.info

    def share(self) -> float:
        """Return how much of the file was read, 0 to 1, by what the header says."""
        return min(1.0, self.frames / self.info.frames) if self.info.frames > 0 else 0.0

    def shortfall(self) -> str:
        """Return what to tell about a file that was read to its end too early, else nothing."""
        return ends_early(self.path, self.info, self.frames)

    def blocks(
        self, frames: int = BLOCK_FRAMES, *, checked: bool = True
    ) -> Iterator[NDArray[np.float32]]:
        """Yield the samples in order.

        The array is reused: take what you need of a block before asking for the next.

        Parameters
        ----------
        frames : int
            How many samples per channel a block holds at most.
        checked : bool
            `check` each block; who looks for its highest sample anyway may do that.

        Yields
        ------
        ndarray of float32, shape (n, channels), n <= frames
            Full scale is 1.0.

        Raises
        ------
        UnreadableAudioError
            The data is damaged in a way that the decoder notices.
        AudioLimitError
            There is more than twelve hours of it, whatever the header says, or samples are a
            million times full scale.
        EmptyAudioError
            There is not a single sample.
        NonFiniteAudioError
            There are samples that are no numbers.
        """
        buffer = np.empty((frames, self.info.channels), dtype=np.float32)
        limit = int(MAX_DURATION_S * self.info.sample_rate_hz)
        while count := self.decoder.read_into(buffer):
            self.frames += count
            if self.frames > limit:
                raise AudioLimitError(
                    self.path, f"longer than {MAX_DURATION_S / 3600:.0f} hours; split it first"
                )
            block = buffer[:count]
            if checked:
                self.check(max(float(block.max()), -float(block.min())))
            yield block
        if not self.frames:
            raise EmptyAudioError(self.path, "has an audio header but no sound; export it again")

    def check(self, level: float) -> None:
        """Raise if samples whose highest magnitude is this cannot be sound."""
        if level < MAX_SAMPLE:  # which NaN is not
            return
        if math.isfinite(level):
            raise AudioLimitError(
                self.path,
                "holds samples a million times full scale, so it is damaged; export it again",
            )
        raise NonFiniteAudioError(
            self.path,
            "decodes to samples that are no numbers, so it is damaged; export it again",
        )


def _decoder(path: Path) -> Decoder:
    container = pyav.recognize(path)
    if container:
        return pyav.PyAVDecoder(path, container)
    decoder = sndfile.SndFileDecoder(path)
    if decoder.info.container == "MP3" and pyav.is_installed():
        with path.open("rb") as file:
            more = mp3.holds_more(file, decoder.info.frames)
        if more:  # libsndfile would stop where it guessed the end
            decoder.close()
            return pyav.PyAVDecoder(path, "mp3")
    return decoder


@contextmanager
def open_source(path: str | os.PathLike[str], *, start_s: float = 0.0) -> Iterator[AudioSource]:
    """Open an audio file for reading in blocks.

    Parameters
    ----------
    path : path-like
        Anything that libsndfile reads; M4A, M4B, AAC, ALAC and WMA as well where PyAV is
        installed. The content decides, not the ending.
    start_s : float
        Read from here on, seconds, or from some time before: the source's ``frames`` tells it. A
        file that has no way to get there is read from its beginning.

    Raises
    ------
    InputError
        There is no such file, or it is none that can be read.
    UnreadableAudioError
        It is not audio, or in a codec that is not supported.
    AudioLimitError
        More than eight channels, or a rate outside 4 to 384 kHz.
    """
    source = as_path(path)
    check_file(source)
    decoder, place = _decoder(source), 0
    try:
        info = decoder.info
        if not 1 <= info.channels <= MAX_CHANNELS:
            raise AudioLimitError(source, f"has {info.channels} channels; 1 to 8 can be used")
        if not MIN_RATE_HZ <= info.sample_rate_hz <= MAX_RATE_HZ:
            raise AudioLimitError(
                source, f"says {info.sample_rate_hz} Hz; 4,000 to 384,000 Hz can be used"
            )
        if start_s > 0:
            found = decoder.seek(int(start_s * info.sample_rate_hz))
            if found is None:
                decoder.close()
                decoder = _decoder(source)
            place = found or 0
        yield AudioSource(source, decoder, place)
    finally:
        decoder.close()
