"""What a card and its tracks may hold, as far as is known: docs/cards.md says how surely."""

from __future__ import annotations

__all__ = ["CARD_BYTES", "CARD_S", "MOST_TRACKS", "TRACK_BYTES", "TRACK_S"]

MOST_TRACKS = 100
TRACK_BYTES, TRACK_S = 100_000_000, 3_600.0
CARD_BYTES, CARD_S = 500_000_000, 18_000.0
