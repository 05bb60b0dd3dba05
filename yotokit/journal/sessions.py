"""Which sessions there were, with which files in which order."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from yotokit.journal.opening import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from yotokit.journal.database import Database
    from yotokit.journal.opening import Connection

__all__ = ["ItemEntry", "SessionEntry", "Sessions"]


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """A file of a session.

    Attributes
    ----------
    path, title : str
        What was submitted, and what the card calls it.
    done : bool
        It came to its end, and well.
    icon : str
        The display icon that was chosen for it; empty if none was.
    """

    path: str
    title: str
    done: bool = False
    icon: str = ""


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """A session, as it was last seen.

    Attributes
    ----------
    session_id, account, mark, title : str
        Its name in the journal, whose it is, the mark of its card, and the card's title.
    settings : mapping
        What it was made with.
    items : tuple of ItemEntry
        Its files, in the order of the card.
    changed_at : datetime
        When it was last written to, UTC.
    card_id : str
        The card, once there is one.
    """

    session_id: str
    account: str
    mark: str
    title: str
    settings: Mapping[str, Any]
    items: tuple[ItemEntry, ...]
    changed_at: datetime
    card_id: str


class Sessions:
    """The sessions of all accounts; of each mark the latest.

    Parameters
    ----------
    database : Database
        Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self,
        session_id: str,
        account: str,
        mark: str,
        title: str,
        settings: Mapping[str, Any],
        *,
        items: Sequence[ItemEntry] = (),
    ) -> None:
        """Begin a session with its files, in the place of those of the same mark."""

        def change(connection: Connection) -> None:
            old = "SELECT id FROM session WHERE account=? AND mark=?"
            names = (account, mark)
            connection.execute(f"DELETE FROM item WHERE session IN ({old})", names)  # noqa: S608
            connection.execute(f"DELETE FROM session WHERE id IN ({old})", names)  # noqa: S608
            connection.execute(
                "INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?, ?)",
                (session_id, account, mark, title, json.dumps(settings), time.time()),
            )
            _add(connection, session_id, items)

        self._database.transaction(change)

    def has(self, session_id: str) -> bool:
        """Say whether a session is there still; nothing is where nothing is remembered."""
        return bool(self._database.read("SELECT 1 FROM session WHERE id=?", (session_id,)))

    def add(self, session_id: str, items: Sequence[ItemEntry]) -> bool:
        """Put files behind those there are; one that is there keeps its place.

        Returns
        -------
        bool
            False: the session is not there any more, and nothing was added.
        """

        def change(connection: Connection) -> bool:
            there = connection.execute(
                "UPDATE session SET at=? WHERE id=?", (time.time(), session_id)
            ).rowcount
            if there:
                _add(connection, session_id, items)
            return there > 0

        return self._database.transaction(change) is not False

    def remove(self, session_id: str, path: str) -> None:
        """Take a file out."""
        self._database.write("DELETE FROM item WHERE session=? AND path=?", (session_id, path))

    def arrange(self, session_id: str, paths: Iterable[str]) -> None:
        """Set the order anew; files that are not named are taken out."""
        order = list(paths)

        def change(connection: Connection) -> None:
            connection.execute("UPDATE item SET position=0 WHERE session=?", (session_id,))
            connection.executemany(
                "UPDATE item SET position=? WHERE session=? AND path=?",
                ((number, session_id, path) for number, path in enumerate(order, start=1)),
            )
            connection.execute("DELETE FROM item WHERE session=? AND position=0", (session_id,))

        self._database.transaction(change)

    def done(self, session_id: str, paths: Sequence[str]) -> None:
        """Note that files have come to a good end."""
        if not paths:
            return

        def change(connection: Connection) -> None:
            connection.executemany(
                "UPDATE item SET done=1 WHERE session=? AND path=?",
                ((session_id, path) for path in paths),
            )

        self._database.transaction(change)

    def find(self, account: str | None = None, mark: str | None = None) -> list[SessionEntry]:
        """Return sessions, the latest first: all, or those of an account, or of a mark."""
        found = self._database.read(
            "SELECT s.settings, s.at, s.id, s.account, s.mark, s.title, coalesce(c.card_id, '') "
            "FROM session s LEFT JOIN card c ON c.account=s.account AND c.mark=s.mark "
            "WHERE (?1 IS NULL OR s.account=?1) AND (?2 IS NULL OR s.mark=?2) ORDER BY s.at DESC",
            (account, mark),
            make=_session,
        )
        return [replace(entry, items=self._items(entry.session_id)) for entry in found]

    def _items(self, session_id: str) -> tuple[ItemEntry, ...]:
        return tuple(
            self._database.read(
                "SELECT path, title, done, icon FROM item WHERE session=? ORDER BY position",
                (session_id,),
                make=_item,
            )
        )


def _session(settings: str, at: float, *names: str | bytes) -> SessionEntry:
    told = json.loads(settings)
    if not isinstance(told, dict):
        raise TypeError("settings are a JSON object")
    session_id, account, mark, title, card_id = map(as_text, names)
    changed_at = datetime.fromtimestamp(at, UTC)
    return SessionEntry(session_id, account, mark, title, told, (), changed_at, card_id)


def _item(path: str | bytes, title: str | bytes, done: int, icon: str | None) -> ItemEntry:
    return ItemEntry(as_text(path), as_text(title), bool(done), icon or "")


def _add(connection: Connection, session_id: str, items: Sequence[ItemEntry]) -> None:
    (last,) = connection.execute(
        "SELECT coalesce(max(position), 0) FROM item WHERE session=?", (session_id,)
    ).fetchone()
    connection.executemany(
        "INSERT INTO item VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "title=excluded.title, done=excluded.done, icon=excluded.icon",
        (
            (session_id, item.path, item.title, last + number, item.done, item.icon)
            for number, item in enumerate(items, start=1)
        ),
    )
