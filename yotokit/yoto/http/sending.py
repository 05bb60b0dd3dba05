"""The seam to httpx: clients, and one request with typed errors.

Nothing here puts a token or a signed address into an error or a log line: addresses are cut off
behind their path.
"""

from __future__ import annotations

import logging
import math
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from yotokit.errors import SettingError, TransportError, UnexpectedAnswerError
from yotokit.logs import JobFilter
from yotokit.settings import is_loopback
from yotokit.yoto.http.answers import place_of, senseless
from yotokit.yoto.http.sockets import Backend, stopped_by

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Generator

    from yotokit.yoto.auth import AccessToken

__all__ = ["Bearer", "new_client", "send"]

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


class _CutAnswers(logging.Filter):
    """Takes out of what httpcore logs the headers of answers, and what errors quote of them.

    A redirection of the storage's repeats the signature there.
    """

    _STATUS = re.compile(r"(return_value=\(b'[^']*', \d+|exception=\w+).*", re.DOTALL)

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = self._STATUS.sub(r"\1...", str(record.msg))
        return True


logging.getLogger("httpx").addFilter(_CutAddresses())
logging.getLogger("httpx").addFilter(JobFilter())
for _part in ("connection", "http11", "proxy"):
    logging.getLogger(f"httpcore.{_part}").addFilter(_CutAnswers())


class Bearer(httpx.Auth):
    """Puts a token into the header where no traceback shows it."""

    def __init__(self, token: AccessToken) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header."""
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        yield request


def new_client(base_url: str = "", *, near: str | None = None) -> httpx.Client:
    """Return a client that follows no redirect.

    Parameters
    ----------
    base_url : str
        What its addresses begin with.
    near : str, optional
        An address of the service that it talks to, where that is not the base.
    """
    # A proxy of the environment is for the wide world; on loopback it would see the token.
    trust_env = not is_loopback(urlsplit(near or base_url).hostname)
    headers = {"Accept-Encoding": "identity"}
    if base_url:
        headers["Accept"] = "application/json"
    client = httpx.Client(
        base_url=base_url,
        trust_env=trust_env,
        headers=headers,
        timeout=_TIMEOUT,
        limits=_LIMITS,
        event_hooks={"response": [_never_unpacked]},
    )
    # httpx hands no backend on, so it is put in behind its back: here, and behind each proxy.
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001
        if transport is not None:
            transport._pool._network_backend = Backend()  # type: ignore[attr-defined]  # noqa: SLF001
    return client


def _never_unpacked(response: httpx.Response) -> None:
    """Refuse an answer that is packed: a small one may unpack to more than there is memory."""
    if response.headers.get("Content-Encoding", "identity") == "identity":
        return
    if response.is_success:
        place = place_of(str(response.request.url))
        raise UnexpectedAnswerError(f"{place} answered in an encoding not asked for")
    del response.headers["Content-Encoding"]  # the status of a refusal says enough


def send(
    request: Callable[[], httpx.Response],
    place: str,
    stop: threading.Event | None = None,
    *,
    brief: bool = False,
    within_s: float = math.inf,
) -> httpx.Response:
    """Make a request, and turn what httpx raises into errors of ours.

    Parameters
    ----------
    request : callable
        Makes it.
    place : str
        What is asked, without anything secret.
    stop : threading.Event, optional
        Ends it when it is set.
    brief : bool
        The answer is a short one: it has two minutes from its first byte to its last.
    within_s : float
        How long it may take, from looking up the host to the last byte, seconds.

    Raises
    ------
    TransportError
        No answer came.
    UnexpectedAnswerError
        The answer, or the address that the service gave, makes no sense.
    SettingError
        The client was closed.
    JobCancelledError
        The event was set.
    """
    problem: BaseException
    try:
        with stopped_by(stop, brief=brief, within_s=within_s):
            response = request()
    except _NOTHING_SENT as error:
        text = f"{place}: no connection ({_reason(error)}); check the network"
        problem = TransportError(text, may_have_arrived=False)
    except httpx.HTTPError as error:
        problem = TransportError(f"{place}: the connection was lost ({_reason(error)})")
    except (httpx.InvalidURL, UnicodeError):
        problem = UnexpectedAnswerError(f"{place}: the address is not valid")
    except RuntimeError as error:
        problem = error
        if "closed" in str(error):
            problem = SettingError(f"{place}: this client was closed; make a new one")
    except BaseException as error:
        problem = error
    else:
        return _not_redirected(response, place)
    # Out here, and without where it comes from: httpx's errors and frames hold the request, and in
    # it the token or the signed address.
    raise problem.with_traceback(None)


def _not_redirected(response: httpx.Response, place: str) -> httpx.Response:
    if response.is_redirect:
        raise senseless(place, "was redirected, which the service never does")
    return response


def _reason(error: httpx.HTTPError) -> str:
    return type(error).__name__
