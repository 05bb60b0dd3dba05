"""What an audio file is encoded with, by its first bytes: whatever a card says of it."""

from __future__ import annotations

__all__ = ["HEAD_BYTES", "encoding_of"]

HEAD_BYTES = 64

_SYNC, _LAYER, _NO_LAYER, _LAYER_3 = 0xE0, 0x06, 0x00, 0x02


def encoding_of(head: bytes) -> str:
    """Return the word that a card has for an encoding; empty where these bytes do not tell.

    Parameters
    ----------
    head : bytes
        The first 64 of the file.

    Examples
    --------
    >>> encoding_of(b"OggS" + bytes(24) + b"OpusHead"), encoding_of(b"fLaC"), encoding_of(b"moov")
    ('opus', 'flac', '')
    """
    if head.startswith(b"OggS"):
        return "opus" if b"OpusHead" in head else "ogg"
    for start, name in ((b"fLaC", "flac"), (b"RIFF", "wav"), (b"ID3", "mp3")):
        if head.startswith(start):
            return name
    if len(head) > 1 and head[0] == 0xFF and head[1] & _SYNC == _SYNC:  # noqa: PLR2004 - MPEG's sync
        return {_NO_LAYER: "aac", _LAYER_3: "mp3"}.get(head[1] & _LAYER, "")
    return ""
