"""`CardMaker`: the page itself. Builds the widgets, and paints them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Self

import ipywidgets

from yotokit.engine import Engine
from yotokit.markup import STYLE
from yotokit.widgets.app.chooser import FolderChooser
from yotokit.widgets.app.conductor import Conductor
from yotokit.widgets.app.intake import Intake
from yotokit.widgets.app.landing import Landing
from yotokit.widgets.app.looks import APP_STYLE
from yotokit.widgets.app.painting import paint
from yotokit.widgets.app.state import Source, Step
from yotokit.widgets.app.steps import AccountStep, CardStep, FilesStep, ResultStep, WorkStep
from yotokit.widgets.app.words import count_of
from yotokit.widgets.dashboard import Dashboard
from yotokit.widgets.making import close_all
from yotokit.widgets.painter import Painter
from yotokit.widgets.signin import SignInView

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

    from yotokit.engine import EngineBase
    from yotokit.session import Session
    from yotokit.widgets.app.state import Account, State
    from yotokit.yoto import YotoClient

__all__ = ["CardMaker"]


class CardMaker:
    """A page that makes cards, from the account to the finished card, without any code.

    Parameters
    ----------
    try_out : callable
        Makes an account for who has none.
    engine : Engine, optional
        Who works; the engine that all sessions of the process share where it is missing.
    journal : path-like, optional
        As for `Session`. What the browser sends is kept there, too.
    sign_in : callable
        Makes a `SignInView`.

    Attributes
    ----------
    widget : ipywidgets.Widget
        The page.
    """

    def __init__(
        self,
        try_out: Callable[[], Account],
        *,
        engine: EngineBase | None = None,
        journal: str | os.PathLike[str] | None = None,
        sign_in: Callable[[], SignInView] = SignInView,
    ) -> None:
        self._conductor = conductor = Conductor(try_out, engine or Engine.default(), journal)
        self._sign_in = sign_in
        self._signing: SignInView | None = None
        self._signing_turn = 0
        self._painted = conductor.state
        self._shown: Session | None = None
        self._dashboard: Dashboard | None = None
        errands, changed = conductor.errands, conductor.changed
        self._chooser = FolderChooser(errands, changed, conductor.choose)
        self._intake = Intake(conductor.folder / "intake", errands, changed, self._kept)
        conductor.renew = self._intake.renew
        self._account = AccountStep(conductor)
        self._files = FilesStep(conductor, self._chooser.widget, self._intake.widget)
        self._card = CardStep(conductor)
        self._work = WorkStep(conductor)
        result = ResultStep(conductor)
        self._steps = (self._account, self._files, self._card, self._work, result)
        style = ipywidgets.HTML(STYLE + APP_STYLE)
        self._landing = Landing()
        steps = (step.widget for step in self._steps)
        self.widget = ipywidgets.VBox([style, *steps, self._landing])
        self.widget.add_class("ya-page")
        self._painter = Painter(self._repaint)
        conductor.mark = self._painter.mark

    def close(self) -> None:
        """End what is under way. A card that is not finished can be gone on with another time."""
        self._conductor.close()
        self._intake.close()
        for view in (self._signing, self._dashboard):
            if view is not None:
                view.close()
        self._painter.stop()

    def view(self) -> dict[str, Any]:
        """Return what a notebook needs to show the page."""
        bundle: dict[str, Any] = self.widget._repr_mimebundle_()
        return bundle

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"CardMaker(step {self._conductor.state.step.value} of {Step.WORK.value})"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        said = "The card maker is here while its notebook runs: run this cell."
        return {**self.view(), "text/plain": said, "text/html": f"<p>{said}</p>"}

    def _kept(self, folder: Path, count: int) -> None:
        """Take the files that the browser has sent."""
        name = f"{count_of(count, 'file')} from this browser"
        self._conductor.choose(Source(name, str(folder), count))

    def _repaint(self) -> bool:
        """Show where the person is; called by the painter alone."""
        state = self._conductor.look()
        self._follow_signing(state)
        self._follow_session(state)
        session = state.session
        failure = session.error if session is not None else None
        painting = paint(state, failure, is_coming=self._intake.is_busy)
        for step in self._steps:
            step.paint(painting)
        if painting.steps[Step.FILES].is_open:
            self._chooser.repaint()
            self._intake.repaint()
        self._landing.follow(self._painted, state)
        self._painted = state
        return not state.is_closed

    def _follow_signing(self, state: State) -> None:
        """Have a sign-in view as long as a person signs in, or is signed in."""
        client = state.account.client if state.account is not None else None
        view = self._signing
        is_asking = state.signing_in and self._signing_turn == state.turn
        is_in = view is not None and client is not None and view.client is client
        if view is not None and not (is_asking or (is_in and not state.signing_in)):
            self._signing = None
            view.close()
            self._account.signing.children = []
            close_all(view.widget)
        if state.signing_in and self._signing is None:
            self._signing, self._signing_turn = self._sign_in(), state.turn
            self._account.signing.children = [self._signing.widget]
            self._signing.on_signed_in(partial(self._conductor.signed_in, state.turn))
            self._signing.on_signed_out(partial(self._signed_out, self._signing))

    def _signed_out(self, view: SignInView, client: YotoClient) -> None:
        self._conductor.signed_out(client, view.trouble)

    def _follow_session(self, state: State) -> None:
        """Have the dashboard of the session that works."""
        if state.session is self._shown:
            return
        before, self._dashboard = self._dashboard, None
        if before is not None:
            before.close()
            self._work.board.children = []
            close_all(before.widget)
        self._shown = state.session
        if state.session is not None:
            self._dashboard = Dashboard.of(state.session)
            self._work.board.children = [self._dashboard.widget]
