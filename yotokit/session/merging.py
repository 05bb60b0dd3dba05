"""What a card is to become: a session's chapters, and of what is there all that is to stay."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from yotokit.session.icons import BY_DEFAULT
from yotokit.session.playlist import gist
from yotokit.yoto import Card

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yotokit.session.marks import Mark
    from yotokit.session.playlist import Line, Playlist
    from yotokit.yoto import Chapter, Track

__all__ = ["Defaults", "fingerprint", "is_same", "merged"]


class Defaults(Protocol):
    """Icons of chapters that nobody chose one for."""

    def icon(self, number: int, title: str, /) -> str:
        """Return the reference of the icon for a place and a title."""

    def is_default(self, icon: str | None, title: str, /) -> bool:
        """Say whether an icon is one that nobody chose, so that another may take its place."""

    def is_number(self, icon: str | None, number: int, /) -> bool:
        """Say whether an icon is the one of a number."""


def merged(
    title: str, playlist: Playlist, current: Card | None, *, mark: Mark | None, defaults: Defaults
) -> Card:
    """Return the card to write, from the one that is on the account."""
    base = current or Card(title)
    there = {chapter.key: chapter for chapter in base.chapters}
    made = tuple(
        _merged(chapter, there, playlist.lines[chapter.key], number, defaults)
        for number, chapter in enumerate(playlist.chapters, start=1)
    )
    wanted = replace(base, title=title, chapters=made)
    address = playlist.cover(wanted)
    if address is not None:
        wanted = replace(wanted, metadata={**wanted.metadata, "cover": {"imageL": address}})
    return wanted if mark is None else mark.put_on(wanted, fingerprint(wanted))


def is_same(one: Card, other: Card) -> bool:
    """Say whether two cards differ in nothing that a session decides."""
    return _all(one) == _all(other)


def fingerprint(card: Card) -> str:
    """Return 16 hex digits for what a listener notices of a card."""
    return hashlib.sha256(repr(gist(card.title, card.chapters)).encode()).hexdigest()[:16]


def _all(card: Card) -> tuple[Any, ...]:
    icons = tuple((c.icon, tuple(track.icon for track in c.tracks)) for c in card.chapters)
    return gist(card.title, card.chapters), icons, card.cover


def _merged(
    chapter: Chapter, there: Mapping[str, Chapter], line: Line, number: int, defaults: Defaults
) -> Chapter:
    """Return a chapter with its icons, and what we do not know of the one it replaces."""
    same = there.get(chapter.key)
    old = same or line.kept

    def icon(before: Chapter | Track | None) -> str | None:
        """Return what was chosen here, else what somebody chose on the card, else the default."""
        if chapter.icon and chapter.icon != BY_DEFAULT:
            return chapter.icon
        if before is not None and old is not None and chapter.icon != BY_DEFAULT:
            chosen = not defaults.is_default(before.icon, old.title)
            unmoved = number == line.kept_at or not defaults.is_number(before.icon, line.kept_at)
            if chosen or (line.media is None and unmoved):
                return before.icon
        return defaults.icon(number, chapter.title)

    before = {track.key: track for track in same.tracks} if same is not None else {}
    tracks = tuple(
        replace(
            track,
            icon=icon(before.get(track.key)),
            extra=before.get(track.key, track).extra,
        )
        for track in chapter.tracks
    )
    extra = old.extra if old is not None else chapter.extra
    return replace(chapter, icon=icon(old), extra=extra, tracks=tracks)
