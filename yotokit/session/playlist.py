"""From finished files, and chapters that stay, to the chapters of a card."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from yotokit.yoto import Chapter, Track

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from yotokit.yoto import Card, Media

__all__ = ["Line", "Playlist", "chapters_of", "gist", "is_sound_of", "playlist_of"]

_KEY_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a card.

    Attributes
    ----------
    title : str
        As the card calls it.
    media : Media or None
        A finished file's; None for a chapter that stays.
    icon : str
        The display icon that was chosen; empty if none was.
    kept : Chapter or None
        A chapter that was on the card and stays, or whose place the file takes.
    kept_at : int
        The place that it had, from 1.
    path : Path or None
        The file that the chapter is made of, now or in an earlier run.
    """

    title: str
    media: Media | None = None
    icon: str = ""
    kept: Chapter | None = None
    kept_at: int = 0
    path: Path | None = None

    @property
    def stays(self) -> bool:
        """Whether it is a chapter that was on the card, with the same sound."""
        same = self.media is None or is_sound_of(self.kept, self.media)
        return self.kept is not None and same


@dataclass(frozen=True, slots=True)
class Playlist:
    """What a session wants on its card.

    Attributes
    ----------
    chapters : tuple of Chapter
        In order; their icons are None where none was chosen.
    lines : mapping of str to Line
        What they were made of, by their keys.
    cover : callable
        Returns the address of the cover that a card is to have; None leaves the one it has.
    """

    chapters: tuple[Chapter, ...]
    lines: Mapping[str, Line]
    cover: Callable[[Card], str | None]


def playlist_of(lines: Iterable[Line], cover: Callable[[Card], str | None]) -> Playlist:
    """Return what lines make of a card."""
    lines = [line for line in lines if line.stays or line.media is not None]
    chapters = chapters_of(lines)
    by_key = {chapter.key: line for chapter, line in zip(chapters, lines, strict=True)}
    return Playlist(chapters, by_key, cover)


def chapters_of(lines: Iterable[Line]) -> tuple[Chapter, ...]:
    """Return a chapter of one track for each file, so that the player's buttons move by file.

    The icon of a chapter is None where none was chosen. A chapter that stays keeps its key.

    Parameters
    ----------
    lines : iterable of Line
        In the order of the card.

    Notes
    -----
    Players keep audio by the chapter's key, so the key comes from the audio: after a change of
    order, each key still means the same sound. It is short because the player's firmware turns
    away long ones.
    """
    lines = list(lines)
    seen = Counter(line.kept.key for line in lines if line.kept is not None and line.stays)
    chapters = []
    for number, line in enumerate(lines, start=1):
        if line.kept is not None and line.stays:
            chapters.append(_staying(line.kept, line, number))
        elif line.media is not None:
            key = _free_key(line.media.sha256[:_KEY_LENGTH], seen)
            track = Track("01", line.title, line.media, str(number), line.icon or None)
            chapters.append(Chapter(key, line.title, (track,), str(number), line.icon or None))
    return tuple(chapters)


def gist(title: str, chapters: Iterable[Chapter]) -> tuple[object, ...]:
    """Return what a listener notices of a card: to tell whether it was changed elsewhere.

    Icons are not among it. Those that someone chose on the card stay.
    """
    return title, tuple(
        (
            chapter.key,
            chapter.title,
            chapter.overlay_label,
            tuple((t.key, t.title, str(t.media.sha256), t.media.format) for t in chapter.tracks),
        )
        for chapter in chapters
    )


def _free_key(key: str, seen: Counter[str]) -> str:
    number, free = 1, key
    while seen[free]:
        number += 1
        free = f"{key}-{number}"
    seen[free] += 1
    return free


def is_sound_of(chapter: Chapter | None, media: Media) -> bool:
    """Say whether a chapter is one track of a sound."""
    tracks = chapter.tracks if chapter is not None else ()
    return len(tracks) == 1 and tracks[0].media.sha256 == media.sha256


def _staying(chapter: Chapter, line: Line, number: int) -> Chapter:
    """Return a chapter that stays, with the line's title, and another number if it moved."""
    tracks = chapter.tracks
    if len(tracks) == 1:
        title = line.title if tracks[0].title == chapter.title else tracks[0].title
        label = _label(tracks[0].overlay_label, line.kept_at, number)
        tracks = (replace(tracks[0], overlay_label=label, title=title),)
    label = _label(chapter.overlay_label, line.kept_at, number)
    return replace(
        chapter, title=line.title, overlay_label=label, icon=line.icon or None, tracks=tracks
    )


def _label(label: str, was_at: int, number: int) -> str:
    """Return the label of a chapter at another place: a number follows, other words stay."""
    if number == was_at or not label.isdecimal():
        return label
    return str(number).zfill(len(label))
