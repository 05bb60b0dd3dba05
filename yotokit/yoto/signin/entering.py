"""From what is kept, or a person's sign-in, to tokens that stay good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from yotokit import settings
from yotokit.errors import ApiError, LoginRequiredError
from yotokit.logs import get_logger
from yotokit.yoto.auth import claims_of
from yotokit.yoto.http.retry import retrying, without_effect
from yotokit.yoto.plain import number
from yotokit.yoto.signin.app import App
from yotokit.yoto.signin.asking import ask
from yotokit.yoto.signin.keeper import Keeper
from yotokit.yoto.signin.vault import Vault

if TYPE_CHECKING:
    from pathlib import Path

    from yotokit.yoto.auth import TokenSource

__all__ = ["Identity", "app_of", "identity_of", "signed_in"]

_log = get_logger("yotokit.yoto")
_TOKENS = "tokens"
_NO_RENEWALS = "unauthorized_client"  # for this application; a person may sign in all the same


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


def app_of(auth_url: str, client_id: str | None, redirect_uri: str | None) -> App:
    """Return the application to sign in to.

    Raises
    ------
    LoginRequiredError
        Nobody said which.
    """
    name = settings.client_id(client_id)
    if name is None:
        raise LoginRequiredError(
            "to sign in, register an application of your own at dashboard.yoto.dev (it takes two "
            "minutes, docs/signing-in.md says how) and set YOTOKIT_CLIENT_ID to its client id; or "
            "set YOTOKIT_TOKEN to an access token. Without an account, use yotokit.YotoEmulator()"
        )
    return App(auth_url, name, settings.redirect_uri(redirect_uri))


def signed_in(
    app: App, state_dir: Path, account: str | None, *, paste: bool | None, timeout_s: float
) -> Keeper:
    """Return the tokens that are kept, renewed if need be, or those of a person who signs in now.

    Raises
    ------
    YotoError
        There are none to be had.
    """
    vault = Vault(state_dir / _TOKENS, f"{app.key}/{account or ''}")
    kept = vault.load()
    if kept is not None:
        keeper = Keeper(app, vault, kept)
        if not kept.expires_soon:
            return keeper
        try:
            if kept.refresh is not None:
                retrying(stop=None, repeat=without_effect)(keeper.current)
                return keeper
        except (ApiError, LoginRequiredError) as error:
            if isinstance(error, ApiError) and error.code != _NO_RENEWALS:
                raise
            _log.info("the kept sign-in is of no use any more: %s", error)
    tokens = ask(app, paste=paste, timeout_s=timeout_s)
    keeper = Keeper(app, vault, kept or tokens)
    keeper.keep(tokens)
    return keeper


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
