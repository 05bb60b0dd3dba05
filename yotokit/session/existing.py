"""A card that is there already: its chapters that stay, as lines of a session."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from yotokit.session.work import JobState, Work, job_id_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yotokit.yoto import Card

__all__ = ["is_kept_path", "kept_works"]

_HEAD = "card:"


def kept_works(card: Card, own_files: Mapping[str, str], log_name: str) -> list[Work]:
    """Return a line for each chapter of a card.

    Parameters
    ----------
    own_files : mapping of str to str
        The files that the session made chapters of in earlier runs, by the chapters' keys.
    """
    works: dict[Path, Work] = {}
    for place, chapter in enumerate(card.chapters, start=1):
        path = Path(f"{_HEAD}{card.card_id}", quote(chapter.key, safe="") or "-")
        while path in works:  # players would not tell the two apart; we do
            path = path.with_name(f"{path.name}+")
        own = own_files.get(chapter.key)
        works[path] = Work(
            path,
            chapter.title,
            job_id=job_id_of(log_name, path),
            told=JobState.DONE,
            kept=chapter,
            kept_at=place,
            own_path=Path(own) if own else None,
        )
    return list(works.values())


def is_kept_path(path: str) -> bool:
    """Say whether a path names a chapter of a card, and no file."""
    return path.startswith(_HEAD)
