"""What an MP3 file holds, by its own frames: where it has no index, decoders only guess."""

from __future__ import annotations

from typing import BinaryIO, NamedTuple

__all__ = ["Scan", "holds_more", "scan"]

_INDEXES = (b"Xing", b"Info", b"VBRI")
_HEAD_BYTES = 4096
_TAIL_BYTES = 128  # of an ID3 tag of version 1
_TAGS_BEHIND = (b"APETAGEX", b"LYRICSBEGIN")
_WINDOW_BYTES = 1 << 20
_FRAME_HEAD_BYTES = 4
_GUESS = 1.01  # how far a guess of the length may be below what the frames hold
# Of layer 3, in kb/s by the header's number: MPEG-1, and MPEG-2 and 2.5.
_KBPS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_MPEG_1 = 3
_SYNC, _SYNC_MASK = 0xFFE2, 0xFFE6  # eleven bits of ones, and layer 3


class Scan(NamedTuple):
    """What was found.

    Attributes
    ----------
    indexed : bool
        The file counts its frames; without, its length is guessed by the first of them.
    samples : int
        Per channel, in the frames that follow one another from the first; 0 where the index
        counts their bytes, for then nothing was walked through.
    unread_share : float
        How much of the file lies behind the place where decoders stop, 0 to 1: behind what the
        index counts, or where the frames break off.
    """

    indexed: bool
    samples: int
    unread_share: float


def holds_more(file: BinaryIO, frames: int) -> bool:
    """Say whether a guess of the length is too short, so that the rest would not be read."""
    found = scan(file)
    return not found.indexed and found.samples > frames * _GUESS


def scan(file: BinaryIO) -> Scan:
    """Walk through a file from frame to frame."""
    end = file.seek(0, 2) - _TAIL_BYTES
    start = _start(file)
    file.seek(start)
    head = file.read(_HEAD_BYTES)
    indexed = any(name in head for name in _INDEXES)
    counted = _counted_bytes(head)
    if counted:
        return Scan(indexed, 0, _unread_share(file, start + counted, end))
    first = _first_frame(head)
    if first < 0:
        return Scan(indexed, 0, 0.0)
    place, samples = _walk(file, start + first)
    return Scan(indexed, samples, _unread_share(file, place, end))


def _unread_share(file: BinaryIO, place: int, end: int) -> float:
    """Return how much of the file lies behind a place, unless it is a tag that belongs there."""
    file.seek(place)
    if place >= end or file.read(16).startswith(_TAGS_BEHIND):
        return 0.0
    return (end - place) / end


def _walk(file: BinaryIO, place: int) -> tuple[int, int]:
    """Return where the frames from a place on break off, and how many samples they hold."""
    window, base, samples = b"", place, 0
    while True:
        if place - base + _FRAME_HEAD_BYTES > len(window):
            file.seek(place)
            window, base = file.read(_WINDOW_BYTES), place
        length, count = _frame(window, place - base)
        if not length:
            return place, samples
        place += length
        samples += count


def _start(file: BinaryIO) -> int:
    """Return where the frames begin, behind an ID3 tag of version 2."""
    file.seek(0)
    head = file.read(10)
    if head[:3] != b"ID3":
        return 0
    length = 0
    for byte in head[6:]:  # seven bits each
        length = length << 7 | byte & 0x7F
    return len(head) + length


def _counted_bytes(data: bytes) -> int:
    """Return how many bytes of frames the index counts, 0 where there is none that does."""
    place = max(data.find(name, 0, _HEAD_BYTES) for name in _INDEXES[:2])
    if place < 0 or place + 16 > len(data):
        return 0
    flags = int.from_bytes(data[place + 4 : place + 8], "big")
    at = place + (12 if flags & 1 else 8)
    return int.from_bytes(data[at : at + 4], "big") if flags & 2 else 0


def _first_frame(data: bytes) -> int:
    """Return where the first frame begins that another one follows; -1 where there is none."""
    for place in range(len(data)):
        length, _ = _frame(data, place)
        if length and _frame(data, place + length)[0]:
            return place
    return -1


def _frame(data: bytes, place: int) -> tuple[int, int]:
    """Return the bytes and samples of the frame of layer 3 that begins here; 0 where none does."""
    if place + _FRAME_HEAD_BYTES > len(data):
        return 0, 0
    sync = int.from_bytes(data[place : place + 2], "big")
    if sync & _SYNC_MASK != _SYNC:
        return 0, 0
    version = data[place + 1] >> 3 & 3
    kbps, rate = data[place + 2] >> 4, data[place + 2] >> 2 & 3
    if version not in _RATES_HZ or not 0 < kbps < len(_KBPS_1) or rate >= len(_RATES_HZ[version]):
        return 0, 0
    table, samples = (_KBPS_1, 1152) if version == _MPEG_1 else (_KBPS_2, 576)
    padding = data[place + 2] >> 1 & 1
    return samples // 8 * table[kbps] * 1000 // _RATES_HZ[version][rate] + padding, samples
