"""The rules of `lint`, one after the other; docs/lint.md says where each comes from."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from yotokit.markup import figures
from yotokit.yoto.capacity import CARD_BYTES, CARD_S, MOST_TRACKS, TRACK_BYTES, TRACK_S
from yotokit.yoto.plain import REFERENCE, is_signed, mapping, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yotokit.yoto.models import Card, Chapter, Track

__all__ = ["Problem", "card_problems", "chapter_problems", "shortened", "track_problems"]

_LONGEST_TITLE, _SAFE_TITLE, _LONGEST_KEY = 140, 100, 20
# Speech in Opus has more than the least, sound without any compression less than the most.
_BITS_PER_S = (4_000.0, 10_000_000.0)
_MADE = frozenset({"aac", "mp3", "ogg", "opus"})
_NAME = re.compile(r"[A-Za-z0-9_-]{43}")
_ICON = re.compile(REFERENCE + _NAME.pattern)
_SHORT = 40


class Problem(NamedTuple):
    """What is wrong, and what to do.

    Attributes
    ----------
    rule, what, remedy : str
        As in `Finding`.
    effect : {"broken", "chokes", "odd"}
        The service refuses it, or nobody could mend it later; a player chokes on it, while the
        service takes it; or it can be lived with.
    """

    rule: str
    effect: Literal["broken", "chokes", "odd"]
    what: str
    remedy: str


def shortened(value: object) -> str:
    """Return a value as a message shows it."""
    shown = repr(value)
    return shown if len(shown) <= _SHORT else f"{shown[: _SHORT - 4]}...{shown[-1]}"


def card_problems(card: Card) -> Iterator[Problem]:
    """Yield what is wrong with a card as a whole."""
    tracks = [track for chapter in card.chapters for track in chapter.tracks]
    streams = sum(_is_stream(track) for track in tracks)
    yield from _title(card)
    yield from _config(card, streams)
    if not card.chapters:
        yield Problem("no-chapters", "odd", "it has no chapters", "add one")
    if len(tracks) > MOST_TRACKS:
        more = len(tracks) - MOST_TRACKS
        what = f"{len(tracks)} tracks, and a card takes {MOST_TRACKS}"
        yield Problem("too-many-tracks", "broken", what, f"put {more} on another card")
    for label, count in Counter(c.overlay_label for c in card.chapters).items():
        if count > 1 and label:
            what = f"{count} chapters have the label {shortened(label)}"
            yield Problem("label-twice", "odd", what, "number them by their place")
    yield from _totals(card)


def chapter_problems(chapter: Chapter, same_key: int | None) -> Iterator[Problem]:
    """Yield what is wrong with a chapter; ``same_key`` is an earlier one of its key, if any."""
    yield from _key(chapter.key, f"chapter {same_key}" if same_key else "")
    yield from _icon(chapter.icon)
    if not chapter.title:
        yield Problem("no-title", "odd", "it has no title", "give it one")
    if not chapter.tracks:
        yield Problem("empty-chapter", "odd", "it has no tracks", "add one, or remove the chapter")


def track_problems(
    track: Track, same_key: int | None, keys: Mapping[str, frozenset[str]]
) -> Iterator[Problem]:
    """Yield what is wrong with a track; ``keys`` are those of all tracks, by their chapters'."""
    yield from _key(track.key, f"track {same_key}" if same_key else "")
    yield from _icon(track.icon)
    if not track.title:
        yield Problem("no-title", "odd", "it has no title", "give it one")
    if not track.overlay_label:
        what = "no label for the player's display, which then skips from track to track"
        yield Problem("label", "chokes", what, "give it the number of its chapter")
    yield from _events(track, keys)
    kind = track.extra.get("type", "audio")
    if kind == "stream":
        yield from _stream(track)
    elif kind == "audio":
        yield from _sound(track)
    else:
        what = f"its type is {shortened(kind)}, which is not known here"
        yield Problem("type", "odd", what, 'make it "audio" or "stream"')


