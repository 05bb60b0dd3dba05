"""Counts the audio in folders and below them; bounded in number and in time."""

from __future__ import annotations

import itertools
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import natsort

from yotokit.audio import AUDIO_SUFFIXES
from yotokit.audio.reading.source import open_source
from yotokit.errors import YotokitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["MOST_ENTRIES", "NO_AUDIO", "Audio", "Walk", "audio_of", "counted", "folders_of"]

MOST_ENTRIES = 20_000
"""How many entries are looked at, of a folder and of all that is below it."""

_MOST_ASKED = 300  # more than a card takes


@dataclass(frozen=True, slots=True)
class Audio:
    """How much audio there is.

    Attributes
    ----------
    count : int
        Files, by their endings.
    size_bytes : int
        Of all of them.
    duration_s : float or None
        Of all of them, as their headers say; None where not all could be asked.
    is_all : bool
        Whether all was looked at; otherwise there may be more.
    """

    count: int = 0
    size_bytes: int = 0
    duration_s: float | None = None
    is_all: bool = True


NO_AUDIO = Audio()
"""None at all."""


class Walk:
    """Looks into folders for so long, and at so many entries; hidden ones are passed over."""

    def __init__(self, within_s: float) -> None:
        self._end_s = time.monotonic() + within_s
        self._left = MOST_ENTRIES

    @property
    def is_over(self) -> bool:
        """Whether nothing more is looked at."""
        return self._left <= 0 or time.monotonic() > self._end_s

    def entries(self, place: str) -> tuple[list[os.DirEntry[str]], bool]:
        """Return what lies in a folder, and whether that is all."""
        with os.scandir(place) as entries:
            taken = list(itertools.islice(entries, MOST_ENTRIES))
            is_all = next(entries, None) is None
        self._left -= len(taken)
        return [entry for entry in taken if not entry.name.startswith(".")], is_all

    def below(self, place: str) -> tuple[list[os.DirEntry[str]], bool, bool]:
        """Return all audio below a folder, whether that is all, and whether it cannot be read."""
        found: list[os.DirEntry[str]] = []
        left, whole = [place], True
        while left and not self.is_over:
            inner = left.pop()
            try:
                entries, is_all = self.entries(inner)
            except OSError:
                if inner == place:
                    return [], True, True
                continue  # it is named when it is submitted
            whole = whole and is_all
            found += audio_of(entries)
            left += [e.path for e in entries if _is_folder(e) and not e.is_symlink()]
        return found, whole and not left, False


def folders_of(entries: Iterable[os.DirEntry[str]]) -> list[os.DirEntry[str]]:
    """Return the folders among entries, in natural order of their names."""
    folders = filter(_is_folder, entries)
    return natsort.natsorted(folders, key=lambda e: e.name, alg=natsort.ns.IGNORECASE)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def audio_of(entries: Iterable[os.DirEntry[str]]) -> list[os.DirEntry[str]]:
    """Return the audio files among entries, by their endings."""
    return [entry for entry in entries if _is_audio(entry)]


def _is_audio(entry: os.DirEntry[str]) -> bool:
    ending = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122 - of thousands
    try:
        return ending in AUDIO_SUFFIXES and entry.is_file()
    except OSError:
        return False


def counted(files: Sequence[os.DirEntry[str]], walk: Walk, *, is_all: bool) -> Audio:
    """Return how much audio files are together."""
    size_bytes = sum(map(_size_bytes, files))
    return Audio(len(files), size_bytes, _duration_s(files, walk) if is_all else None, is_all)


def _size_bytes(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except OSError:
        return 0


def _duration_s(files: Sequence[os.DirEntry[str]], walk: Walk) -> float | None:
    """Return how long files are together; None if it takes too long, or one does not say it."""
    if len(files) > _MOST_ASKED:
        return None
    whole_s = 0.0
    for file in files:
        if walk.is_over:
            return None
        try:
            with open_source(file.path) as source:
                if source.info.frames <= 0:
                    return None
                whole_s += source.info.frames / source.info.sample_rate_hz
        except YotokitError:
            return None
    return whole_s
