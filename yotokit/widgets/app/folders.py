"""What is in a folder: its subfolders, and how much audio."""

from __future__ import annotations

import os
from dataclasses import dataclass

from yotokit.widgets.app.walking import NO_AUDIO, Audio, Walk, audio_of, counted, folders_of
from yotokit.widgets.app.words import in_words

__all__ = ["MOST_SUBFOLDERS", "Folder", "Subfolder", "look"]

MOST_SUBFOLDERS = 500
"""How many subfolders are shown."""


@dataclass(frozen=True, slots=True)
class Subfolder:
    """A folder in a folder.

    Attributes
    ----------
    name : str
        As it is on disk.
    count : int or None
        How many audio files lie in it and in what is below it; None where that is not known.
    is_closed : bool
        It cannot be read.
    """

    name: str
    count: int | None = None
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that was looked at.

    Attributes
    ----------
    path : str
        Absolute.
    subfolders : tuple of Subfolder
        In natural order, without hidden ones.
    more : int
        How many subfolders are not among these.
    here, deep : Audio
        What lies in it; the same with all that lies in its subfolders.
    trouble : str
        Why it could not be read, in words; empty if it could.
    """

    path: str
    subfolders: tuple[Subfolder, ...] = ()
    more: int = 0
    here: Audio = NO_AUDIO
    deep: Audio = NO_AUDIO
    trouble: str = ""


def look(path: str, *, within_s: float = 3.0) -> Folder:
    """Return what is in a folder; one that cannot be read says so.

    Parameters
    ----------
    path : str
        As a person writes it; of a file, its folder is meant.
    within_s : float
        For how long to count what lies below it, seconds. The folder itself is always read.
    """
    place = os.path.abspath(os.path.expanduser(path.strip() or "~"))  # noqa: PTH100, PTH111
    walk = Walk(within_s)
    try:
        if os.path.isfile(place):  # noqa: PTH113 - Path raises for some names
            place = os.path.dirname(place)  # noqa: PTH120
        entries, is_all = walk.entries(place)
    except (OSError, ValueError) as error:
        return Folder(place, trouble=_trouble(error))
    here = audio_of(entries)
    deep, deep_is_all, subfolders = list(here), is_all, []
    for folder in folders_of(entries):
        found, whole, is_closed = walk.below(folder.path)
        subfolders.append(Subfolder(folder.name, len(found) if whole else None, is_closed))
        if not folder.is_symlink():  # a session does not follow links
            deep += found
            deep_is_all = deep_is_all and whole
    return Folder(
        place,
        tuple(subfolders[:MOST_SUBFOLDERS]),
        max(0, len(subfolders) - MOST_SUBFOLDERS),
        counted(here, walk, is_all=is_all),
        counted(deep, walk, is_all=deep_is_all),
    )


def _trouble(error: Exception) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        return "There is no such folder."
    if isinstance(error, PermissionError):
        return "This folder cannot be read: its permissions do not let this program in."
    return in_words(error)
