"""Which files are meant: a file, a list, a pattern, a folder. Says at once what cannot be taken."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import natsort

from yotokit.audio.reading.files import FileStamp, check_file
from yotokit.audio.reading.source import AUDIO_SUFFIXES
from yotokit.audio.reading.tags import Tags, read_tags
from yotokit.errors import (
    InputError,
    MissingFileError,
    NoAudioFoundError,
    NotAFileError,
    SettingError,
    UnreadableFileError,
)

__all__ = ["LONGEST_TITLE", "Candidate", "Submission", "as_candidate", "find_audio", "title_of"]

Submission: TypeAlias = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

LONGEST_TITLE = 100
_LEADING_NUMBER = re.compile(r"^\d{1,3}(?:\s*[-\u2013.)_]\s*|\s+)(?=\S)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to be worked on, or the reason why it cannot be.

    Attributes
    ----------
    path : Path
        Absolute.
    stamp : FileStamp or None
        None where there is an error.
    error : InputError or None
        Only for files that were found in a folder or by a pattern: one bad file there fails
        alone. A file that was named itself raises instead.
    tags : Tags or None
        What the file says of itself; None where nobody looked, or nobody could.
    """

    path: Path
    stamp: FileStamp | None = None
    error: InputError | None = None
    tags: Tags | None = None

    @property
    def title(self) -> str:
        """The title in the file's tags, or else one made of its name; 1 to 100 characters."""
        told = self.tags.title if self.tags else ""
        return told[:LONGEST_TITLE].strip() or title_of(self.path)


def find_audio(what: Submission, *, tags: bool = True) -> list[Candidate]:
    """Return the files that are meant, in their order.

    Files that were named keep the order in which they were. Those of a folder or a pattern come
    in natural order of their names, or, where each file found in one folder has a track number
    and no two have the same, in the order of discs and tracks.

    Parameters
    ----------
    what : path-like or iterable of path-like
        A file, whatever its ending; a folder, whose audio files are taken with those of its
        subfolders; a pattern with ``*``, ``?`` or ``[...]``; or several of these.
    tags : bool
        Look into the files for titles and numbers; otherwise their names alone count.

    Raises
    ------
    InputError
        A file that was named is missing or cannot be one; a folder or pattern holds no audio.
        Nothing is queued then.
    SettingError
        What was given is no path at all.
    """
    if isinstance(what, str | bytes | os.PathLike):
        return _one(os.fsdecode(what), tags=tags)
    if not isinstance(what, Iterable):
        raise SettingError(f"{what!r} is no path; give a file, a folder, a pattern or a list")
    found: dict[Path, Candidate] = {}
    for entry in what:
        for candidate in _one(entry, tags=tags):
            found.setdefault(candidate.path, candidate)
    return _told_apart(list(found.values()))


def title_of(path: Path) -> str:
    """Return a title for a file: its name without ending, leading number and underscores.

    Examples
    --------
    >>> title_of(Path("03 - The_Fox.mp3")), title_of(Path("1984.mp3")), title_of(Path("7.ogg"))
    ('The Fox', '1984', '7')
    """
    stem = "".join(char if char.isprintable() else " " for char in path.stem).replace("_", " ")
    words = " ".join(stem.split())
    return (_LEADING_NUMBER.sub("", words) or words or "Untitled")[:LONGEST_TITLE].strip()


def _one(entry: str | os.PathLike[str], *, tags: bool) -> list[Candidate]:
    try:
        text = os.fsdecode(entry)
    except TypeError:
        raise SettingError(f"{entry!r} is no path; give paths only") from None
    if not text.strip() or "\0" in text:
        raise MissingFileError(repr(text), "is no path; give the name of a file or a folder")
    # The functions of os.path raise for no name, however odd; those of Path do for some.
    path = Path(os.path.expanduser(text)).absolute()  # noqa: PTH111
    if os.path.isdir(path):  # noqa: PTH112
        if path.suffix.lower() in AUDIO_SUFFIXES:
            raise NotAFileError(
                path,
                "is a folder, although it is named like an audio file; to take what is in it, "
                f'submit "{text}/*"',
            )
        return _in_folder(path, tags=tags)
    if glob.has_magic(text) and not os.path.exists(path):  # noqa: PTH110
        # As it was given: brackets in the folder's own path are no part of the pattern.
        matches = glob.glob(os.path.expanduser(text), recursive=True)  # noqa: PTH111, PTH207
        found = dict.fromkeys(Path(match).absolute() for match in matches)
        return _several(path, found, "the pattern", tags=tags)
    return [_look(path, tags=tags)]


