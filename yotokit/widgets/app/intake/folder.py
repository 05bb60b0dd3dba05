"""Where files from the browser are kept: under safe names, none in the place of another."""

from __future__ import annotations

import filecmp
import re
import shutil
import threading
import time
import unicodedata
import uuid
import weakref
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath

from yotokit.audio import AUDIO_SUFFIXES
from yotokit.errors import SettingError
from yotokit.markup import figures

__all__ = ["LARGEST_BYTES", "Coming", "IntakeFolder", "safe_name"]

LARGEST_BYTES = 2 << 30
"""The largest file that is taken; more than twelve hours of FLAC."""

_KEPT_FREE_BYTES = 500 << 20
_LEFT_AFTER_S = 86_400.0
_LONGEST_STEM_BYTES = 120
_LONGEST_SUFFIX = 10
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe_name(name: str) -> str:
    """Return a file's name that every system takes, and that leads nowhere else.

    Examples
    --------
    >>> safe_name("../../etc/01 The Fox?.mp3"), safe_name(".hidden.mp3"), safe_name("CON.wav")
    ('01 The Fox_.mp3', 'hidden.mp3', '_CON.wav')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in last)
    plain = " ".join(_FORBIDDEN.sub("_", shown).split()).strip(". ")
    suffix = PurePosixPath(plain).suffix[:_LONGEST_SUFFIX]
    stem = plain.removesuffix(suffix).encode()[:_LONGEST_STEM_BYTES].decode("utf-8", "ignore")
    whole = (stem.strip(". ") or "file") + suffix
    return f"_{whole}" if _RESERVED.fullmatch(whole) else whole


class IntakeFolder:
    """A folder for the files of one visit to the app; it is made with the first of them.

    Parameters
    ----------
    above : Path
        Where it is made.
    """

    def __init__(self, above: Path) -> None:
        self.above = above
        # Two visits in one second are told apart; one that is over lies there for a later one.
        self.path = above / f"{datetime.now():%Y-%m-%d %H.%M.%S} {uuid.uuid4().hex[:4]}"  # noqa: DTZ005
        # Where a page is closed, the program ends, and nobody calls `leave`.
        weakref.finalize(self, _remove_empty, self.path, above)

    def begin(self, name: str, size_bytes: int) -> Coming:
        """Return what a file comes into.

        Raises
        ------
        SettingError
            It is not taken.
        OSError
            It cannot be written.
        """
        safe = safe_name(name)
        if PurePosixPath(safe).suffix.lower() not in AUDIO_SUFFIXES:
            raise SettingError("is not taken: no audio file, by its ending")
        if size_bytes > LARGEST_BYTES:
            most = figures.bytes_size(LARGEST_BYTES)
            raise SettingError(
                f"is not taken: it is larger than {most}; choose its folder under “From a "
                "folder on this computer” instead"
            )
        if size_bytes <= 0:
            raise SettingError("is not taken: it is empty")
        if not self.path.exists():
            self._tidy()
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(self.path).free < size_bytes + _KEPT_FREE_BYTES:
            raise SettingError("is not taken: the disk is full; free some room and send it again")
        return Coming(self.path, safe, size_bytes)

    def leave(self) -> None:
        """Remove the folder if nothing is in it."""
        _remove_empty(self.path, self.above)

    def _tidy(self) -> None:
        """Remove what had not come whole when the program of an earlier visit was killed."""
        for left in self.above.glob("*/.*.part"):
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > _LEFT_AFTER_S:
                    left.unlink()
                    left.parent.rmdir()


class Coming:
    """A file that comes in parts, in their order.

    Parameters
    ----------
    folder : Path
        Where it is kept.
    name : str
        A safe one.
    size_bytes : int
        How large it will be.

    Attributes
    ----------
    got_bytes : int
        How much has come.
    """

    def __init__(self, folder: Path, name: str, size_bytes: int) -> None:
        self._folder, self._name, self._size_bytes = folder, name, size_bytes
        self._partial = folder / f".{uuid.uuid4().hex}.part"
        self._partial.touch(mode=0o600)
        weakref.finalize(self, self._partial.unlink, missing_ok=True)
        self._lock = threading.Lock()
        self._is_over = False
        self.got_bytes = 0

    def take(self, at_bytes: int, data: bytes) -> Path | None:
        """Write a part; return the file's path when it is whole.

        A part that is not the next one is passed over: it came twice, or one is missing.
        """
        with self._lock:
            wanted = at_bytes == self.got_bytes and 0 < len(data) <= self._size_bytes - at_bytes
            if self._is_over or not wanted:
                return None
            with self._partial.open("r+b") as file:
                file.seek(at_bytes)
                file.write(data)
            self.got_bytes += len(data)
            if self.got_bytes < self._size_bytes:
                return None
            self._is_over = True
            return self._keep()

    def drop(self) -> None:
        """Take no more of it, and remove what has come."""
        with self._lock:
            if not self._is_over:
                self._is_over = True
                self._partial.unlink(missing_ok=True)

    def _keep(self) -> Path:
        """Give the file its name, or the next one that is free; the same file is kept once."""
        name = PurePosixPath(self._name)
        number = 1
        while True:
            other = f"{name.stem} ({number}){name.suffix}"
            path = self._folder / (self._name if number == 1 else other)
            try:
                path.touch(exist_ok=False)
            except FileExistsError:
                if path.is_file() and filecmp.cmp(path, self._partial, shallow=False):
                    self._partial.unlink()
                    return path
                number += 1
            else:
                self._partial.replace(path)
                return path


def _remove_empty(*folders: Path) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
