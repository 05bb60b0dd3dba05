"""Turns an upload into media: it really decodes what it got, and says how long it is.

The audio is not encoded again; the emulator plays back what was uploaded. Format, channels and
size are what the service would say of its Opus file.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import TYPE_CHECKING, Any

import soundfile as sf

from yotokit.emulator.state import Transcoding, Upload, base64url, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from yotokit.emulator.state import State

__all__ = ["Transcoder", "UnusableAudioError", "describe", "media_name"]

_OPUS_KBIT_S = 64
_BLOCK_FRAMES = 65_536
_BYTES_PER_FRAME_AND_CHANNEL = 2


class UnusableAudioError(Exception):
    """The service would answer that this is no audio."""


class Transcoder:
    """Makes media of uploads, in the background of the servers' loop.

    Parameters
    ----------
    state : State
        What the emulator remembers.
    span_s : callable
        Returns the shortest and the longest time of a transcode, seconds.
    decode : callable
        Says what comes of a file; see `describe`.
    """

    def __init__(
        self,
        state: State,
        span_s: Callable[[], tuple[float, float]],
        decode: Callable[[Path, str], dict[str, Any]],
    ) -> None:
        self._state = state
        self._span_s = span_s
        self._decode = decode
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, upload: Upload) -> None:
        """Begin with an upload; called on the servers' loop."""
        shortest, longest = self._span_s()
        share = (upload.digest or b"\0")[0] / 255
        now = time.monotonic()
        upload.transcoding = Transcoding(
            timestamp(), now + shortest + share * (longest - shortest), now
        )
        task = asyncio.get_running_loop().create_task(self._transcode(upload))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Give up what is not finished."""
        for task in list(self._tasks):
            task.cancel()

    async def _transcode(self, upload: Upload) -> None:
        transcoding, path = upload.transcoding, upload.path
        if transcoding is None or path is None:
            return
        try:
            info = await asyncio.to_thread(self._decode, path, upload.filename)
            name = await asyncio.to_thread(media_name, path)
            await asyncio.sleep(max(0.0, transcoding.due - time.monotonic()))
        except UnusableAudioError as error:
            transcoding.error = str(error)
        except RuntimeError:
            return  # the interpreter is about to end, and takes no new work
        else:
            transcoding.info, transcoding.sha256 = info, name
            self._state.media[name] = upload
        transcoding.ended_at = timestamp()


class _Forward(sf.SoundFile):  # type: ignore[misc]  # soundfile publishes no types
    """Read straight through: a seek after each block would disturb MP3."""

    def seekable(self) -> bool:
        return False


def describe(path: Path, filename: str) -> dict[str, Any]:
    """Decode a file to its end and return what the service would say of the result.

    Raises
    ------
    UnusableAudioError
        It does not decode, holds no sound, or is of a kind that the service refuses.
    """
    try:
        container, rate, channels, frames = _decode(path)
    except (sf.SoundFileError, RuntimeError, TypeError):
        container, rate, channels, frames = _decode_by_ffmpeg(path)
    if container in ("AIFF", "AIFC") or not frames:
        raise UnusableAudioError("file is not a valid audio/video file")
    duration_s = frames / rate
    return {
        "duration": round(duration_s),
        "fileSize": int(duration_s * _OPUS_KBIT_S * 1000 / 8) + 4096,
        "codec": "opus",
        "format": "opus",
        "sampleRate": 48_000,
        "bitrate": _OPUS_KBIT_S,
        "channels": "mono" if channels == 1 else "stereo",
        "inputFormat": container.lower(),
        "metadata": {"title": filename},
    }


def _decode(path: Path) -> tuple[str, int, int, int]:
    with _Forward(str(path)) as file:
        buffer = bytearray(_BLOCK_FRAMES * file.channels * _BYTES_PER_FRAME_AND_CHANNEL)
        frames = 0
        while count := file.buffer_read_into(buffer, dtype="int16"):
            frames += count
        return file.format, file.samplerate, file.channels, frames


def _decode_by_ffmpeg(path: Path) -> tuple[str, int, int, int]:
    """Decode what libsndfile does not know, such as M4A, where PyAV is installed."""
    try:
        import av  # noqa: PLC0415 - an extra

        with path.open("rb") as file, av.open(file, "r", metadata_errors="replace") as container:
            stream: Any = container.streams.audio[0]
            frames = sum(int(frame.samples) for frame in container.decode(stream))
            return container.format.name, stream.rate, stream.channels, frames
    except (ImportError, IndexError, OSError, ValueError) as error:
        raise UnusableAudioError("file is not a valid audio/video file") from error


def media_name(path: Path) -> str:
    """Return the service's name for the media made of a file: the same for the same bytes."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    return base64url(hashlib.sha256(b"opus of " + digest).digest())
