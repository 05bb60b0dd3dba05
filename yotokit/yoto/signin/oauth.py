"""The three requests of OAuth 2 with PKCE (RFC 6749, RFC 7636): link, exchange, refresh."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from yotokit.errors import ApiError, LoginRequiredError
from yotokit.yoto.hidden import Hidden
from yotokit.yoto.http import post_form
from yotokit.yoto.signin.tokens import Tokens

if TYPE_CHECKING:
    import threading

    from yotokit.yoto.signin.app import App

__all__ = ["exchange", "link", "new_secret", "refresh"]

_AUDIENCE = "https://api.yotoplay.com"


def new_secret() -> str:
    """Return a text that nobody can guess, for the state and the verifier."""
    return Hidden(secrets.token_urlsafe(48))


def link(app: App, scopes: tuple[str, ...], *, state: str, verifier: str) -> str:
    """Return the address at which a person signs in."""
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "audience": _AUDIENCE,
        "scope": " ".join(scopes),
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return f"{app.auth_url}/authorize?{urlencode(query)}"


def exchange(app: App, code: str, verifier: str) -> Tokens:
    """Return the tokens for the code that the browser brought back.

    Raises
    ------
    LoginRequiredError
        The code is used, too old, or not for this application.
    YotoError
        The service does not answer, or says no for another reason.
    """
    fields = {
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "code": Hidden(code),
        "code_verifier": Hidden(verifier),
        "redirect_uri": app.redirect_uri,
    }
    try:
        return Tokens.from_answer(post_form(f"{app.auth_url}/oauth/token", fields))
    except ApiError as error:
        if error.code != "invalid_grant":
            raise
        raise LoginRequiredError(
            f"{error}. The code could not be used: codes are good once and for a few minutes; "
            "sign in again"
        ) from None


def refresh(app: App, old: Tokens, stop: threading.Event | None = None) -> Tokens:
    """Return new tokens for old ones, whose refresh token is of no use any more after that.

    Raises
    ------
    LoginRequiredError
        There is no refresh token.
    ApiError
        It said no. Only where ``code`` is ``"invalid_grant"`` the refresh token is the reason.
    YotoError
        The service does not answer; the old refresh token may be good still, or not.
    JobCancelledError
        The event was set before anything was sent.
    """
    if old.refresh is None:
        raise LoginRequiredError(
            "the session has ended, and the service gave nothing to renew it; sign in again with "
            "YotoClient.login()"
        )
    fields = {
        "grant_type": "refresh_token",
        "client_id": app.client_id,
        "refresh_token": old.refresh.reveal(),
    }
    answer = post_form(f"{app.auth_url}/oauth/token", fields, stop=stop, patient=False)
    return Tokens.from_answer(answer, before=old)
