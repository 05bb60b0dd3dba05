"""Cards as they were before a session wrote over them, and how to get them back."""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from yotokit import settings
from yotokit.errors import SettingError, YotokitError
from yotokit.logs import get_logger
from yotokit.markup import figures, page_fragment, table, text_table
from yotokit.yoto import card_from_json, card_to_json

if TYPE_CHECKING:
    from pathlib import Path

    from yotokit.yoto import Card, YotoClient

__all__ = ["Backup", "Backups", "SavedCards", "backups"]

_KEPT = 20
_HEADERS = ["card", "title", "chapters", "length", "as it was until (UTC)"]
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Backup:
    """A card as it was at one time.

    Attributes
    ----------
    card : Card
        All of it, with what this package does not know.
    until : datetime
        When it was written over, UTC.
    account : str
        Whose card it is; as in ``yoto.account``.
    """

    card: Card
    until: datetime
    account: str = ""

    def restore(self, yoto: YotoClient) -> Card:
        """Write the card as it was, and return it; what is on it now is lost.

        Raises
        ------
        YotoError
            The service does not take it: it was deleted, say, or its audio is gone.
        """
        return yoto.write_card(self.card)


class SavedCards(tuple[Backup, ...]):
    """Backups, the latest first; shows itself as a table."""

    __slots__ = ()

    def _rows(self) -> list[list[str]]:
        return [
            [
                backup.card.card_id,
                backup.card.title,
                str(len(backup.card.chapters)),
                figures.duration(backup.card.duration_s),
                f"{backup.until:%Y-%m-%d %H:%M:%S}",
            ]
            for backup in self
        ]

    def __repr__(self) -> str:
        return text_table(_HEADERS, self._rows()) if self else "no backups yet"

    def _repr_html_(self) -> str:
        if not self:
            return page_fragment(repr(self))
        return page_fragment(table(_HEADERS, self._rows(), numeric=(2, 3), wrap=(1,)))


class Backups:
    """The folder of them, inside the state folder; for its owner alone.

    Parameters
    ----------
    folder : Path or None
        The state folder; None keeps nothing.
    account : str
        Whose cards are kept.
    """

    def __init__(self, folder: Path | None, account: str = "") -> None:
        self._account = account
        self._folder = folder / "backups" if folder is not None else None

    def keep(self, card: Card) -> None:
        """Keep a card as it is now, before it is written over; the latest 20 of each card.

        What cannot be kept is logged, and stops nothing.
        """
        if self._folder is None or not _NAME.fullmatch(card.card_id):
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            text = json.dumps({"account": self._account, **card_to_json(card)})
            latest = next(iter(self._paths(card.card_id)), None)
            if latest is not None and latest.read_text("utf-8") == text:
                return  # a write that failed is made again, and would push out all that was before
            path = self._folder / f"{card.card_id}-{time.time_ns()}.json"
            temporary = path.with_suffix(".part")
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with open(os.open(temporary, flags, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
                file.write(text)
            temporary.replace(path)
            for old in self._paths(card.card_id)[_KEPT:]:
                old.unlink(missing_ok=True)
        except (OSError, ValueError) as error:
            _log.warning("no backup of the card %s could be kept: %s", card.card_id, error)

    def all(self, card_id: str | None = None) -> SavedCards:
        """Return what is kept, of all cards or of one; what is damaged is left out."""
        found = []
        for path in self._paths(card_id or "*"):
            try:
                kept = json.loads(path.read_text("utf-8"))
                card, account = card_from_json(kept), str(kept["account"])
                nanoseconds = int(path.stem.rpartition("-")[2])
            except (OSError, ValueError, KeyError, TypeError, YotokitError) as error:
                _log.warning("the backup %s cannot be read: %s", path.name, error)
                continue
            until = datetime.fromtimestamp(nanoseconds / 1e9, UTC)
            found.append(Backup(card, until, account))
        return SavedCards(found)

    def _paths(self, card_id: str) -> list[Path]:
        if self._folder is None:
            return []
        paths = self._folder.glob(f"{card_id}-*.json")
        return sorted(paths, key=lambda path: path.stem.rpartition("-")[2], reverse=True)


def backups(
    card: str | None = None,
    *,
    account: str | None = None,
    journal: str | os.PathLike[str] | None = None,
) -> SavedCards:
    """Return the cards as they were before sessions wrote over them, the latest first.

    Parameters
    ----------
    card : str, optional
        The id of one card; all cards where it is missing.
    account : str, optional
        Those of one account, ``yoto.account``; of all where it is missing.
    journal : path-like, optional
        As for `Session`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     backups(journal=folder)
    no backups yet
    """
    if card is not None and not (isinstance(card, str) and _NAME.fullmatch(card)):
        raise SettingError(f"card={card!r}: give the id of a card")
    folder = settings.state_dir(None if journal is None else os.fsdecode(journal))
    kept = Backups(folder).all(card)
    return SavedCards(backup for backup in kept if account in (None, backup.account))
