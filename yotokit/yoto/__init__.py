"""The Yoto service: signing in, sending audio, reading and writing cards. Knows no sound."""

from yotokit.yoto.auth import AccessToken
from yotokit.yoto.client import YotoClient
from yotokit.yoto.keeping import card_from_json, card_to_json
from yotokit.yoto.lint import Finding, lint
from yotokit.yoto.listening import Playable
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
from yotokit.yoto.pictures import (
    LARGEST_NUMBER,
    Covers,
    Icon,
    Icons,
    check_picture,
    picture_bytes,
)
from yotokit.yoto.plain import REFERENCE
from yotokit.yoto.signin import Identity

__all__ = [
    "DEFAULT_ICON",
    "LARGEST_NUMBER",
    "REFERENCE",
    "AccessToken",
    "Card",
    "Chapter",
    "Covers",
    "Finding",
    "Icon",
    "Icons",
    "Identity",
    "Media",
    "Playable",
    "Track",
    "Traffic",
    "Transcode",
    "UploadSlot",
    "YotoClient",
    "card_from_json",
    "card_to_json",
    "check_picture",
    "lint",
    "picture_bytes",
]
