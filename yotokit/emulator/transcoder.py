"""Turns an upload into media: it really decodes what it got, and says how long it is.

The Opus file is made later, when somebody asks for it (`media`); its size is foretold here.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import TYPE_CHECKING, Any

from yotokit.emulator.encoding import OPUS_KBIT_S
from yotokit.emulator.transcode_faults import draw_fault
from yotokit.emulator.uploads import Media, Transcoding, keep_media, keep_upload
from yotokit.emulator.wire import UnusableAudioError, base64url, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from yotokit.emulator.state import State
    from yotokit.emulator.transcode_faults import TranscodeFault
    from yotokit.emulator.uploads import Upload

__all__ = ["Transcoder", "UnusableAudioError", "describe", "media_name"]


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
    faults : iterable of TranscodeFault
        What is to go wrong.
    """

    def __init__(
        self,
        state: State,
        span_s: Callable[[], tuple[float, float]],
        decode: Callable[[Path, str], dict[str, Any]],
        faults: Iterable[TranscodeFault],
    ) -> None:
        self._state = state
        self._span_s = span_s
        self._decode = decode
        self._faults = faults
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, upload: Upload) -> None:
        """Begin with an upload; called on the servers' loop."""
        shortest, longest = self._span_s()
        share = (upload.digest or b"\0")[0] / 255
        now = time.monotonic()
        fault = draw_fault(self._faults, upload.filename)
        slower_s = fault.delay_s if fault is not None and fault.kind == "very_slow" else 0.0
        due = now + shortest + share * (longest - shortest) + slower_s
        upload.transcoding = Transcoding(timestamp(), due, now, fault=fault)
        keep_upload(self._state.keeper, upload)
        if fault is not None and fault.kind == "stall":
            return
        task = asyncio.get_running_loop().create_task(self._transcode(upload, upload.transcoding))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def resume(self) -> None:
        """Begin anew with what an emulator before this one has not ended."""
        for upload in self._state.uploads.values():
            if upload.transcoding is None:
                self.begin(upload)

    def stop(self) -> None:
        """Give up what is not finished."""
        for task in list(self._tasks):
            task.cancel()

    async def _transcode(self, upload: Upload, transcoding: Transcoding) -> None:
        path = upload.path
        if path is None:
            return
        keeper = self._state.keeper
        try:
            info = await asyncio.to_thread(self._decode, path, upload.filename)
            name = await asyncio.to_thread(media_name, path)
            await asyncio.sleep(max(0.0, transcoding.due - time.monotonic()))
            _fail_as_told(transcoding.fault)
        except UnusableAudioError as error:
            transcoding.error = str(error)
        except RuntimeError:
            return  # the interpreter is about to end, and takes no new work
        else:
            transcoding.info, transcoding.sha256 = info, name
            self._state.media[name] = Media(path, info)
        with keeper.together():
            transcoding.ended_at = timestamp()
            if transcoding.sha256 is not None:
                keep_media(keeper, transcoding.sha256, self._state.media[transcoding.sha256])
            if upload.transcoding is transcoding:  # and not one of newer bytes
                keep_upload(keeper, upload)


def _fail_as_told(fault: TranscodeFault | None) -> None:
    if fault is not None and fault.kind in ("error", "failed_sha"):
        raise UnusableAudioError


def describe(path: Path, filename: str) -> dict[str, Any]:
    """Decode a file to its end and return what the service would say of the result.

    Raises
    ------
    UnusableAudioError
        It does not decode, holds no sound, or is of a kind that the service refuses.
    """
    # Here and not above: the library for sound loads with the first upload.
    from yotokit.emulator.decoding import SAMPLE_BYTES, decoding  # noqa: PLC0415

    with decoding(path) as sound:
        size_bytes = sum(len(piece) for piece in sound.pieces)
    if sound.container in ("AIFF", "AIFC") or not size_bytes:
        raise UnusableAudioError
    duration_s = size_bytes / (SAMPLE_BYTES * sound.channels * sound.rate_hz)
    return {
        "duration": round(duration_s),
        "fileSize": int(duration_s * OPUS_KBIT_S * 1000 / 8) + 4096,
        "codec": "opus",
        "format": "opus",
        "sampleRate": 48_000,
        "bitrate": OPUS_KBIT_S,
        "channels": "mono" if sound.channels == 1 else "stereo",
        "inputFormat": sound.container.lower(),
        "metadata": {"title": filename},
    }


def media_name(path: Path) -> str:
    """Return the service's name for the media made of a file: the same for the same bytes."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    return base64url(hashlib.sha256(b"opus of " + digest).digest())
