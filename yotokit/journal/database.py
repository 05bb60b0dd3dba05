"""The seam to SQLite: a file if it can be one, memory if not, and no error in between.

What goes wrong with the disk ends in memory with one warning; the caller never sees it.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import warnings
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar, overload

from yotokit.errors import JournalWarning
from yotokit.journal.opening import (
    Connection,
    NewerVersionError,
    immediate,
    open_file,
    open_memory,
    to_memory,
    usable_mode,
)
from yotokit.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["Database", "after_fork_in_child", "after_fork_in_parent", "before_fork"]

T = TypeVar("T")

_log = get_logger("yotokit.journal")
_all: weakref.WeakSet[Database] = weakref.WeakSet()
_door = threading.RLock()
_held = threading.local()


def _as_it_is(*row: Any) -> tuple[Any, ...]:
    return row


class Database:
    """One connection for all threads of a process.

    Parameters
    ----------
    path : Path or None
        The file; None for memory.

    Attributes
    ----------
    trouble : str
        Why it is memory; empty where that was asked for, or it is not.
    """

    def __init__(self, path: Path | None) -> None:
        self.trouble = ""
        self._path = path
        self._mode = ""
        self._lock = threading.RLock()
        self._connection: Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._parked = False
        self._set_aside = False
        self._copied = False
        with _door:
            self._lock.acquire()
            _all.add(self)
        try:
            self._open()
        finally:
            self._lock.release()

    @property
    def on_disk(self) -> bool:
        """Whether it outlives the process."""
        return self._path is not None

    @overload
    def read(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...
    @overload
    def read(
        self, statement: str, values: Sequence[Any] = (), *, make: Callable[..., T]
    ) -> list[T]: ...
    def read(
        self, statement: str, values: Sequence[Any] = (), *, make: Callable[..., Any] = _as_it_is
    ) -> list[Any]:
        """Return the rows of a query, or what a function makes of each; none on trouble.

        A row that it makes nothing of, by TypeError or ValueError, is left out.
        """
        nothing: list[tuple[Any, ...]] = []
        rows = self._safely(lambda c: c.execute(statement, values).fetchall(), nothing)
        made = []
        for row in rows:
            with suppress(TypeError, ValueError, OverflowError, OSError):
                made.append(make(*row))
        return made

    def write(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Change rows, durably against the end of the process; return how many."""
        return self._safely(lambda c: c.execute(statement, values).rowcount, 0)

    def transaction(self, change: Callable[[Connection], T]) -> T | None:
        """Make several changes as one; None where nothing is remembered any more.

        The function may be called several times, and must allow that.
        """

        def whole(connection: Connection) -> T | None:
            with immediate(connection):
                return change(connection)

        return self._safely(whole, None)

    def give_up(self, reason: str) -> None:
        """Go on in memory, for a reason that shows outside."""
        with self._lock:
            self._to_memory(reason)

    def close(self) -> None:
        """Close the file; afterwards nothing is remembered or found."""
        with self._lock:
            self._parked = False
            self._drop()

    def hold(self) -> None:
        """Keep all threads out and let go of the file: SQLite knows nothing of forks."""
        self._lock.acquire()
        if self._path is not None and self._connection is not None:
            self._drop()
            self._parked = True

    def go_on(self) -> None:
        """Let threads in again; the next one opens the file."""
        self._lock.release()

    def forget(self) -> None:
        """Forget everything, in a child process: what there is, is the parent's."""
        self._lock = threading.RLock()
        self._drop()  # it is in memory: a file is closed before a fork
        self._path, self._parked = None, False

    def _safely(self, work: Callable[[Connection], T], nothing: T) -> T:
        """Do something with the connection; on trouble again with what takes its place."""
        with self._lock:
            if self._parked:
                self._parked = False
                self._open()
            while self._connection is not None:
                try:
                    if self._connection.in_transaction:
                        self._connection.rollback()  # an interrupt came before its end
                    return work(self._connection)
                except sqlite3.Error as error:
                    if not self._give_way(error):
                        _log.exception("the journal failed even in memory; this is not remembered")
                        break
            return nothing

    def _open(self) -> None:
        if self._path is None:
            self._connection = open_memory()
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._mode = self._mode or usable_mode(self._path.parent)
            self._identity = _identity(self._path)
            self._connection = open_file(self._path, self._mode)
            self._identity = _identity(self._path)
        except NewerVersionError:
            self._to_memory("it was written by a newer version of yotokit; update this one")
        except sqlite3.Error as error:
            self._give_way(error)
        except FileExistsError:
            self._to_memory(f"{self._path.parent} is not a folder")
        except (OSError, ValueError) as error:
            self._to_memory(getattr(error, "strerror", None) or str(error))

    def _give_way(self, error: sqlite3.Error) -> bool:
        """Replace what fails; return whether there is something new to try.

        A damaged file is replaced by a new one, once; any other by memory, and a copy in memory
        by an empty one.
        """
        if self._path is None:
            if not self._copied:
                return False
            self._copied = False
            self._drop()
            self._connection = open_memory()
        elif not (_is_damage(error) and not self._set_aside and self._begin_anew(error)):
            self._to_memory(str(error))
        return True

    def _begin_anew(self, error: sqlite3.Error) -> bool:
        """Set a damaged file aside and make a new one; False if it cannot be moved."""
        if self._path is None:
            return False
        self._set_aside = True
        self._drop()
        aside = self._path.with_name(f"{self._path.stem}.damaged-{time.time_ns()}.db")
        try:
            # Another process may have set it aside already: what lies there now is not damaged.
            if _identity(self._path) == self._identity:
                # Before the file: nobody must find these beside a new one.
                for suffix in ("-wal", "-shm", "-journal"):
                    self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
                self._path.rename(aside)
                _warn(f"{self._path} is damaged ({error}); it was set aside as {aside.name}")
        except FileNotFoundError:
            pass  # gone between the look and the move
        except OSError:
            return False
        self._open()
        return True

    def _to_memory(self, reason: str) -> None:
        old, path, self._path = self._connection, self._path, None
        self._copied = old is not None
        self._connection = to_memory(old)
        if path is not None:
            self.trouble = f"{path} cannot be used ({reason})"
            _warn(
                f"{self.trouble}: what is done is remembered until this process ends, not "
                "longer. The work goes on. Set YOTOKIT_STATE_DIR to a folder on a local disk "
                "that you may write"
            )

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _is_damage(error: sqlite3.Error) -> bool:
    text = str(error)
    return type(error) is sqlite3.DatabaseError or "malformed" in text or "decode" in text


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def before_fork() -> None:
    """Have no thread in SQLite, and no file open, when the process forks."""
    _door.acquire()
    _held.databases = list(_all)
    for database in _held.databases:
        database.hold()


def after_fork_in_parent() -> None:
    """Go on as before."""
    for database in _held.databases:
        database.go_on()
    _held.databases = []
    _door.release()


def after_fork_in_child() -> None:
    """Begin without any of the parent's."""
    # Both may be held by threads that are not there.
    global _door, _held
    for database in _held.databases:
        database.forget()
    _door, _held = threading.RLock(), threading.local()


def _warn(text: str) -> None:
    _log.warning("%s", text)
    try:
        warnings.warn(JournalWarning(text), stacklevel=2)
    except JournalWarning:
        # Warnings may be errors here; this one must not end the work that goes on in any case.
        _log.debug("the warning was not shown")
