"""Writing sound to a file, the same bytes every time, in one step or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile as sf

from yotokit.audio.reading.channels import usual_layout
from yotokit.audio.reading.sndfile import name_for_libsndfile, name_loudspeakers
from yotokit.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from yotokit.audio.reading.info import AudioInfo

__all__ = ["ENDINGS", "Form", "TooLargeError", "lossless_form", "lossy_form", "open_sink"]

ENDINGS = (".flac", ".wav", ".mp3")
"""All that `Form.suffix` may be."""

# LAME's rates of MPEG-1, and what libsndfile's level 0 and 1 mean there, in kb/s.
_MP3_RATES_HZ = (32_000, 44_100, 48_000)
_MP3_CHANNELS = 2
_MP3_KBPS = (320, 256, 224, 192, 160, 128, 112, 96, 80, 64)
_MP3_HIGHEST_KBPS, _MP3_LOWEST_KBPS = 320, 32
_MP3_OVERHEAD = 1.01
# LAME turns the sound down before it encodes it at lower constant rates: by so much, up to there.
_LAME_SCALES = ((160, 0.95), (192, 0.97), (224, 0.98))
_FLAC_ANY_RATE_HZ = 65_535  # above, it can write multiples of 10 Hz only


@dataclass(frozen=True, slots=True)
class Form:
    """How sound is written.

    Attributes
    ----------
    suffix, content_type : str
        Of the file.
    options : dict
        For `soundfile.SoundFile`.
    name : str
        In words.
    makeup : float
        What makes good for the encoder's own change of level: samples are multiplied by it.
    """

    suffix: str
    content_type: str
    options: dict[str, Any]
    name: str
    makeup: float = 1.0


class TooLargeError(Exception):
    """What was written has passed the limit."""


def lossless_form(info: AudioInfo) -> Form:
    """Return the form that keeps every sample: FLAC, or WAV for what FLAC cannot say.

    That is some odd sample rates, and channels for other loudspeakers than it is made for.
    """
    bits = f"PCM_{info.bits}"
    if info.layout != usual_layout(info.channels):
        return Form(".wav", "audio/wav", {"format": "WAVEX", "subtype": bits}, "WAV")
    if info.sample_rate_hz > _FLAC_ANY_RATE_HZ and info.sample_rate_hz % 10:
        return Form(".wav", "audio/wav", {"format": "WAV", "subtype": bits}, "WAV")
    return Form(".flac", "audio/flac", {"format": "FLAC", "subtype": bits}, "FLAC")


def lossy_form(info: AudioInfo, duration_s: float, max_bytes: int) -> Form | None:
    """Return MP3 at the highest constant rate that stays below a size; None where none does.

    MP3, because it is what libsndfile writes that is the same each time: Ogg files carry random
    numbers.

    Parameters
    ----------
    info : AudioInfo
        What is written; MP3 takes 32, 44.1 and 48 kHz in mono and stereo.
    duration_s : float
        Its length, seconds.
    max_bytes : int
        The size to stay below.
    """
    if info.sample_rate_hz not in _MP3_RATES_HZ or info.channels > _MP3_CHANNELS:
        return None
    room_kbps = max_bytes * 8 / 1000 / max(duration_s, 1.0) / _MP3_OVERHEAD
    fitting = [kbps for kbps in _MP3_KBPS if kbps <= room_kbps]
    if not fitting:
        return None
    level = (_MP3_HIGHEST_KBPS - fitting[0]) / (_MP3_HIGHEST_KBPS - _MP3_LOWEST_KBPS)
    options = {
        "format": "MP3",
        "subtype": "MPEG_LAYER_III",
        "bitrate_mode": "CONSTANT",
        "compression_level": level,
    }
    scale = next((scale for kbps, scale in _LAME_SCALES if fitting[0] <= kbps), 1.0)
    return Form(".mp3", "audio/mpeg", options, f"MP3 at {fitting[0]} kb/s", 1.0 / scale)


@contextmanager
def open_sink(
    output: Path, form: Form, info: AudioInfo, source: Path, max_bytes: int | None = None
) -> Iterator[Callable[[NDArray[np.float32]], None]]:
    """Write to a file beside the output, which takes its place when all is written.

    What is raised inside the ``with`` leaves the output as it was.

    Yields
    ------
    callable
        Takes the next samples, shape (n, channels), and may change them.

    Raises
    ------
    TooLargeError
        The file has passed ``max_bytes``.
    AudioError
        It cannot be written; the message says what to do.
    """
    part = output.with_name(f"{output.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with _told(source, output):
            sink = sf.SoundFile(
                name_for_libsndfile(part), "w", info.sample_rate_hz, info.channels, **form.options
            )

        if form.options["format"] == "WAVEX":
            name_loudspeakers(sink, info.layout)
        sixteen = form.options["subtype"] == "PCM_16"
        frames = 0

        def write(block: NDArray[np.float32]) -> None:
            nonlocal frames
            frames += len(block)
            if form.makeup > 1.0:
                np.multiply(block, np.float32(form.makeup), out=block)
            with _told(source, output):
                sink.write(_integers(block) if sixteen else block)
                _check_size(part, max_bytes)

        try:
            yield write
        finally:
            with _told(source, output):
                sink.close()
        with _told(source, output):
            _check_size(part, max_bytes)
            _check_whole(part, frames)
            part.replace(output)
    finally:
        with suppress(OSError):
            part.unlink()


def _check_whole(part: Path, frames: int) -> None:
    """Make sure that the last bytes are there: libsndfile does not say if they did not fit."""
    with sf.SoundFile(name_for_libsndfile(part)) as written:
        if written.frames == frames:
            written.seek(max(frames - 1, 0))
            if len(written.read(1)) == min(frames, 1):
                return
    raise OSError("the end of the file is missing")


def _integers(block: NDArray[np.float32]) -> NDArray[np.int16]:
    """Round as libsndfile does, in half of its time."""
    np.multiply(block, np.float32(2.0**15), out=block)
    np.rint(block, out=block)
    np.clip(block, -(2.0**15), 2.0**15 - 1, out=block)
    return block.astype(np.int16)


def _check_size(part: Path, max_bytes: int | None) -> None:
    if max_bytes is not None and part.stat().st_size > max_bytes:
        raise TooLargeError


@contextmanager
def _told(source: Path, output: Path) -> Iterator[None]:
    """Turn what goes wrong in writing into an error that says what to do."""
    try:
        yield
    except (sf.SoundFileError, OSError, ValueError) as error:
        raise AudioError(source, _write_problem(output, error)) from error


def _write_problem(output: Path, error: Exception) -> str:
    folder = output.parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return f"cannot be normalized: the folder {folder} is gone ({error})"
    if output.is_dir():
        return f"cannot be normalized: {output} is a folder; name another output"
    if not os.access(folder, os.W_OK):
        return f"cannot be normalized: nothing may be written to {folder}; choose another folder"
    return (
        f"cannot be normalized: writing {output.name[:60]} to {folder} failed ({error}), with "
        f"{free // 1_000_000} MB free there; make room, or use another folder or a shorter name "
        "(for a session's own files, set TMPDIR)"
    )
