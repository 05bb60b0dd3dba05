"""The bytes of an upload on their way, and that they are those that were announced."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from yotokit.errors import JobCancelledError, SourceChangedError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["Body"]

_PIECE_BYTES = 1 << 20


class Body:
    """A file in pieces of 1 MiB; the last one comes only if all were what was announced.

    So a receiver that counts the bytes never gets a whole file that is not the announced one.

    Parameters
    ----------
    path : Path
        The file.
    sha256, size_bytes : str, int
        What was announced: the digest in hex, and the length.
    stop : threading.Event, optional
        Ends the sending when it is set.
    progress : callable, optional
        Called with the bytes sent so far.

    Attributes
    ----------
    sent_bytes : int
        How many were handed to the network so far.
    """

    def __init__(
        self,
        path: Path,
        sha256: str,
        size_bytes: int,
        stop: threading.Event | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> None:
        self.sent_bytes = 0
        self._path = path
        self._sha256 = sha256
        self._size_bytes = size_bytes
        self._stop = stop
        self._progress = progress

    @property
    def handed_over(self) -> bool:
        """Whether all bytes were handed to the network, so that they may have arrived."""
        return self.sent_bytes >= self._size_bytes

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces.

        Raises
        ------
        SourceChangedError
            Length or digest differ, or it cannot be read.
        JobCancelledError
            The event was set.
        """
        seen, held = hashlib.sha256(), b""
        for piece in self._pieces():
            seen.update(piece)
            if held:
                yield from self._handed(held)
            held = piece
        if seen.hexdigest() != self._sha256 or self.sent_bytes + len(held) != self._size_bytes:
            raise SourceChangedError(self._path, "changed while it was sent; submit it again")
        yield from self._handed(held)

    def _pieces(self) -> Iterator[bytes]:
        try:
            with self._path.open("rb") as file:
                while piece := file.read(_PIECE_BYTES):
                    yield piece
        except OSError as error:
            raise SourceChangedError(
                self._path, f"cannot be read any more ({error.strerror})"
            ) from error

    def _handed(self, piece: bytes) -> Iterator[bytes]:
        if self._stop is not None and self._stop.is_set():
            raise JobCancelledError(f"{self._path}: cancelled while it was sent; retry to go on")
        self.sent_bytes += len(piece)
        yield piece
        if self._progress is not None:
            self._progress(self.sent_bytes)
