"""`Journal`: the rooms of the floor under one roof, shared by all sessions of a process."""

from __future__ import annotations

import _thread
import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from yotokit.journal.cards import Cards
from yotokit.journal.database import (
    Database,
    after_fork_in_child,
    after_fork_in_parent,
    before_fork,
)
from yotokit.journal.owner import Owner
from yotokit.journal.sessions import Sessions
from yotokit.journal.uploads import Uploads

if TYPE_CHECKING:
    from pathlib import Path

    from yotokit.journal.opening import Connection

__all__ = ["Journal"]

FILE_NAME = "journal.db"
_KEPT_S = 180 * 86_400.0
# A file that was changed so shortly before it was read may have been changed again since,
# within one tick of its file system's clock.
_SETTLED_NS = 2_000_000_000


class Journal:
    """What is remembered between runs.

    Parameters
    ----------
    folder : Path or None
        Where it lies; None for the memory of this process.

    Attributes
    ----------
    sessions : Sessions
        The sessions there were.

    Examples
    --------
    >>> journal = Journal(None)
    >>> journal.keep_result("abc", "measured", "{}", b"...")
    >>> journal.result("abc", "measured", "{}")
    b'...'
    >>> journal.close()
    """

    _shared: ClassVar[dict[Path | None, Journal]] = {}
    _shared_lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._database = Database(folder / FILE_NAME if folder is not None else None)
        self._owner = self._own(folder)
        self._users = 0
        self.sessions = Sessions(self._database)
        self._prune()

    @classmethod
    def shared(cls, folder: Path | None) -> Journal:
        """Return the journal of a folder, the same for all who use it; `release` it afterwards."""
        with cls._shared_lock:
            journal = cls._shared.get(folder)
            if journal is None:
                journal = cls._shared[folder] = cls(folder)
            journal._users += 1
            return journal

    def release(self) -> None:
        """Let go of a shared journal; the last one closes it."""
        with self._shared_lock:
            self._users -= 1
            if self._users > 0:
                return
            for folder in [key for key, value in self._shared.items() if value is self]:
                del self._shared[folder]
        self.close()

    def let_go(self) -> None:
        """Release it from anywhere, as from the middle of a garbage collection.

        Locks are for a thread of its own: the one that is interrupted may hold them.
        """
        with suppress(RuntimeError):  # at the interpreter's end no thread can be started
            _thread.start_new_thread(self.release, ())

    @property
    def trouble(self) -> str:
        """Why nothing outlives the process; empty if something does, or that was asked for."""
        return self._database.trouble

    @property
    def on_disk(self) -> bool:
        """Whether it outlives the process."""
        return self._database.on_disk

    def uploads(self, account: str) -> Uploads:
        """Return the uploads of an account."""
        return Uploads(self._database, account)

    def cards(self, account: str) -> Cards:
        """Return the cards of an account."""
        return Cards(self._database, account)

    def digest(self, path: str, size_bytes: int, modified_ns: int) -> str | None:
        """Return the content that a file had when it was of this size and time."""
        rows = self._database.read(
            "SELECT sha256 FROM file WHERE path=? AND size_bytes=? AND modified_ns=?",
            (path, size_bytes, modified_ns),
            make=str,
        )
        return rows[0] if rows else None

    def keep_digest(self, path: str, size_bytes: int, modified_ns: int, sha256: str) -> None:
        """Keep which content a file has; not while its time of change is too fresh to tell."""
        if time.time_ns() - modified_ns > _SETTLED_NS:
            self._database.write(
                "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)",
                (path, size_bytes, modified_ns, sha256, time.time()),
            )

    def result(self, sha256: str, stage: str, settings: str) -> bytes | None:
        """Return what a stage made of some content under some settings."""
        rows = self._database.read(
            "SELECT value FROM result WHERE sha256=? AND stage=? AND settings=?",
            (sha256, stage, settings),
            make=_as_bytes,
        )
        return rows[0] if rows else None

    def keep_result(self, sha256: str, stage: str, settings: str, value: bytes) -> None:
        """Keep what a stage made of some content."""
        self._database.write(
            "INSERT OR REPLACE INTO result VALUES (?, ?, ?, ?, ?)",
            (sha256, stage, settings, time.time(), value),
        )

    def claim(self, account: str, what: str, holder: str) -> bool:
        """Claim something for one holder in all processes; False if another one has it.

        What a process held that is gone is free.
        """
        owner, key = f"{self._owner.name}:{holder}", (account, what)
        taken = self._database.write("INSERT OR IGNORE INTO claim VALUES (?, ?, ?)", (*key, owner))
        return taken > 0 or self._claim_anew(key, owner)

    def _claim_anew(self, key: tuple[str, str], owner: str) -> bool:
        """Claim what has been claimed before, if that was by a process that is gone."""

        def change(connection: Connection) -> str:
            row = connection.execute(
                "SELECT owner FROM claim WHERE account=? AND what=?", key
            ).fetchone()
            # Whether a process lives is asked with the lock: two must not both find it dead.
            if row and row[0] != owner and self._holds(str(row[0]).partition(":")[0]):
                return str(row[0])
            connection.execute("INSERT OR REPLACE INTO claim VALUES (?, ?, ?)", (*key, owner))
            return owner

        return self._database.transaction(change) in (owner, None)

    def _holds(self, name: str) -> bool:
        # In memory nobody hears of another process's claims any more, nor of their end.
        if name != self._owner.name and not self._database.on_disk:
            return False
        return self._owner.lives(name)

    def unclaim(self, account: str, what: str, holder: str) -> None:
        """Give up a claim."""
        if not self._database.on_disk:
            self._owner.close()  # what is claimed in a file that is out of reach is free by this
        self._database.write(
            "DELETE FROM claim WHERE account=? AND what=? AND owner=?",
            (account, what, f"{self._owner.name}:{holder}"),
        )

    def close(self) -> None:
        """Close it; afterwards nothing is remembered or found, and nothing fails."""
        self._database.close()
        self._owner.close()

    def _own(self, folder: Path | None) -> Owner:
        if folder is not None and self._database.on_disk:
            try:
                return Owner(folder / "owners")
            except OSError as error:
                self._database.give_up(f"its folder cannot hold locks: {error}")
        return Owner(None)

    @classmethod
    def forked(cls) -> None:
        """Begin with no journal in a child process: those of the parent are the parent's."""
        cls._shared, cls._shared_lock = {}, threading.Lock()

    def _prune(self) -> None:
        limit = time.time() - _KEPT_S

        def change(connection: Connection) -> None:
            for table in ("file", "result", "upload", "card", "session"):
                connection.execute(f"DELETE FROM {table} WHERE at < ?", (limit,))  # noqa: S608
            connection.execute("DELETE FROM item WHERE session NOT IN (SELECT id FROM session)")

        self._database.transaction(change)


def _as_bytes(value: bytes) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("a result is bytes")
    return value


if hasattr(os, "register_at_fork"):
    # What is registered last runs first before a fork. The locks of `Owner` must not be shut
    # (filelock does that) as long as another thread may wait for one with the database in hand.
    os.register_at_fork(
        before=before_fork,
        after_in_parent=after_fork_in_parent,
        after_in_child=after_fork_in_child,
    )
    os.register_at_fork(after_in_child=Journal.forked)
