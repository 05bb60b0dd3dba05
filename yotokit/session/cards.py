"""One card for one session: which it is, whether it must be written, and writing it once."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from yotokit.engine import Wait
from yotokit.errors import (
    ApiError,
    CardConflictError,
    CardLintError,
    NotFoundError,
    TransportError,
)
from yotokit.session.finder import CardFinder
from yotokit.session.merging import fingerprint, is_same, merged

if TYPE_CHECKING:
    from yotokit.session.backup import Backups
    from yotokit.session.icons import DefaultIcons
    from yotokit.session.ledger import Ledger
    from yotokit.session.limits import Limits
    from yotokit.session.merging import Defaults
    from yotokit.session.playlist import Playlist
    from yotokit.yoto import Card, Chapter, YotoClient

__all__ = ["CardWriter", "Written"]

_UNCERTAIN = frozenset({408, 500, 502, 503, 504})
_LOOK_S = 0.5  # until it is looked for what a write may have made
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
    icons : DefaultIcons
        Icons of chapters that none was chosen for.
    backups : Backups
        Keeps a card as it was before it is written over.
    limits : Limits
        What a card may hold.
    card : str or None
        None for the card of this title, ``"new"`` for another one, or the id of a card.
    mark : str, optional
        The mark of a session that is resumed.

    Attributes
    ----------
    icons, limits : DefaultIcons, Limits
        As above.
    """

    def __init__(
        self,
        yoto: YotoClient,
        ledger: Ledger,
        title: str,
        card: str | None,
        *,
        icons: DefaultIcons,
        backups: Backups,
        limits: Limits,
        mark: str | None = None,
    ) -> None:
        self._yoto = yoto
        self._ledger = ledger
        self._title = title
        self.icons = icons
        self._backups = backups
        self.limits = limits
        self._finder = CardFinder(yoto, ledger, title, card, mark)
        self._creations = 0
        self._read = self._sent = ""

    @property
    def mark(self) -> str:
        """What the session's card is recognized by."""
        return self._finder.mark.name

    @property
    def card_id(self) -> str:
        """The card that was written or named; empty before that."""
        return self._finder.card_id

    @property
    def revision(self) -> int:
        """How often the card was written, as far as is known."""
        return self._finder.entry.revision

    def claim(self, holder: str) -> bool:
        """Claim the card, so that two sessions of one title do not make two; False if taken."""
        return self._ledger.claim(self._claimed, holder)

    def unclaim(self, holder: str) -> None:
        """Give up the claim."""
        self._ledger.unclaim(self._claimed, holder)

    @property
    def _claimed(self) -> str:
        return f"card {self._finder.named_id or self.mark}"

    def existing(self) -> Card:
        """Read the card that was named; until it is written it must stay as it is now.

        Raises
        ------
        NotFoundError
            There is none of that id.
        """
        card = self._yoto.card(self._finder.named_id or "")
        self._read = fingerprint(card)
        return card

    def own_files(self, card: Card) -> dict[str, str]:
        """Return the files that this session made chapters of, in any run, by their keys."""
        return self._ledger.own_files(self.mark, card.card_id)

    def plan(self, playlist: Playlist) -> tuple[Card | None, Card]:
        """Return the card as it is, None if there is none yet, and as it would be written.

        Raises
        ------
        YotoError
            The service is out of reach.
        """
        found = self._finder.current(peek=True)
        current = None if isinstance(found, Wait) else found
        return current, self._merged(current, playlist, self.icons.without_uploads)

    def write(self, playlist: Playlist, *, overwrite: bool = False) -> Written | Wait:
        """Make the card hold a playlist.

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
        LimitError
            It would hold more than a card may.
        YotoError
            The service did not take it; the same call may be made again.
        """
        current = self._finder.current()
        if isinstance(current, Wait):
            return current
        wanted = self._wanted(current, playlist)
        if current is not None:
            if is_same(wanted, current):
                made = self._creations > 0
                self._note(current, playlist, is_new=made)
                return Written(current, made, () if made else current.chapters)
            if not overwrite:
                self._check_unchanged(current)
        self.limits.check_card(wanted)
        if current is not None:
            self._backups.keep(current)
        sent = self._send_with_icons(wanted, current, playlist)
        if isinstance(sent, Wait):
            return sent
        self._note(sent, playlist, is_new=True)
        return Written(sent, True, current.chapters if current is not None else ())

    def _check_unchanged(self, current: Card) -> None:
        entry = self._finder.entry
        # What was read or sent by this session itself counts; what others of its name have
        # written since is a change.
        known = {self._read, self._sent}
        if not self._read:
            known.add(self._finder.mark.fingerprint_on(current))
            known.add(entry.gist if entry.card_id == current.card_id else "")
        known.discard("")
        if known and fingerprint(current) not in known:
            raise CardConflictError(
                f"the card {self._title!r} ({current.card_id}) was changed elsewhere since it "
                f"was written here (last at {current.updated_at}). finalize(overwrite=True) "
                "replaces titles and order with those of this session; icons and descriptions "
                "stay. Or take another title"
            )

    def _wanted(self, current: Card | None, playlist: Playlist) -> Card:
        if current is not None:
            self.icons.learn(current)
        return self._merged(current, playlist, self.icons)

    def _merged(self, current: Card | None, playlist: Playlist, defaults: Defaults) -> Card:
        # Who names a card finds it by its id; a mark would take it from the session that made it.
        mark = None if self._finder.named_id else self._finder.mark
        return merged(self._title, playlist, current, mark=mark, defaults=defaults)

    def _send_with_icons(
        self, wanted: Card, current: Card | None, playlist: Playlist
    ) -> Card | Wait:
        try:
            return self._send(wanted)
        except ApiError as error:
            # Icons that an earlier run uploaded may have been deleted since.
            if error.status != HTTPStatus.BAD_REQUEST or not self.icons.forget():
                raise
            return self._send(self._wanted(current, playlist))

    def _send(self, wanted: Card) -> Card | Wait:
        self._sent = fingerprint(wanted)
        if wanted.card_id:
            return self._replace(wanted)
        self._finder.keep(card_id="", creating=True)
        self._creations += 1
        try:
            return self._yoto.write_card(wanted)
        except (TransportError, ApiError, CardLintError) as error:
            if not _may_be_done(error):
                self._finder.keep(creating=False)
                raise
            if self._creations >= _CREATIONS:
                self._creations = 0
                raise
            return Wait(_LOOK_S)

    def _replace(self, wanted: Card) -> Card | Wait:
        try:
            return self._yoto.write_card(wanted)
        except NotFoundError:
            if self._finder.named_id:
                raise
            return Wait(_LOOK_S)  # deleted since it was looked at: the next look finds out

    def _note(self, card: Card, playlist: Playlist, *, is_new: bool) -> None:
        self._finder.found(card)
        self._creations = 0
        entry = self._finder.entry
        if self._read:
            self._read = fingerprint(card)
        files = {key: str(line.path) for key, line in playlist.lines.items() if line.path}
        self._ledger.keep_own_files(self.mark, card.card_id, files)
        self._finder.keep(
            card_id=card.card_id,
            creating=False,
            gist=fingerprint(card) if is_new or not entry.gist else entry.gist,
            revision=entry.revision + is_new,
        )


def _may_be_done(error: TransportError | ApiError | CardLintError) -> bool:
    """Say whether a creation that failed may have had its effect all the same."""
    if isinstance(error, CardLintError):
        return False
    if isinstance(error, TransportError):
        return error.may_have_arrived
    return error.status in _UNCERTAIN
