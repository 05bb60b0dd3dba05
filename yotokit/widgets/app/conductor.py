"""`Conductor`: brings what a person asks for to the state, and has slow things done."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from yotokit import settings
from yotokit.audio import SAMPLES, make_samples
from yotokit.engine import Lane
from yotokit.errors import YotokitError
from yotokit.widgets.app import moves
from yotokit.widgets.app.choices import suggested_title
from yotokit.widgets.app.desk import Desk, files_of, submit
from yotokit.widgets.app.holder import Holder
from yotokit.widgets.app.state import Account, Source, State, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.engine import EngineBase
    from yotokit.widgets.app.choices import Wish
    from yotokit.widgets.app.desk import Made
    from yotokit.widgets.app.state import Offers
    from yotokit.yoto import YotoClient

__all__ = ["Conductor"]


class Conductor(Holder):
    """What a person can ask of a card maker, from any thread.

    Parameters
    ----------
    try_out : callable
        Makes an account for who has none; run by a worker.
    engine : EngineBase
        Works.
    journal : path-like, optional
        As for `Session`.

    Attributes
    ----------
    renew : callable
        Called when files that were chosen are chosen no more, or submitted.
    folder : Path
        Where the app keeps files.
    """

    def __init__(
        self,
        try_out: Callable[[], Account],
        engine: EngineBase,
        journal: str | os.PathLike[str] | None,
    ) -> None:
        super().__init__(engine)
        self.renew: Callable[[], object] = lambda: None
        self.folder = settings.state_dir(None if journal is None else os.fsdecode(journal))
        self._try_out = try_out
        self._desk = Desk(engine, journal)

    def try_out(self) -> None:
        """Be at the account for who has none; who is there already goes on."""
        account = self.state.account
        if account is not None and not account.is_own:
            self.move(moves.onward)
            return
        self.have_done(Step.ACCOUNT, "Starting the local emulator…", self._try_out, self._enter)

    def sign_in(self) -> None:
        """Have a person asked to sign in; anew, too: a sign-in may have ended."""
        self.move(moves.began, Step.ACCOUNT, "", signing_in=True)

    def signed_in(self, turn: int, client: YotoClient) -> None:
        """Be at the account of a person who has signed in."""
        self._enter(turn, Account("your Yoto account", client, client.close, is_own=True))

    def signed_out(self, client: YotoClient, trouble: str = "") -> None:
        """Be at no account any more; ``trouble`` is what went wrong with that, in words."""
        self.move(moves.left, client, trouble or "You have signed out.")

    def stop_waiting(self) -> None:
        """Wait no more for what was begun."""
        self.move(moves.failed, self.state.turn, "")

    def onward(self) -> None:
        """Leave a step for the next."""
        state = self.state
        if state.step is Step.FILES and state.session is not None and state.sources:
            add = partial(submit, state.session, state.sources)
            self.have_done(Step.FILES, "Adding the files…", add, self._start)
            return
        after = self.move(moves.onward)
        if after and after.step is Step.CARD and after.offers and after.offers.trouble:
            self._look_around()

    def back(self, step: Step) -> None:
        """Go back to a step; what works on a card is ended where its account or settings change."""
        if step is Step.WORK:
            self.move(moves.turned)
            return
        session = self.state.session
        ends = session is not None and step is not Step.FILES
        files = files_of(session) if ends and session is not None else None
        card_id = session.snapshot().card_id if ends and session is not None else ""
        self.move(moves.back, step, files, card_id)

    def choose(self, source: Source) -> None:
        """Take files."""
        self.move(moves.chose, source)

    def clear(self) -> None:
        """Take none of the chosen files."""
        if self.move(moves.cleared):
            self.renew()

    def examples(self) -> None:
        """Take made-up files."""
        folder = self.folder / "examples"

        def make() -> Source:
            make_samples(folder)
            return Source(f"{len(SAMPLES)} made-up examples", str(folder), len(SAMPLES), "Examples")

        self.have_done(Step.FILES, "Making the examples…", make, self._take, lane=Lane.CPU)

    def start(self, wish: Wish) -> None:
        """Begin with a card."""
        state = self.state
        account = state.account
        if account is None:
            return

        def begin() -> Made:
            title = suggested_title(state.sources)
            try:
                return self._desk.begin(account.client, state, wish, title)
            except YotokitError:
                self._look_around()  # what is in the way may be a card that is not offered yet
                raise

        self.have_done(Step.CARD, "Looking at the files…", begin, self._start)

    def resume(self, title: str) -> None:
        """Go on with a card of an earlier visit."""
        account = self.state.account
        if account is not None:
            resume = partial(self._desk.resume, account.client, title)
            self.have_done(Step.FILES, f"Going on with “{title}”…", resume, self._start)

    def look(self) -> State:
        """Take note of what the session has come to; return the state."""
        session = self.state.session
        if session is not None:
            self.move(moves.reported, session, session.report)
        return self.state

    def again(self) -> None:
        """Begin another card."""
        if self.move(moves.again):
            self.renew()
            self._look_around()

    def _enter(self, turn: int, account: Account) -> None:
        if self.move(moves.entered, turn, account) is None:
            account.close()
        else:
            self._look_around()

    def _take(self, turn: int, source: Source) -> None:
        self.move(moves.chose, source, turn)

    def _start(self, turn: int, made: Made) -> None:
        session = made.session
        is_new = self.state.session is not session
        if self.move(moves.started, turn, session, made.sources, made.note) is None:
            if is_new:
                session.close()
            return
        if is_new:
            session.subscribe(self.changed)
        if made.sources:
            self.renew()

    def _look_around(self) -> None:
        """Find out what the account has."""
        account = self.state.account
        if account is None:
            return

        def found(offers: Offers) -> None:
            self.move(moves.offered, account, offers)

        self.errands.run(partial(self._desk.offers, account.client), found, lambda _: None)
