"""One card for one session: which it is, whether it must be written, and writing it once."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from yotokit.errors import ApiError, CardConflictError, NotFoundError, TransportError
from yotokit.session.playlist import gist
from yotokit.yoto import Card

if TYPE_CHECKING:
    from yotokit.yoto import Chapter, YotoClient

__all__ = ["CardWriter"]

_UNCERTAIN = frozenset({408, 500, 502, 503, 504})


class CardWriter:
    """Writes a session's card.

    A card that a session made carries a mark in ``metadata.note``. By it the same title finds
    its card again, in another process and on another machine, and a creation whose answer was
    lost is recognized before anything is written twice.

    Parameters
    ----------
    yoto : YotoClient
        The account.
    title : str
        Of the card.
    card : str or None
        None for the card of this title, ``"new"`` for another one, or the id of a card.
    """

    def __init__(self, yoto: YotoClient, title: str, card: str | None) -> None:
        self._yoto = yoto
        self._title = title
        self._card_id = card if card not in (None, "new") else None
        name = uuid.uuid4().hex if card == "new" else hashlib.sha256(title.encode()).hexdigest()
        self._mark = f"yotokit:{name[:16]}"
        self._must_be_new = card == "new"
        self._last: Card | None = None

    @property
    def card_id(self) -> str:
        """The card that was written or named; empty before that."""
        return self._last.card_id if self._last is not None else self._card_id or ""

    def write(self, chapters: tuple[Chapter, ...]) -> tuple[Card, bool]:
        """Make the card hold these chapters; return it, and whether that took a write.

        Raises
        ------
        CardConflictError
            A card of this title is there that no session made.
        YotoError
            The service did not take it; the same call may be made again.
        """
        before = self._last
        current = self._current()
        wanted = self._wanted(current, chapters)
        same = gist(wanted.title, wanted.chapters)
        if (
            current is not None
            and before is not None
            and same == gist(before.title, before.chapters)
        ):
            # Nothing has changed here; what was edited elsewhere meanwhile is left alone.
            self._last = current
            return current, False
        if current is not None and gist(current.title, current.chapters) == gist(
            wanted.title, wanted.chapters
        ):
            self._last = current
            return current, False
        self._last = self._send(wanted)
        return self._last, True

    def _current(self) -> Card | None:
        if self._last is not None:
            last, self._last = self._last, None
            try:
                found = self._yoto.card(last.card_id)
            except NotFoundError:
                pass  # deleted meanwhile: look for another, or make one
            else:
                # Reads lag behind writes: an older answer is not what is on the account.
                self._last = found if found.updated_at >= last.updated_at else last
                return self._last
        if self._card_id is not None:
            return self._yoto.card(self._card_id)
        return self._find()

    def _find(self) -> Card | None:
        """Look for the session's card on the account."""
        cards = self._yoto.cards()
        ours = [card for card in cards if self._mark in str(card.metadata.get("note") or "")]
        if ours:
            latest = max(ours, key=lambda card: card.updated_at)
            try:
                return self._yoto.card(latest.card_id)
            except NotFoundError:
                return None
        strangers = [card for card in cards if card.title == self._title]
        if strangers and not self._must_be_new:
            raise CardConflictError(
                f"the account has a card {self._title!r} ({strangers[0].card_id}) that was not "
                f'made here; pass card="{strangers[0].card_id}" to replace what is on it, '
                'card="new" to make another, or take another title'
            )
        return None

    def _wanted(self, current: Card | None, chapters: tuple[Chapter, ...]) -> Card:
        base = current or Card(self._title)
        kept = {chapter.key: chapter for chapter in base.chapters}
        merged = tuple(_keeping(chapter, kept.get(chapter.key)) for chapter in chapters)
        note = str(base.metadata.get("note") or "")
        if self._mark not in note:
            note = f"{note} {self._mark}".strip()
        metadata = {**base.metadata, "note": note}
        return replace(base, title=self._title, chapters=merged, metadata=metadata)

    def _send(self, wanted: Card) -> Card:
        try:
            return self._yoto.write_card(wanted)
        except (TransportError, ApiError) as error:
            if wanted.card_id or not _may_be_done(error):
                raise
            made = self._find()
            if made is None:
                raise
        if gist(made.title, made.chapters) == gist(wanted.title, wanted.chapters):
            return made
        return self._yoto.write_card(replace(wanted, card_id=made.card_id))


def _keeping(chapter: Chapter, old: Chapter | None) -> Chapter:
    """Return a chapter with the icons, and what we do not know, of the one it replaces."""
    if old is None:
        return chapter
    tracks = {track.key: track for track in old.tracks}
    merged = tuple(
        replace(track, icon=tracks[track.key].icon, extra=tracks[track.key].extra)
        if track.key in tracks
        else track
        for track in chapter.tracks
    )
    return replace(chapter, icon=old.icon, extra=old.extra, tracks=merged)


def _may_be_done(error: TransportError | ApiError) -> bool:
    """Say whether a creation that failed may have had its effect all the same."""
    if isinstance(error, TransportError):
        return error.may_have_arrived
    return error.status in _UNCERTAIN
