"""Telling that a file ends before its sound does: a download that broke off, most often."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

from yotokit.audio.reading import mp3

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yotokit.audio.reading.info import AudioInfo

__all__ = ["ends_early"]

# Headers round; a tenth of a second, or one part in two hundred, is no loss.
_TOLERATED_S = 0.1
_TOLERATED_SHARE = 0.005
_UNREAD_SHARE = 0.02
_CHAINED = "truncated: it holds several recordings, and only the first was read; split it"
_MOST_CHUNKS = 1000
# Writers that do not know the length yet leave such a size, and may never come back to it.
_UNKNOWN_32, _UNKNOWN_64 = 0x7FFF_0000, (1 << 64) - 1

_W64 = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
_OGG_TAIL_BYTES = 1 << 17  # two of its largest pages
_OGG_HEADER = struct.Struct("<4sBBQIIIB")
_OGG_LAST_PAGE = 4


def ends_early(path: Path, info: AudioInfo, frames: int) -> str:
    """Return what to tell about a file whose end is missing or was not read, or nothing.

    Parameters
    ----------
    path : Path
        The file.
    info : AudioInfo
        What its header says.
    frames : int
        How many samples per channel it held.
    """
    try:
        with path.open("rb") as file:
            if info.container == "MP3":
                found = mp3.scan(file)
                promised = info.frames if found.indexed else found.samples
                stops = _stops_early(found.unread_share)
            else:
                promised = 0 if info.container == "AAC" else info.frames  # 0: all is a guess
                stops = _CHAINED if info.container == "OGG" and _is_chained(file) else ""
            lost = _lacks_bytes(file)
    except (OSError, ValueError, struct.error):  # sizes that are none
        return ""
    if stops:
        return stops
    missing = promised - frames
    if missing > max(_TOLERATED_S * info.sample_rate_hz, _TOLERATED_SHARE * promised):
        told_s, found_s = promised / info.sample_rate_hz, frames / info.sample_rate_hz
        return (
            f"truncated: it should hold {told_s:.1f} s, and {found_s:.1f} s could be read; "
            "copy or download it again, or convert it"
        )
    return "truncated: its end is missing; copy or download it again" if lost else ""


def _stops_early(unread_share: float) -> str:
    """Return what to tell where a decoder stops before the end of an MP3 file."""
    if unread_share <= _UNREAD_SHARE:
        return ""
    return (
        f"truncated: its last {100 * unread_share:.0f} % were not read, for it was joined or is "
        "damaged; convert it anew"
    )


def _lacks_bytes(file: BinaryIO) -> bool:
    """Say whether the file is shorter than its own structure says."""
    size = file.seek(0, 2)
    file.seek(0)
    magic = file.read(16)
    if magic.startswith(b"OggS"):
        return _lacks_last_page(file, size)
    for start, length in _sound_chunk(file, magic):
        return start + length > size
    return False


def _sound_chunk(file: BinaryIO, magic: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the samples begin and how many bytes they claim, if that can be told."""
    if magic.startswith(b".snd"):
        start, length = struct.unpack(">II", magic[4:12])
        if length < _UNKNOWN_32:
            yield start, length
    elif magic.startswith(b"caff"):
        yield from _walk(file, 8, ">4sQ", b"data")
    elif magic == _W64:
        for start, length in _walk(file, 40, "<4s12xQ", b"data", align=8, counts_head=True):
            yield start, length - 24
    elif magic.startswith(b"FORM"):
        yield from _walk(file, 12, ">4sI", b"SSND", align=2, unknown=_UNKNOWN_32)
    elif magic.startswith((b"RIFF", b"RF64")):
        found = list(_walk(file, 12, "<4sI", b"data", align=2, unknown=_UNKNOWN_32))
        for start, _ in [] if found else _walk(file, 12, "<4sI", b"ds64", align=2):
            file.seek(start)
            _, length = struct.unpack("<QQ", file.read(16))
            for data, _ in _walk(file, 12, "<4sI", b"data", align=2):
                yield data, length
        yield from found


def _walk(
    file: BinaryIO,
    start: int,
    head: str,
    wanted: bytes,
    *,
    align: int = 1,
    unknown: int = _UNKNOWN_64,
    counts_head: bool = False,
) -> Iterator[tuple[int, int]]:
    """Yield start and length of the wanted chunk, unless its length is a placeholder."""
    layout = struct.Struct(head)
    for _ in range(_MOST_CHUNKS):
        file.seek(start)
        chunk = file.read(layout.size)
        if len(chunk) < layout.size:
            return
        name, length = layout.unpack(chunk)
        if name == wanted:
            if length < unknown:
                yield start + layout.size, length
            return
        start += max(length, layout.size) if counts_head else length + layout.size
        start += -start % align


def _lacks_last_page(file: BinaryIO, size: int) -> bool:
    """Say whether an Ogg file ends without the page that is marked as its last, and whole."""
    page = _last_page(file, size)
    if len(page) < _OGG_HEADER.size:
        return True
    _, _, flags, *_, segments = _OGG_HEADER.unpack_from(page)
    table = page[_OGG_HEADER.size :][:segments]
    whole = _OGG_HEADER.size + segments + sum(table)
    return not flags & _OGG_LAST_PAGE or whole > len(page)


def _last_page(file: BinaryIO, size: int) -> bytes:
    file.seek(max(0, size - _OGG_TAIL_BYTES))
    tail = file.read()
    page = tail.rfind(b"OggS")
    return tail[page:] if page >= 0 else b""


def _is_chained(file: BinaryIO) -> bool:
    """Say whether an Ogg file ends in another stream than the one that it begins with."""
    file.seek(0)
    first = file.read(_OGG_HEADER.size)
    last = _last_page(file, file.seek(0, 2)) if first.startswith(b"OggS") else b""
    if len(last) < _OGG_HEADER.size:
        return False
    return bool(_OGG_HEADER.unpack(first)[4] != _OGG_HEADER.unpack_from(last)[4])
