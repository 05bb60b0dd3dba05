"""Keeps a person signed in: one renewal at a time, over all threads and processes."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import filelock

from yotokit.errors import ApiError, JobCancelledError, LoginRequiredError, TokenStoreError
from yotokit.logs import get_logger
from yotokit.yoto.auth import claims_of
from yotokit.yoto.hidden import StaysHere
from yotokit.yoto.signin import oauth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yotokit.yoto.auth import AccessToken, RefreshToken
    from yotokit.yoto.signin.app import App
    from yotokit.yoto.signin.tokens import Tokens
    from yotokit.yoto.signin.vault import Vault

__all__ = ["Keeper"]

_log = get_logger("yotokit.yoto")
_SLICE_S = 0.05
_USED_UP = "invalid_grant"  # the one word for a refresh token that is good for nothing any more


class Keeper(StaysHere):
    """The tokens of a person who has signed in.

    A refresh token is good once, and one that is used twice may end the whole sign-in. So who
    renews holds a lock of this process and a file's lock, looks first whether somebody else was
    faster, and keeps the new tokens before they are used.

    Parameters
    ----------
    app : App
        What was signed in to.
    vault : Vault
        Where the tokens are kept.
    tokens : Tokens
        The present ones.
    """

    def __init__(self, app: App, vault: Vault, tokens: Tokens) -> None:
        self._app = app
        self._vault = vault
        self._tokens = tokens
        self._used: RefreshToken | None = None
        self._renewing = threading.Lock()

    @property
    def tokens(self) -> Tokens:
        """The present ones."""
        return self._tokens

    def current(self, stop: threading.Event | None = None) -> AccessToken:
        """Return the access token to use, a new one where the old one is about to end.

        Raises
        ------
        YotoError
            It has ended and cannot be renewed.
        JobCancelledError
            The event was set before the renewal was sent.
        """
        tokens = self._tokens
        if not tokens.expires_soon or tokens.refresh is None:
            return tokens.access
        return self.renew(tokens.access, stop) or tokens.access

    def renew(
        self, refused: AccessToken, stop: threading.Event | None = None
    ) -> AccessToken | None:
        """Return the token to use in the place of one that is not accepted any more.

        None where there is nothing to renew it with. It is tried once: who wants to try again
        comes again, and lets others have their turn meanwhile.

        Raises
        ------
        LoginRequiredError
            The service does not renew it: a person has to sign in.
        YotoError
            The service does not answer, or says no for another reason; the tokens stay.
        JobCancelledError
            The event was set before the renewal was sent.
        """
        with self._alone_here(stop):
            if self._tokens.access != refused:
                return self._tokens.access  # another thread was faster
            with self._alone_everywhere(stop):
                return self._renew(refused, stop)

    def keep(self, tokens: Tokens) -> None:
        """Go on with new tokens; where they cannot be kept, this process alone does."""
        used, self._tokens = self._tokens.refresh, tokens
        try:
            self._vault.save(tokens)
        except TokenStoreError as error:
            self._used = used  # what is kept is of no use any more, and is not taken for newer
            _log.warning("signed in for this process only: %s", error)

    def forget(self) -> None:
        """Remove the tokens from this machine.

        Raises
        ------
        TokenStoreError
            They cannot be removed.
        """
        with self._alone_here(), self._alone_everywhere():
            self._vault.clear()

    @contextmanager
    def _alone_here(self, stop: threading.Event | None = None) -> Iterator[None]:
        while not self._renewing.acquire(timeout=_SLICE_S):
            _look_up(stop)
        try:
            yield
        finally:
            self._renewing.release()

    @contextmanager
    def _alone_everywhere(self, stop: threading.Event | None = None) -> Iterator[None]:
        lock = self._vault.lock()
        try:
            lock.acquire(cancel_check=None if stop is None else stop.is_set)
        except filelock.Timeout:
            _look_up(stop)
            raise TokenStoreError(
                "another program has been renewing the tokens for a minute; try again"
            ) from None
        try:
            yield
        finally:
            lock.release()

    def _renew(self, refused: AccessToken, stop: threading.Event | None) -> AccessToken | None:
        newer = self._newer(refused)
        if newer is not None:
            self._tokens = newer
            if not newer.expires_soon:
                return newer.access
        if self._tokens.refresh is None:
            return None
        try:
            tokens = oauth.refresh(self._app, self._tokens, stop)
        except ApiError as error:
            if error.code != _USED_UP:
                raise
            with suppress(TokenStoreError):  # of no use to anybody any more
                self._vault.clear()
            raise LoginRequiredError(f"{error}. Sign in again with YotoClient.login()") from None
        self.keep(tokens)
        _log.info("the sign-in was renewed")
        return tokens.access

    def _newer(self, refused: AccessToken) -> Tokens | None:
        """Return what another process, which was faster, has kept."""
        kept = self._vault.load()
        if kept is None and self._vault.was_emptied():
            raise LoginRequiredError(
                "this machine was signed out meanwhile; sign in again with YotoClient.login()"
            )
        if kept is None or kept.access == refused:
            return None
        if self._used is not None and kept.refresh == self._used:
            return None
        if _person(kept) != _person(self._tokens):
            raise LoginRequiredError(
                "somebody else has signed in on this machine meanwhile; sign in again, with "
                "YotoClient.login(account=...) to keep two accounts apart"
            )
        return kept


def _look_up(stop: threading.Event | None) -> None:
    if stop is not None and stop.is_set():
        raise JobCancelledError("cancelled while the sign-in was to be renewed; retry to go on")


def _person(tokens: Tokens) -> object:
    return claims_of(tokens.access).get("sub")
