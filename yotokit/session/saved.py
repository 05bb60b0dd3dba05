"""The sessions of earlier runs, as the journal knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from yotokit.errors import SettingError
from yotokit.markup import page_fragment, table, text_table
from yotokit.session.assembly import check_client, open_journal
from yotokit.session.existing import is_kept_path

if TYPE_CHECKING:
    import os
    from datetime import datetime

    from yotokit.journal import ItemEntry, SessionEntry
    from yotokit.yoto import YotoClient

__all__ = ["SavedSession", "SavedSessions", "saved_session", "sessions"]

_HEADERS = ["title", "files", "done", "card", "last worked on (UTC)", "account"]


@dataclass(frozen=True, slots=True)
class SavedSession:
    """A session of an earlier run, or of this one.

    Attributes
    ----------
    title : str
        Of the card; what `Session.resume` asks for.
    account : str
        Whose it is.
    card_id : str
        The card, empty where none was written yet.
    files : tuple of str
        The paths of its files, in the order of the card.
    done : int
        How many of them are with the service, ready to be played.
    changed_at : datetime
        When it was last worked on, UTC.
    """

    title: str
    account: str
    card_id: str
    files: tuple[str, ...]
    done: int
    changed_at: datetime


class SavedSessions(tuple[SavedSession, ...]):
    """Sessions, the latest first; shows itself as a table."""

    __slots__ = ()

    def _rows(self) -> list[list[str]]:
        return [
            [
                saved.title,
                str(len(saved.files)),
                str(saved.done),
                saved.card_id or "not written yet",
                f"{saved.changed_at:%Y-%m-%d %H:%M}",
                saved.account,
            ]
            for saved in self
        ]

    def __repr__(self) -> str:
        return text_table(_HEADERS, self._rows()) if self else "no sessions yet"

    def _repr_html_(self) -> str:
        if not self:
            return page_fragment(repr(self))
        return page_fragment(table(_HEADERS, self._rows(), numeric=(1, 2), wrap=(0,)))


def sessions(
    yoto: YotoClient | None = None, *, journal: str | os.PathLike[str] | None = None
) -> SavedSessions:
    """Return the sessions that the journal knows of, the latest first; of each card one.

    Parameters
    ----------
    yoto : YotoClient, optional
        For the sessions of this account only.
    journal : path-like, optional
        As for `Session`.
    """
    if yoto is not None:
        check_client(yoto)
    account = yoto.account if yoto is not None else None
    return SavedSessions(
        SavedSession(
            entry.title,
            entry.account,
            entry.card_id,
            tuple(item.path for item in _files(entry)),
            sum(item.done for item in _files(entry)),
            entry.changed_at,
        )
        for entry in _entries(account, journal)
    )


def _files(entry: SessionEntry) -> list[ItemEntry]:
    return [item for item in entry.items if not is_kept_path(item.path)]


def saved_session(title: str, account: str, journal: str | os.PathLike[str] | None) -> SessionEntry:
    """Return the latest session of a title.

    Raises
    ------
    SettingError
        There is none.
    """
    entries = _entries(account, journal)
    for entry in entries:
        if entry.title == title:
            return entry
    known = ", ".join(repr(entry.title) for entry in entries[:10]) or "none"
    raise SettingError(
        f"no session {title!r} of this account is known here (known: {known}); make one with "
        "Session(title, yoto) and submit its files: what is done is not done again"
    )


def _entries(account: str | None, journal: str | os.PathLike[str] | None) -> list[SessionEntry]:
    kept = open_journal(journal)
    try:
        return kept.sessions.find(account)
    finally:
        kept.release()
