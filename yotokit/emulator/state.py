"""What the emulator remembers. Only its own event loop changes it."""

from __future__ import annotations

import base64
import secrets
import string
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from yotokit.emulator.counters import Counters
from yotokit.emulator.earlier import EarlierCards
from yotokit.emulator.grants import SCOPES, Grants
from yotokit.emulator.pictures import Pictures
from yotokit.emulator.uploads import Upload, kept_media, kept_uploads
from yotokit.emulator.wire import base64url, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from yotokit.emulator.grants import Client
    from yotokit.emulator.keeping import Keeper
    from yotokit.emulator.knobs import Knobs

__all__ = ["State"]

_ID_LETTERS = string.ascii_letters + string.digits
_DIGEST_BYTES = 32
_MILLISECOND = timedelta(milliseconds=1)


class State:
    """Account, uploads, media and cards.

    Parameters
    ----------
    folder : Path
        Where the uploads and media are.
    keeper : Keeper
        Keeps the rest; what it has kept is here again.
    knobs : Knobs
        How the emulator behaves.
    clients : iterable of Client
        The registered applications.
    base_url : callable
        Returns where pictures can be fetched.
    """

    def __init__(
        self,
        folder: Path,
        keeper: Keeper,
        knobs: Knobs,
        clients: Iterable[Client] = (),
        base_url: Callable[[], str] = str,
    ) -> None:
        self.uploads_folder, self.media_folder = folder / "uploads", folder / "media"
        for inner in (self.uploads_folder, self.media_folder):
            inner.mkdir(exist_ok=True)
        self.keeper = keeper
        self.knobs = knobs
        kept = keeper.get("account", "") or {}
        self.account: str = kept.get("name") or f"emulator|{secrets.token_hex(6)}"
        self.key = bytes.fromhex(kept.get("key") or secrets.token_hex(32))
        self.grants = Grants(
            self.account,
            {client.client_id: client for client in clients},
            knobs.token_life_s,
            reuse_revokes=knobs.reuse_revokes,
            keeper=keeper,
        )
        self.token: str = kept.get("token") or ""
        if self.grants.scopes_of(self.token) is None:
            self.renew_token()
        self.cards: dict[str, dict[str, Any]] = {
            card_id: card for card_id, card, _ in keeper.all("card")
        }
        self.earlier = EarlierCards(knobs.stale_read_s)
        self.uploads = kept_uploads(keeper, self.uploads_folder)
        self.media = kept_media(keeper, self.uploads_folder)
        self._tidy()
        self.pictures = Pictures(self.account, base_url, keeper)
        self.counters = Counters()
        written = [datetime.fromisoformat(card["updatedAt"]) for card in self.cards.values()]
        self._last_written = max(written, default=datetime.min.replace(tzinfo=UTC))

    def _tidy(self) -> None:
        """Remove what an emulator that was killed has left half done."""
        wanted = {media.path for media in self.media.values()}
        wanted |= {upload.path for upload in self.uploads.values() if upload.path is not None}
        for path in {*self.uploads_folder.iterdir(), *self.media_folder.glob("*.part")} - wanted:
            if not path.is_dir():  # one was not made here
                path.unlink()

    def slot(self, sha256: str, filename: str) -> Upload | None:
        """Return the upload of a digest, in hex or base64url, or a new one; None if it is neither.

        Both spellings of the same digest mean the same file.
        """
        digest = _digest(sha256) if sha256 else None
        if sha256 and digest is None:
            return None
        upload_id = base64url(digest) if digest else secrets.token_urlsafe(_DIGEST_BYTES)
        upload = self.uploads.setdefault(upload_id, Upload(upload_id, filename, digest))
        upload.filename = filename or upload.filename
        return upload

    def new_file(self) -> Path:
        """Return a path to receive an upload."""
        descriptor, name = tempfile.mkstemp(dir=self.uploads_folder)
        open(descriptor, "wb").close()  # noqa: PTH123 - only to close the descriptor
        return Path(name)

    def new_card_id(self) -> str:
        """Return five letters that no card has: the first card gets the same ones in each run."""
        random = Random(len(self.cards))
        while (card_id := "".join(random.choices(_ID_LETTERS, k=5))) in self.cards:
            pass
        return card_id

    def renew_token(self) -> str:
        """Have all access tokens refused, and return a new one."""
        with self.keeper.together():
            self.grants.expire()
            self.token = self.grants.mint(tuple(sorted(SCOPES)))
            account = {"name": self.account, "key": self.key.hex(), "token": self.token}
            self.keeper.put("account", "", account)
        return self.token

    def write_card(self, card: dict[str, Any]) -> None:
        """Take a card, in place of one that was there."""
        card_id = card["cardId"]
        self.keeper.put("card", card_id, card)
        self.earlier.replaced(card_id, self.cards.get(card_id))
        self.cards[card_id] = card

    def written_at(self) -> str:
        """Return the time of a write to a card: later than that of every write before."""
        self._last_written = max(datetime.now(UTC), self._last_written + _MILLISECOND)
        return timestamp(self._last_written)


def _digest(text: str) -> bytes | None:
    try:
        if len(text) == 2 * _DIGEST_BYTES:
            return bytes.fromhex(text)
        digest = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return digest if len(digest) == _DIGEST_BYTES else None
