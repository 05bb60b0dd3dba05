"""The Yoto service: signing in, sending audio, reading and writing cards. Knows no sound."""

from yotokit.yoto.auth import AccessToken
from yotokit.yoto.client import YotoClient
from yotokit.yoto.models import (
    DEFAULT_ICON,
    Card,
    Chapter,
    Media,
    Track,
    Traffic,
    Transcode,
    UploadSlot,
)

__all__ = [
    "DEFAULT_ICON",
    "AccessToken",
    "Card",
    "Chapter",
    "Media",
    "Track",
    "Traffic",
    "Transcode",
    "UploadSlot",
    "YotoClient",
]
