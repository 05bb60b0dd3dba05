"""Which card on the account is a session's: by the journal, by its mark, by its title."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from yotokit.engine import Wait
from yotokit.errors import CardConflictError, NotFoundError
from yotokit.session.marks import Mark

if TYPE_CHECKING:
    from yotokit.session.ledger import Ledger
    from yotokit.yoto import Card, YotoClient

__all__ = ["CardFinder"]

# The list of cards may lag behind a creation: it is looked at so often before another is made.
_LOOKS_S = (0.5, 1.0, 2.0)


class CardFinder:
    """Finds a session's card.

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

    Attributes
    ----------
    mark : Mark
        What the card is recognized by.
    named_id : str or None
        The id of a card that was named.
    entry : CardEntry
        What the journal knows of it.
    last : Card or None
        As it was last written or found to be right.
    """

    def __init__(
        self, yoto: YotoClient, ledger: Ledger, title: str, card: str | None, mark: str | None
    ) -> None:
        self._yoto = yoto
        self._ledger = ledger
        self._title = title
        self._must_be_new = card == "new"
        # A card that was named is another one than the card of that title.
        names = title if card is None else f"{title}\n{card}"
        name = uuid.uuid4().hex if card == "new" else hashlib.sha256(names.encode()).hexdigest()
        self.mark = Mark(mark or name[:16])
        self.named_id = card if card not in (None, "new") else None
        self.last: Card | None = None
        self._looks = 0
        self._creating_at = 0.0
        self.entry = ledger.cards.get(self.mark.name)

    @property
    def card_id(self) -> str:
        """The card that was written or named; empty before that."""
        return (self.last.card_id if self.last is not None else self.named_id) or self.entry.card_id

    def current(self, *, peek: bool = False) -> Card | Wait | None:
        """Return the session's card as it is on the account; None if there is none.

        Parameters
        ----------
        peek : bool
            Only look: what was found out does not count towards a creation.

        Returns
        -------
        Card, Wait or None
            Wait: one may just have been made, and is looked for again after that.

        Raises
        ------
        CardConflictError
            A card of this title is there that no session made.
        """
        # Another session of this title may have written meanwhile.
        entry = self._ledger.cards.get(self.mark.name)
        last, named = self.last, self.named_id
        if not peek:
            self.entry = entry
        if not peek and entry.creating and entry.at != self._creating_at:
            # Not the creation that was looked for: the looks begin anew.
            self._creating_at, self._looks = entry.at, 0
        card_id = named or entry.card_id or (last.card_id if last is not None else "")
        maybe_made = entry.creating and not peek
        if not card_id:
            return self._find(maybe_made=maybe_made)
        try:
            found = self._yoto.card(card_id)
        except NotFoundError:
            if named:
                raise
            return self._find(maybe_made=maybe_made)  # deleted meanwhile: look for another
        if last is not None and found.card_id != last.card_id:
            return found
        if last is not None and found.updated_at < last.updated_at:
            return last  # reads lag behind writes: what is older is not what is on the account
        return found

    def _find(self, *, maybe_made: bool) -> Card | Wait | None:
        """Look for the session's card on the account; if one may just have been made, again."""
        cards = self._yoto.cards()
        ours = [card for card in cards if self.mark.is_on(card)]
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
                f'made here; pass card="{strangers[0].card_id}" to add to it, the same with '
                'existing="replace" to replace what is on it, card="new" to make another, or take '
                "another title"
            )
        return None

    def found(self, card: Card) -> None:
        """Take a card for the session's, as it is now."""
        self.last, self._looks = card, 0

    def keep(self, **known: Any) -> None:
        """Enter in the journal what is known of the card."""
        self.entry = replace(self.entry, **known)
        self._ledger.cards.put(self.mark.name, self.entry)
