"""What the emulator remembers. Only its own event loop changes it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import string
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from yotokit.emulator.counters import Counters

__all__ = ["State", "Transcoding", "Upload", "base64url", "timestamp"]

_ID_LETTERS = string.ascii_letters + string.digits
_TOKEN_LIFE_S = 86_400
_DIGEST_BYTES = 32
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(slots=True)
class Transcoding:
    """How far the emulator is with an upload."""

    started_at: str
    due: float
    begun: float
    polls: int = 0
    info: dict[str, Any] | None = None
    sha256: str | None = None
    error: str | None = None
    ended_at: str | None = None


@dataclass(slots=True)
class Upload:
    """A slot, and what came into it."""

    upload_id: str
    filename: str
    digest: bytes | None
    signatures: dict[str, float] = field(default_factory=dict)
    path: Path | None = None
    content_type: str = ""
    size_bytes: int = 0
    transcoding: Transcoding | None = None


class State:
    """Account, uploads, media and cards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.account = f"emulator|{secrets.token_hex(6)}"
        self._key = secrets.token_bytes(32)
        self.token = self._mint()
        self._last_written = datetime.min.replace(tzinfo=UTC)
        self.uploads: dict[str, Upload] = {}
        self.media: dict[str, Upload] = {}
        self.cards: dict[str, dict[str, Any]] = {}
        self.counters = Counters()

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
        descriptor, name = tempfile.mkstemp(dir=self.folder)
        open(descriptor, "wb").close()  # noqa: PTH123 - only to close the descriptor
        return Path(name)

    def new_card_id(self) -> str:
        """Return five letters that no card has: the first card gets the same ones in each run."""
        random = Random(len(self.cards))
        while (card_id := "".join(random.choices(_ID_LETTERS, k=5))) in self.cards:
            pass
        return card_id

    def renew_token(self) -> str:
        """Mint a new token, which makes the old one one that is refused; return it."""
        self.token = self._mint()
        return self.token

    def written_at(self) -> str:
        """Return the time of a write to a card: later than that of every write before."""
        self._last_written = max(datetime.now(UTC), self._last_written + _MILLISECOND)
        return timestamp(self._last_written)

    def _mint(self) -> str:
        """Return a token in the service's form, a JWT with the account in it."""
        now = int(time.time())
        payload = {
            "sub": self.account,
            "jti": secrets.token_hex(8),
            "aud": "https://api.yotoplay.com",
            "iat": now,
            "exp": now + _TOKEN_LIFE_S,
            "scope": "user:content:view user:content:manage user:icons:manage",
        }
        parts = [base64url(json.dumps(part).encode()) for part in ({"alg": "HS256"}, payload)]
        signed = ".".join(parts)
        return f"{signed}.{base64url(hmac.digest(self._key, signed.encode(), hashlib.sha256))}"


def base64url(data: bytes) -> str:
    """Return bytes as base64url without padding, as the service writes digests."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def timestamp(moment: datetime | None = None) -> str:
    """Return a time, or the present one, as the service writes it."""
    return (moment or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _digest(text: str) -> bytes | None:
    try:
        if len(text) == 2 * _DIGEST_BYTES:
            return bytes.fromhex(text)
        digest = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return digest if len(digest) == _DIGEST_BYTES else None
