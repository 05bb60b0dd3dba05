"""Reading by PyAV, which carries FFmpeg: M4A, M4B, AAC, ALAC and WMA. An extra of the package."""

from __future__ import annotations

import importlib.util
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from yotokit.audio.reading.channels import usual_layout
from yotokit.audio.reading.info import MAX_CHANNELS, AudioInfo
from yotokit.errors import (
    AudioError,
    AudioLimitError,
    EmptyAudioError,
    UnreadableAudioError,
    UnreadableFileError,
)
from yotokit.loading import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["SUFFIXES", "PyAVDecoder", "is_installed", "recognize"]

SUFFIXES = frozenset({".m4a", ".m4b", ".aac", ".wma", ".mp4", ".mka", ".webm"})

_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_MATROSKA = bytes.fromhex("1a45dfa3")
_HEAD_BYTES = 16
_READ_AHEAD_BYTES = 1 << 20
_EARLIER_S = Fraction(1, 2)  # FFmpeg lands a little behind what it is asked for in some containers
# FFmpeg's names of loudspeakers.
_SPEAKERS = {"FL": "L", "FR": "R", "FC": "C", "LFE": "LFE", "LFE2": "LFE", "BL": "Ls", "BR": "Rs"}
_SPEAKERS |= {"SL": "Lss", "SR": "Rss", "BC": "Cs", "FLC": "Lc", "FRC": "Rc", "DL": "L", "DR": "R"}
_SPEAKERS |= dict.fromkeys(["TC", "TFL", "TFC", "TFR", "TBL", "TBC", "TBR", "TSL", "TSR"], "top")


