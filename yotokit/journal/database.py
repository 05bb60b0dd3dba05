"""The seam to SQLite: a file if it can be one, memory if not, and no error in between.

What goes wrong with the disk ends in memory with one warning; the caller never sees it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import uuid
import warnings
import weakref
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from yotokit.errors import JournalWarning
from yotokit.journal.schema import TABLES, VERSION
from yotokit.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

__all__ = ["Database"]

T = TypeVar("T")

_BUSY_S = 10.0
_PROBE_S = 2.0
_log = get_logger("yotokit.journal")
_all: weakref.WeakSet[Database] = weakref.WeakSet()


class _NewerVersionError(Exception):
    """The file was written by a version that knows more."""


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
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._inherited: sqlite3.Connection | None = None
        self._set_aside = False
        self._open()
        _all.add(self)

    @property
    def on_disk(self) -> bool:
        """Whether it outlives the process."""
        return self._path is not None

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query; none where nothing can be read."""
        return self._safely(lambda c: c.execute(statement, values).fetchall(), [])

    def write(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Change rows, durably against the end of the process; return how many."""
        return self._safely(lambda c: c.execute(statement, values).rowcount, 0)

    def transaction(self, change: Callable[[sqlite3.Connection], T]) -> T | None:
        """Make several changes as one; None where nothing is remembered any more.

        The function may be called twice, and must allow that.
        """

        def whole(connection: sqlite3.Connection) -> T | None:
            with _immediate(connection):
                return change(connection)

        return self._safely(whole, None)

    def give_up(self, reason: str) -> None:
        """Go on in memory, for a reason that shows outside."""
        with self._lock:
            self._to_memory(reason)

    def close(self) -> None:
        """Close the file; afterwards nothing is remembered or found."""
        with self._lock:
            self._drop()

    def forked(self) -> None:
        """Forget everything in a child process, where another thread may have held the lock.

        The connection is the parent's: here it must not even be closed.
        """
        self._lock = threading.RLock()
        self._inherited, self._connection = self._connection, None

    def _safely(self, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        """Do something with the connection; on trouble once more with what takes its place."""
        with self._lock:
            if self._connection is None:
                return nothing
            try:
                return work(self._connection)
            except sqlite3.Error as error:
                self._give_way(error)
            try:
                return work(self._connection)
            except sqlite3.Error:
                _log.exception("the journal failed even in memory; this is not remembered")
                return nothing

    def _open(self) -> None:
        if self._path is not None:
            try:
                self._connection = _open_file(self._path)
            except _NewerVersionError:
                self._to_memory("it was written by a newer version of yotokit; update this one")
            except sqlite3.DatabaseError as error:
                self._give_way(error)
            except OSError as error:
                self._to_memory(error.strerror or str(error))
            else:
                return
        if self._connection is None:
            self._connection = _prepared(sqlite3.connect(":memory:", check_same_thread=False))

    def _give_way(self, error: sqlite3.Error) -> None:
        """Replace a file that fails: a damaged one by a new one, once; any other by memory."""
        damaged = type(error) is sqlite3.DatabaseError or "malformed" in str(error)
        if damaged and self._path is not None and not self._set_aside:
            self._set_aside = True
            self._drop()
            aside = self._path.with_name(f"{self._path.stem}.damaged-{time.time_ns()}.db")
            with suppress(OSError):
                self._path.rename(aside)
                for suffix in ("-wal", "-shm"):
                    with suppress(FileNotFoundError):
                        self._path.with_name(self._path.name + suffix).unlink()
                _warn(f"{self._path} is damaged ({error}); it was set aside as {aside.name}")
                self._open()
                return
        self._to_memory(str(error))

    def _to_memory(self, reason: str) -> None:
        old, path, self._path = self._connection, self._path, None
        memory = _prepared(sqlite3.connect(":memory:", check_same_thread=False))
        if old is not None:
            with suppress(sqlite3.Error):  # what can still be read is taken along
                old.backup(memory)
            with suppress(sqlite3.Error):
                old.close()
        self._connection = memory
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


@contextmanager
def _immediate(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _open_file(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    mode = _usable_mode(path.parent)
    new = not path.exists()
    connection = _connect(path, _BUSY_S)
    try:
        if new:
            path.chmod(0o600)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        _check_version(version)
        connection.execute(f"PRAGMA journal_mode={mode}")
        return _prepared(connection)
    except BaseException:
        connection.close()
        raise


def _check_version(version: int) -> None:
    if version > VERSION:
        raise _NewerVersionError


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    # NORMAL: whole against the death of the process; a power cut may take the last rows along.
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous=NORMAL")
    with _immediate(connection):
        for statement in TABLES.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={VERSION}")
    return connection


def _connect(path: Path, busy_s: float) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=busy_s, isolation_level=None, check_same_thread=False)


def _usable_mode(folder: Path) -> str:
    """Find out on a file of its own whether two connections may share one in this folder.

    A network folder may say yes to a write-ahead log and fail, or lose, at the first write.
    """
    reason: sqlite3.Error | None = None
    for mode in ("WAL", "TRUNCATE"):
        path = folder / f"probe-{uuid.uuid4().hex}.db"
        try:
            with closing(_connect(path, _PROBE_S)) as one, closing(_connect(path, _PROBE_S)) as two:
                one.execute(f"PRAGMA journal_mode={mode}")
                one.execute("CREATE TABLE probe (value)")
                one.execute("INSERT INTO probe VALUES (1)")
                if two.execute("SELECT value FROM probe").fetchall() == [(1,)]:
                    return mode
        except sqlite3.Error as error:
            reason = error
        finally:
            for suffix in ("", "-wal", "-shm", "-journal"):
                with suppress(OSError):
                    path.with_name(path.name + suffix).unlink()
    raise reason or sqlite3.OperationalError("what one connection wrote, another did not see")


def _forget_all() -> None:
    for database in list(_all):
        database.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)


def _warn(text: str) -> None:
    _log.warning("%s", text)
    try:
        warnings.warn(JournalWarning(text), stacklevel=2)
    except JournalWarning:
        # Warnings may be errors here; this one must not end the work that goes on in any case.
        _log.debug("the warning was not shown")
