"""What `submit` takes: a file, a list, a pattern, a folder. Says at once what cannot be taken."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import natsort

from yotokit.audio import AUDIO_SUFFIXES, FileStamp, check_file
from yotokit.errors import (
    InputError,
    MissingFileError,
    NoAudioFoundError,
    NotAFileError,
    SettingError,
)

__all__ = ["LONGEST_TITLE", "Candidate", "Submission", "find_audio", "title_of"]

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
    """

    path: Path
    stamp: FileStamp | None = None
    error: InputError | None = None


def find_audio(what: Submission) -> list[Candidate]:
    """Return the files that are meant, in their order; those of a folder in natural order.

    Parameters
    ----------
    what : path-like or iterable of path-like
        A file, whatever its ending; a folder, whose audio files are taken with those of its
        subfolders; a pattern with ``*``, ``?`` or ``[...]``; or several of these.

    Raises
    ------
    InputError
        A file that was named is missing or cannot be one; a folder or pattern holds no audio.
        Nothing is queued then.
    SettingError
        What was given is no path at all.
    """
    if isinstance(what, str | bytes | os.PathLike):
        return _one(os.fsdecode(what))
    if not isinstance(what, Iterable):
        raise SettingError(f"{what!r} is no path; give a file, a folder, a pattern or a list")
    found: dict[Path, Candidate] = {}
    for entry in what:
        for candidate in _one(entry):
            found.setdefault(candidate.path, candidate)
    return list(found.values())


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


def _one(entry: str | os.PathLike[str]) -> list[Candidate]:
    try:
        text = os.fsdecode(entry)
    except TypeError:
        raise SettingError(f"{entry!r} is no path; give paths only") from None
    if not text.strip() or "\0" in text:
        raise MissingFileError(repr(text), "is no path; give the name of a file or a folder")
    path = Path(text).expanduser().absolute()
    if path.is_dir():
        if path.suffix.lower() in AUDIO_SUFFIXES:
            raise NotAFileError(
                path,
                "is a folder, although it is named like an audio file; to take what is in it, "
                f'submit "{text}/*"',
            )
        return _several(
            path,
            (Path(root, name) for root, _, names in os.walk(path) for name in names),
            "the folder",
        )
    if glob.has_magic(text) and not path.exists():
        # As it was given: brackets in the folder's own path are no part of the pattern.
        matches = glob.glob(os.path.expanduser(text), recursive=True)  # noqa: PTH111, PTH207
        found = dict.fromkeys(Path(match).absolute() for match in matches)
        return _several(path, found, "the pattern")
    return [Candidate(path, check_file(path))]


def _several(origin: Path, paths: Iterable[Path], kind: str) -> list[Candidate]:
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
    return [_judge(path) for path in natsort.natsorted(audio, key=str, alg=natsort.ns.PATH)]


def _below(origin: Path, path: Path) -> Path:
    return path.relative_to(origin) if path.is_relative_to(origin) else Path(path.name)


def _judge(path: Path) -> Candidate:
    try:
        return Candidate(path, check_file(path))
    except InputError as error:
        return Candidate(path, error=error)
