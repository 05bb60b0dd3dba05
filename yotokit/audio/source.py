"""Open an audio file, describe it, and read it in bounded blocks: never a whole file at once."""

from __future__ import annotations

import hashlib
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile as sf

from yotokit.errors import (
    AudioError,
    AudioLimitError,
    EmptyAudioError,
    EmptyFileError,
    MissingFileError,
    NonFiniteAudioError,
    NotAFileError,
    SourceChangedError,
    UnreadableAudioError,
    UnreadableFileError,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = [
    "AUDIO_SUFFIXES",
    "AudioInfo",
    "AudioSource",
    "FileStamp",
    "check_file",
    "digest",
    "open_source",
]

# What libsndfile reads, by the endings that people use.
AUDIO_SUFFIXES = frozenset(
    {".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".aif", ".aiff", ".aifc", ".au", ".caf"}
    | {".w64", ".rf64"}
)

BLOCK_FRAMES = 65_536
MAX_CHANNELS = 8
MIN_RATE_HZ = 4_000
MAX_RATE_HZ = 384_000
MAX_DURATION_S = 12 * 3600.0
MAX_SAMPLE = 1e6  # times full scale


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells that a file was changed: its size in bytes, and its time of change."""

    size_bytes: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What an audio file's header says.

    Attributes
    ----------
    container : str
        libsndfile's name of the container: ``WAV``, ``FLAC``, ``MP3``, ``OGG``, ``AIFF``...
    encoding : str
        libsndfile's name of the sample encoding: ``PCM_16``, ``VORBIS``...
    sample_rate_hz, channels : int
        As they are decoded.
    frames : int
        Samples per channel; a header may lie about it.
    """

    container: str
    encoding: str
    sample_rate_hz: int
    channels: int
    frames: int


class _ForwardSoundFile(sf.SoundFile):  # type: ignore[misc]  # soundfile publishes no types
    """A sound file that is only ever read forward.

    The library seeks after each read; on MP3 that halves the speed and corrupts small blocks.
    """

    def seekable(self) -> bool:
        return False


class AudioSource:
    """An open audio file; use `open_source`."""

    def __init__(self, path: Path, file: Any) -> None:
        self.path = path
        self._file = file
        self.info = AudioInfo(
            file.format, file.subtype, file.samplerate, file.channels, file.frames
        )

    def share(self, frames: int) -> float:
        """Return how much of the file so many samples are, 0 to 1, by what the header says."""
        return min(1.0, frames / self.info.frames) if self.info.frames > 0 else 0.0

    def blocks(self, frames: int = BLOCK_FRAMES) -> Iterator[NDArray[np.float32]]:
        """Yield the samples in order.

        The array is reused: take what you need of a block before asking for the next.

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
        total = 0
        while True:
            try:
                count = self._file.buffer_read_into(buffer, dtype="float32")
            except (sf.SoundFileError, RuntimeError) as error:
                raise _unreadable(self.path, error) from error
            if not count:
                break
            total += count
            if total > limit:
                raise AudioLimitError(
                    self.path, f"longer than {MAX_DURATION_S / 3600:.0f} hours; split it first"
                )
            block = buffer[:count]
            # Written so that NaN, which is never smaller, is caught as well.
            if not max(float(block.max()), -float(block.min())) < MAX_SAMPLE:
                raise self._absurd(block)
            yield block
        if not total:
            raise EmptyAudioError(self.path, "has an audio header but no sound; export it again")

    def _absurd(self, block: NDArray[np.float32]) -> AudioError:
        if np.isfinite(block).all():
            return AudioLimitError(
                self.path,
                "holds samples a million times full scale, so it is damaged; export it again",
            )
        return NonFiniteAudioError(
            self.path,
            "decodes to samples that are no numbers, so it is damaged; export it again",
        )


@contextmanager
def open_source(path: str | os.PathLike[str]) -> Iterator[AudioSource]:
    """Open an audio file for reading in blocks.

    Parameters
    ----------
    path : path-like
        Anything libsndfile reads; the content decides, not the ending.

    Raises
    ------
    InputError
        There is no such file, or it is none that can be read.
    UnreadableAudioError
        It is not audio, or in a codec that is not supported.
    AudioLimitError
        More than eight channels, or a rate outside 4 to 384 kHz.
    """
    source = Path(path)
    check_file(source)
    try:
        file = _ForwardSoundFile(str(source))
    except (sf.SoundFileError, RuntimeError, TypeError) as error:
        raise _unreadable(source, error) from error
    with file:
        if not 1 <= file.channels <= MAX_CHANNELS:
            raise AudioLimitError(source, f"has {file.channels} channels; 1 to 8 can be used")
        if not MIN_RATE_HZ <= file.samplerate <= MAX_RATE_HZ:
            raise AudioLimitError(
                source, f"says {file.samplerate} Hz; 4,000 to 384,000 Hz can be used"
            )
        yield AudioSource(source, file)


def check_file(path: Path, expected: FileStamp | None = None) -> FileStamp:
    """Make sure that a path is a file with something in it, without opening a pipe or a device.

    Parameters
    ----------
    path : Path
        The file.
    expected : FileStamp, optional
        What an earlier call returned.

    Raises
    ------
    MissingFileError, NotAFileError, EmptyFileError, UnreadableFileError
        By what is wrong.
    SourceChangedError
        The file is not the one that was stamped.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingFileError(path, "no such file; check the spelling and the folder") from error
    except (OSError, ValueError) as error:
        raise UnreadableFileError(path, f"cannot be looked at ({error})") from error
    if stat.S_ISDIR(status.st_mode):
        raise NotAFileError(path, "is a folder, not an audio file; name the files inside it")
    if not stat.S_ISREG(status.st_mode):
        raise NotAFileError(path, "is not a regular file; copy its content into one")
    if not status.st_size:
        raise EmptyFileError(path, "is empty (0 bytes); copy or download it again")
    stamp = FileStamp(status.st_size, status.st_mtime_ns)
    if expected is not None and stamp != expected:
        raise SourceChangedError(path, "changed while it was worked on; submit it again")
    return stamp


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in lower-case hex, read in pieces.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    check_file(path)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFileError(path, f"cannot be read ({error.strerror})") from error


def _unreadable(path: Path, error: Exception) -> UnreadableAudioError | UnreadableFileError:
    try:
        with path.open("rb"):
            pass
    except OSError as refusal:
        return UnreadableFileError(path, f"cannot be opened ({refusal.strerror})")
    reason = str(getattr(error, "error_string", error)).strip().rstrip(".")
    return UnreadableAudioError(
        path,
        f"is not audio that can be decoded ({reason}); WAV, FLAC, MP3, Ogg Vorbis, Opus and AIFF "
        "can. If it plays elsewhere, convert it to one of these",
    )
