"""The verdict on a card, and the rules for a card as a whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from yotokit.emulator.lenient import chapters_of, mapping, number, text, tracks_of
from yotokit.emulator.lint.chapters import look_at_chapters
from yotokit.emulator.lint.finding import Finding, Verdict, remark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yotokit.emulator.state import State

__all__ = ["lint_card"]

_TITLE_LETTERS = 100
_LONGEST_S, _LARGEST_BYTES = 18_000, 500_000_000
_SLACK_S = 2.0
_DEAD = re.compile(
    r"\s*(?:data:\w+/|blob:|javascript:"
    r"|https?://\S*[?&](?:X-Amz-Signature|Signature|Key-Pair-Id)=)",
    re.IGNORECASE,
)


def lint_card(state: State, card: Any) -> Verdict:
    """Return what a player would make of a card, however odd it is.

    Parameters
    ----------
    state : State
        Knows the media and the icons.
    card : dict
        As it is stored.
    """
    card = mapping(card)
    findings = (
        *_whole(card),
        *look_at_chapters(state, chapters_of(card)),
        *_jumps(card),
        *_totals(card),
        *_addresses(card),
    )
    return Verdict(text(card.get("cardId")), text(card.get("title")), findings)


def _whole(card: dict[str, Any]) -> Iterator[Finding]:
    content = mapping(card.get("content"))
    if not any(map(tracks_of, chapters_of(card))):
        yield Finding("empty", "content.chapters", "there is no track: nothing plays")
    if len(text(card.get("title"))) > _TITLE_LETTERS:
        yield remark("title-length", "title", f"over {_TITLE_LETTERS} letters: may be refused")
    if "version" in content and not isinstance(content["version"], str):
        yield Finding("version", "content.version", "is no text: the service may refuse the card")
    streams = [t.get("type") == "stream" for c in chapters_of(card) for t in tracks_of(c)]
    online_only = mapping(content.get("config")).get("onlineOnly") is True
    where = "content.config.onlineOnly"
    if online_only and not all(streams):
        yield Finding("online-only", where, "is true: its audio is never kept on the player")
    elif any(streams) and not online_only:
        yield remark("online-only", where, "is not true, and the card has streams")


def _jumps(card: dict[str, Any]) -> Iterator[Finding]:
    chapters = chapters_of(card)
    known = {text(chapter.get("key")) for chapter in chapters}
    for number_, chapter in enumerate(chapters):
        for place, track in enumerate(tracks_of(chapter)):
            for name, event in mapping(track.get("events")).items():
                target = text(mapping(mapping(event).get("params")).get("chapterKey"))
                if mapping(event).get("cmd") == "goto" and target not in known:
                    where = f"content.chapters.{number_}.tracks.{place}.events.{text(name)}"
                    yield remark("goto", where, "leads to a chapter that there is not")


def _totals(card: dict[str, Any]) -> Iterator[Finding]:
    told = mapping(mapping(card.get("metadata")).get("media"))
    tracks = [track for chapter in chapters_of(card) for track in tracks_of(chapter)]
    for field, slack, most in (
        ("duration", _SLACK_S + len(tracks) / 2, _LONGEST_S),
        ("fileSize", 0.0, _LARGEST_BYTES),
    ):
        total = sum(number(track.get(field)) or 0.0 for track in tracks)
        said = number(told.get(field))
        where = f"metadata.media.{field}"
        if tracks and said is None:
            yield remark("totals", where, "is missing: the app shows 0")
        elif said is not None and abs(said - total) > slack:
            yield remark("totals", where, f"is {said:.0f}; its tracks come to {total:.0f}")
        if total > most:
            yield remark("limits", where, f"is more than {most}")


def _addresses(card: dict[str, Any]) -> Iterator[Finding]:
    """Look at every text: an address that ends within the hour may stand anywhere."""
    left: list[tuple[str, Any]] = [("", card)]
    while left:  # no recursion: nothing says how deep a card goes
        where, value = left.pop()
        if isinstance(value, dict):
            left += [(f"{where}.{text(key)}".lstrip("."), item) for key, item in value.items()]
        elif isinstance(value, list):
            left += [(f"{where}.{place}", item) for place, item in enumerate(value)]
        elif isinstance(value, str) and _DEAD.match(value):
            words = "is a signed address, good for an hour, or one that only a browser understands"
            yield Finding("address", where, words, "choke" if "trackUrl" in where else "remark")
