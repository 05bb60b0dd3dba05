"""What a card and its tracks may hold, and who breaks which line of it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from yotokit.errors import LimitError, SettingError
from yotokit.markup import figures
from yotokit.yoto import capacity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from yotokit.yoto import Card

__all__ = ["BYTES_PER_S", "Limits"]

BYTES_PER_S = 8_000.0
"""The least of a second of sound: the service makes Opus of 64 kb/s and more, and that counts."""

_REMEDY = "or give the session other limits=, if you know better"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the service takes, as far as is known; None is no limit.

    The service publishes few of these numbers, and others have met them; docs/cards.md says which.

    Attributes
    ----------
    tracks : int or None
        Of a card.
    track_size_bytes, track_duration_s : float or None
        Of what is sent of a file, bytes; of its sound, seconds.
    card_size_bytes : float or None
        Of all that the service makes of a card's files, bytes.
    card_duration_s : float or None
        Of a card, seconds. Longer cards are known to play, so this one only warns.

    Examples
    --------
    >>> Limits(track_duration_s=None).tracks
    100
    """

    tracks: int | None = capacity.MOST_TRACKS
    track_size_bytes: float | None = capacity.TRACK_BYTES
    track_duration_s: float | None = capacity.TRACK_S
    card_size_bytes: float | None = capacity.CARD_BYTES
    card_duration_s: float | None = capacity.CARD_S

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if value is not None and not (number and value > 0 and not math.isnan(value)):
                raise SettingError(f"limits: {field.name}={value!r}: give a number, or None")

    def as_json(self) -> dict[str, float | None]:
        """Return them as JSON takes them."""
        return asdict(self)

    def check_count(self, there: int, more: Sequence[Path]) -> None:
        """Raise if a card of so many tracks cannot take these files as well."""
        if self.tracks is None or there + len(more) <= self.tracks:
            return
        room = max(0, self.tracks - there)
        raise LimitError(
            f"{there + len(more)} tracks, and a card takes {self.tracks}: {len(more) - room} too "
            f"many, from {more[room].name!r} on; nothing of this was queued. Submit fewer, make a "
            f"second card, {_REMEDY}"
            if more
            else f"{there} tracks, and a card takes {self.tracks}; remove() some, {_REMEDY}"
        )

    def check_duration(self, path: Path, duration_s: float) -> None:
        """Raise if a file is longer than a track may be."""
        if self.track_duration_s is not None and duration_s > self.track_duration_s:
            raise LimitError(
                f"{path}: {figures.duration(duration_s)} long, "
                f"{figures.duration(duration_s - self.track_duration_s)} more than the "
                f"{figures.duration(self.track_duration_s)} of a track; cut it in parts, {_REMEDY}",
                path,
            )

    def check_room(
        self, path: Path, duration_s: float, before_s: float, kept_bytes: int = 0
    ) -> None:
        """Raise if a file would make the card too large, going by the length of all its files."""
        if self.card_size_bytes is None:
            return
        size_bytes = (before_s + duration_s) * BYTES_PER_S + kept_bytes
        if size_bytes > self.card_size_bytes:
            raise LimitError(
                f"{path}: with its {figures.duration(duration_s)} the card holds at least "
                f"{_megabytes(size_bytes)} as the service stores it, and "
                f"{_megabytes(self.card_size_bytes)} fit; put it on another card, "
                f"{_REMEDY}",
                path,
            )

    def check_card(self, card: Card) -> None:
        """Raise if what the service made of the files is more than a card may hold."""
        if self.card_size_bytes is not None and card.size_bytes > self.card_size_bytes:
            over = _megabytes(card.size_bytes - self.card_size_bytes)
            raise LimitError(
                f"{card.title!r} would hold {_megabytes(card.size_bytes)}, {over} more "
                f"than fits; remove() files, {_REMEDY}"
            )
        self.check_count(sum(len(chapter.tracks) for chapter in card.chapters), ())

    def warning(self, duration_s: float) -> str:
        """Return what to say of a card of this length; empty if there is nothing to say."""
        if self.card_duration_s is None or duration_s <= self.card_duration_s:
            return ""
        over_s = duration_s - self.card_duration_s
        return (
            f"the card is {figures.duration(duration_s)} long, {figures.duration(over_s)} more "
            f"than the {figures.duration(self.card_duration_s)} that Yoto names; longer ones are "
            "known to play, but listen to its end on your player"
        )


def _megabytes(size_bytes: float) -> str:
    """Write a size in the units in which the limits are told."""
    return f"{size_bytes / 1e6:,.1f} MB"
