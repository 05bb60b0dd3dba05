"""One card for one session: which it is, whether it must be written, and writing it once."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from yotokit.engine import Wait
from yotokit.errors import ApiError, CardConflictError, NotFoundError, TransportError
from yotokit.session.marks import Mark
from yotokit.session.playlist import gist
from yotokit.yoto import Card

if TYPE_CHECKING:
    from yotokit.session.ledger import Ledger
    from yotokit.yoto import Chapter, YotoClient

__all__ = ["CardWriter", "Written"]

_UNCERTAIN = frozenset({408, 500, 502, 503, 504})
# The list of cards may lag behind a creation: it is looked at so often before another is made.
_LOOKS_S = (0.5, 1.0, 2.0)
_CREATIONS = 3


@dataclass(frozen=True, slots=True)
class Written:
    """What came of a write.

    Attributes
    ----------
    card : Card
        As it is on the account now.
    changed : bool
        It had to be written.
    before : tuple of Chapter
        What was on the card until then.
    """

    card: Card
    changed: bool
    before: tuple[Chapter, ...]


class CardWriter:
    """Writes a session's card.

    A card that a session made carries a mark in ``metadata.note``. By it the same title finds
    its card again, in another process and on another machine, and a creation whose answer was
    lost is recognized before anything is written twice. Beside it stands a fingerprint of what
    was written: where the card does not fit it any more, someone has changed it.

    Parameters
    ----------
    yoto : YotoClient
        The account.
    ledger : Ledger
        What is known of its cards.
    title : str
        Of the card.
    card : str or None
        None for the card of this title, ``"new"`` for another one, or the id of a card.
    mark : str, optional
        The mark of a session that is resumed.
    """

    def __init__(
        self,
        yoto: YotoClient,
        ledger: Ledger,
        title: str,
        card: str | None,
        mark: str | None = None,
    ) -> None:
        self._yoto = yoto
        self._ledger = ledger
        self._title = title
        self._named_id = card if card not in (None, "new") else None
        name = uuid.uuid4().hex if card == "new" else hashlib.sha256(title.encode()).hexdigest()
        self._mark = Mark(mark or name[:16])
        self._must_be_new = card == "new"
        self._last: Card | None = None
        self._looks = 0
        self._creations = 0
        self._creating_at = 0.0
        self._entry = ledger.cards.get(self.mark)

    @property
    def mark(self) -> str:
        """What the session's card is recognized by."""
        return self._mark.name

    @property
    def card_id(self) -> str:
        """The card that was written or named; empty before that."""
        known = self._last.card_id if self._last is not None else self._named_id
        return known or self._entry.card_id

    @property
    def revision(self) -> int:
        """How often the card was written, as far as is known."""
        return self._entry.revision

    def claim(self, holder: str) -> bool:
        """Claim the card, so that two sessions of one title do not make two; False if taken."""
        return self._ledger.claim(f"card {self.mark}", holder)

    def unclaim(self, holder: str) -> None:
        """Give up the claim."""
        self._ledger.unclaim(f"card {self.mark}", holder)

    def write(self, chapters: tuple[Chapter, ...], *, overwrite: bool = False) -> Written | Wait:
        """Make the card hold these chapters.

        Parameters
        ----------
        overwrite : bool
            Replace what was changed elsewhere, too.

        Returns
        -------
        Written or Wait
            Wait: it is not certain what the account holds; to be called again after that.

        Raises
        ------
        CardConflictError
            A card of this title is there that no session made, or it was changed elsewhere.
        YotoError
            The service did not take it; the same call may be made again.
        """
        current = self._current()
        if isinstance(current, Wait):
            return current
        wanted = self._wanted(current, chapters)
        if current is not None:
            if _same(wanted, current):
                made = self._creations > 0
                self._last = current
                self._note(current, is_new=made)
                return Written(current, made, () if made else current.chapters)
            if not overwrite:
                self._check_unchanged(current)
        sent = self._send(wanted)
        if isinstance(sent, Wait):
            return sent
        self._last = sent
        self._note(sent, is_new=True)
        return Written(sent, True, current.chapters if current is not None else ())

    def _current(self) -> Card | Wait | None:
        # Another session of this title may have written meanwhile.
        entry = self._entry = self._ledger.cards.get(self.mark)
        last, named = self._last, self._named_id
        if entry.creating and entry.at != self._creating_at:
            # Not the creation that was looked for: the looks begin anew.
            self._creating_at, self._looks = entry.at, 0
        card_id = named or entry.card_id or (last.card_id if last is not None else "")
        if not card_id:
            return self._find(maybe_made=entry.creating)
        try:
            found = self._yoto.card(card_id)
        except NotFoundError:
            if named:
                raise
            return self._find(maybe_made=entry.creating)  # deleted meanwhile: look for another
        if last is not None and found.card_id != last.card_id:
            return found
        if last is not None and found.updated_at < last.updated_at:
            return last  # reads lag behind writes: what is older is not what is on the account
        return found

    def _find(self, *, maybe_made: bool) -> Card | Wait | None:
        """Look for the session's card on the account; if one may just have been made, again."""
        cards = self._yoto.cards()
        ours = [card for card in cards if self._mark.is_on(card)]
        if ours:
            latest = max(ours, key=lambda card: card.updated_at)
            try:
                return self._yoto.card(latest.card_id)
            except NotFoundError:
                return None
        if maybe_made and self._looks < len(_LOOKS_S):
            self._looks += 1
            return Wait(_LOOKS_S[self._looks - 1])
        strangers = [card for card in cards if card.title == self._title]
        if strangers and not self._must_be_new:
            raise CardConflictError(
                f"the account has a card {self._title!r} ({strangers[0].card_id}) that was not "
                f'made here; pass card="{strangers[0].card_id}" to replace what is on it, '
                'card="new" to make another, or take another title'
            )
        return None

    def _check_unchanged(self, current: Card) -> None:
        known = {self._mark.fingerprint_on(current)}
        if self._entry.card_id == current.card_id:
            known.add(self._entry.gist)
        known.discard("")
        if known and _fingerprint(current) not in known:
            raise CardConflictError(
                f"the card {self._title!r} ({current.card_id}) was changed elsewhere since it "
                f"was written here (last at {current.updated_at}). finalize(overwrite=True) "
                "replaces titles and order with those of this session; icons and descriptions "
                "stay. Or take another title"
            )

    def _wanted(self, current: Card | None, chapters: tuple[Chapter, ...]) -> Card:
        base = current or Card(self._title)
        kept = {chapter.key: chapter for chapter in base.chapters}
        merged = tuple(_keeping(chapter, kept.get(chapter.key)) for chapter in chapters)
        wanted = replace(base, title=self._title, chapters=merged)
        return self._mark.put_on(wanted, _fingerprint(wanted))

    def _send(self, wanted: Card) -> Card | Wait:
        if wanted.card_id:
            return self._replace(wanted)
        self._keep(card_id="", creating=True)
        self._creations += 1
        try:
            return self._yoto.write_card(wanted)
        except (TransportError, ApiError) as error:
            if not _may_be_done(error):
                self._keep(creating=False)
                raise
            if self._creations >= _CREATIONS:
                self._creations = 0
                raise
            return Wait(_LOOKS_S[0])

    def _replace(self, wanted: Card) -> Card | Wait:
        try:
            return self._yoto.write_card(wanted)
        except NotFoundError:
            if self._named_id:
                raise
            return Wait(_LOOKS_S[0])  # deleted since it was looked at: the next look finds out

    def _note(self, card: Card, *, is_new: bool) -> None:
        self._looks = self._creations = 0
        entry = self._entry
        self._keep(
            card_id=card.card_id,
            creating=False,
            gist=_fingerprint(card) if is_new or not entry.gist else entry.gist,
            revision=entry.revision + is_new,
        )

    def _keep(self, **known: Any) -> None:
        self._entry = replace(self._entry, **known)
        self._ledger.cards.put(self.mark, self._entry)


def _same(one: Card, other: Card) -> bool:
    return gist(one.title, one.chapters) == gist(other.title, other.chapters)


def _fingerprint(card: Card) -> str:
    return hashlib.sha256(repr(gist(card.title, card.chapters)).encode()).hexdigest()[:16]


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
