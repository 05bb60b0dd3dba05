"""The service's JSON to values and back, in one place, strict about what it relies on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from yotokit.errors import SettingError, TranscodeError, UnexpectedAnswerError
from yotokit.yoto.models import (
    Card,
    Chapter,
    Media,
    SignedAddress,
    StreamAddress,
    Track,
    Transcode,
    UploadSlot,
)
from yotokit.yoto.plain import REFERENCE, is_signed, lacks, mapping, number, plain, text, told
from yotokit.yoto.writing import SOUND_KEYS, card_to_wire, other_display

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "CARDS",
    "card_from_wire",
    "card_path",
    "card_to_wire",
    "cards_from_wire",
    "is_deleted",
    "slot_from_wire",
    "transcode",
]

CARDS = "/content/mine"
"""Where an account's cards are listed."""

T = TypeVar("T")

_CARD_ID = re.compile(r"(?!mine$)[A-Za-z0-9_-]{1,64}")  # five, as far as is known
_CHANNELS = {"1": "mono", "2": "stereo"}  # an example of the service's writes the count
# All else at the top the service keeps itself, and some of it it refuses.
_SENT_BACK = ("slug", "tags")
_TRACK_KEYS = frozenset({"key", "title", "overlayLabel", "display", *SOUND_KEYS})
_CHAPTER_KEYS = frozenset({"key", "title", "overlayLabel", "display", "tracks"})


def card_path(card_id: str) -> str:
    """Return where a card is.

    Raises
    ------
    SettingError
        No card has such an id.

    Examples
    --------
    >>> card_path("31yYU")
    '/content/31yYU'
    """
    if not isinstance(card_id, str) or not _CARD_ID.fullmatch(card_id):
        raise SettingError(
            f"card_id={str(card_id)[:80]!r}: give the letters and digits of Card.card_id, such as "
            "'31yYU'; yoto.cards() lists the account's cards"
        )
    return f"/content/{card_id}"


def slot_from_wire(answer: Mapping[str, Any]) -> UploadSlot:
    """Read the answer to a request for an upload address."""
    upload = _get(answer, "upload", dict, "the upload answer")
    url = upload.get("uploadUrl")
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
        reason = told(text(error.get("message") if isinstance(error, dict) else error))
        raise TranscodeError(
            f"the service could not use the audio ({reason or 'it gave no reason'}); convert the "
            "file to WAV or MP3 and submit it again"
        )
    progress = mapping(state.get("progress"))
    percent = number(progress.get("percent"))
    return Transcode(
        _media(state.get("transcodedSha256"), state.get("transcodedInfo")),
        text(progress.get("phase")),
        None if percent is None else float(min(percent, 100)),
    )


def cards_from_wire(answer: Mapping[str, Any]) -> tuple[Card, ...]:
    """Read a list of cards, which come without their chapters."""
    cards = _get(_plain(answer), "cards", list, "the list of cards")
    return tuple(_card(card, ()) for card in cards if not is_deleted(card))


def card_from_wire(answer: Mapping[str, Any], *, kept: bool = False) -> Card:
    """Read one card.

    Parameters
    ----------
    kept : bool
        It comes from a file, and need not have an id.
    """
    card = _get(_plain(answer), "card", dict, "the card's answer")
    chapters = _object(card, "content").get("chapters")
    if chapters is not None and not isinstance(chapters, list):
        raise UnexpectedAnswerError("the service sent a card whose chapters are no list")
    return _card({"cardId": "", **card}, map(_chapter_in, chapters or ()), needs_id=not kept)


def is_deleted(card: Any) -> bool:
    """Say whether the service marks a card as deleted; it may go on sending it."""
    return isinstance(card, dict) and bool(card.get("deleted"))


def _media(sha256: Any, info: Any) -> Media | None:
    """Return the result of a transcode; None while anything that a track needs is missing."""
    info = mapping(info)
    duration, size = number(info.get("duration")), number(info.get("fileSize"))
    form, channels = info.get("format"), info.get("channels")
    if not (isinstance(sha256, str) and sha256 and duration is not None and size is not None):
        return None
    if not (isinstance(form, str) and form and channels in ("mono", "stereo")):
        return None
    return Media(sha256, float(duration), int(size), form, channels)


def _card(card: Any, chapters: Iterable[Chapter], *, needs_id: bool = True) -> Card:
    if not isinstance(card, dict):
        raise UnexpectedAnswerError("the service sent a card that is no object")
    content = _object(card, "content")
    return Card(
        title=text(card.get("title")),
        chapters=tuple(chapters),
        card_id=_get(card, "cardId", str, "a card") if needs_id else text(card["cardId"]),
        updated_at=text(card.get("updatedAt")),
        content={key: value for key, value in content.items() if key != "chapters"},
        metadata=_object(card, "metadata"),
        extra={key: card[key] for key in _SENT_BACK if card.get(key) is not None},
    )


def _chapter_in(chapter: Any) -> Chapter:
    where = "a card's chapter"
    return Chapter(
        key=_get(chapter, "key", str, where),
        title=text(chapter.get("title")),
        tracks=tuple(_track_in(track) for track in _get(chapter, "tracks", list, where)),
        overlay_label=text(chapter.get("overlayLabel")),
        icon=_icon(chapter),
        extra=_extra(chapter, _CHAPTER_KEYS),
    )


def _track_in(track: Any) -> Track:
    where = "a card's track"
    address = _get(track, "trackUrl", str, where)
    channels = text(track.get("channels"))
    media = Media(
        sha256=StreamAddress(address) if is_signed(address) else address.removeprefix(REFERENCE),
        duration_s=float(number(track.get("duration")) or 0),
        size_bytes=int(number(track.get("fileSize")) or 0),
        format=text(track.get("format")),
        channels=_CHANNELS.get(channels, channels) or "stereo",
    )
    extra = _extra(track, _TRACK_KEYS)
    if not address.startswith(REFERENCE):
        # A stream: nothing was made of an upload, and all that is said of it goes back as it came.
        extra |= {key: track[key] for key in SOUND_KEYS if key in track}
        extra["trackUrl"] = media.sha256
    elif track.get("type") not in (None, "audio"):
        extra["type"] = track["type"]
    return Track(
        key=_get(track, "key", str, where),
        title=text(track.get("title")),
        media=media,
        overlay_label=text(track.get("overlayLabel")),
        icon=_icon(track),
        extra=extra,
    )


def _extra(holder: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """Return what we do not know of a chapter or a track, so that it goes back as it came."""
    extra = {key: value for key, value in holder.items() if key not in known}
    display = other_display(holder)
    return {**extra, "display": display} if display else extra


def _icon(holder: Mapping[str, Any]) -> str | None:
    icon = mapping(holder.get("display")).get("icon16x16")
    return icon if isinstance(icon, str) else None


def _plain(answer: Any) -> Any:
    try:
        return plain(answer, "the answer")
    except ValueError as error:
        raise UnexpectedAnswerError(
            f"the service sent what nobody can use: {told(error)}"
        ) from None


def _object(card: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return an object of a card's, empty where there is none."""
    value = card.get(key)
    if value is not None and not isinstance(value, dict):
        raise UnexpectedAnswerError(f"the service sent a card whose {key} is no object")
    return value or {}


def _get(holder: Any, key: str, kind: type[T], where: str) -> T:
    value = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(value, kind) or not (value or kind is list):
        raise lacks(where, key)
    return value
