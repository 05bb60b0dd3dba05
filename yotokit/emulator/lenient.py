"""Reads what a card says, whatever it says: the service takes much that makes no sense."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["chapters_of", "icon_of", "mapping", "media_name_of", "number", "text", "tracks_of"]

_REFERENCE = "yoto:#"


def mapping(value: Any) -> dict[str, Any]:
    """Return an object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def number(value: Any) -> float | None:
    """Return a finite number, or None; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        converted = float(value)
    except OverflowError:
        return None
    return converted if math.isfinite(converted) else None


def text(value: Any) -> str:
    r"""Return text that can be encoded, or "" in place of anything else.

    JSON may hold halves of characters, which no encoding knows.

    Examples
    --------
    >>> text("half \ud83d"), text(7)
    ('half ?', '')
    """
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def chapters_of(card: Any) -> list[dict[str, Any]]:
    """Return a card's chapters, those that are objects."""
    return _objects(mapping(mapping(card).get("content")).get("chapters"))


def tracks_of(chapter: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a chapter's tracks, those that are objects."""
    return _objects(chapter.get("tracks"))


def icon_of(holder: dict[str, Any]) -> str:
    """Return the media id of a chapter's or a track's icon, or ""."""
    return text(mapping(holder.get("display")).get("icon16x16")).removeprefix(_REFERENCE)


def media_name_of(track: dict[str, Any]) -> str:
    """Return the name of the media that a track refers to, or "" if it is a stream."""
    address = text(track.get("trackUrl"))
    return address.removeprefix(_REFERENCE) if address.startswith(_REFERENCE) else ""


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
