"""Which bytes an account was sent, and who is at it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yotokit.journal.database import Database

__all__ = ["UploadEntry", "Uploads"]


@dataclass(frozen=True, slots=True)
class UploadEntry:
    """What is known of an upload.

    Attributes
    ----------
    upload_id : str
        The service's name for it.
    arrived : bool
        The service confirmed the bytes; otherwise they were on their way when last heard of.
    age_s : float
        Since when that is known, seconds.
    """

    upload_id: str
    arrived: bool
    age_s: float


class Uploads:
    """The uploads of one account.

    Parameters
    ----------
    database : Database
        Where they are kept.
    account : str
        Whose they are.
    """

    def __init__(self, database: Database, account: str) -> None:
        self._database = database
        self._account = account

    def get(self, sha256: str) -> UploadEntry | None:
        """Return what is known of some bytes."""
        rows = self._database.read(
            "SELECT upload_id, arrived, at FROM upload WHERE account=? AND sha256=?",
            (self._account, sha256),
            make=_entry,
        )
        return rows[0] if rows else None

    def sending(self, sha256: str, upload_id: str) -> None:
        """Note that the bytes are on their way; before the first of them is sent."""
        self._put(sha256, upload_id, arrived=False)

    def sent(self, sha256: str, upload_id: str) -> float:
        """Note that the service has them; return when that was noted, for `forget`."""
        return self._put(sha256, upload_id, arrived=True)

    def forget(self, sha256: str, noted_at: float) -> None:
        """Take back what was noted: the service does not have them, or cannot use them.

        What another job has noted since stays: it has sent the bytes anew.
        """
        self._database.write(
            "DELETE FROM upload WHERE account=? AND sha256=? AND at<=?",
            (self._account, sha256, noted_at),
        )

    def _put(self, sha256: str, upload_id: str, *, arrived: bool) -> float:
        at = time.time()
        self._database.write(
            "INSERT OR REPLACE INTO upload VALUES (?, ?, ?, ?, ?)",
            (self._account, sha256, upload_id, arrived, at),
        )
        return at


def _entry(upload_id: str, arrived: int, at: float) -> UploadEntry:
    return UploadEntry(str(upload_id), bool(arrived), time.time() - at)
