"""Cards as JSON and back, for a file: in the service's own form, so that nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yotokit.yoto import wire

if TYPE_CHECKING:
    from yotokit.yoto.models import Card

__all__ = ["card_from_json", "card_to_json"]


def card_to_json(card: Card) -> dict[str, Any]:
    """Return a card as JSON takes it."""
    return {"card": {**wire.card_to_wire(card), "updatedAt": card.updated_at}}


def card_from_json(value: Any) -> Card:
    """Return the card that `card_to_json` wrote.

    Raises
    ------
    UnexpectedAnswerError
        It is none.
    """
    return wire.card_from_wire(value, kept=True)
