"""Which process holds a claim, and whether it still lives.

A lock on a file ends with the process that holds it, however that ends; it knows no time, so
neither a suspended laptop nor a wrong clock takes a claim away.
"""

from __future__ import annotations

import os
import time
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

import filelock

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Owner"]

_MAKING_S = 60.0


class Owner:
    """The process itself, as others see it.

    Parameters
    ----------
    folder : Path or None
        Where the lock files of all owners lie; None where nobody else can look.

    Raises
    ------
    OSError
        The folder cannot be written, or files in it cannot be locked.
    """

    def __init__(self, folder: Path | None) -> None:
        self.name = uuid.uuid4().hex
        self._folder = folder
        self._lock: filelock.BaseFileLock | None = None
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = self._lock_of(self.name)
        self._lock.acquire(timeout=0)
        self._pid = os.getpid()
        self._sweep()

    def lives(self, name: str) -> bool:
        """Say whether the process of a name still runs."""
        if name == self.name or self._folder is None:
            return name == self.name
        lock = self._lock_of(name)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            return True
        except PermissionError:
            return False  # another user's; it would have to be a process of this one
        except OSError:
            return True  # too many open files, say: what cannot be told is not taken away
        lock.release()
        with suppress(OSError):
            os.unlink(lock.lock_file)  # noqa: PTH108 - filelock gives text
        return False

    def _sweep(self) -> None:
        """Remove the lock files of processes that are gone; not those that are being made."""
        if self._folder is not None:
            for path in self._folder.glob("*.lock"):
                with suppress(OSError):
                    if time.time() - path.stat().st_mtime > _MAKING_S:
                        self.lives(path.stem)

    def close(self) -> None:
        """Let go: what this process claimed is free from now on."""
        if self._lock is not None and self._pid == os.getpid():
            self._lock.release()
            with suppress(OSError):
                os.unlink(self._lock.lock_file)  # noqa: PTH108 - filelock gives text
            self._lock = None

    def _lock_of(self, name: str) -> filelock.BaseFileLock:
        if self._folder is None:
            raise RuntimeError("an owner without a folder has no locks")
        # The lock is the process's: whichever thread lets go of it. One that a file system only
        # imitates would outlive a process that is killed.
        path = self._folder / f"{name}.lock"
        return filelock.FileLock(path, thread_local=False, fallback_to_soft=False)
