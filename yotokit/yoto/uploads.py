"""The bytes of an upload: who sends them, and that they are those that were announced."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from yotokit.errors import JobCancelledError, SourceChangedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["UploadLedger", "checked_pieces"]

_PIECE_BYTES = 1 << 20


@dataclass(slots=True)
class UploadLedger:
    """The uploads of one account in this process, shared by all its clients.

    A job claims a digest before it sends the bytes. Another that comes with the same digest is
    told to come again, and later finds the first one's upload id.

    Examples
    --------
    >>> ledger = UploadLedger()
    >>> ledger.claim("abc"), ledger.claim("abc")
    (True, False)
    >>> ledger.sent("abc", "upload-1")
    >>> ledger.upload_id("abc")
    'upload-1'
    """

    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _claimed: set[str] = field(default_factory=set)
    _sent: dict[str, str] = field(default_factory=dict)
    _accounts: ClassVar[dict[str, UploadLedger]] = {}
    _accounts_lock: ClassVar[threading.Lock] = threading.Lock()

    @classmethod
    def of(cls, account: str) -> UploadLedger:
        """Return the ledger of an account."""
        with cls._accounts_lock:
            return cls._accounts.setdefault(account, cls())

    def claim(self, sha256: str) -> bool:
        """Claim bytes for sending; return False if another job holds the claim or has sent them."""
        with self._lock:
            if sha256 in self._claimed or sha256 in self._sent:
                return False
            self._claimed.add(sha256)
            return True

    def upload_id(self, sha256: str) -> str | None:
        """Return the upload that these bytes were sent with, if they were."""
        with self._lock:
            return self._sent.get(sha256)

    def sent(self, sha256: str, upload_id: str) -> None:
        """Note that the bytes are with the service, and give up the claim."""
        with self._lock:
            self._sent[sha256] = upload_id
            self._claimed.discard(sha256)

    def forget(self, sha256: str) -> None:
        """Give up the claim, or what was noted: the bytes are to be sent anew."""
        with self._lock:
            self._sent.pop(sha256, None)
            self._claimed.discard(sha256)


def checked_pieces(
    path: Path,
    sha256: str,
    size_bytes: int,
    stop: threading.Event | None = None,
    progress: Callable[[int], object] | None = None,
) -> Iterator[bytes]:
    """Yield a file in pieces of 1 MiB; the last one only if all were what was announced.

    So a receiver that counts the bytes never gets a whole file that is not the announced one.

    Raises
    ------
    SourceChangedError
        Length or digest differ.
    JobCancelledError
        The event was set.
    """
    seen, sent = hashlib.sha256(), 0
    held = b""
    try:
        file = path.open("rb")
    except OSError as error:
        raise SourceChangedError(path, f"cannot be read any more ({error.strerror})") from error
    with file:
        while piece := file.read(_PIECE_BYTES):
            if stop is not None and stop.is_set():
                raise JobCancelledError(f"{path}: cancelled while it was sent; retry to go on")
            seen.update(piece)
            if held:
                yield held
                sent += len(held)
                if progress is not None:
                    progress(sent)
            held = piece
    if seen.hexdigest() != sha256 or sent + len(held) != size_bytes:
        raise SourceChangedError(path, "changed while it was sent; submit it again")
    yield held
    if progress is not None:
        progress(size_bytes)
