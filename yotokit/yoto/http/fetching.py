"""A file at an address that needs no bearer, poured into a sink while it comes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from yotokit.errors import TransportError, UnexpectedAnswerError
from yotokit.yoto.http.answers import fetch_refusal, place_of
from yotokit.yoto.http.sending import send

if TYPE_CHECKING:
    import threading
    from typing import BinaryIO

    import httpx

__all__ = ["Download"]


class Download:
    """One file on its way here; call it for each attempt, which begins anew.

    Parameters
    ----------
    url : str
        Where it is; it may be signed, and is in no message.
    sink : binary file
        Where it goes: from where the sink stands now, and nothing else behind it.
    limit_bytes : int
        More than that is refused.
    within_s : float
        How long one attempt may take, seconds.
    stop : threading.Event, optional
        Ends it when it is set.
    """

    def __init__(
        self,
        url: str,
        sink: BinaryIO,
        *,
        limit_bytes: int,
        within_s: float,
        stop: threading.Event | None = None,
    ) -> None:
        self._url = url
        self._sink = sink
        self._begin = sink.tell()
        self._limit_bytes = limit_bytes
        self._within_s = within_s
        self._stop = stop
        self._place = f"GET {place_of(url)}"

    def __call__(self, client: httpx.Client) -> int:
        """Make an attempt; return the size, bytes.

        Raises
        ------
        ApiError
            The answer is not 2xx.
        UnexpectedAnswerError
            It is too large, encoded, or somewhere else.
        TransportError
            It did not come, or not in time.
        JobCancelledError
            The event was set.
        """
        self._sink.seek(self._begin)
        self._sink.truncate()
        end_s = time.monotonic() + self._within_s
        try:
            response = send(
                lambda: self._received(client), self._place, self._stop, within_s=self._within_s
            )
        except TransportError:
            if time.monotonic() < end_s:
                raise
            late = f"{self._place}: not done within {self._within_s:.0f} s"
            raise TransportError(late) from None
        if not response.is_success:
            # The body was not read: it may repeat the signature.
            retry_after = response.headers.get("Retry-After")
            raise fetch_refusal(response.status_code, self._place, retry_after)
        return self._sink.tell() - self._begin

    def _received(self, client: httpx.Client) -> httpx.Response:
        with client.stream("GET", self._url) as response:
            if response.is_success:
                self._pour(response)
            return response

    def _pour(self, response: httpx.Response) -> None:
        left_bytes = self._limit_bytes
        for piece in response.iter_raw():
            left_bytes -= len(piece)
            if left_bytes < 0:
                raise UnexpectedAnswerError(
                    f"{self._place} answered more than {self._limit_bytes} bytes; it was not taken"
                )
            self._sink.write(piece)
