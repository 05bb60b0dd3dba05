"""The seam to HTTP: the only module that knows httpx.

Two clients: one that carries the bearer, bound to the API's host, and a bare one for presigned
addresses, which are their own credential. Neither follows a redirect. Nothing here puts a token
or a signed address into an error: addresses are cut off behind their path.
"""

from __future__ import annotations

import logging
import threading
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from yotokit.errors import (
    ApiError,
    LoginRequiredError,
    TransportError,
    UnexpectedAnswerError,
    UploadError,
)
from yotokit.logs import JobFilter
from yotokit.settings import is_loopback
from yotokit.yoto.answers import checked, place_of, storage_refusal
from yotokit.yoto.body import Body
from yotokit.yoto.models import Traffic
from yotokit.yoto.retry import retrying, surely_not_arrived, without_effect, worth_repeating

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from pathlib import Path

    import tenacity

    from yotokit.yoto.auth import AccessToken

__all__ = ["Http"]

_TIMEOUT = httpx.Timeout(60.0, connect=10.0, pool=None)
# No upper bound on connections: fewer than threads, and a few time-outs leave httpx 0.28's pool
# unusable for good. Threads bound them already.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=16, keepalive_expiry=30.0)
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class _CutAddresses(logging.Filter):
    """Takes the query, which may hold a signature, out of the addresses that httpx logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                place_of(str(value)) if isinstance(value, httpx.URL) else value
                for value in record.args
            )
        return True


logging.getLogger("httpx").addFilter(_CutAddresses())
logging.getLogger("httpx").addFilter(JobFilter())


class _Bearer(httpx.Auth):
    """Puts the token into the header where no traceback shows it."""

    def __init__(self, token: AccessToken) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        yield request


class Http:
    """Requests to one service, with retries and typed errors.

    Parameters
    ----------
    base_url : str
        Address of the API.
    token : AccessToken
        Sent to that address, and to no other.
    renew : callable
        Returns the token to use instead of one that is not accepted any more, or None.

    Attributes
    ----------
    reached : bool
        The service has answered, and taken the token.
    """

    def __init__(
        self,
        base_url: str,
        token: AccessToken,
        renew: Callable[[AccessToken], AccessToken | None] = lambda _: None,
    ) -> None:
        self.reached = False
        self._base_url = base_url
        self._token = token
        self._renew = renew
        self._renewing = threading.Lock()
        self._counting = threading.Lock()
        self._traffic = Traffic()
        # A proxy of the environment is for the wide world; on loopback it would see the token.
        trust_env = not is_loopback(urlsplit(base_url).hostname)
        self._api = httpx.Client(
            base_url=base_url,
            trust_env=trust_env,
            headers={"Accept": "application/json"},
            timeout=_TIMEOUT,
            limits=_LIMITS,
        )
        self._bare = httpx.Client(timeout=_TIMEOUT, limits=_LIMITS, trust_env=trust_env)

    @property
    def traffic(self) -> Traffic:
        """What went over the network so far."""
        return self._traffic

    def use(self, token: AccessToken) -> None:
        """Use another token from now on."""
        self._token = token

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
        stop: threading.Event | None = None,
        idempotent: bool = True,
    ) -> tuple[int, dict[str, Any]]:
        """Send a request; return the status, 2xx, and the JSON object of the answer.

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
        """
        place = f"{method} {place_of(self._base_url + path)}"

        def once() -> tuple[int, dict[str, Any]]:
            self._count(requests=1)
            used = self._token
            try:
                return self._answer(partial(ask, used), place)
            except LoginRequiredError:
                if not self._renewed(used):
                    raise
                return self._answer(partial(ask, self._token), place)

        def ask(token: AccessToken) -> httpx.Response:
            return self._api.request(method, path, params=params, json=body, auth=_Bearer(token))

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
        TransportError
            No answer came. Where the bytes may all have arrived, they are not sent again.
        """
        self._check_storage(url)
        place = f"PUT {place_of(url)}"
        headers = {"Content-Type": content_type, "Content-Length": str(size_bytes)}

        def once() -> None:
            # A new body for each attempt: one that was begun cannot be sent again.
            body = Body(path, sha256, size_bytes, stop, progress)
            self._count(requests=1)
            try:
                response = _send(partial(self._bare.put, url, content=body, headers=headers), place)
            except TransportError as error:
                error.may_have_arrived = error.may_have_arrived and body.handed_over
                raise
            finally:
                self._count(bytes_sent=body.sent_bytes)
            if not response.is_success:
                retry_after = response.headers.get("Retry-After")
                raise storage_refusal(response.status_code, response.text, place, retry_after)

        try:
            self._retrying(stop, surely_not_arrived)(once)
        except ApiError as error:
            raise UploadError(f"{error}; try again later", status=error.status) from error

    def _answer(self, ask: Callable[[], httpx.Response], place: str) -> tuple[int, dict[str, Any]]:
        answer = checked(_send(ask, place), place)
        self.reached = True
        return answer

    def _renewed(self, refused: AccessToken) -> bool:
        """Get a token in the place of a refused one; once, however many threads ask for it."""
        with self._renewing:
            if self._token is refused:
                self._token = self._renew(refused) or refused
            return self._token is not refused

    def _retrying(
        self, stop: threading.Event | None, repeat: Callable[[BaseException], bool]
    ) -> tenacity.Retrying:
        return retrying(stop=stop, repeat=repeat, before_retry=partial(self._count, retries=1))

    def _count(self, *, requests: int = 0, retries: int = 0, bytes_sent: int = 0) -> None:
        with self._counting:
            so_far = self._traffic
            self._traffic = Traffic(
                so_far.requests + requests,
                so_far.retries + retries,
                so_far.bytes_sent + bytes_sent,
            )

    def _check_storage(self, url: str) -> None:
        """Refuse an address that the service should never give."""
        parts = urlsplit(url)
        local = is_loopback(urlsplit(self._base_url).hostname) and is_loopback(parts.hostname)
        if not parts.hostname or not (
            parts.scheme == "https" or (parts.scheme == "http" and local)
        ):
            raise UnexpectedAnswerError(
                "the service gave an upload address that is not https; nothing was sent"
            )


def _send(request: Callable[[], httpx.Response], place: str) -> httpx.Response:
    problem: TransportError | UnexpectedAnswerError
    try:
        response = request()
    except _NOTHING_SENT as error:
        text = f"{place}: no connection ({_reason(error)}); check the network"
        problem = TransportError(text, may_have_arrived=False)
    except httpx.HTTPError as error:
        problem = TransportError(f"{place}: the connection was lost ({_reason(error)})")
    except httpx.InvalidURL:
        problem = UnexpectedAnswerError(f"{place}: the address is not valid")
    else:
        return _not_redirected(response, place)
    # Out here: httpx's error holds the request, and in it the token, and must not be its context.
    raise problem


def _not_redirected(response: httpx.Response, place: str) -> httpx.Response:
    if response.is_redirect:
        raise UnexpectedAnswerError(
            f"{place} was redirected, which the service never does; a Wi-Fi login page may be in "
            "the way: open any page in a browser, then try again"
        )
    return response


def _reason(error: httpx.HTTPError) -> str:
    return type(error).__name__
