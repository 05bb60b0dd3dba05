"""A card as a player gets it: signed addresses, good for an hour, in place of references."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from yotokit.emulator.wire import RefusedError, base64url

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.emulator.state import State

__all__ = ["Signer", "check_timezone", "playable_card"]

_REFERENCE = "yoto:#"
_KEY_PAIR_ID = "EMULATORKEYPAIR"


@dataclass(frozen=True, slots=True)
class Signer:
    """Writes and checks signed addresses of media; nothing of them needs to be remembered.

    Parameters
    ----------
    key : bytes
        What they are signed with.
    storage_url : callable
        Returns where media can be fetched.
    life_s : float
        How long an address is good for, seconds; it ends with a whole one.
    """

    key: bytes
    storage_url: Callable[[], str]
    life_s: float

    def sign(self, sha256: str) -> str:
        """Return an address of a medium."""
        expires = int(time.time() + self.life_s)
        return (
            f"{self.storage_url()}/media/{sha256}?Expires={expires}"
            f"&Signature={self._signature(sha256, str(expires))}"
            f"&Key-Pair-Id={_KEY_PAIR_ID}#sha256={sha256}"
        )

    def refusal(self, sha256: str, query: dict[str, str]) -> tuple[str, str] | None:
        """Return why an address is not good, as the storage's code and words; None if it is."""
        expires = query.get("Expires", "")
        signature = query.get("Signature", "").encode()
        whole = query.get("Key-Pair-Id") == _KEY_PAIR_ID and expires.isdecimal()
        if not whole or not hmac.compare_digest(
            signature, self._signature(sha256, expires).encode()
        ):
            return "SignatureDoesNotMatch", "The signature does not match"
        if time.time() >= int(expires):
            return "AccessDenied", "Request has expired"
        return None

    def _signature(self, sha256: str, expires: str) -> str:
        return base64url(hmac.digest(self.key, f"{sha256} {expires}".encode(), hashlib.sha256))


def playable_card(state: State, card: dict[str, Any], signer: Signer) -> dict[str, Any]:
    """Return a copy of a card that can be played; streams stay as they are."""

    def shown(holder: dict[str, Any]) -> dict[str, Any]:
        display = holder.get("display")
        icon = display.get("icon16x16") if isinstance(display, dict) else None
        url = state.pictures.icon_url(str(icon).removeprefix(_REFERENCE))
        if not isinstance(display, dict) or url is None:
            return holder
        return {**holder, "display": {**display, "iconUrl16x16": url}}

    def played(track: dict[str, Any]) -> dict[str, Any]:
        if track["type"] == "stream":
            return shown(track)
        return {**shown(track), "trackUrl": signer.sign(track["trackUrl"].removeprefix(_REFERENCE))}

    chapters = [
        {**shown(chapter), "tracks": [played(track) for track in chapter["tracks"]]}
        for chapter in card["content"]["chapters"]
    ]
    return {**card, "content": {**card["content"], "chapters": chapters}}


def check_timezone(name: str | None) -> None:
    """Refuse a time zone that there is not.

    Raises
    ------
    RefusedError
        The name is not one of the IANA's.
    """
    if name is None or name == "UTC":
        return
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        if _has_zones():
            raise RefusedError(400, "bad-request", "query.timezone: Invalid timezone") from None


def _has_zones() -> bool:
    """Say whether this machine knows any; Windows does not by itself."""
    try:
        ZoneInfo("UTC")
    except (KeyError, OSError):
        return False
    return True
