"""From finished files to the chapters of a card."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from yotokit.yoto import Chapter, Track

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yotokit.yoto import Media

__all__ = ["chapters_of", "gist"]

_KEY_LENGTH = 12


def chapters_of(entries: Iterable[tuple[str, Media]]) -> tuple[Chapter, ...]:
    """Return a chapter of one track for each file, so that the player's buttons move by file.

    Parameters
    ----------
    entries : iterable of (title, Media)
        In the order of the card.

    Notes
    -----
    Players keep audio by the chapter's key, so the key comes from the audio: after a change of
    order, each key still means the same sound. It is short because the player's firmware turns
    away long ones.
    """
    seen: Counter[str] = Counter()
    chapters = []
    for number, (title, media) in enumerate(entries, start=1):
        key = media.sha256[:_KEY_LENGTH]
        seen[key] += 1
        if seen[key] > 1:
            key += f"-{seen[key]}"
        label = str(number)
        track = Track("01", title, media, label)
        chapters.append(Chapter(key, title, (track,), label))
    return tuple(chapters)


def gist(title: str, chapters: Iterable[Chapter]) -> tuple[object, ...]:
    """Return what a session decides on a card: to tell whether it needs to be written.

    Icons are not among it. Those that are on the card stay.
    """
    return title, tuple(
        (
            chapter.key,
            chapter.title,
            chapter.overlay_label,
            tuple((t.key, t.title, t.media.sha256, t.media.format) for t in chapter.tracks),
        )
        for chapter in chapters
    )
