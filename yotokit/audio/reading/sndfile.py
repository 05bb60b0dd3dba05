"""Reading by libsndfile: WAV, FLAC, MP3, Ogg Vorbis, Opus, AIFF and their kin."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile as sf

from yotokit.audio.reading.channels import ogg_to_wav_order, usual_layout
from yotokit.audio.reading.info import AudioInfo
from yotokit.errors import UnreadableAudioError, UnreadableFileError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["SUFFIXES", "SndFileDecoder", "name_for_libsndfile", "name_loudspeakers"]

SUFFIXES = frozenset(
    {".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".aif", ".aiff", ".aifc", ".au", ".caf"}
    | {".w64", ".rf64"}
)

_SIXTEEN_BITS_HOLD = {"PCM_16", "PCM_S8", "PCM_U8", "ALAW", "ULAW", "VORBIS", "OPUS"}
_STEREO = 2
_UNKNOWN_FRAMES = 2**62  # what libsndfile answers for a stream without a length
_GET_CHANNEL_MAP, _SET_CHANNEL_MAP = 0x1100, 0x1101  # SFC_..._CHANNEL_MAP_INFO
# By libsndfile's numbers, SF_CHANNEL_MAP_MONO and on.
_SPEAKERS = ["M", "L", "R", "C", "L", "R", "C", "Cs", "Ls", "Rs", "LFE", "Lc", "Rc", "Lss", "Rss"]


class _ForwardSoundFile(sf.SoundFile):  # type: ignore[misc]  # soundfile publishes no types
    """A sound file that is only ever read forward.

    The library seeks after each read; on MP3 that halves the speed and corrupts small blocks.
    """

    def seekable(self) -> bool:
        return False


class SndFileDecoder:
    """An open file that libsndfile reads.

    Raises
    ------
    UnreadableAudioError, UnreadableFileError
        It is not audio, or may not be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = _ForwardSoundFile(name_for_libsndfile(path))
        except (sf.SoundFileError, RuntimeError, TypeError) as error:
            raise _unreadable(path, error) from error
        self.info = _describe(self._file)
        self._order: list[int] = []
        if self.info.container == "OGG" and self.info.channels > _STEREO:
            self._order = ogg_to_wav_order(self.info.channels)
        # The library's own conversion to float takes eight times as long.
        self._integers: NDArray[np.int16] | None = None
        if self.info.encoding == "PCM_16" and self.info.container != "FLAC":
            self._integers = np.empty((0, self.info.channels), dtype=np.int16)

    def read_into(self, buffer: NDArray[np.float32]) -> int:
        """Fill the buffer from its start, and return how many frames there were."""
        try:
            if self._integers is None:
                count = int(self._file.buffer_read_into(buffer, dtype="float32"))
                if self._order:
                    buffer[:count] = buffer[:count, self._order]
                return count
            if len(self._integers) < len(buffer):
                self._integers = np.empty(buffer.shape, dtype=np.int16)
            integers = self._integers[: len(buffer)]
            count = int(self._file.buffer_read_into(integers, dtype="int16"))
        except (sf.SoundFileError, RuntimeError) as error:
            raise _unreadable(self._path, error) from error
        np.multiply(integers[:count], np.float32(2.0**-15), out=buffer[:count])
        return count

    def seek(self, frame: int) -> int | None:
        """Go on from a sample; None where that cannot be."""
        # Where there is nothing to be read, libsndfile crashes when it looks for a place in Ogg.
        if not self.read_into(np.empty((1, self.info.channels), dtype=np.float32)):
            return None
        try:
            return frame if self._file.seek(frame) == frame else None
        except (sf.SoundFileError, RuntimeError):
            return None

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def name_for_libsndfile(path: Path) -> str | bytes:
    """Return a path in the form that reaches libsndfile whole, whatever bytes a name is made of."""
    return os.fsencode(path) if os.name == "posix" else str(path)


def _describe(file: Any) -> AudioInfo:
    return AudioInfo(
        container=file.format,
        encoding=file.subtype,
        sample_rate_hz=file.samplerate,
        channels=file.channels,
        frames=file.frames if file.frames < _UNKNOWN_FRAMES else 0,
        bits=16 if file.subtype in _SIXTEEN_BITS_HOLD or file.format == "MP3" else 24,
        layout=_layout(file),
    )


def _layout(file: Any) -> tuple[str, ...]:
    """Return the loudspeakers that the file names; soundfile has no call of its own for it."""
    numbers = sf._ffi.new("int[]", file.channels)  # noqa: SLF001
    told = _command(file, _GET_CHANNEL_MAP, numbers)
    named = [int(number) for number in numbers]
    if told and min(named) > 0:
        return tuple(_SPEAKERS[n - 1] if n <= len(_SPEAKERS) else "top" for n in named)
    return usual_layout(file.channels)


def name_loudspeakers(file: Any, layout: tuple[str, ...]) -> None:
    """Write into a file that is being made which loudspeaker each channel is for, if it can."""
    if all(speaker in _SPEAKERS for speaker in layout):
        numbers = [_SPEAKERS.index(speaker) + 1 for speaker in layout]
        _command(file, _SET_CHANNEL_MAP, sf._ffi.new("int[]", numbers))  # noqa: SLF001


def _command(file: Any, command: int, numbers: Any) -> bool:
    size = sf._ffi.sizeof(numbers)  # noqa: SLF001
    return bool(sf._snd.sf_command(file._file, command, numbers, size))  # noqa: SLF001


def _unreadable(path: Path, error: Exception) -> UnreadableAudioError | UnreadableFileError:
    try:
        with path.open("rb"):
            pass
    except OSError as refusal:
        return UnreadableFileError(path, f"cannot be opened ({refusal.strerror})")
    reason = str(getattr(error, "error_string", error)).strip().rstrip(".")
    if "File does not exist" in reason:  # said of a file that was opened a line above
        reason = "it is damaged, or another format than its name says"
    return UnreadableAudioError(
        path,
        f"is not audio that can be decoded ({reason}); WAV, FLAC, MP3, Ogg Vorbis, Opus and AIFF "
        'can, and M4A, AAC and WMA after pip install "yotokit[av]". If it plays elsewhere, '
        "convert it to one of these",
    )
