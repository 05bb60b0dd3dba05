"""Keeps what the emulator remembers in a folder, so that it outlives a stop, and a kill as well.

One table of JSON documents in a SQLite file, by kind and key. What was written is with the
operating system when `Keeper.put` returns: nothing that was answered is lost with the process. A
power cut may take the last moments.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["FolderError", "Keeper"]

_DATABASE, _LOCK = "emulator.sqlite3", "emulator.lock"
_VERSION = 1
_TABLE = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, key TEXT NOT NULL, document TEXT NOT NULL, data BLOB NOT NULL,
    UNIQUE (kind, key)
)"""
# A row that is replaced keeps its place: cards stay in the order in which they were made.
_PUT = """
INSERT INTO documents (kind, key, document, data) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET document = excluded.document, data = excluded.data"""


class FolderError(RuntimeError):
    """The emulator cannot use the folder that it was given."""


class Keeper:
    """Documents by kind and key; without a folder it keeps nothing, and has nothing.

    It may be used from any thread.
    """

    def __init__(self) -> None:
        self._folder = ""
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.RLock()
        self._held = ExitStack()

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Return the keeper of a folder, which is this emulator's alone until it is closed.

        Raises
        ------
        FolderError
            Another emulator is using it, it is of a newer yotokit, holds something else, or
            cannot be read or written.
        """
        keeper = cls()
        keeper._folder = str(folder)
        try:
            with keeper.understood():
                keeper._open(folder)
        except OSError as error:
            keeper.close()
            raise FolderError(f"the folder {folder} cannot be used: {error.strerror}") from error
        except BaseException:
            keeper.close()
            raise
        return keeper

    def _open(self, folder: Path) -> None:
        import filelock  # noqa: PLC0415 - only a folder needs it

        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = {path.name for path in folder.iterdir()}
        if there - {_LOCK} and _DATABASE not in there:
            raise FolderError(f"the folder {folder} holds something else; name an empty one")
        folder.chmod(0o700)
        lock = filelock.FileLock(folder / _LOCK, thread_local=False, fallback_to_soft=False)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            words = f"another emulator is using the folder {folder}; stop it, or name another one"
            raise FolderError(words) from None
        self._held.callback(lock.release)
        connection = sqlite3.connect(
            folder / _DATABASE, isolation_level=None, check_same_thread=False
        )
        self._held.callback(connection.close)
        (health,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if health != "ok":
            raise sqlite3.DatabaseError("it is damaged")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            raise FolderError(
                f"the folder {folder} was written by a newer yotokit (its format is {version}, "
                f"this one knows {_VERSION}); update yotokit, or name another folder"
            )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(_TABLE)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
        self._connection = connection

    def put(self, kind: str, key: str, document: Any, data: bytes = b"") -> None:
        """Write a document, in place of one that was there."""
        if self._connection is not None:
            with self._lock:
                self._connection.execute(_PUT, (kind, key, json.dumps(document), data))

    def drop(self, kind: str, key: str | None = None) -> None:
        """Forget a document, or all of a kind."""
        if self._connection is not None:
            with self._lock:
                self._connection.execute(
                    "DELETE FROM documents WHERE kind = ? AND key = ifnull(?, key)", (kind, key)
                )

    def all(self, kind: str) -> list[tuple[str, Any, bytes]]:
        """Return the documents of a kind, oldest first: key, document and data of each."""
        if self._connection is None:
            return []
        with self._lock:
            rows = self._connection.execute(
                "SELECT key, document, data FROM documents WHERE kind = ? ORDER BY rowid", (kind,)
            ).fetchall()
        return [(key, json.loads(document), data) for key, document, data in rows]

    def get(self, kind: str, key: str) -> Any:
        """Return a document, or None."""
        return next((document for k, document, _ in self.all(kind) if k == key), None)

    @contextmanager
    def understood(self) -> Iterator[None]:
        """Have a ``with`` block that makes no sense of what was kept end with a `FolderError`."""
        try:
            yield
        except (sqlite3.Error, LookupError, TypeError, ValueError, AttributeError) as error:
            if not self._folder:
                raise
            reason = error if isinstance(error, sqlite3.Error) else "it is damaged"
            raise FolderError(
                f"what the folder {self._folder} holds cannot be read: {reason}; name another one"
            ) from error

    @contextmanager
    def together(self) -> Iterator[None]:
        """Have all that is written in a ``with`` block written, or nothing of it."""
        if self._connection is None:
            yield
            return
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Let go of the folder."""
        with self._lock:
            self._connection = None
            self._held.close()
