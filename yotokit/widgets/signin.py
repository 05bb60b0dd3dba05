"""`SignInView`: signing in with a link, a code for a phone, and a field to paste into."""

from __future__ import annotations

import asyncio
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from yotokit.errors import LoginRequiredError
from yotokit.markup import STYLE
from yotokit.widgets.making import button, show
from yotokit.widgets.painter import Painter
from yotokit.widgets.signing import SigningIn, link_html, stand_html
from yotokit.yoto.hidden import Hidden
from yotokit.yoto.signin import Entrance

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from yotokit.widgets.signing import Stand
    from yotokit.yoto import YotoClient

__all__ = ["SignInView"]


class _Secret(ipywidgets.Password):  # type: ignore[misc]
    """A field whose content is not sent back to the browsers that look at the same notebook."""

    value = traitlets.Unicode("").tag(sync=True, echo_update=False)


class SignInView:
    """Signs in without holding up the notebook: a link to open, and a field for the answer.

    At once signed in where a token is given or kept. Otherwise it waits, in the background, for
    the browser to come back; where that runs on another machine, the address that it ends at is
    pasted into the field.

    Parameters
    ----------
    token : str, optional
        An access token; ``YOTOKIT_TOKEN`` where it is missing.
    paste : bool, optional
        The browser runs on another machine than this process, so nobody comes back by itself.
        Found out from the surroundings where it is missing.
    account, client_id, redirect_uri, api_url, auth_url, state_dir : optional
        As for `YotoClient.login`.

    Examples
    --------
    >>> from yotokit import SignInView, YotoEmulator
    >>> with YotoEmulator() as emulator:
    ...     view = SignInView(token=emulator.token, api_url=emulator.url)
    ...     with view.wait(10.0) as yoto:
    ...         yoto.cards()
    ...     view.close()
    ()
    """

    def __init__(
        self,
        *,
        token: str | None = None,
        account: str | None = None,
        client_id: str | None = None,
        paste: bool | None = None,
        redirect_uri: str | None = None,
        api_url: str | None = None,
        auth_url: str | None = None,
        state_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        entrance = partial(
            Entrance,
            token=None if token is None else Hidden(token),
            account=account,
            client_id=client_id,
            redirect_uri=redirect_uri,
            api_url=api_url,
            auth_url=auth_url,
            state_dir=state_dir,
        )
        self._signing = SigningIn(entrance, paste=paste)
        self._asked = False
        self._build()
        self._painter = Painter(self._repaint)
        self._signing.mark = self._painter.mark
        self._signing.start()
        # Widgets live on in a registry; once they are closed there, nobody waits for the browser.
        weakref.finalize(self, self._signing.close).atexit = False

    @property
    def client(self) -> YotoClient | None:
        """The client; None as long as nobody is signed in."""
        return self._signing.client

    @property
    def trouble(self) -> str:
        """Why nobody is signed in, or why the tokens may not be gone; empty if nothing is wrong."""
        stand = self._signing.stand
        return stand.said if stand.phase == "failed" else ""

    def wait(self, timeout_s: float | None = None) -> YotoClient:
        """Wait until somebody has signed in, and return the client.

        Where nothing but pasting is left, use `signed_in`: while this waits, most notebooks do
        not hear of what is pasted.

        Parameters
        ----------
        timeout_s : float, optional
            For how long, seconds.

        Raises
        ------
        LoginRequiredError
            Nobody has in that time, or nobody can: there is no application to sign in to, or the
            view was closed.
        YotoError
            The service is out of reach.
        """
        try:
            return self._signing.outcome.result(timeout_s)
        except TimeoutError:
            raise LoginRequiredError(
                f"nobody signed in within {timeout_s:.0f} s; the view goes on waiting"
            ) from None

    async def signed_in(self) -> YotoClient:
        """Return the client once somebody has signed in; the notebook stays alive meanwhile.

        Raises
        ------
        LoginRequiredError, YotoError
            As `wait`.
        """
        return await asyncio.shield(asyncio.wrap_future(self._signing.outcome))

    def on_signed_in(self, callback: Callable[[YotoClient], object]) -> None:
        """Have a function called with the client, at once if there is one.

        It is called again if somebody signs out and in; on another thread, so it must return soon.
        """
        self._signing.tell_of(arrival=callback)

    def on_signed_out(self, callback: Callable[[YotoClient], object]) -> None:
        """Have a function called with the client that was closed when somebody signed out."""
        self._signing.tell_of(leaving=callback)

    def close(self) -> None:
        """Wait for nobody any more, and free the port. A client that there is stays open."""
        self._signing.close()

    def view(self) -> dict[str, Any]:
        """Return what a notebook needs to show the widgets."""
        bundle: dict[str, Any] = self.widget._repr_mimebundle_()
        return bundle

    def __repr__(self) -> str:
        return f"SignInView({'signed in' if self.client else 'nobody has signed in'})"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        # What is saved with the notebook: neither the link, which is good once, nor the account.
        return {**self.view(), "text/plain": repr(self), "text/html": "<p>Sign in to Yoto</p>"}

    def _build(self) -> None:
        self._stand, self._link = ipywidgets.HTML(), ipywidgets.HTML()
        # Its value comes when the field is left or Enter is pressed, not letter by letter.
        self._field = _Secret(
            description="Address",
            placeholder="the address of the page that the browser ended at",
            continuous_update=False,
            layout=ipywidgets.Layout(width="min(32em, 100%)"),
        )
        self._field.observe(self._pasted, "value")
        # To press it is to leave the field: nothing is left to do.
        self._take = button("Sign in", "Sign in with the address that you pasted", lambda: None)
        self._pasting = ipywidgets.HBox([self._field, self._take])
        self._again = button("Try again", "Look for a token and sign in", self._signing.start)
        self._leave = button(
            "Sign out", "Remove the tokens from this machine", lambda: self._ask_to_leave(True)
        )
        self._stay = button("Stay signed in", "Change nothing", lambda: self._ask_to_leave(False))
        self._really = button(
            "Yes, sign out", "What works with this account stops", self._signing.leave
        )
        buttons = ipywidgets.HBox([self._again, self._leave, self._stay, self._really])
        for shown in (self._pasting, *buttons.children):
            show(shown, False)
        self.widget = ipywidgets.VBox(
            [ipywidgets.HTML(STYLE), self._stand, self._link, self._pasting, buttons]
        )

    def _repaint(self) -> bool:
        """Show how far it is; called by the painter alone."""
        stand = self._signing.stand
        self._stand.value = stand_html(stand)
        self._link.value = link_html(stand)
        asks = stand.phase in {"asking", "checking"}
        self._take.disabled = stand.phase == "checking"
        show(self._pasting, asks)
        show(self._again, stand.phase == "failed")
        self._show_leaving(stand)
        return stand.phase != "closed"

    def _show_leaving(self, stand: Stand) -> None:
        """Ask once more before somebody signs out: whatever uses the client stops then."""
        self._asked = self._asked and stand.can_leave
        show(self._leave, stand.can_leave and not self._asked)
        show(self._stay, self._asked)
        show(self._really, self._asked)

    def _pasted(self, change: dict[str, Any]) -> None:
        """Take what was pasted out of the field; it may come on any thread.

        A secret does not wait for the painter: this is not left to it.
        """
        text = Hidden(change["new"])
        if text:
            self._field.value = ""
            self._signing.paste(text)

    def _ask_to_leave(self, asked: bool) -> None:  # noqa: FBT001
        self._asked = asked
        self._painter.mark()