def recognize(path: Path) -> str:
    """Return FFmpeg's name of a container that libsndfile does not read, or nothing.

    FFmpeg is told what to expect and never guesses: some of its formats are lists of other
    files and addresses.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise UnreadableFileError(path, f"cannot be opened ({error.strerror})") from error
    if head[4:8] == b"ftyp":
        return "mov"
    if head == _ASF:
        return "asf"
    if head.startswith(_MATROSKA):
        return "matroska"
    # Twelve bits of ones begin an MP3 as well; its layer is never 0.
    adts = len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0  # noqa: PLR2004
    return "aac" if adts or (head[:3] == b"ID3" and path.suffix.lower() == ".aac") else ""


class PyAVDecoder:
    """An open file that PyAV reads.

    Raises
    ------
    UnreadableAudioError
        It is damaged, protected, or without sound; or PyAV is not installed.
    """

    def __init__(self, path: Path, container: str) -> None:
        self._path = path
        self._av = _library(path, container)
        self._container: Any = None
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise UnreadableFileError(path, f"cannot be opened ({error.strerror})") from error
        try:
            self._container = self._opened(container)
            self._sound = self._stream()
            self._blocks = self._decoded(self._sound)
            self._left = self._first()
            self._begin_s = self._frame_s()
            self.info = self._describe(container.upper(), self._sound)
        except BaseException:
            self.close()
            raise

    def read_into(self, buffer: NDArray[np.float32]) -> int:
        """Fill the buffer from its start, and return how many frames there were."""
        filled = 0
        while filled < len(buffer) and self._left is not None:
            count = min(len(buffer) - filled, len(self._left))
            buffer[filled : filled + count] = self._left[:count]
            filled += count
            self._left = self._left[count:]
            if not len(self._left):
                self._left = next(self._blocks, None)
        return filled

    def seek(self, frame: int) -> int | None:
        """Go on from some sample before; None where that cannot be.

        What comes first is not to be heard: a decoder needs some frames to be itself again.
        """
        if self._begin_s is None:
            return None
        rate = self.info.sample_rate_hz
        wanted_s = self._begin_s + max(Fraction(0), Fraction(frame, rate) - _EARLIER_S)
        try:
            self._container.seek(int(wanted_s / self._sound.time_base), stream=self._sound)
            self._blocks = self._decoded(self._sound)
            self._left = next(self._blocks, None)
        except (self._av.FFmpegError, OSError, ValueError, OverflowError, AudioError):
            return None
        here_s = self._frame_s()
        place = round((here_s - self._begin_s) * rate) if here_s is not None else -1
        return place if self._left is not None and 0 <= place <= frame else None

    def close(self) -> None:
        """Let go of the file."""
        if self._container is not None:
            self._container.close()
        self._file.close()

    def _opened(self, container: str) -> Any:
        try:
            # A file object, not a name: FFmpeg takes names as addresses, "concat:..." and all.
            return self._av.open(
                self._file,
                format=container,
                buffer_size=_READ_AHEAD_BYTES,
                metadata_errors="replace",
            )
        except (self._av.FFmpegError, OSError, ValueError) as error:
            raise self._unreadable(error) from error

    def _stream(self) -> Any:
        streams = self._container.streams.audio
        if not streams:
            raise UnreadableAudioError(self._path, "holds no sound; choose another file")
        stream = streams[0]
        if stream.codec_context is None or _is_protected(stream):
            raise UnreadableAudioError(
                self._path, "is protected, so it cannot be decoded; use a copy without protection"
            )
        return stream

    def _first(self) -> NDArray[np.float32] | None:
        """Decode until it is known what comes: the header of some codecs tells half the rate."""
        for block in self._blocks:
            return block
        raise EmptyAudioError(self._path, "has an audio header but no sound; export it again")

    def _frame_s(self) -> Fraction | None:
        """Return when the latest frame is to be played; None where the file does not say."""
        pts, time_base = self._frame.pts, self._frame.time_base
        return pts * time_base if pts is not None and time_base else None

    def _decoded(self, stream: Any) -> Iterator[NDArray[np.float32]]:
        shape = None
        try:
            for frame in self._container.decode(stream):
                found = frame.sample_rate, frame.layout.nb_channels
                if shape not in (None, found):
                    raise UnreadableAudioError(
                        self._path, "changes its rate or channels midway; convert it to WAV first"
                    )
                shape = found
                if found[1] > MAX_CHANNELS:  # beyond them PyAV reads memory that is not its own
                    raise AudioLimitError(
                        self._path, f"has {found[1]} channels; 1 to {MAX_CHANNELS} can be used"
                    )
                self._frame = frame
                if frame.samples:
                    yield _samples(self._packed(frame))
        except (self._av.FFmpegError, OSError, ValueError) as error:
            raise self._unreadable(error) from error

    def _packed(self, frame: Any) -> Any:
        """Return the frame with its channels side by side where PyAV counts its planes wrong."""
        if not frame.format.is_planar or frame.layout.nb_channels < MAX_CHANNELS:
            return frame
        # Only the order of samples changes, so nothing is kept back that would have to be flushed.
        name = frame.format.name.removesuffix("p")
        resampler = self._av.AudioResampler(name, frame.layout, frame.sample_rate)
        return resampler.resample(frame)[0]

    def _describe(self, container: str, stream: Any) -> AudioInfo:
        frame = self._frame
        rate, channels = frame.sample_rate, frame.layout.nb_channels
        # A film may go on when its sound has ended.
        video = [other for other in self._container.streams.video if not _is_picture(other)]
        length_s = 0.0 if video else (self._container.duration or 0) / self._av.time_base
        if stream.duration:
            length_s = float(stream.duration * stream.time_base)
        encoding = stream.codec_context.codec.name.upper()
        exact = encoding.startswith("PCM_F")
        return AudioInfo(
            container=f"{container} FILM" if video else container,
            encoding=encoding,
            sample_rate_hz=rate,
            channels=channels,
            frames=round(length_s * rate),
            bits=24 if frame.format.name in ("s32", "s32p") or exact else 16,
            layout=_layout(frame) or usual_layout(channels),
        )

    def _unreadable(self, error: Exception) -> UnreadableAudioError:
        reason = str(getattr(error, "strerror", "") or error).strip().rstrip(".")
        return UnreadableAudioError(
            self._path,
            f"cannot be decoded ({reason}), so it is damaged or in a codec that is not supported; "
            "if it plays elsewhere, convert it to FLAC or MP3",
        )


def _layout(frame: Any) -> tuple[str, ...]:
    """Return the loudspeakers that a frame names; nothing where one of them has no known name."""
    names = [_SPEAKERS.get(channel.name, "") for channel in frame.layout.channels]
    if "Ls" not in names:
        names = [{"Lss": "Ls", "Rss": "Rs"}.get(name, name) for name in names]
    return tuple(names) if len(names) > 1 and all(names) else ()


def _is_picture(stream: Any) -> bool:
    """Say whether a video stream is a cover."""
    return bool(stream.disposition & type(stream.disposition).attached_pic)


def _is_protected(stream: Any) -> bool:
    try:
        return stream.codec_context.codec_tag in ("drms", "enca")
    except UnicodeDecodeError:  # four bytes that anybody may have written
        return False


def _samples(frame: Any) -> NDArray[np.float32]:
    """Return a frame's samples, shape (n, channels), full scale 1.0."""
    values: NDArray[Any] = frame.to_ndarray()
    values = values.T if frame.format.is_planar else values.reshape(-1, frame.layout.nb_channels)
    result: NDArray[np.float32] = values.astype(np.float32)
    if values.dtype == np.uint8:
        result = result / np.float32(128.0) - np.float32(1.0)
    elif values.dtype.kind == "i":
        result *= np.float32(-1.0 / np.iinfo(values.dtype).min)
    return result


def is_installed() -> bool:
    """Say whether the extra is there."""
    return importlib.util.find_spec("av") is not None


def _library(path: Path, container: str) -> Any:
    try:
        load("av")
        import av  # noqa: PLC0415 - an extra
    except ImportError as error:
        kind = {"mov": "M4A or MP4", "asf": "WMA", "aac": "AAC"}.get(container, container)
        raise UnreadableAudioError(
            path,
            f'is {kind} audio; to read it: pip install "yotokit[av]", then restart the kernel. Or '
            "convert it to FLAC or MP3",
        ) from error
    return av
