"""A card as a session would write it, while its files are on their way: for a view to show."""

from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from yotokit.session.icons import BY_DEFAULT
from yotokit.session.work import ENDED_BADLY
from yotokit.yoto import DEFAULT_ICON, LARGEST_NUMBER, REFERENCE, Card, Chapter, Media, Track

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yotokit.session.snapshot import JobSnapshot, SessionSnapshot

__all__ = ["draft", "is_as_drafted", "is_out"]

_NOTHING: Mapping[str, str] = MappingProxyType({})


def draft(
    snapshot: SessionSnapshot,
    current: Card | None = None,
    suggested: Mapping[str, str] = _NOTHING,
) -> Card:
    """Return the card that a session would write, as far as can be told without asking.

    Files that failed or were cancelled are left out. Lengths and sizes that are not known yet are
    none: NaN and -1. A number that is not uploaded yet stands as ``yoto:#7``.

    Parameters
    ----------
    snapshot : SessionSnapshot
        The session.
    current : Card, optional
        As it is on the account: what is not the session's stays, and so do icons at their place.
    suggested : mapping of str to str
        The icons that fit titles, for a session that chooses them so.
    """
    there = {
        chapter.tracks[0].media.sha256: (place, chapter)
        for place, chapter in enumerate(current.chapters if current is not None else (), start=1)
        if chapter.tracks
    }
    jobs = [job for job in snapshot.jobs if not is_out(job)]
    chapters = tuple(
        _chapter(
            job,
            number,
            there.get(job.media_sha256, (0, None)),
            _default(snapshot, number, suggested.get(job.title, "")),
        )
        for number, job in enumerate(jobs, start=1)
    )
    base = current or Card("", card_id=snapshot.card_id)
    return replace(base, title=snapshot.title, chapters=chapters)


def is_as_drafted(card: Card, drafted: Card, snapshot: SessionSnapshot) -> bool:
    """Say whether a card on the account holds all that a session would write."""
    chosen = [job.icon for job in snapshot.jobs if not is_out(job)]
    return (
        card.title == drafted.title
        and [_sounds(chapter) for chapter in card.chapters]
        == [_sounds(chapter) for chapter in drafted.chapters]
        and all(
            icon in ("", BY_DEFAULT, chapter.icon)
            for icon, chapter in zip(chosen, card.chapters, strict=True)
        )
    )


def is_out(job: JobSnapshot) -> bool:
    """Say whether a file is left out of the card: it failed, or was cancelled."""
    return job.state in ENDED_BADLY


def _sounds(chapter: Chapter) -> tuple[str, tuple[str, ...]]:
    return chapter.title, tuple(track.media.sha256 for track in chapter.tracks)


def _default(snapshot: SessionSnapshot, number: int, suggested: str) -> str:
    if snapshot.icons == "title" and suggested:
        return suggested
    if snapshot.icons == "plain" or number > LARGEST_NUMBER:
        return DEFAULT_ICON
    return f"{REFERENCE}{number}"


def _chapter(
    job: JobSnapshot, number: int, before: tuple[int, Chapter | None], default: str
) -> Chapter:
    place, old = before
    icon = default
    if job.icon not in ("", BY_DEFAULT):
        icon = job.icon
    elif old is not None and old.icon and place == number and job.icon != BY_DEFAULT:
        icon = old.icon
    label = str(number)
    if old is None:
        length_s = math.nan if job.duration_s is None else job.duration_s
        media = Media(job.media_sha256, length_s, -1, "", "")
        tracks: tuple[Track, ...] = (Track("01", job.title, media, label, icon),)
    elif len(old.tracks) == 1:
        tracks = (replace(old.tracks[0], title=job.title, overlay_label=label, icon=icon),)
    else:
        tracks = old.tracks
    if old is not None and not old.overlay_label.isdecimal():
        label = old.overlay_label
    return Chapter(job.job_id, job.title, tracks, label, icon)
