"""What a person can choose for a card, in words, and what a session is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yotokit.audio import Target
from yotokit.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yotokit.session.icons import IconChoice
    from yotokit.session.work import Normalize
    from yotokit.widgets.app.state import Source
    from yotokit.yoto import Card

__all__ = [
    "ICONS",
    "LEVELS",
    "NEW",
    "NORMALIZE",
    "PLACES",
    "Wish",
    "card_labels",
    "suggested_title",
]

NORMALIZE = (
    ("each file to the same loudness", "track"),
    ("as one album: quiet parts stay quiet", "album"),
    ("leave the files as they are", "off"),
)
LEVELS = (
    ("usual: -16 LUFS, as other cards", -16.0),
    ("a little quieter: -18 LUFS", -18.0),
    ("quiet, for the night: -21 LUFS", -21.0),
    ("louder, for the car: -14 LUFS", -14.0),
)
ICONS = (
    ("the number of each chapter", "number"),
    ("a picture that fits the title", "title"),
    ("the same plain one", "plain"),
)
PLACES = (
    ("stays; the files come after it", "keep"),
    ("is replaced by the files", "replace"),
)
NEW = ""
"""Stands for a card that is to be made."""

_LONGEST_LABEL = 60


@dataclass(frozen=True, slots=True)
class Wish:
    """What was chosen for a card.

    Attributes
    ----------
    title : str
        As it was written; may be empty.
    card_id : str
        The card that the files go to; `NEW` for one that is to be made.
    existing : {"keep", "replace"}
        What becomes of what is on it.
    normalize : {"track", "album", "off"}
        As for `Session`.
    target_lufs : float
        How loud.
    icons : {"number", "title", "plain"}
        As for `Session`.
    """

    title: str = ""
    card_id: str = NEW
    existing: str = "keep"
    normalize: Normalize = "track"
    target_lufs: float = -16.0
    icons: IconChoice = "number"

    def arguments(
        self, cards: Iterable[Card], suggestion: str, own_card_id: str = ""
    ) -> dict[str, Any]:
        """Return what `Session` is to be told, besides the account.

        Parameters
        ----------
        cards : iterable of Card
            What is on the account.
        suggestion : str
            The title where none was written and the card has none.
        own_card_id : str
            A card that this page has written, and may write again.

        Raises
        ------
        SettingError
            There is no title, or a card of this title that was not chosen.
        """
        titles = {card.card_id: card.title for card in cards}
        written = self.title.strip()
        told = {
            "target": Target(lufs=self.target_lufs),
            "normalize": self.normalize,
            "icons": self.icons,
        }
        if self.card_id != NEW:
            title = written or titles.get(self.card_id, suggestion)
            return {**told, "title": title, "card": self.card_id, "existing": self.existing}
        title = written or suggestion
        if not title:
            raise SettingError("write a title for the card")
        if own_card_id in titles and titles[own_card_id].strip().casefold() != title.casefold():
            return {**told, "title": title, "card": own_card_id, "existing": "replace"}
        taken = {name.strip().casefold(): card_id for card_id, name in titles.items()}
        if taken.get(title.casefold(), own_card_id) != own_card_id:
            raise SettingError(
                f"the account has a card “{title}” already: choose it under “Card” to add to it "
                "or to replace what is on it, or write another title"
            )
        return {**told, "title": title}


def card_labels(cards: Iterable[Card]) -> tuple[tuple[str, str], ...]:
    """Return what cards there are to choose from, by title, with their ids."""
    ordered = sorted(cards, key=lambda card: card.title.casefold())
    named = ((f"{card.title[:_LONGEST_LABEL]} ({card.card_id})", card.card_id) for card in ordered)
    return (("a new card", NEW), *named)


def suggested_title(sources: Iterable[Source]) -> str:
    """Return what a card of these files may be called; empty where nothing suggests itself."""
    return next((source.title for source in sources if source.title), "")
