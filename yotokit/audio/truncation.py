"""Telling that a file ends before its sound does: a download that broke off, most often."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

    from yotokit.audio.info import AudioInfo

__all__ = ["ends_early"]

# Headers round; a tenth of a second, or one part in two hundred, is no loss.
_TOLERATED_S = 0.1
_TOLERATED_SHARE = 0.005
# Writers that do not know the length yet leave such a size, and may never come back to it.
_PLACEHOLDER_BYTES = 0x7FFF_0000
_CHUNKED = {b"RIFF": ("<", b"data"), b"FORM": (">", b"SSND")}
_MOST_CHUNKS = 1000
_OGG_TAIL_BYTES = 1 << 17  # two of its largest pages
_OGG_FLAGS_AT, _OGG_LAST_PAGE = 5, 4


def ends_early(path: Path, info: AudioInfo, frames: int) -> str:
    """Return what to tell about a file whose end is missing, or nothing.

    Parameters
    ----------
    path : Path
        The file.
    info : AudioInfo
        What its header says.
    frames : int
        How many samples per channel it held.
    """
    missing = info.frames - frames
    if missing > max(_TOLERATED_S * info.sample_rate_hz, _TOLERATED_SHARE * info.frames):
        told_s, found_s = info.frames / info.sample_rate_hz, frames / info.sample_rate_hz
        return (
            f"truncated: its header says {told_s:.1f} s, and {found_s:.1f} s are there; "
            "copy or download it again"
        )
    try:
        with path.open("rb") as file:
            lost = _lacks_last_page(file) if info.container == "OGG" else _lacks_bytes(file)
    except OSError:
        return ""
    return "truncated: its end is missing; copy or download it again" if lost else ""


def _lacks_bytes(file: BinaryIO) -> bool:
    """Say whether the sound of a WAV or AIFF file is shorter than its chunk says."""
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(12)
    if head[:4] not in _CHUNKED:
        return False
    order, wanted = _CHUNKED[head[:4]]
    for _ in range(_MOST_CHUNKS):
        chunk = file.read(8)
        if len(chunk) < len(b"nameSIZE"):
            return False
        name, length = struct.unpack(order + "4sI", chunk)
        if name == wanted:
            return bool(length < _PLACEHOLDER_BYTES and file.tell() + length > size)
        file.seek(length + length % 2, 1)
    return False


def _lacks_last_page(file: BinaryIO) -> bool:
    """Say whether an Ogg file ends without the page that is marked as its last."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _OGG_TAIL_BYTES))
    tail = file.read()
    page = tail.rfind(b"OggS")
    if page < 0 or page + _OGG_FLAGS_AT >= len(tail):
        return True
    return not tail[page + _OGG_FLAGS_AT] & _OGG_LAST_PAGE
