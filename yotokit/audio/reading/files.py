"""The files that audio comes in: whether one can be read, whether it changed, what it holds."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from yotokit.errors import (
    EmptyFileError,
    MissingFileError,
    NotAFileError,
    SettingError,
    SourceChangedError,
    UnreadableFileError,
)

__all__ = ["FileStamp", "as_path", "check_apart", "check_file", "digest"]


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells that a file was changed: its size in bytes, and its time of change."""

    size_bytes: int
    modified_ns: int


def as_path(path: str | os.PathLike[str] | bytes) -> Path:
    """Return a path, whatever form it was given in.

    Raises
    ------
    SettingError
        It is none.
    """
    try:
        return Path(os.fsdecode(path))
    except TypeError:
        raise SettingError(f"{path!r} is no path; give the name of a file") from None


def check_apart(output: Path, source: Path) -> None:
    """Make sure that what is to be written is not the file that it is made from.

    Raises
    ------
    SettingError
        It is.
    """
    if output.exists() and output.samefile(source):
        raise SettingError(f"{output}: would be written over its own source; name another")


def check_file(path: Path, expected: FileStamp | None = None) -> FileStamp:
    """Make sure that a path is a file with something in it, without opening a pipe or a device.

    Parameters
    ----------
    path : Path
        The file.
    expected : FileStamp, optional
        What an earlier call returned.

    Raises
    ------
    MissingFileError, NotAFileError, EmptyFileError, UnreadableFileError
        By what is wrong.
    SourceChangedError
        The file is not the one that was stamped.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingFileError(path, "no such file; check the spelling and the folder") from error
    except (OSError, ValueError) as error:
        raise UnreadableFileError(path, f"cannot be looked at ({error})") from error
    if stat.S_ISDIR(status.st_mode):
        raise NotAFileError(path, "is a folder, not an audio file; name the files inside it")
    if not stat.S_ISREG(status.st_mode):
        raise NotAFileError(path, "is not a regular file; copy its content into one")
    if not status.st_size:
        raise EmptyFileError(path, "is empty (0 bytes); copy or download it again")
    stamp = FileStamp(status.st_size, status.st_mtime_ns)
    if expected is not None and stamp != expected:
        raise SourceChangedError(path, "changed while it was worked on; submit it again")
    return stamp


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in lower-case hex, read in pieces.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    check_file(path)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFileError(path, f"cannot be read ({error.strerror})") from error
