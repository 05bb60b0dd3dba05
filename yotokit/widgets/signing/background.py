"""`SigningIn`: what a sign-in view does in the background. It knows no widget.

Whoever signs in is waited for in a thread of its own, since that may take as long as it likes.
What is pasted is tried in another one, for the service has to answer.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias
from weakref import WeakValueDictionary

from yotokit import settings
from yotokit.errors import LoginRequiredError, SettingError, YotokitError
from yotokit.logs import get_logger
from yotokit.widgets.signing.stand import Stand
from yotokit.yoto import YotoClient
from yotokit.yoto.hidden import Hidden, StaysHere
from yotokit.yoto.signin import Keeper, SignIn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from yotokit.widgets.signing.stand import Phase
    from yotokit.yoto.signin import App, Entrance, Tokens

__all__ = ["SigningIn"]

Told: TypeAlias = "Callable[[YotoClient], object]"

_log = get_logger("yotokit.widgets")


class SigningIn(StaysHere):
    """Gets somebody signed in, however often that takes.

    Parameters
    ----------
    entrance : callable
        Makes an `Entrance`; called at each new start, for the surroundings may have changed.
    paste : bool or None
        As for `YotoClient.login`.

    Attributes
    ----------
    mark : callable
        Called after each change, from any thread.
    stand : Stand
        How far it is; replaced as a whole.
    outcome : Future
        Of the client. Another one after a failure, and after signing out.
    client : YotoClient or None
        Of who has signed in.
    """

    _at_port: ClassVar[WeakValueDictionary[str, SigningIn]] = WeakValueDictionary()
    _at_port_lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, entrance: Callable[[], Entrance], *, paste: bool | None = None) -> None:
        self._entrance = entrance
        self._paste = paste
        self.mark: Callable[[], object] = lambda: None
        self._lock = threading.Lock()
        self._sign_in: SignIn | None = None
        self._beaten = False
        self.stand = Stand("failed")
        self.client: YotoClient | None = None
        self._arrived: list[Told] = []
        self._left: list[Told] = []
        self.outcome: Future[YotoClient] = _promise()

    def start(self, said: str = "") -> None:
        """Begin, or begin again after a failure; else it changes nothing."""
        with self._lock:
            if self.stand.phase != "failed":
                return
            self._beaten, self.stand = False, Stand("looking", said=said)
            self.outcome = _promise() if self.outcome.done() else self.outcome
        self.mark()
        self._do(self._run)

    def tell_of(self, arrival: Told | None = None, leaving: Told | None = None) -> None:
        """Have a function called with each client, at once if there is one; or with each that left.

        They are called on the thread that has signed in or out.
        """
        with self._lock:
            client = self.client
            self._arrived += [arrival] if arrival is not None else []
            self._left += [leaving] if leaving is not None else []
        if arrival is not None and client is not None:
            _tell([arrival], client)

    def paste(self, text: str) -> None:
        """Try the address that a browser ended at."""
        text = Hidden(text)
        sign_in = self._sign_in
        if sign_in is None or not text.strip():
            return
        if self._turn("checking", url=sign_in.url, listens=self.stand.listens, only_in="asking"):
            self._do(lambda: self._try(sign_in, text))

    def leave(self) -> None:
        """Remove the tokens from this machine, and begin anew."""
        stand = self.stand
        if stand.can_leave and self._turn("leaving", account=stand.account, only_in="signed in"):
            self._do(self._leave)

    def close(self) -> None:
        """Wait for nobody any more; the port is free afterwards. The client stays open."""
        with self._lock:
            self.stand = Stand("closed", account=self.stand.account)
            sign_in = self._sign_in
        if sign_in is not None:
            sign_in.close()
        self._break(LoginRequiredError("the view was closed before anybody signed in"))
        self.mark()

    def give_way(self) -> None:
        """Leave the port to another one, if a person is being asked."""
        with self._lock:
            sign_in = self._sign_in
            self._beaten = sign_in is not None
        if sign_in is not None:
            sign_in.close()

    def _run(self) -> None:
        entrance = self._entrance()
        tokens, note = entrance.known(), ""
        if tokens is None:
            tokens, note = self._from_person(entrance)
        client = YotoClient(tokens, api_url=entrance.api_url, account=entrance.account)
        can_leave = isinstance(tokens, Keeper)
        with self._lock:
            closed, callbacks = self.stand.phase == "closed", tuple(self._arrived)
            if not closed:
                self.client = client
                self.stand = Stand("signed in", "", False, note, client.account, can_leave)
                self.outcome.set_result(client)
        if closed:
            client.close()
            return
        self.mark()
        _tell(callbacks, client)

    def _from_person(self, entrance: Entrance) -> tuple[Keeper, str]:
        """Ask a person as often as it takes; return the tokens, and what to know about them."""
        app, said = entrance.app, self.stand.said
        while True:
            try:
                fresh, note = self._ask(app, said)
                return entrance.finish(fresh), note
            except YotokitError as error:
                if self._beaten or self.stand.phase == "closed":
                    raise
                said = f"{str(error).rstrip('.')}. Open the link to try again."

    def _ask(self, app: App, said: str) -> tuple[Tokens, str]:
        """Wait for a person; return their tokens, and what they should know."""
        sign_in = SignIn(app)
        listens = not (settings.is_remote() if self._paste is None else self._paste)
        if listens:
            self._take_over(app.redirect_uri)
        with self._lock:
            if self.stand.phase == "closed":
                raise LoginRequiredError("the view was closed")
            try:
                if listens:
                    sign_in.listen()
            except SettingError as error:
                listens, said = False, said or str(error)
            self._sign_in = sign_in
            self.stand = Stand("asking", sign_in.url, listens, said)
        self.mark()
        try:
            return sign_in.wait(), sign_in.note
        finally:
            self._sign_in = None

    def _take_over(self, redirect_uri: str) -> None:
        """Have the port that an earlier view waits at: a cell that is run again makes another."""
        with self._at_port_lock:
            before = self._at_port.get(redirect_uri)
            self._at_port[redirect_uri] = self
        if before is not None and before is not self:
            before.give_way()

    def _try(self, sign_in: SignIn, text: str) -> None:
        link = sign_in.url
        try:
            sign_in.paste(text)
        except Exception as error:
            # Where the service wants less asked of it, the link is another one now.
            again = f"{sign_in.note} Open the link once more."
            said = str(_told(error)) if sign_in.url == link else again
            listens = self.stand.listens
            self._turn("asking", url=sign_in.url, listens=listens, said=said, only_in="checking")

    def _leave(self) -> None:
        with self._lock:
            client, self.client = self.client, None
            if self.stand.phase != "closed":
                self.outcome = _promise()
        if client is not None:
            try:
                client.logout()
            except Exception as error:
                self._failed(error)  # who is told of it may look why, and close the view
                return
            finally:
                _tell(self._left, client)
        self._turn("failed", only_in="leaving")
        self.start("You have signed out: the tokens are removed from this machine.")

    def _turn(self, phase: Phase, *, only_in: Phase, **values: Any) -> bool:
        """Go from one phase to another; False if it is in none such."""
        with self._lock:
            if self.stand.phase != only_in:
                return False
            self.stand = Stand(phase, **values)
        self.mark()
        return True

    def _do(self, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            except Exception as error:
                self._failed(error)

        threading.Thread(target=run, name="yotokit-sign-in-view", daemon=True).start()

    def _failed(self, error: Exception) -> None:
        if self._beaten:
            error = LoginRequiredError("another view has been opened to sign in; go on there")
        error = _told(error)
        with self._lock:
            if self.stand.phase != "closed":
                self.stand = Stand("failed", said=str(error))
        self._break(error)
        self.mark()

    def _break(self, error: Exception) -> None:
        with self._lock:
            if not self.outcome.done():
                self.outcome.set_exception(error)


def _promise() -> Future[YotoClient]:
    future: Future[YotoClient] = Future()
    # Shared by all who wait: nobody can cancel it for the others.
    future.set_running_or_notify_cancel()
    return future


def _told(error: Exception) -> YotokitError:
    if isinstance(error, YotokitError):
        return error
    name = type(error).__name__  # its text may be anything, and so a secret
    _log.error("the sign-in broke off (%s)", name)
    return LoginRequiredError(f"the sign-in broke off ({name}); try again")


def _tell(callbacks: Iterable[Told], client: YotoClient) -> None:
    for callback in tuple(callbacks):
        try:
            callback(client)
        except Exception:
            _log.exception("who was told of a sign-in failed")
