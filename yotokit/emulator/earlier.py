"""Cards as they were: for a while after a write, the service may still answer with them."""

from __future__ import annotations

import time
from typing import Any, TypeAlias

__all__ = ["EarlierCards"]

_Card: TypeAlias = dict[str, Any]


class EarlierCards:
    """Remembers what each write replaced, for as long as reads lag behind.

    Parameters
    ----------
    stale_read_s : float
        How long a read still gives what was there before a write, seconds.
    """

    def __init__(self, stale_read_s: float) -> None:
        self._stale_read_s = stale_read_s
        self._replaced: dict[str, list[tuple[float, _Card | None]]] = {}

    def replaced(self, card_id: str, before: _Card | None) -> None:
        """Remember what a write has replaced; None is a card that was not there."""
        if self._stale_read_s > 0:
            ends_at = time.monotonic() + self._stale_read_s
            self._replaced.setdefault(card_id, []).append((ends_at, before))

    def seen(self, card_id: str, card: _Card | None) -> _Card | None:
        """Return what a read gives in place of a card."""
        now = time.monotonic()
        for ends_at, before in self._replaced.get(card_id, ()):
            if now < ends_at:
                return before
        self._replaced.pop(card_id, None)
        return card
