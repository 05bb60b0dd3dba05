"""The service's JSON to values and back, in one place, strict about what it relies on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from yotokit.errors import TranscodeError, UnexpectedAnswerError
from yotokit.yoto.models import (
    Card,
    Chapter,
    Media,
    SignedAddress,
    Track,
    Transcode,
    UploadSlot,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "card_from_wire",
    "card_to_wire",
    "cards_from_wire",
    "is_deleted",
    "slot_from_wire",
    "transcode",
]

T = TypeVar("T")

_REFERENCE = "yoto:#"
_MIB = 1 << 20
_TRACK_KEYS = frozenset(
    {"key", "title", "trackUrl", "type", "format", "duration", "fileSize", "channels"}
    | {"overlayLabel", "display"}
)
_CHAPTER_KEYS = frozenset({"key", "title", "overlayLabel", "display", "tracks"})


def slot_from_wire(answer: Mapping[str, Any]) -> UploadSlot:
    """Read the answer to a request for an upload address."""
    upload = _get(answer, "upload", dict, "the upload answer")
    url = upload.get("uploadUrl") or None
    if url is not None and not isinstance(url, str):
        raise UnexpectedAnswerError("the upload answer's uploadUrl is no text")
    upload_id = _get(upload, "uploadId", str, "the upload answer")
    return UploadSlot(upload_id, SignedAddress(url) if url else None)


def transcode(answer: Mapping[str, Any]) -> Transcode:
    """Read the state of a transcode.

    Raises
    ------
    TranscodeError
        The service failed on it; its HTTP status is no help, it stays 202.
    """
    state = _get(answer, "transcode", dict, "the transcode answer")
    error = state.get("error")
    if error or state.get("erroredAt") or state.get("failedUploadSha256"):
        reason = error.get("message") if isinstance(error, dict) else error
        raise TranscodeError(
            f"the service could not use the audio ({reason or 'it gave no reason'}); convert the "
            "file to WAV or MP3 and submit it again"
        )
    progress = state.get("progress")
    progress = progress if isinstance(progress, dict) else {}
    percent = progress.get("percent")
    media = _media(state.get("transcodedSha256"), state.get("transcodedInfo"))
    return Transcode(
        media,
        str(progress.get("phase") or ""),
        float(percent) if isinstance(percent, int | float) else None,
    )


def cards_from_wire(answer: Mapping[str, Any]) -> tuple[Card, ...]:
    """Read a list of cards, which come without their chapters."""
    cards = _get(answer, "cards", list, "the list of cards")
    return tuple(_card(card) for card in cards if not is_deleted(card))


def card_from_wire(answer: Mapping[str, Any]) -> Card:
    """Read one card."""
    return _card(_get(answer, "card", dict, "the card's answer"))


def card_to_wire(card: Card) -> dict[str, Any]:
    """Write a card as the service takes it, with totals that are right."""
    size = card.size_bytes
    media = {
        **_mapping(card.metadata.get("media")),
        "duration": round(card.duration_s),
        "fileSize": size,
        "readableFileSize": round(size / _MIB * 10) / 10,
    }
    body = {
        "title": card.title,
        "content": {**card.content, "chapters": [_chapter_out(c) for c in card.chapters]},
        "metadata": {**card.metadata, "media": media},
    }
    return {"cardId": card.card_id, **body} if card.card_id else body


def _media(sha256: Any, info: Any) -> Media | None:
    """Return the result of a transcode; None while anything that a track needs is missing."""
    info = _mapping(info)
    duration, size = info.get("duration"), info.get("fileSize")
    form, channels = info.get("format"), info.get("channels")
    if not (isinstance(sha256, str) and sha256 and _is_number(duration) and _is_number(size)):
        return None
    if not (isinstance(form, str) and form and channels in ("mono", "stereo")):
        return None
    return Media(sha256, float(duration), int(size), form, channels)


def _card(card: Any) -> Card:
    if not isinstance(card, dict):
        raise UnexpectedAnswerError("the service sent a card that is no object")
    content = _mapping(card.get("content"))
    chapters = content.get("chapters") or []
    if not isinstance(chapters, list):
        raise UnexpectedAnswerError("the service sent a card whose chapters are no list")
    return Card(
        title=str(card.get("title") or ""),
        chapters=tuple(_chapter_in(chapter) for chapter in chapters),
        card_id=_get(card, "cardId", str, "a card"),
        updated_at=str(card.get("updatedAt") or ""),
        content={key: value for key, value in content.items() if key != "chapters"},
        metadata=_mapping(card.get("metadata")),
    )


def _chapter_in(chapter: Any) -> Chapter:
    where = "a card's chapter"
    return Chapter(
        key=_get(chapter, "key", str, where),
        title=str(chapter.get("title") or ""),
        tracks=tuple(_track_in(track) for track in _get(chapter, "tracks", list, where)),
        overlay_label=str(chapter.get("overlayLabel") or ""),
        icon=_icon(chapter),
        extra={key: value for key, value in chapter.items() if key not in _CHAPTER_KEYS},
    )


def _track_in(track: Any) -> Track:
    where = "a card's track"
    address = _get(track, "trackUrl", str, where)
    duration, size = track.get("duration"), track.get("fileSize")
    media = Media(
        sha256=address.removeprefix(_REFERENCE),
        duration_s=float(duration) if _is_number(duration) else 0.0,
        size_bytes=int(size) if _is_number(size) else 0,
        format=str(track.get("format") or ""),
        channels=str(track.get("channels") or "stereo"),
    )
    extra = {key: value for key, value in track.items() if key not in _TRACK_KEYS}
    if not address.startswith(_REFERENCE):
        # A stream: its address is no reference, and must go back as it came.
        extra |= {"trackUrl": address}
    if track.get("type") not in (None, "audio"):
        extra |= {"type": track["type"]}
    return Track(
        key=_get(track, "key", str, where),
        title=str(track.get("title") or ""),
        media=media,
        overlay_label=str(track.get("overlayLabel") or ""),
        icon=_icon(track),
        extra=extra,
    )


def _chapter_out(chapter: Chapter) -> dict[str, Any]:
    return {
        "key": chapter.key,
        "title": chapter.title,
        "overlayLabel": chapter.overlay_label,
        "display": {"icon16x16": chapter.icon},
        "tracks": [_track_out(track) for track in chapter.tracks],
        **chapter.extra,
    }


def _track_out(track: Track) -> dict[str, Any]:
    return {
        "key": track.key,
        "title": track.title,
        "trackUrl": f"{_REFERENCE}{track.media.sha256}",
        "type": "audio",
        "format": track.media.format,
        "duration": round(track.media.duration_s),
        "fileSize": track.media.size_bytes,
        "channels": track.media.channels,
        "overlayLabel": track.overlay_label,
        "display": {"icon16x16": track.icon},
        **track.extra,
    }


def _icon(holder: Mapping[str, Any]) -> str | None:
    icon = _mapping(holder.get("display")).get("icon16x16")
    return icon if isinstance(icon, str) else None


def is_deleted(card: Any) -> bool:
    """Say whether the service marks a card as deleted; it may go on sending it."""
    return isinstance(card, dict) and bool(card.get("deleted"))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _get(holder: Any, key: str, kind: type[T], where: str) -> T:
    value = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(value, kind) or not (value or kind is list):
        raise UnexpectedAnswerError(
            f"{where} lacks a usable {key!r}; the service may have changed, look for a newer "
            "version of yotokit"
        )
    return value
