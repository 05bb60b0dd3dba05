"""The folder for rendered files: one for each session, gone when it is, or when it died."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path

import filelock

from yotokit.errors import SettingError

__all__ = ["Scratch"]

_PREFIX = "yotokit-session-"
_MAKING_S = 60.0
_LEAST_BYTES = 65_536


class Scratch:
    """A temporary folder, locked while it is in use.

    The lock ends with the process, however that ends. So the next session can tell the folders
    of the dead from those of the living, and clears the former away.

    Raises
    ------
    SettingError
        The place for temporary files, ``TMPDIR``, cannot be written, or is full.
    """

    def __init__(self) -> None:
        try:
            self._folder, self._lock = _new()
        except OSError as error:
            raise SettingError(
                f"TMPDIR: the folder for temporary files cannot be used ({error}); set TMPDIR to "
                "one on a local disk that you may write and that has room, and restart Python"
            ) from error
        self._closed = False
        self._maker = os.getpid()
        self._making = threading.Lock()
        _sweep(self._folder.parent, self._folder)
        # For a session that nobody closes: at its end, or at the interpreter's.
        self._remove = weakref.finalize(self, _remove, self._folder, self._lock, self._maker)

    def path(self, name: str) -> Path:
        """Return the path of a file to write. A cleaner of temporary files may have been here."""
        with self._making:
            if not self._closed:
                self._folder.mkdir(exist_ok=True, mode=0o700)
                if not os.path.exists(self._lock.lock_file):  # noqa: PTH110 - filelock gives text
                    # Another session is not to take the folder for that of a dead one.
                    with suppress(OSError):
                        self._lock.release(force=True)
                        self._lock.acquire(timeout=0)
        return self._folder / name

    def remove(self, path: Path) -> None:
        """Remove a file; what was written after the end goes with the folder once more."""
        if os.getpid() != self._maker:
            return
        with suppress(OSError):
            path.unlink()
        if self._closed:
            shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Remove everything; in a forked child, nothing."""
        if os.getpid() != self._maker:
            return
        with self._making:
            self._closed = True
            self._remove()


def _new() -> tuple[Path, filelock.BaseFileLock]:
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    # Beside the folder's files, so that removing the folder removes it as well.
    lock = _lock_of(folder)
    try:
        lock.acquire(timeout=5.0)
        # On a full disk names can often still be made, and nothing be written.
        room = folder / "room"
        room.write_bytes(bytes(_LEAST_BYTES))
        room.unlink()
    except OSError:
        _remove(folder, lock, os.getpid())
        raise
    return folder, lock


def _lock_of(folder: Path) -> filelock.BaseFileLock:
    # One that a file system only imitates would outlive a process that is killed.
    return filelock.FileLock(folder / ".lock", thread_local=False, fallback_to_soft=False)


def _remove(folder: Path, lock: filelock.BaseFileLock, maker: int) -> None:
    if os.getpid() != maker:
        return  # a forked child: folder and lock are its parent's
    with suppress(OSError):
        lock.release(force=True)
    shutil.rmtree(folder, ignore_errors=True)


def _sweep(place: Path, own: Path) -> None:
    """Remove the folders of sessions that are gone; not those that are being made."""
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            found = folder.lstat()
            young = time.time() - found.st_mtime < _MAKING_S
            if folder == own or young or not stat.S_ISDIR(found.st_mode):
                continue
            with _lock_of(folder).acquire(timeout=0):
                pass
            shutil.rmtree(folder, ignore_errors=True)
