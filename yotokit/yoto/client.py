"""`YotoClient`: the service, as a few calls."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, urlsplit

from yotokit import settings
from yotokit.errors import LoginRequiredError, NotFoundError, UploadError
from yotokit.yoto import wire
from yotokit.yoto.auth import AccessToken, account_of
from yotokit.yoto.http import Http
from yotokit.yoto.models import Card, Transcode, UploadSlot
from yotokit.yoto.uploads import UploadLedger

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["YotoClient"]

_EXPIRED = 403
_NEW_ADDRESSES = 2


class YotoClient:
    """An account at Yoto, or at any host that speaks the same contract. Safe for many threads.

    Use `login`, or an emulator's ``client()``.

    Attributes
    ----------
    account : str
        A name for the account: what is kept is kept for it.
    api_url : str
        Where the requests go.
    uploads : UploadLedger
        What was sent for the account in this process.
    """

    def __init__(
        self, token: AccessToken, *, api_url: str, auth_url: str, account: str | None = None
    ) -> None:
        self.api_url = api_url
        self.auth_url = auth_url
        self.account = account_of(token, api_url, account)
        self.uploads = UploadLedger.of(self.account)
        self._http = Http(api_url, token)

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
        )

    def upload_slot(
        self, sha256: str, filename: str, *, stop: threading.Event | None = None
    ) -> UploadSlot:
        """Ask where to send bytes; the answer has no address if the service holds them already.

        Parameters
        ----------
        sha256 : str
            Of the bytes, hex.
        filename : str
            For the service's own notes.
        """
        params = {"sha256": sha256, "filename": filename}
        _, answer = self._http.json(
            "GET", "/media/transcode/audio/uploadUrl", params=params, stop=stop
        )
        return wire.slot_from_wire(answer)

    def upload(
        self,
        path: Path,
        *,
        sha256: str,
        size_bytes: int,
        content_type: str,
        filename: str,
        stop: threading.Event | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> str:
        """Send a file unless the service holds its bytes; return the upload's id.

        Raises
        ------
        YotoError
            By what went wrong. An address that expired is replaced twice.
        SourceChangedError
            The file is not the one that was announced.
        """
        for attempt in range(_NEW_ADDRESSES + 1):
            slot = self.upload_slot(sha256, filename, stop=stop)
            if slot.url is None:
                break
            try:
                self._http.put_file(
                    slot.url,
                    path,
                    sha256=sha256,
                    size_bytes=size_bytes,
                    content_type=content_type,
                    stop=stop,
                    progress=progress,
                )
                break
            except UploadError as error:
                if error.status != _EXPIRED or attempt == _NEW_ADDRESSES:
                    raise
        return slot.upload_id

    def transcode(self, upload_id: str, *, stop: threading.Event | None = None) -> Transcode:
        """Ask how far the service is with an upload; one short request.

        Raises
        ------
        TranscodeError
            The service could not use the audio.
        """
        path = f"/media/upload/{quote(upload_id, safe='')}/transcoded"
        try:
            _, answer = self._http.json("GET", path, params={"loudnorm": "false"}, stop=stop)
        except NotFoundError:
            # The record comes a little after the bytes; one that never comes runs out of time.
            return Transcode(None, "not there yet")
        return wire.transcode(answer)

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
