"""Who sends which bytes: so that two jobs of an account never send the same ones."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import ClassVar

__all__ = ["UploadLedger"]


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
