"""Connections: to a file that can be one, to memory, and from the one to the other."""

from __future__ import annotations

import sqlite3
import time
import uuid
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from yotokit.journal.schema import ADDED, TABLES, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

__all__ = [
    "Connection",
    "NewerVersionError",
    "as_text",
    "immediate",
    "open_file",
    "open_memory",
    "to_memory",
    "usable_mode",
]

BUSY_S = 10.0
_PROBE_S = 2.0
_COPY_S = 2.0
_LEFT_S = 60.0
_AGAIN_S = 0.02
_MODES = ("WAL", "TRUNCATE")
_PRIMARY_CODE = 0xFF  # of an extended one
_MAGIC, _VERSION_AT, _HEADER_BYTES = b"SQLite format 3\0", 60, 64


class NewerVersionError(Exception):
    """The file was written by a version that knows more."""


class Connection(sqlite3.Connection):
    """Takes any text: names of files need not be Unicode. What is not goes in as bytes."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> sqlite3.Cursor:  # type: ignore[override]
        """Run a statement."""
        return super().execute(statement, _storable(values))

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> sqlite3.Cursor:  # type: ignore[override]
        """Run a statement for each row of values."""
        return super().executemany(statement, map(_storable, rows))


def open_file(path: Path, mode: str) -> Connection:
    """Open a file, and make it one of ours if it is empty or not there.

    Parameters
    ----------
    mode : str
        How it is written; see `usable_mode`.

    Raises
    ------
    NewerVersionError
        It is not to be touched, and was not.
    sqlite3.Error, OSError
        It cannot be used.
    """
    end = time.monotonic() + BUSY_S
    while True:
        try:
            if path.exists():
                _check_untouched(path)
            return _open_once(path, mode)
        except sqlite3.OperationalError as error:
            # Two that open a new file at the same time are told so at once, without waiting.
            if not _is_busy(error) or time.monotonic() > end:
                raise
        time.sleep(_AGAIN_S)


def open_memory() -> Connection:
    """Return an empty journal in memory."""
    return _prepared(_connect(":memory:"))


def to_memory(old: Connection | None) -> Connection:
    """Return a journal in memory with all that can be read of another one, which is closed."""
    if old is None:
        return open_memory()
    with closing(old), suppress(sqlite3.Error, TimeoutError):
        return _copied(old)
    return open_memory()


def _copied(old: Connection) -> Connection:
    end = time.monotonic() + _COPY_S

    def look_at_the_clock(*_: int) -> None:
        # Without this a copy of what another process has locked is tried for ever.
        if time.monotonic() > end:
            raise TimeoutError

    if old.in_transaction:
        old.rollback()
    old.execute("PRAGMA busy_timeout=0")
    memory = _connect(":memory:")
    try:
        old.backup(memory, progress=look_at_the_clock, sleep=_AGAIN_S)
        _check_pages(memory)
        return _prepared(memory)
    except BaseException:
        memory.close()
        raise


def _check_pages(connection: Connection) -> None:
    if connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("what was read is damaged")


@contextmanager
def immediate(connection: Connection) -> Iterator[None]:
    """Make all changes as one, alone with the file."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.rollback()
        raise


def _check_untouched(path: Path) -> None:
    """Look at the version without a trace: closing a file opened for writing may change it."""
    if not _holds_anything(path.with_name(path.name + "-wal")):
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
        if header.startswith(_MAGIC):
            _check_version(int.from_bytes(header[_VERSION_AT:], "big"))
        return
    try:
        with closing(_connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            _check_version(_version(connection))
    except sqlite3.OperationalError as error:
        if _is_busy(error):
            raise
        # What needs mending first cannot be read without writing; it is checked again later.


def _holds_anything(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _open_once(path: Path, mode: str) -> Connection:
    new = not path.exists()
    connection = _connect(path)
    try:
        if new:
            with suppress(OSError):  # some file systems know no modes; the folder has its own
                path.chmod(0o600)
        _check_version(_version(connection))
        connection.execute(f"PRAGMA journal_mode={mode}")
        return _prepared(connection)
    except BaseException:
        connection.close()
        raise


def _version(connection: Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _check_version(version: int) -> None:
    if version > VERSION:
        raise NewerVersionError


def _prepared(connection: Connection) -> Connection:
    """Set a connection up, and make the tables where they are missing."""
    # NORMAL: whole against the death of the process; a power cut may take the last rows along.
    connection.execute("PRAGMA synchronous=NORMAL")
    if _version(connection) == VERSION:
        return connection
    with immediate(connection):
        for statement in TABLES.split(";"):
            connection.execute(statement)
        for table, column, kind in ADDED:
            if column not in _columns(connection, table):
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
        connection.execute(f"PRAGMA user_version={VERSION}")
    return connection


def _columns(connection: Connection, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}


def _connect(path: Path | str, busy_s: float | None = None, *, uri: bool = False) -> Connection:
    return sqlite3.connect(
        path,
        timeout=BUSY_S if busy_s is None else busy_s,
        isolation_level=None,
        check_same_thread=False,
        factory=Connection,
        uri=uri,
    )


def _is_busy(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", 0)
    return code & _PRIMARY_CODE == sqlite3.SQLITE_BUSY


def as_text(value: str | bytes) -> str:
    """Return a text as it was given to a connection.

    Raises
    ------
    TypeError, ValueError
        Something else stands there: the file is damaged.

    Examples
    --------
    >>> as_text("tale"), as_text(b"tale")
    ('tale', 'tale')
    """
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogatepass")
    if not isinstance(value, str):
        raise TypeError("what stands here is no text")
    return value


def _storable(values: Sequence[Any]) -> Sequence[Any]:
    if all(type(value) is not str or value.isascii() for value in values):
        return values
    return [_bytes_if_no_text(value) if isinstance(value, str) else value for value in values]


def _bytes_if_no_text(value: str) -> str | bytes:
    encoded = value.encode("utf-8", "surrogatepass")
    try:
        encoded.decode()
    except UnicodeDecodeError:
        return encoded
    return value


def usable_mode(folder: Path) -> str:
    """Find out on a file of its own whether two connections may share one in this folder.

    A network folder may say yes to a write-ahead log and fail, or lose, at the first write.
    """
    _sweep(folder)
    reason: sqlite3.Error | None = None
    for mode in _MODES:
        path = folder / f"probe-{uuid.uuid4().hex}.db"
        try:
            if _works(path, mode):
                return mode
        except sqlite3.Error as error:
            reason = error
        finally:
            for suffix in ("", "-wal", "-shm", "-journal"):
                with suppress(OSError):
                    path.with_name(path.name + suffix).unlink()
    raise reason or sqlite3.OperationalError("what one connection wrote, another did not see")


def _works(path: Path, mode: str) -> bool:
    with closing(_connect(path, _PROBE_S)) as one, closing(_connect(path, _PROBE_S)) as two:
        one.execute("PRAGMA synchronous=OFF")  # what is tried out need not outlive a power cut
        one.execute(f"PRAGMA journal_mode={mode}")
        one.execute("CREATE TABLE probe (value)")
        one.execute("INSERT INTO probe VALUES (1)")
        return two.execute("SELECT value FROM probe").fetchall() == [(1,)]


def _sweep(folder: Path) -> None:
    """Remove what was left by a process that was killed at this point."""
    for path in folder.glob("probe-*.db*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _LEFT_S:
                path.unlink()
