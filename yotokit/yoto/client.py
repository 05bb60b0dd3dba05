"""`YotoClient`: the service, as a few calls."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, urlsplit

from yotokit import settings
from yotokit.errors import LoginRequiredError, NotFoundError, SettingError
from yotokit.yoto import wire
from yotokit.yoto.auth import AccessToken, account_of
from yotokit.yoto.http import Http
from yotokit.yoto.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.yoto.models import Card, Traffic

__all__ = ["YotoClient"]


class YotoClient(Uploads):
    """An account at Yoto, or at any host that speaks the same contract. Safe for many threads.

    Use `login`, or an emulator's ``client()``.

    Attributes
    ----------
    account : str
        A name for the account: what is kept is kept for it.
    api_url : str
        Where the requests go.
    """

    def __init__(
        self,
        token: AccessToken,
        *,
        api_url: str,
        auth_url: str,
        account: str | None = None,
        renew: Callable[[AccessToken], AccessToken | None] = lambda _: None,
    ) -> None:
        self.api_url = api_url
        self.auth_url = auth_url
        self.account = account_of(token, api_url, account)
        self._name = account
        super().__init__(Http(api_url, token, renew))

    @classmethod
    def login(
        cls,
        *,
        token: str | None = None,
        api_url: str | None = None,
        auth_url: str | None = None,
        account: str | None = None,
    ) -> YotoClient:
        """Return a client for the account of a token.

        Parameters
        ----------
        token : str, optional
            An access token; ``YOTOKIT_TOKEN`` where it is missing. It may be opaque.
        api_url, auth_url : str, optional
            Where the service is; ``YOTOKIT_API_URL`` and ``YOTOKIT_AUTH_URL``, or Yoto itself.
        account : str, optional
            A name for the account, where the token does not tell and you have several.

        Raises
        ------
        LoginRequiredError
            There is no token.
        SettingError
            An address cannot be used.
        """
        value = settings.token(token)
        if value is None:
            raise LoginRequiredError(
                "no access token: set YOTOKIT_TOKEN or pass token=...; signing in with a browser "
                "is not part of this version. Without an account, use yotokit.YotoEmulator()"
            )
        return cls(
            AccessToken(value),
            api_url=settings.api_url(api_url),
            auth_url=settings.auth_url(auth_url),
            account=account,
            renew=_from_environment if token is None else lambda _: None,
        )

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

        Where the token came from ``YOTOKIT_TOKEN``, setting that anew does the same.

        Raises
        ------
        SettingError
            It is the token of another account.
        """
        fresh = AccessToken(token)
        account = account_of(fresh, self.api_url, self._name)
        if account != self.account:
            raise SettingError(
                f"the token is for {account}, this client is for {self.account}; make a new one"
            )
        self._http.use(fresh)

    def cards(self) -> tuple[Card, ...]:
        """Return the account's own cards, without their chapters."""
        return wire.cards_from_wire(self._http.json("GET", "/content/mine")[1])

    def card(self, card_id: str) -> Card:
        """Return one card.

        Raises
        ------
        NotFoundError
            It does not exist, was deleted, or belongs to another account.
        """
        _, answer = self._http.json("GET", f"/content/{quote(card_id, safe='')}")
        card = wire.card_from_wire(answer)
        if wire.is_deleted(answer["card"]):
            raise NotFoundError(f"the card {card_id} was deleted", status=HTTPStatus.NOT_FOUND)
        return card

    def write_card(self, card: Card) -> Card:
        """Create a card (without ``card_id``) or replace one, and return it as written.

        A replacement is repeated when no answer came; a creation only when it surely had no
        effect, for each one that has makes another card.
        """
        _, answer = self._http.json(
            "POST", "/content", body=wire.card_to_wire(card), idempotent=bool(card.card_id)
        )
        return wire.card_from_wire(answer)

    def delete_card(self, card_id: str) -> None:
        """Delete a card for good.

        Raises
        ------
        NotFoundError
            It does not exist, or belongs to another account.
        """
        self._http.json("DELETE", f"/content/{quote(card_id, safe='')}")

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"YotoClient({urlsplit(self.api_url).netloc})"


def _from_environment(refused: AccessToken) -> AccessToken | None:
    """Return the token of the environment, if it is another one by now."""
    value = settings.token()
    return AccessToken(value) if value and value != refused.reveal() else None
