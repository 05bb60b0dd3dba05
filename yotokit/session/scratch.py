"""The folder for rendered files: one for each session, gone when it is, or when it died."""

from __future__ import annotations

import shutil
import tempfile
import time
import weakref
from contextlib import suppress
from pathlib import Path

import filelock

__all__ = ["Scratch"]

_PREFIX = "yotokit-session-"
_MAKING_S = 60.0


class Scratch:
    """A temporary folder, locked while it is in use.

    The lock ends with the process, however that ends. So the next session can tell the folders
    of the dead from those of the living, and clears the former away.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        # Beside the folder's files, so that removing the folder removes it as well.
        self._lock = filelock.FileLock(self._folder / ".lock", thread_local=False)
        self._lock.acquire(timeout=5.0)
        self._closed = False
        _sweep(self._folder.parent, self._folder)
        # For a session that nobody closes: at its end, or at the interpreter's.
        weakref.finalize(self, _remove, self._folder, self._lock)

    def path(self, name: str) -> Path:
        """Return the path of a file to write. A cleaner of temporary files may have been here."""
        if not self._closed:
            self._folder.mkdir(exist_ok=True, mode=0o700)
        return self._folder / name

    def remove(self, path: Path) -> None:
        """Remove a file; what was written after the end goes with the folder once more."""
        with suppress(OSError):
            path.unlink()
        if self._closed:
            shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Remove everything."""
        self._closed = True
        _remove(self._folder, self._lock)


def _remove(folder: Path, lock: filelock.BaseFileLock) -> None:
    with suppress(OSError, RuntimeError):  # a forked child does not hold its parent's lock
        lock.release(force=True)
    shutil.rmtree(folder, ignore_errors=True)


def _sweep(place: Path, own: Path) -> None:
    """Remove the folders of sessions that are gone; not those that are being made."""
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if folder == own or time.time() - folder.stat().st_mtime < _MAKING_S:
                continue
            lock = filelock.FileLock(folder / ".lock")
            with lock.acquire(timeout=0):
                pass
            shutil.rmtree(folder, ignore_errors=True)