def _title(card: Card) -> Iterator[Problem]:
    remedy = f"give it one of 1 to {_LONGEST_TITLE} characters"
    length = len(card.title) if isinstance(card.title, str) else 0
    if not length:
        yield Problem("title", "broken", "it has no title", remedy)
    elif length > _LONGEST_TITLE:
        what = f"its title has {length} characters, and the service takes {_LONGEST_TITLE}"
        yield Problem("title", "broken", what, f"cut it to {_SAFE_TITLE}")
    elif length > _SAFE_TITLE:
        what = f"its title has {length} characters, and an older limit was {_SAFE_TITLE}"
        yield Problem("title", "odd", what, f"cut it to {_SAFE_TITLE} to be safe")


def _config(card: Card, streams: int) -> Iterator[Problem]:
    version = card.content.get("version")
    if version is not None and not isinstance(version, str):
        what = f"content.version is {shortened(version)}, and must be a text"
        yield Problem("version", "broken", what, 'make it "1", or leave it out')
    config = mapping(card.content.get("config"))
    online = config.get("onlineOnly") is True
    if online and not streams:
        what = "onlineOnly is set, so it plays with Wi-Fi only and is never downloaded"
        yield Problem("online-only", "odd", what, "remove it: the card has no streams")
    if streams and not online:
        what = "it has streams, but content.config.onlineOnly is not set"
        yield Problem("online-only", "odd", what, "set it to True")
    shuffle: Any = config.get("shuffle")
    for part in shuffle if isinstance(shuffle, list) else ():
        end = number(mapping(part).get("end"))
        if end is not None and end >= len(card.chapters):
            what = f"shuffle goes to chapter {end + 1:g}, and there are {len(card.chapters)}"
            yield Problem("shuffle", "odd", what, "set its end, which counts from 0, anew")


def _totals(card: Card) -> Iterator[Problem]:
    media = mapping(card.metadata.get("media"))
    seconds, size = number(media.get("duration")), number(media.get("fileSize"))
    sounds = [track.media for chapter in card.chapters for track in chapter.tracks]
    duration_s = math.fsum(number(sound.duration_s) or 0 for sound in sounds)
    size_bytes = sum(number(sound.size_bytes) or 0 for sound in sounds)
    remedy = "write the card: its totals are set right"
    if not sounds:
        return
    # Each of the lengths may have been rounded.
    if "duration" in media and (seconds is None or abs(seconds - duration_s) > len(sounds)):
        what = f"its length is told as {figures.duration(seconds) or 'none'}, and it is "
        what += figures.duration(duration_s)
        yield Problem("totals", "odd", what, remedy)
    if "fileSize" in media and size != size_bytes:
        what = f"its size is told as {figures.bytes_size(size) or 'none'}, and it is "
        what += figures.bytes_size(size_bytes)
        yield Problem("totals", "odd", what, remedy)
    if size_bytes > CARD_BYTES:
        what = f"{figures.bytes_size(size_bytes)}, and a card takes 500 MB"
        yield Problem("too-large", "odd", what, "put some of it on another card")
    if duration_s > CARD_S:
        what = f"{figures.duration(duration_s)} long, and Yoto names 5 hours"
        yield Problem("too-long", "odd", what, "listen to its end on your player")


def _key(key: object, same_as: str) -> Iterator[Problem]:
    if not isinstance(key, str) or not key:
        yield Problem("key", "broken", "it has no key", "give it one that stays, such as 01")
    elif same_as:
        what = f"its key {shortened(key)} is that of {same_as}, too"
        yield Problem("key", "broken", what, "give it another: players keep audio by it")
    elif len(key) > _LONGEST_KEY:
        what = f"its key has {len(key)} characters, and players turn away long ones"
        yield Problem("long-key", "odd", what, f"give it at most {_LONGEST_KEY}")


