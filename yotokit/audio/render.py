"""Write a file at another gain: FLAC, block by block, the same bytes every time."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile as sf

from yotokit.audio.files import digest
from yotokit.audio.source import open_source
from yotokit.errors import AudioError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from yotokit.audio.info import AudioInfo

__all__ = ["PASSTHROUGH_DB", "Rendered", "content_type", "may_pass_untouched", "render"]

PASSTHROUGH_DB = 0.1
"""A gain smaller than this is not worth another generation of the file."""

# Containers that the service takes as they are, with their media types. AIFF it refuses.
_ACCEPTED = {"WAV": "audio/wav", "WAVEX": "audio/wav", "FLAC": "audio/flac", "MP3": "audio/mpeg"}
_ACCEPTED |= {"OGG": "audio/ogg"}
_SIXTEEN_BITS_HOLD = {"PCM_16", "PCM_S8", "PCM_U8", "ALAW", "ULAW", "VORBIS", "OPUS"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A file that is ready to be sent.

    Attributes
    ----------
    path : Path
        The file.
    sha256 : str
        Of its bytes, hex.
    size_bytes : int
        Its length.
    content_type : str
        Its media type.
    untouched : bool
        It is the source itself, not a new file.
    """

    path: Path
    sha256: str
    size_bytes: int
    content_type: str
    untouched: bool


def may_pass_untouched(info: AudioInfo, gain_db: float) -> bool:
    """Say whether a file can be sent as it is: the gain is too small to hear, the format known."""
    return abs(gain_db) < PASSTHROUGH_DB and info.container in _ACCEPTED


def content_type(container: str) -> str:
    """Return the media type of a container by libsndfile's name of it."""
    return _ACCEPTED.get(container, "application/octet-stream")


def render(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    gain_db: float,
    *,
    progress: Callable[[float], object] | None = None,
) -> Rendered:
    """Write a file at another gain as FLAC, or pass the source through where it may be.

    A pure function of the file and the gain: the same input gives the same bytes, in any thread
    and any order. Sixteen bits per sample, unless the source holds more.

    Parameters
    ----------
    source, output : path-like
        What is read, and the FLAC file that is written. No file is left behind by a failure.
    gain_db : float
        Linear gain, dB. Samples that it lifts above full scale are clipped, which a gain from
        `plan_track` or `plan_album` never does.
    progress : callable, optional
        Called with how much is done, 0 to 1. What it raises ends the work.

    Returns
    -------
    Rendered

    Raises
    ------
    InputError, AudioError
        The source cannot be read, or the output cannot be written.
    """
    source, output = Path(source), Path(output)
    with open_source(source) as opened:
        info = opened.info
        if may_pass_untouched(info, gain_db):
            kind = content_type(info.container)
            return Rendered(source, digest(source), source.stat().st_size, kind, untouched=True)
        bits = "PCM_16" if _fits_sixteen_bits(info) else "PCM_24"
        factor = np.float32(10.0 ** (gain_db / 20.0))
        try:
            with sf.SoundFile(
                str(output), "w", info.sample_rate_hz, info.channels, bits, format="FLAC"
            ) as sink:
                for block in opened.blocks():
                    sink.write(np.multiply(block, factor, out=block))
                    if progress is not None:
                        progress(opened.share())
        except (sf.SoundFileError, OSError) as error:
            _discard(output)
            raise AudioError(source, _write_problem(output, error)) from error
        except BaseException:
            _discard(output)
            raise
    size = output.stat().st_size
    return Rendered(output, digest(output), size, "audio/flac", untouched=False)


def _fits_sixteen_bits(info: AudioInfo) -> bool:
    return info.encoding in _SIXTEEN_BITS_HOLD or info.container == "MP3"


def _discard(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _write_problem(output: Path, error: Exception) -> str:
    try:
        free = shutil.disk_usage(output.parent).free
    except OSError:
        return f"cannot be normalized: the folder {output.parent} is gone ({error})"
    return (
        f"cannot be normalized: writing to {output.parent} failed ({error}), with "
        f"{free // 1_000_000} MB free there; make room, or set TMPDIR to another disk"
    )
