"""`YotoClient`: the service, as a few calls."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from yotokit.errors import ApiError, NotFoundError, SettingError
from yotokit.yoto import wire
from yotokit.yoto.auth import AccessToken, GivenToken, account_of
from yotokit.yoto.hidden import Hidden, StaysHere
from yotokit.yoto.http import Http
from yotokit.yoto.illustrating import fetched
from yotokit.yoto.lint import check
from yotokit.yoto.listening import Listening
from yotokit.yoto.pictures import Covers, Icons
from yotokit.yoto.signin import Entrance, Keeper, ask, identity_of
from yotokit.yoto.uploads import Uploads

if TYPE_CHECKING:
    import os

    from yotokit.yoto.auth import TokenSource
    from yotokit.yoto.models import Card, Traffic
    from yotokit.yoto.signin import Identity

__all__ = ["YotoClient"]

_DELETED = "deleted card"  # the service says so, with a 400


class YotoClient(StaysHere, Uploads, Listening):
    """An account at Yoto, or at any host that speaks the same contract. Safe for many threads.

    Use `login`, or an emulator's ``client()``.

    Attributes
    ----------
    account : str
        A name for the account: what is kept is kept for it.
    api_url : str
        Where the requests go.
    icons : Icons
        Display icons: to list, find, suggest and upload.
    covers : Covers
        Pictures for cards.
    """

    def __init__(self, tokens: TokenSource, *, api_url: str, account: str | None = None) -> None:
        super().__init__(Http(api_url, tokens))
        self.icons = Icons(self._http)
        self.covers = Covers(self._http)
        self.api_url = api_url
        self.account = account_of(tokens.current(), api_url, account)
        self._name = account
        self._tokens = tokens

    @classmethod
    def login(
        cls,
        *,
        token: str | None = None,
        account: str | None = None,
        client_id: str | None = None,
        paste: bool | None = None,
        timeout_s: float = 300.0,
        redirect_uri: str | None = None,
        api_url: str | None = None,
        auth_url: str | None = None,
        state_dir: str | os.PathLike[str] | None = None,
    ) -> YotoClient:
        """Return a client: at once where a token is given or kept, else a person is asked.

        Parameters
        ----------
        token : str, optional
            An access token; ``YOTOKIT_TOKEN`` where it is missing. It may be opaque.
        account : str, optional
            A name of yours for the account, where you have several.
        client_id : str, optional
            The application to sign in to, ``YOTOKIT_CLIENT_ID`` where it is missing: one that you
            registered at the service, as docs/signing-in.md describes.
        paste : bool, optional
            The browser runs on another machine than this process: its last address is pasted.
            Found out from the surroundings where it is missing.
        timeout_s : float
            For how long to wait for the browser, seconds.
        redirect_uri : str, optional
            Where the browser comes back to, as it is registered; ``YOTOKIT_REDIRECT_URI``.
        api_url, auth_url : str, optional
            Where the service is; ``YOTOKIT_API_URL`` and ``YOTOKIT_AUTH_URL``, or Yoto itself.
        state_dir : path-like, optional
            Where tokens are kept if the system has no keyring; ``YOTOKIT_STATE_DIR``.

        Raises
        ------
        LoginRequiredError
            There is no token, and none was to be had.
        TokenStoreError
            The place where tokens are kept cannot be used.
        SettingError
            An address cannot be used.
        """
        # A traceback that shows values shows those of the parameters, too.
        token = None if token is None else Hidden(token)
        entrance = Entrance(
            token=token,
            account=account,
            client_id=client_id,
            redirect_uri=redirect_uri,
            api_url=api_url,
            auth_url=auth_url,
            state_dir=state_dir,
        )
        tokens = entrance.known()
        if tokens is None:
            tokens = entrance.finish(ask(entrance.app, paste=paste, timeout_s=timeout_s))
        return cls(tokens, api_url=entrance.api_url, account=account)

    def logout(self) -> None:
        """Remove the kept tokens from this machine, and close the client.

        Other machines, and a token that was given, are not touched. Another client on this machine
        works until its token ends, and then has to sign in.

        Raises
        ------
        TokenStoreError
            The tokens cannot be removed.
        """
        try:
            if isinstance(self._tokens, Keeper):
                self._tokens.forget()
        finally:
            self.close()

    @property
    def whoami(self) -> Identity:
        """Whose account this is, what the token is good for, and for how long."""
        return identity_of(self._tokens, self.account)

    @property
    def reached(self) -> bool:
        """Whether the service has answered, and taken the token, since the client was made."""
        return self._http.reached

    @property
    def traffic(self) -> Traffic:
        """What went over the network so far."""
        return self._http.traffic

    def renew(self, token: str) -> None:
        """Go on with a new token of the same account; work that waits for one goes on too.

        Where the token came from ``YOTOKIT_TOKEN``, setting that anew does the same. Who has
        signed in need not do this.

        Raises
        ------
        SettingError
            It is the token of another account.
        """
        token = Hidden(token)
        fresh = AccessToken(token)
        account = account_of(fresh, self.api_url, self._name)
        if account != self.account:
            raise SettingError(
                f"the token is for {account}, this client is for {self.account}; make a new one"
            )
        if not isinstance(self._tokens, GivenToken):
            raise SettingError("this client has signed in, and renews its token itself")
        self._tokens.use(fresh)

    def cards(self) -> tuple[Card, ...]:
        """Return the account's own cards, without their chapters."""
        return wire.cards_from_wire(self._http.json("GET", wire.CARDS)[1])

    def card(self, card_id: str) -> Card:
        """Return one card.

        Raises
        ------
        NotFoundError
            It does not exist, was deleted, or belongs to another account.
        SettingError
            No card has such an id.
        """
        _, answer = self._http.json("GET", wire.card_path(card_id))
        card = wire.card_from_wire(answer)
        if wire.is_deleted(answer["card"]):
            raise NotFoundError(f"the card {card_id} was deleted", status=HTTPStatus.NOT_FOUND)
        return card

    def write_card(self, card: Card) -> Card:
        """Create a card (without ``card_id``) or replace one, and return it as written.

        A replacement is repeated when no answer came; a creation only when it surely had no
        effect, for each one that has makes another card.

        Raises
        ------
        CardLintError
            `Card.lint` finds errors; nothing was sent. Its warnings are logged.
        SettingError
            It holds something that JSON cannot carry; nothing was sent.
        NotFoundError
            The card that is to be replaced does not exist any more.
        """
        check(card)
        body = wire.card_to_wire(card)
        try:
            _, answer = self._http.json(
                "POST", "/content", body=body, idempotent=bool(card.card_id)
            )
        except ApiError as error:
            if _DELETED not in str(error).lower():
                raise
            raise NotFoundError(
                f"the card {card.card_id} was deleted, which is for good ({error}); write it as "
                'another one: replace(card, card_id="")',
                status=HTTPStatus.NOT_FOUND,
                code=error.code,
            ) from error
        return replace(wire.card_from_wire(answer), pictures=card.pictures)

    def illustrated(self, card: Card, *, within_s: float = 10.0) -> Card:
        """Return a card with its pictures, for a notebook to show.

        What cannot be fetched in time is left out.

        Parameters
        ----------
        within_s : float
            How long to wait for pictures, seconds.
        """
        wanted = {icon: partial(self.icons.picture, icon) for icon in card.icons}
        if card.cover:
            wanted = {card.cover: partial(self.covers.picture, card.cover), **wanted}
        missing = {name: get for name, get in wanted.items() if name not in card.pictures}
        pictures = fetched(missing, within_s=within_s)
        return replace(card, pictures={**card.pictures, **pictures})

    def delete_card(self, card_id: str) -> None:
        """Delete a card for good.

        Raises
        ------
        NotFoundError
            It does not exist, or belongs to another account.
        SettingError
            No card has such an id.
        """
        self._http.json("DELETE", wire.card_path(card_id))

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"YotoClient({urlsplit(self.api_url).netloc})"