def _icon(icon: object) -> Iterator[Problem]:
    if icon is None or (isinstance(icon, str) and _ICON.fullmatch(icon)):
        return
    shown = "an address that ends" if is_signed(icon) else shortened(icon)
    what = f"its icon is {shown}, and must be yoto:# and 43 characters"
    yield Problem("icon", "broken", what, "take one of yoto.icons, or None")


def _events(track: Track, keys: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    for name, event in mapping(track.extra.get("events")).items():
        if not isinstance(event, Mapping) or event.get("cmd") != "goto":
            continue
        params = mapping(event.get("params"))
        chapter, place = params.get("chapterKey"), params.get("trackKey")
        if chapter is None:
            continue
        known = keys.get(chapter) if isinstance(chapter, str) else None
        if known is None or (place is not None and place not in list(known)):
            where = "/".join(str(key) for key in (chapter, place) if key is not None)
            what = f"{name} goes to {shortened(where)}, which is not on the card"
            yield Problem("goto", "odd", what, "name the keys of a chapter and a track of it")


def _stream(track: Track) -> Iterator[Problem]:
    address = track.media.sha256
    if not isinstance(address, str) or not address.startswith(("https://", "http://")):
        what = "it is a stream, and its address is none of the web"
        yield Problem("address", "broken", what, "give it one that begins with https://")


def _sound(track: Track) -> Iterator[Problem]:
    media = track.media
    if is_signed(media.sha256) or (isinstance(media.sha256, str) and "://" in media.sha256):
        what = "it leads to an address, and not to what the service holds"
        remedy = "read the card anew with yoto.card(), or upload the audio"
        yield Problem("address", "broken", what, remedy)
    elif not (isinstance(media.sha256, str) and _NAME.fullmatch(media.sha256)):
        what = f"{shortened(media.sha256)} is not what the service calls its media"
        yield Problem("media", "broken", what, "take the 43 characters that the transcode gave")
    if not media.format or not isinstance(media.format, str):
        yield Problem("format", "broken", "it has no format", "take the transcode's, mostly opus")
    elif media.format not in _MADE:
        what = f"its format is {shortened(media.format)}, which the service makes of no upload"
        remedy = "take what the transcode said; players skip what they decode as something else"
        yield Problem("format", "odd", what, remedy)
    if media.channels not in ("mono", "stereo"):
        what = f"its channels are {shortened(media.channels)}"
        yield Problem("channels", "chokes", what, 'make them "mono" or "stereo"')
    yield from _length(number(media.duration_s), number(media.size_bytes))


def _length(duration_s: float | None, size_bytes: float | None) -> Iterator[Problem]:
    if duration_s is None:
        yield Problem("duration", "broken", "its length is no number", "give it in seconds")
    if size_bytes is None:
        yield Problem("size", "broken", "its size is no number", "give it in bytes")
    if duration_s == 0:
        what = "its length is 0 seconds, and the player's progress goes by it"
        yield Problem("duration", "odd", what, "take the transcode's, in seconds")
    if not duration_s or not size_bytes:
        return
    bits_per_s = 8 * size_bytes / duration_s
    if not _BITS_PER_S[0] <= bits_per_s <= _BITS_PER_S[1]:
        what = f"{figures.bytes_size(size_bytes)} in {figures.duration(duration_s)}"
        remedy = "give its length in seconds (not milliseconds), and its size in bytes"
        yield Problem("duration", "odd", what, remedy)
    elif duration_s > TRACK_S:
        what = f"{figures.duration(duration_s)} long, and a track may have an hour"
        yield Problem("too-long", "odd", what, "cut it in parts")
    if size_bytes > TRACK_BYTES:
        what = f"{figures.bytes_size(size_bytes)}, and a track may have 100 MB"
        yield Problem("too-large", "odd", what, "cut it in parts")


def _is_stream(track: Track) -> bool:
    return track.extra.get("type") == "stream"
