"""The two halves of signing in: what is there already, and what a person's sign-in leaves."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from yotokit import settings
from yotokit.errors import ApiError, LoginRequiredError
from yotokit.logs import get_logger
from yotokit.yoto.auth import AccessToken, GivenToken
from yotokit.yoto.hidden import Hidden, StaysHere
from yotokit.yoto.http.retry import retrying, without_effect
from yotokit.yoto.signin.app import App
from yotokit.yoto.signin.keeper import Keeper
from yotokit.yoto.signin.vault import Vault

if TYPE_CHECKING:
    from yotokit.yoto.auth import TokenSource
    from yotokit.yoto.signin.tokens import Tokens

__all__ = ["Entrance", "app_of"]

_log = get_logger("yotokit.yoto")
_TOKENS = "tokens"
_NO_RENEWALS = "unauthorized_client"  # for this application; a person may sign in all the same


class Entrance(StaysHere):
    """How somebody comes to tokens.

    First ask it for what is `known`. Only where that is nothing, a person signs in to its `app`,
    and what came of that is for `finish`.

    Parameters
    ----------
    token, account, client_id, redirect_uri, api_url, auth_url, state_dir
        As for `YotoClient.login`.

    Attributes
    ----------
    api_url : str
        Where the tokens are good.
    account : str or None
        The name that was given.

    Raises
    ------
    SettingError
        An address cannot be used.
    LoginRequiredError
        The token that was given is none.
    """

    def __init__(
        self,
        *,
        token: str | None = None,
        account: str | None = None,
        client_id: str | None = None,
        redirect_uri: str | None = None,
        api_url: str | None = None,
        auth_url: str | None = None,
        state_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        # A traceback that shows values shows those of the parameters, too.
        token = None if token is None else Hidden(token)
        self.api_url = settings.api_url(api_url)
        self.account = account
        self._told = auth_url, client_id, redirect_uri
        self._state_dir = None if state_dir is None else os.fspath(state_dir)
        self._kept: Tokens | None = None
        value = settings.token(token)
        self._given: GivenToken | None = None
        if value is not None:
            value = Hidden(value)
            look = _from_environment if token is None else _nothing
            self._given = GivenToken(AccessToken(value), look)

    @cached_property
    def app(self) -> App:
        """What a person signs in to.

        Raises
        ------
        LoginRequiredError
            Nobody said which application that is.
        SettingError
            An address cannot be used.
        """
        auth_url, client_id, redirect_uri = self._told
        return app_of(settings.auth_url(auth_url), client_id, redirect_uri)

    def known(self) -> TokenSource | None:
        """Return the token that was given, or those that are kept, renewed if need be.

        None where a person has to sign in.

        Raises
        ------
        YotoError
            There is no application to sign in to, what is kept cannot be read, or the service
            that renews it does not answer.
        """
        if self._given is not None:
            return self._given
        kept = self._kept = self._vault.load()
        if kept is None:
            return None
        keeper = Keeper(self.app, self._vault, kept)
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
        return None

    def finish(self, tokens: Tokens) -> Keeper:
        """Keep what a person's sign-in gave, and return it as tokens that stay good."""
        keeper = Keeper(self.app, self._vault, self._kept or tokens)
        keeper.keep(tokens)
        return keeper

    @cached_property
    def _vault(self) -> Vault:
        folder = settings.state_dir(self._state_dir)
        return Vault(folder / _TOKENS, f"{self.app.key}/{self.account or ''}")


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


def _nothing() -> None:
    return None


def _from_environment() -> AccessToken | None:
    value = Hidden(settings.token() or "")
    return AccessToken(value) if value else None
