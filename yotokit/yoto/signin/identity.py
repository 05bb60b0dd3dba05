"""Whose account it is that somebody has signed in to, as far as the tokens say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from yotokit.yoto.auth import claims_of
from yotokit.yoto.plain import number
from yotokit.yoto.signin.keeper import Keeper

if TYPE_CHECKING:
    from yotokit.yoto.auth import TokenSource

__all__ = ["Identity", "identity_of"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose account a client works for.

    Attributes
    ----------
    account : str
        The name that things are kept under.
    scopes : tuple of str
        What the token is good for, as far as it says.
    expires_at : datetime or None
        When it ends; None where nobody said.
    renews : bool
        It is renewed by itself.
    """

    account: str
    scopes: tuple[str, ...]
    expires_at: datetime | None
    renews: bool


def identity_of(tokens: TokenSource, account: str) -> Identity:
    """Return what is known of the person whose tokens these are."""
    claims = claims_of(tokens.current())
    scope, end = claims.get("scope"), claims.get("exp")
    scopes = tuple(scope.split()) if isinstance(scope, str) else ()
    renews = False
    if isinstance(tokens, Keeper):
        kept = tokens.tokens
        scopes = kept.scopes or scopes
        end = kept.expires_at
        renews = kept.refresh is not None
    return Identity(account, scopes, _moment(end), renews)


def _moment(since_1970_s: Any) -> datetime | None:
    seconds = number(since_1970_s)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # a year that no calendar has
        return None
