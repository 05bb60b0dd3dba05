"""Tokens that show themselves nowhere, and whose they are."""

from __future__ import annotations

import base64
import binascii
import json
import threading
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from yotokit.errors import LoginRequiredError
from yotokit.yoto.hidden import Hidden, StaysHere

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "AccessToken",
    "GivenToken",
    "RefreshToken",
    "TokenSource",
    "account_of",
    "claims_of",
]


class _Secret(StaysHere):
    """A text that shows itself nowhere: not in a repr, a log, a traceback or a pickle."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        value = Hidden(value.strip() if isinstance(value, str) else "")
        if not value.isascii() or not value.isprintable() or " " in value or not value:
            raise LoginRequiredError(
                "the access token is empty or holds characters that no token has; copy it again"
            )
        self._value = value

    def reveal(self) -> str:
        """Return the token itself, for a request or the token store and nothing else."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.reveal() == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(<hidden>)"


class AccessToken(_Secret):
    """What a request carries.

    Examples
    --------
    >>> AccessToken("secret")
    AccessToken(<hidden>)
    """

    __slots__ = ()


class RefreshToken(_Secret):
    """What gets a new access token, once."""

    __slots__ = ()


class TokenSource(Protocol):
    """Where a client has its token from."""

    def current(self, stop: threading.Event | None = None) -> AccessToken:
        """Return the token to use; the event ends the waiting for it."""

    def renew(
        self, refused: AccessToken, stop: threading.Event | None = None
    ) -> AccessToken | None:
        """Return the token to use in the place of a refused one; None where there is none."""


class GivenToken(StaysHere):
    """A token that somebody gave, and may give anew.

    Parameters
    ----------
    token : AccessToken
        The first.
    look : callable, optional
        Looks for another one when a token was refused.
    """

    def __init__(
        self, token: AccessToken, look: Callable[[], AccessToken | None] = lambda: None
    ) -> None:
        self._token = token
        self._look = look
        self._renewing = threading.Lock()

    def current(self, stop: threading.Event | None = None) -> AccessToken:  # noqa: ARG002
        """Return the one that was given last."""
        return self._token

    def use(self, token: AccessToken) -> None:
        """Go on with another one."""
        with self._renewing:
            self._token = token

    def renew(
        self,
        refused: AccessToken,
        stop: threading.Event | None = None,  # noqa: ARG002 - there is nothing to wait for
    ) -> AccessToken | None:
        """Return what was given meanwhile."""
        with self._renewing:
            if self._token == refused:
                self._token = self._look() or refused
            return self._token if self._token != refused else None


def claims_of(token: AccessToken) -> dict[str, Any]:
    """Return what a token says of itself, where it is a JWT; nothing of it is verified here.

    Examples
    --------
    >>> claims_of(AccessToken("opaque"))
    {}
    """
    parts = token.reveal().split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (IndexError, ValueError, RecursionError, binascii.Error):
        return {}
    return claims if isinstance(claims, dict) else {}


def account_of(token: AccessToken, api_url: str, name: str | None = None) -> str:
    """Return a name for the account that a token belongs to.

    Parameters
    ----------
    token : AccessToken
        Where it is a JWT with a ``sub``, that names the account.
    api_url : str
        Its host stands in for the account of an opaque token...
    name : str, optional
        ...together with this, for people with several accounts.
    """
    host = urlsplit(api_url).netloc
    if name:
        return f"{host}/{name}"
    subject = claims_of(token).get("sub")
    return f"{host}/{subject}" if isinstance(subject, str) and subject else host
