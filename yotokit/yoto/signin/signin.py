"""One sign-in, from the link to the tokens."""

from __future__ import annotations

import hmac
import threading
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

from yotokit.errors import LoginRequiredError, SettingError
from yotokit.markup import Html, escape, page_fragment
from yotokit.yoto.hidden import Hidden
from yotokit.yoto.signin import oauth
from yotokit.yoto.signin.app import OFFLINE, SCOPES
from yotokit.yoto.signin.listener import Listener

if TYPE_CHECKING:
    from yotokit.yoto.signin.app import App
    from yotokit.yoto.signin.tokens import Tokens

__all__ = ["SignIn"]


class SignIn:
    """A link to open, and two ways for the answer to come back.

    The browser comes back by itself where it runs on this machine. Where it does not, as with a
    notebook on a server, it ends at a page that does not load, and the address of that page is
    given to `paste`.

    Parameters
    ----------
    app : App
        What to sign in to.

    Attributes
    ----------
    note : str
        What the person should know: that the sign-in lasts only for a while, say.
    """

    def __init__(self, app: App) -> None:
        self.note = ""
        self._app = app
        self._scopes = SCOPES
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._tokens: Tokens | None = None
        self._error: Exception | None = None
        self._listener: Listener | None = None
        self._begin()

    def _begin(self) -> None:
        self._state, self._verifier = oauth.new_secret(), oauth.new_secret()

    @property
    def url(self) -> str:
        """The address at which the person signs in."""
        return oauth.link(self._app, self._scopes, state=self._state, verifier=self._verifier)

    @property
    def ended(self) -> bool:
        """Whether there are tokens, or there will be none."""
        return self._ended.is_set()

    def listen(self) -> Self:
        """Wait for the browser on this machine, in the background.

        Raises
        ------
        SettingError
            The port is taken; `paste` works all the same.
        """
        if self._listener is None:
            self._listener = Listener(self._app, self._came)
        return self

    def paste(self, text: str) -> Tokens:
        """Finish with the address that the browser ended at, or with the code in it.

        Raises
        ------
        LoginRequiredError
            It is not the answer to this sign-in, or the person said no.
        SettingError
            It is no address at all.
        YotoError
            The service does not answer.
        """
        text = Hidden(text)  # a traceback that shows values would show the code in it
        with self._lock:
            try:
                tokens = self._finish(text)
            except LoginRequiredError as error:
                if self._again_without_offline(error):
                    raise LoginRequiredError(f"{self.note} Open the new link: {self.url}") from None
                raise
            self._end(tokens, None)
            return tokens

    def wait(self, timeout_s: float | None = None) -> Tokens:
        """Wait for the browser, and return the tokens.

        Raises
        ------
        LoginRequiredError
            The person said no, or nobody came in time.
        """
        try:
            longest_s = threading.TIMEOUT_MAX
            if not self._ended.wait(longest_s if timeout_s is None else min(timeout_s, longest_s)):
                raise LoginRequiredError(
                    "nobody signed in within "
                    f"{timeout_s:.0f} s; call YotoClient.login() again, with paste=True where the "
                    "browser runs on another machine"
                )
        finally:
            self.close()
        if self._error is not None:
            raise self._error
        if self._tokens is None:
            raise LoginRequiredError("the sign-in was closed; call YotoClient.login() again")
        return self._tokens

    def close(self) -> None:
        """Stop listening."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
        self._ended.set()

    def _came(self, address: str) -> str | None:
        """Take what the browser brought; return where it is to go on, if it is."""
        with self._lock:  # a browser may ask twice, and a code is good once
            if not self._is_ours(_query(address)):
                raise LoginRequiredError(_ANOTHER)  # a stranger's: it ends nothing
            try:
                tokens = self._finish(address)
            except Exception as error:
                if self._again_without_offline(error):
                    return self.url
                self._end(None, error)
                raise
            self._end(tokens, None)
            return None

    def _finish(self, text: str) -> Tokens:
        query = _query(text)
        if "error" in query:
            words = f"{query['error']}: {query.get('error_description', '')}".strip(": ")
            raise LoginRequiredError(f"the sign-in was refused ({words[:300]})")
        if "code" not in query:
            raise LoginRequiredError(
                "that is not the address that the browser ends at: it holds code=... and "
                "state=...; copy all of it"
            )
        if "state" in query and not self._is_ours(query):
            raise LoginRequiredError(_ANOTHER)
        if self._tokens is not None:
            return self._tokens
        tokens = oauth.exchange(self._app, query["code"], self._verifier)
        if OFFLINE not in tokens.scopes and tokens.refresh is None:
            self.note = self.note or _SHORT
        return tokens

    def _is_ours(self, query: dict[str, str]) -> bool:
        return hmac.compare_digest(query.get("state", "").encode(), self._state.encode())

    def _again_without_offline(self, error: Exception) -> bool:
        """Go on without what the service refuses; once."""
        if OFFLINE not in self._scopes or OFFLINE not in str(error):
            return False
        self._scopes = tuple(scope for scope in self._scopes if scope != OFFLINE)
        self.note = f"The service refused {OFFLINE}. {_SHORT}"
        self._begin()
        return True

    def _end(self, tokens: Tokens | None, error: Exception | None) -> None:
        if not self._ended.is_set():
            self._tokens, self._error = tokens, error
            self._ended.set()

    def __repr__(self) -> str:
        return "SignIn(done)" if self.ended else f"Open this link to sign in to Yoto: {self.url}"

    def _repr_html_(self) -> str:
        if self.ended:
            return "<p>Signed in.</p>"
        link = f'<p><a href="{escape(self.url)}" target="_blank" rel="noopener">'
        return page_fragment(Html(link), "Sign in to Yoto", Html("</a></p>"))


_ANOTHER = "that is the answer to another sign-in; open the link again"
_SHORT = (
    "The sign-in lasts for the life of one token, 8 to 24 hours; after that, sign in again. Work "
    "that is not done by then goes on when you have."
)


def _query(text: str) -> dict[str, str]:
    """Return what an address says behind its question mark; a bare code is taken as one."""
    text = Hidden(text.strip().strip("'\""))
    try:
        query = urlsplit(text).query
    except ValueError:
        raise SettingError("that is no address; copy the one that the browser ends at") from None
    if not query and text and not any(c in text for c in " /?&=") and text.isprintable():
        return {"code": text}
    return {key: Hidden(values[0]) for key, values in parse_qs(query or text).items()}
