"""Which card a mark stands for, what was written on it, and whether one may be in the making."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yotokit.journal.database import Database

__all__ = ["CardEntry", "Cards"]


@dataclass(frozen=True, slots=True)
class CardEntry:
    """What is known of a card.

    Attributes
    ----------
    card_id : str
        The service's name for it; empty before it was made.
    creating : bool
        A request to make it was sent, and its answer was not seen.
    gist : str
        Fingerprint of what a listener notices, as it was last written.
    revision : int
        How often it was written.
    at : float
        When the entry was made, seconds since 1970; tells one creation from the next.
    """

    card_id: str = ""
    creating: bool = False
    gist: str = ""
    revision: int = 0
    at: float = field(default=0.0, compare=False)


class Cards:
    """The cards of one account.

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

    def get(self, mark: str) -> CardEntry:
        """Return what is known of the card of a mark; an empty entry where nothing is."""
        rows = self._database.read(
            "SELECT card_id, creating, gist, revision, at FROM card WHERE account=? AND mark=?",
            (self._account, mark),
            make=_entry,
        )
        return rows[0] if rows else CardEntry()

    def put(self, mark: str, entry: CardEntry) -> None:
        """Keep what is known of the card of a mark."""
        self._database.write(
            "INSERT OR REPLACE INTO card "
            "(account, mark, card_id, creating, gist, revision, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                self._account,
                mark,
                entry.card_id,
                entry.creating,
                entry.gist,
                entry.revision,
                time.time(),
            ),
        )


def _entry(*row: Any) -> CardEntry:
    card_id, creating, gist, revision, at = row
    return CardEntry(str(card_id), bool(creating), str(gist), int(revision), float(at))
