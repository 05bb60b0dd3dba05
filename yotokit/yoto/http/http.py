"""Requests to one service, with retries and typed errors.

Two clients: one that carries the bearer, bound to the API's host, and a bare one for presigned
addresses, which are their own credential.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from yotokit.errors import (
    ApiError,
    LoginRequiredError,
    RateLimitedError,
    TransportError,
    UploadError,
)
from yotokit.yoto.hidden import StaysHere
from yotokit.yoto.http.answers import checked, place_of, senseless, storage_refusal
from yotokit.yoto.http.body import Body
from yotokit.yoto.http.budget import Budget
from yotokit.yoto.http.fetching import Download
from yotokit.yoto.http.gate import Gate
from yotokit.yoto.http.places import check_storage, is_usable
from yotokit.yoto.http.retry import (
    never,
    retrying,
    surely_not_arrived,
    without_effect,
    worth_repeating,
)
from yotokit.yoto.http.sending import Bearer, new_client, send
from yotokit.yoto.models import Traffic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import BinaryIO

    import httpx
    import tenacity

    from yotokit.yoto.auth import AccessToken, TokenSource

__all__ = ["Http"]

_UNTOLD_PAUSE_S = 2.0  # a 429 that does not say for how long


class Http(StaysHere):
    """Requests to one service.

    Parameters
    ----------
    base_url : str
        Address of the API.
    tokens : TokenSource
        Has the token, which is sent to that address and to no other.

    Attributes
    ----------
    reached : bool
        The service has answered, and taken the token.
    """

    def __init__(self, base_url: str, tokens: TokenSource) -> None:
        self.reached = False
        self._base_url = base_url
        self._tokens = tokens
        self._counting = threading.Lock()
        self._traffic = Traffic()
        self._gate = Gate()
        self._budget = Budget()
        self._api = new_client(base_url)
        self._bare = new_client(near=base_url)

    @property
    def traffic(self) -> Traffic:
        """What went over the network so far."""
        return self._traffic

    def trusts(self, url: str) -> bool:
        """Say whether an address that the service gave may be asked."""
        return is_usable(url, self._base_url)

    def close(self) -> None:
        """Close all connections."""
        self._api.close()
        self._bare.close()

    def json(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        content: tuple[bytes, str] | None = None,
        stop: threading.Event | None = None,
        idempotent: bool = True,
    ) -> tuple[int, dict[str, Any]]:
        """Send a request; return the status, 2xx, and the JSON object of the answer.

        Parameters
        ----------
        params : mapping, optional
            The query of the address.
        body : object
            Sent as JSON.
        content : (bytes, str)
            Sent as it is, instead, with its content type.
        stop : threading.Event, optional
            Ends it, and the waiting for another attempt, when it is set.
        idempotent : bool
            It does no harm to ask twice; otherwise it is repeated only where it surely had no
            effect.

        Raises
        ------
        LoginRequiredError
            The token is not accepted.
        ApiError
            The service said no.
        TransportError
            No answer came.
        UnexpectedAnswerError
            The answer is no JSON object.
        JobCancelledError
            The event was set.
        """
        place = f"{method} {place_of(self._base_url + path)}"
        raw: dict[str, Any] = {"json": body}
        if content is not None:
            raw = {"content": content[0], "headers": {"Content-Type": content[1]}}

        def once() -> tuple[int, dict[str, Any]]:
            self._gate.wait(stop)
            self._count(requests=1)
            used = self._tokens.current(stop)
            try:
                return self._answer(partial(ask, used), place, stop)
            except LoginRequiredError:
                fresh = self._tokens.renew(used, stop)
                if fresh is None:
                    raise
                return self._answer(partial(ask, fresh), place, stop)

        def ask(token: AccessToken) -> httpx.Response:
            return self._api.request(method, path, params=params, auth=Bearer(token), **raw)

        repeat = worth_repeating if idempotent else without_effect
        return self._retrying(stop, repeat)(once)

    def put_file(
        self,
        url: str,
        path: Path,
        *,
        sha256: str,
        size_bytes: int,
        content_type: str,
        stop: threading.Event | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> None:
        """Send a file to a presigned address, streamed, with its length and without the bearer.

        Parameters
        ----------
        sha256, size_bytes : str, int
            Of the bytes as announced. They are hashed once more on their way, and the last piece
            is sent only if they are the same.
        progress : callable, optional
            Called with the bytes sent so far; starts again with each attempt.

        Raises
        ------
        UploadError
            The storage refused; a status of 403 means that the address has expired.
        SourceChangedError
            The file is not the one that was announced.
        UnexpectedAnswerError
            It was not the storage that answered.
        TransportError
            No answer came. Where the bytes may all have arrived, they are not sent again.
        JobCancelledError
            The event was set.
        """
        check_storage(url, self._base_url)
        place = f"PUT {place_of(url)}"
        headers = {"Content-Type": content_type, "Content-Length": str(size_bytes)}

        def once() -> None:
            # A new body for each attempt: one that was begun cannot be sent again.
            body = Body(path, sha256, size_bytes, stop, progress)
            self._count(requests=1)
            try:
                put = partial(self._bare.put, url, content=body, headers=headers)
                response = send(put, place, stop, brief=True)
            except TransportError as error:
                error.may_have_arrived = error.may_have_arrived and body.handed_over
                raise
            finally:
                self._count(bytes_sent=body.sent_bytes)
            if not response.is_success:
                retry_after = response.headers.get("Retry-After")
                raise storage_refusal(response.status_code, response.content, place, retry_after)
            if response.content and "html" in response.headers.get("Content-Type", ""):
                raise senseless(place, "answered a page")

        try:
            self._retrying(stop, surely_not_arrived)(once)
        except ApiError as error:
            raise UploadError(f"{error}; try again later", status=error.status) from error

    def get_file(
        self,
        url: str,
        sink: BinaryIO,
        *,
        limit_bytes: int,
        within_s: float = 900.0,
        stop: threading.Event | None = None,
        patient: bool = True,
    ) -> int:
        """Fetch what an address of the service's leads to, without the bearer; return its size.

        Parameters
        ----------
        sink : binary file
            Where it goes, piece by piece, from where the sink stands. After an error there may be
            a part of it.
        limit_bytes : int
            More than that is refused.
        within_s : float
            How long one attempt may take, seconds.
        patient : bool
            Try again where that may help.

        Raises
        ------
        ApiError
            The answer is not 2xx; a status of 403 may mean that a signed address has expired.
        UnexpectedAnswerError
            The address is none to ask, leads elsewhere, or to more than the limit.
        TransportError
            It did not come, or not in time.
        JobCancelledError
            The event was set.
        """
        check_storage(url, self._base_url)
        download = Download(url, sink, limit_bytes=limit_bytes, within_s=within_s, stop=stop)

        def once() -> int:
            self._count(requests=1)
            return download(self._bare)

        return self._retrying(stop, worth_repeating if patient else never)(once)

    def _answer(
        self, ask: Callable[[], httpx.Response], place: str, stop: threading.Event | None
    ) -> tuple[int, dict[str, Any]]:
        try:
            answer = checked(send(ask, place, stop, brief=True), place)
        except RateLimitedError as error:
            asked_s = error.retry_after_s
            self._gate.shut(_UNTOLD_PAUSE_S if asked_s is None else asked_s)
            raise
        self.reached = True
        return answer

    def _retrying(
        self, stop: threading.Event | None, repeat: Callable[[BaseException], bool]
    ) -> tenacity.Retrying:
        self._budget.earn()

        def before_retry() -> float:
            self._count(retries=1)
            return self._budget.spend()

        return retrying(stop=stop, repeat=repeat, before_retry=before_retry)

    def _count(self, *, requests: int = 0, retries: int = 0, bytes_sent: int = 0) -> None:
        with self._counting:
            so_far = self._traffic
            self._traffic = Traffic(
                so_far.requests + requests,
                so_far.retries + retries,
                so_far.bytes_sent + bytes_sent,
            )
