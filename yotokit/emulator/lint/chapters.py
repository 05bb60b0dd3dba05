"""The rules for chapters and tracks."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from yotokit.emulator.lenient import icon_of, media_name_of, number, text, tracks_of
from yotokit.emulator.lint.finding import Finding, remark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yotokit.emulator.state import State

__all__ = ["look_at_chapters"]

# That a key can be too long is known, but not from where on.
_KEY_LETTERS = 20
_LONGEST_S, _LARGEST_BYTES = 3_600, 100_000_000
_SLACK_S, _SLACK_SHARE = 2.0, 0.05
_MS = 1_000


def look_at_chapters(state: State, chapters: list[dict[str, Any]]) -> Iterator[Finding]:
    """Find what a player trips over in a card's chapters."""
    yield from _keys(chapters, "content.chapters")
    for place, chapter in enumerate(chapters):
        yield from _chapter(state, chapter, f"content.chapters.{place}")


def _chapter(state: State, chapter: dict[str, Any], where: str) -> Iterator[Finding]:
    tracks = tracks_of(chapter)
    if not tracks:
        yield Finding("empty", f"{where}.tracks", "the chapter has no track")
    if len(tracks) > 1:
        words = f"{len(tracks)} tracks in one chapter: the buttons skip over all of them"
        yield remark("one-track", f"{where}.tracks", words)
    if not text(chapter.get("overlayLabel")):
        yield remark("overlay-label", f"{where}.overlayLabel", "is missing: no number shows")
    yield from _icons(state, chapter, where)
    yield from _keys(tracks, f"{where}.tracks")
    for place, track in enumerate(tracks):
        yield from _track(state, track, f"{where}.tracks.{place}")


def _track(state: State, track: dict[str, Any], where: str) -> Iterator[Finding]:
    if not text(track.get("overlayLabel")):
        words = "is missing on the track: a player skips from one to the next"
        yield Finding("overlay-label", f"{where}.overlayLabel", words)
    if track.get("type") not in ("audio", "stream"):
        yield Finding("type", f"{where}.type", "is neither audio nor stream")
    if track.get("type") == "stream":
        return
    if track.get("channels") not in ("mono", "stereo"):
        words = 'is neither "mono" nor "stereo": a player may skip the track'
        yield Finding("channels", f"{where}.channels", words)
    info = _info(state, media_name_of(track))
    if info is None:
        yield Finding("media", f"{where}.trackUrl", "refers to no audio that is here")
    else:
        yield from _against_media(track, info, where)


def _against_media(track: dict[str, Any], info: dict[str, Any], where: str) -> Iterator[Finding]:
    if track.get("format") != info.get("format"):
        words = f"is not {text(info.get('format'))!r}: the wrong decoder plays half a second"
        yield Finding("format", f"{where}.format", words)
    said, real = number(track.get("duration")), number(info.get("duration")) or 0.0
    if said is None:
        yield remark("duration", f"{where}.duration", "is no number of seconds")
    elif _differs(said, real):
        unit = "; these are milliseconds" if not _differs(said / _MS, real) else ""
        words = f"is {said:g}, the audio lasts {real:g} s{unit}"
        yield remark("duration", f"{where}.duration", words)
    size = number(info.get("fileSize"))
    if number(track.get("fileSize")) != size:
        yield remark("file-size", f"{where}.fileSize", f"is not {size or 0:.0f}, that of the audio")
    if real > _LONGEST_S:
        yield remark("limits", where, f"is longer than {_LONGEST_S // 60} minutes")
    if (size or 0) > _LARGEST_BYTES:
        yield remark("limits", where, f"is larger than {_LARGEST_BYTES // 10**6} MB")


def _icons(state: State, chapter: dict[str, Any], where: str) -> Iterator[Finding]:
    holders = {where: chapter} | {
        f"{where}.tracks.{n}": track for n, track in enumerate(tracks_of(chapter))
    }
    if not any(map(icon_of, holders.values())):
        yield remark("icon", f"{where}.display.icon16x16", "is missing: the display stays empty")
    for place, holder in holders.items():
        icon = icon_of(holder)
        if icon and not state.pictures.knows_icon(icon):
            yield remark("icon", f"{place}.display.icon16x16", "is no icon that is here")


def _keys(parts: list[dict[str, Any]], where: str) -> Iterator[Finding]:
    keys = [text(part.get("key")) for part in parts]
    for place, key in enumerate(keys):
        if not key:
            yield Finding("key", f"{where}.{place}.key", "is missing or empty")
        elif len(key) > _KEY_LETTERS:
            words = f"has {len(key)} letters: a player turns off what has too long a key"
            yield Finding("key-length", f"{where}.{place}.key", words)
    for key, count in Counter(filter(None, keys)).items():
        if count > 1:
            words = f"{count} have the same key: a player plays the audio of one for all"
            yield Finding("key-twice", f"{where}.{keys.index(key)}.key", words)


def _info(state: State, media_name: str) -> dict[str, Any] | None:
    """Return what a transcode came to, or None where there is none."""
    media = state.media.get(media_name)
    return media.info if media is not None else None


def _differs(one: float, other: float) -> bool:
    return abs(one - other) > max(_SLACK_S, _SLACK_SHARE * max(abs(one), abs(other)))