def _in_folder(path: Path, *, tags: bool) -> list[Candidate]:
    """Return the audio files of a folder and its subfolders; links to folders are not followed."""
    closed: list[Candidate] = []

    def note(error: OSError) -> None:
        folder = Path(error.filename)
        why = UnreadableFileError(folder, f"is a folder that cannot be read ({error.strerror})")
        closed.append(Candidate(folder, error=why))

    names = [Path(root, name) for root, _, names in os.walk(path, onerror=note) for name in names]
    if closed and not names:
        raise UnreadableFileError(path, "cannot be read; change its permissions")
    return _several(path, names, "the folder", tags=tags) + closed


def _several(origin: Path, paths: Iterable[Path], kind: str, *, tags: bool) -> list[Candidate]:
    """Return the audio files among paths, each with its own verdict."""
    audio = [
        path
        for path in paths
        if path.suffix.lower() in AUDIO_SUFFIXES
        and not any(part.startswith(".") for part in _below(origin, path).parts)
    ]
    if not audio:
        raise NoAudioFoundError(
            origin,
            f"{kind} holds no audio file; these endings count: " + " ".join(sorted(AUDIO_SUFFIXES)),
        )
    ordered = natsort.natsorted(audio, key=str, alg=natsort.ns.PATH)
    return _told_apart(_by_number([as_candidate(path, tags=tags) for path in ordered]))


def _below(origin: Path, path: Path) -> Path:
    return path.relative_to(origin) if path.is_relative_to(origin) else Path(path.name)


def as_candidate(path: Path, *, tags: bool = False) -> Candidate:
    """Return a file as it is, or with the reason why it cannot be worked on."""
    try:
        return _look(path, tags=tags)
    except InputError as error:
        return Candidate(path, error=error)


def _look(path: Path, *, tags: bool) -> Candidate:
    stamp = check_file(path)
    told = None
    if tags:
        # A file that cannot be opened fails when it is measured, like one that cannot be decoded.
        with suppress(InputError):
            told = read_tags(path, chapters=False)
    return Candidate(path, stamp, tags=told)


def _told_apart(candidates: list[Candidate]) -> list[Candidate]:
    """Leave titles out that several files have: some books have the book's on each chapter."""
    times = Counter(file.tags.title for file in candidates if file.tags is not None)
    return [
        replace(file, tags=replace(file.tags, title=""))
        if file.tags is not None and file.tags.title and times[file.tags.title] > 1
        else file
        for file in candidates
    ]


def _by_number(candidates: list[Candidate]) -> list[Candidate]:
    """Put the files of each folder in their numbers' order, in the places that they have."""
    folders: dict[Path, list[Candidate]] = {}
    for candidate in candidates:
        folders.setdefault(candidate.path.parent, []).append(candidate)
    ordered = {folder: iter(_numbered(files)) for folder, files in folders.items()}
    return [next(ordered[candidate.path.parent]) for candidate in candidates]


def _numbered(files: list[Candidate]) -> list[Candidate]:
    by_number = {
        (file.tags.disc_number or 1, file.tags.track_number): file
        for file in files
        if file.tags is not None and file.tags.track_number is not None
    }
    # One number missing, or there twice, or of another album: then none can be relied upon.
    albums = {file.tags.album for file in files if file.tags is not None}
    complete = len(by_number) == len(files) and len(albums) == 1
    return [by_number[number] for number in sorted(by_number)] if complete else files
