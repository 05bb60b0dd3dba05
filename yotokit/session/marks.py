"""The mark by which a session's card is recognized, on any machine: a word in the card's note."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yotokit.yoto import Card

__all__ = ["Mark"]


class Mark:
    """A word in ``metadata.note``: the session's name, and a fingerprint of what was written.

    Parameters
    ----------
    name : str
        Sixteen hex digits.

    Examples
    --------
    >>> from yotokit.yoto import Card
    >>> mark = Mark("0123456789abcdef")
    >>> card = mark.put_on(Card("Bedtime"), "fedcba9876543210")
    >>> card.metadata["note"], mark.is_on(card), mark.fingerprint_on(card)
    ('yotokit:0123456789abcdef:fedcba9876543210', True, 'fedcba9876543210')
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._word = re.compile(rf"yotokit:{re.escape(name)}(?::([0-9a-f]{{16}}))?")

    def is_on(self, card: Card) -> bool:
        """Say whether a card carries the mark."""
        return self._word.search(_note(card)) is not None

    def fingerprint_on(self, card: Card) -> str:
        """Return the fingerprint that a card carries; empty if it carries none."""
        found = self._word.search(_note(card))
        return (found[1] or "") if found else ""

    def put_on(self, card: Card, fingerprint: str) -> Card:
        """Return a card with the mark; what else its note says stays."""
        word, note = f"yotokit:{self.name}:{fingerprint}", _note(card)
        note = self._word.sub(word, note) if self.is_on(card) else f"{note} {word}".strip()
        return replace(card, metadata={**card.metadata, "note": note})


def _note(card: Card) -> str:
    return str(card.metadata.get("note") or "")
