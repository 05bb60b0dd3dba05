"""The access token, and whose it is."""

from __future__ import annotations

import base64
import binascii
import json
from typing import NoReturn
from urllib.parse import urlsplit

from yotokit.errors import LoginRequiredError

__all__ = ["AccessToken", "account_of"]


class AccessToken:
    """A bearer token that shows itself nowhere: not in a repr, a log, a traceback or a pickle.

    Examples
    --------
    >>> AccessToken("secret")
    AccessToken(<hidden>)
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        value = value.strip()
        if not value.isascii() or not value.isprintable() or " " in value or not value:
            raise LoginRequiredError(
                "the access token is empty or holds characters that no token has; copy it again"
            )
        self._value = value

    def reveal(self) -> str:
        """Return the token itself, for the header of a request and nothing else."""
        return self._value

    def __repr__(self) -> str:
        return "AccessToken(<hidden>)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an access token does not leave the process that holds it")


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
    parts = token.reveal().split(".")
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        subject = payload["sub"]
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return host
    return f"{host}/{subject}" if isinstance(subject, str) and subject else host
