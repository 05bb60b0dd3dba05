"""Cards as the service takes them: nothing lost that is not ours, and totals that are right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yotokit.errors import SettingError
from yotokit.yoto.plain import REFERENCE, is_signed, mapping, number, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from yotokit.yoto.models import Card, Chapter, Track

__all__ = ["SOUND_KEYS", "card_to_wire", "other_display"]

SOUND_KEYS = ("trackUrl", "type", "format", "duration", "fileSize", "channels")
"""What says how a track sounds."""

_MIB = 1 << 20


def card_to_wire(card: Card) -> dict[str, Any]:
    """Write a card as the service takes it, with totals that are right.

    Raises
    ------
    SettingError
        It holds something that JSON cannot carry.
    """
    chapters = [_chapter_out(chapter) for chapter in card.chapters]
    tracks = [track for chapter in chapters for track in chapter["tracks"]]
    media = dict(mapping(card.metadata.get("media")))
    duration, size = _sum(tracks, "duration"), _sum(tracks, "fileSize")
    if media.get("duration") != duration:
        media.pop("readableDuration", None)
    media |= {
        "duration": duration,
        "fileSize": size,
        "readableFileSize": round(size / _MIB * 10) / 10,
    }
    if media.get("hasStreams") is not None or _any_stream(tracks):
        media["hasStreams"] = _any_stream(tracks)
    body = {
        **card.extra,
        "title": card.title,
        "content": {**card.content, "chapters": chapters},
        "metadata": {**card.metadata, "media": media},
    }
    try:
        made: dict[str, Any] = plain(body, f"the card {card.title!r}")
    except ValueError as error:
        raise SettingError(f"{error}; leave it out") from None
    return {"cardId": card.card_id, **made} if card.card_id else made


def other_display(holder: Mapping[str, Any]) -> dict[str, Any]:
    """Return what else is shown; without addresses that the service makes of the icon."""
    display = mapping(holder.get("display"))
    return {
        key: value
        for key, value in display.items()
        if key not in ("icon16x16", "iconUrl16x16") and not is_signed(value)
    }


def _chapter_out(chapter: Chapter) -> dict[str, Any]:
    tracks = [_track_out(track) for track in chapter.tracks]
    sums = {
        "duration": _sum(tracks, "duration"),
        "fileSize": _sum(tracks, "fileSize"),
        "hasStreams": _any_stream(tracks),
    }
    return {
        **chapter.extra,
        **{key: value for key, value in sums.items() if chapter.extra.get(key) is not None},
        "key": chapter.key,
        "title": chapter.title,
        "overlayLabel": chapter.overlay_label,
        "display": _display_out(chapter),
        "tracks": tracks,
    }


def _track_out(track: Track) -> dict[str, Any]:
    return {
        **{key: value for key, value in track.extra.items() if key not in SOUND_KEYS},
        "key": track.key,
        "title": track.title,
        **_sound_out(track),
        "overlayLabel": track.overlay_label,
        "display": _display_out(track),
    }


def _sound_out(track: Track) -> dict[str, Any]:
    media, extra = track.media, track.extra
    if extra.get("trackUrl") == media.sha256:
        return {key: extra[key] for key in SOUND_KEYS if key in extra}
    duration_s = number(media.duration_s) or 0
    return {
        "trackUrl": media.sha256 if "://" in media.sha256 else f"{REFERENCE}{media.sha256}",
        "type": extra.get("type", "audio"),
        "format": media.format,
        # Whole seconds; but a sound of a moment is one, and not none.
        "duration": max(1, round(duration_s)) if duration_s else 0,
        "fileSize": round(number(media.size_bytes) or 0),
        "channels": media.channels,
    }


def _display_out(holder: Chapter | Track) -> dict[str, Any]:
    return {**other_display(holder.extra), "icon16x16": holder.icon}


def _sum(tracks: Iterable[Mapping[str, Any]], key: str) -> int:
    return round(sum(number(track.get(key)) or 0 for track in tracks))


def _any_stream(tracks: Iterable[Mapping[str, Any]]) -> bool:
    return any(track.get("type") == "stream" for track in tracks)
