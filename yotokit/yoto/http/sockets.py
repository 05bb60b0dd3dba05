"""Sockets that look up from their waiting: a cancellation ends it, and so does a late answer.

httpx leaves a thread in ``connect``, ``send`` or ``recv`` for as long as its time-outs allow. Here
it waits in short slices, and in between looks whether what it waits for is still wanted.
"""

from __future__ import annotations

import math
import os
import selectors
import socket
import ssl
import time
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import httpcore

from yotokit.errors import JobCancelledError, SettingError, UnexpectedAnswerError
from yotokit.yoto.http.names import addresses_of

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Backend", "stopped_by", "unstoppable"]

T = TypeVar("T")

_SLICE_S = 0.05
# From its first byte to its last: one that trickles keeps each single wait short.
_ANSWER_S = 120.0
_LARGEST_ANSWER_BYTES = 8 << 20
_Selector: type[selectors.BaseSelector] = getattr(
    selectors, "PollSelector", selectors.SelectSelector
)
_stop: ContextVar[threading.Event | None] = ContextVar("yotokit-stop", default=None)
_brief: ContextVar[bool] = ContextVar("yotokit-brief", default=False)
_ends_s: ContextVar[float] = ContextVar("yotokit-ends", default=math.inf)


@contextmanager
def stopped_by(
    stop: threading.Event | None, *, brief: bool = False, within_s: float = math.inf
) -> Iterator[None]:
    """Have the network waits of this thread end when an event is set.

    Parameters
    ----------
    brief : bool
        The answer is a short one: it has to come within two minutes, and within 8 MiB.
    within_s : float
        How long all of them may take together, seconds.
    """
    tokens = _stop.set(stop), _brief.set(brief), _ends_s.set(time.monotonic() + within_s)
    try:
        yield
    finally:
        _stop.reset(tokens[0])
        _brief.reset(tokens[1])
        _ends_s.reset(tokens[2])


def unstoppable() -> None:
    """Have the event end nothing any more: what is asked from here on has its effect."""
    _stop.set(None)


def _look_up() -> None:
    """Raise if somebody has said stop."""
    stop = _stop.get()
    if stop is not None and stop.is_set():
        raise JobCancelledError("cancelled while it waited for the network; retry to go on")


def _slices(timeout_s: float | None) -> Iterator[float | None]:
    """Yield how long to wait next, until the time is over; None is for ever."""
    end_s = _ends_s.get()
    if timeout_s is not None:
        end_s = min(end_s, time.monotonic() + timeout_s)
    longest_s = None if _stop.get() is None else _SLICE_S
    while True:
        _look_up()
        left_s = end_s - time.monotonic()
        if left_s <= 0.0:
            return
        wait_s = left_s if longest_s is None else min(left_s, longest_s)
        yield wait_s if math.isfinite(wait_s) else None


def _patiently(
    sock: socket.socket, act: Callable[[], T], timeout_s: float | None, late: str, lost: str
) -> T:
    """Do something that may have to wait; errors are httpcore's, by name."""
    for slice_s in _slices(timeout_s):
        try:
            sock.settimeout(slice_s)
            return act()
        except TimeoutError as error:
            if error.errno is not None:  # the system's own: the other side is gone
                raise getattr(httpcore, lost)(str(error)) from error
        except OSError as error:
            raise getattr(httpcore, lost)(str(error)) from error
    raise getattr(httpcore, late)("nothing within its time")


class _Stream(httpcore.NetworkStream):
    """A connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._answer_ends_s: float | None = None
        self._answer_bytes = 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._answer_ends_s is not None:
            left_s = max(0.0, self._answer_ends_s - time.monotonic())
            timeout = left_s if timeout is None else min(timeout, left_s)
        act = partial(self._sock.recv, max_bytes)
        piece = _patiently(self._sock, act, timeout, "ReadTimeout", "ReadError")
        if not _brief.get():
            return piece
        if self._answer_ends_s is None:
            self._answer_ends_s = time.monotonic() + _ANSWER_S
        self._answer_bytes += len(piece)
        if self._answer_bytes > _LARGEST_ANSWER_BYTES:
            raise UnexpectedAnswerError("the service sent an answer without an end")
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._answer_ends_s, self._answer_bytes = None, 0
        left = memoryview(buffer)
        while left:
            act = partial(self._sock.send, left)
            left = left[_patiently(self._sock, act, timeout, "WriteTimeout", "WriteError") :]

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        if isinstance(self._sock, ssl.SSLSocket):
            raise SettingError("a proxy that is spoken to by https cannot be used; use http://")
        try:
            # From here on the connection is this one's: the plain one has given it away.
            self._sock = sock = ssl_context.wrap_socket(
                self._sock, server_hostname=server_hostname, do_handshake_on_connect=False
            )
            _patiently(sock, sock.do_handshake, timeout, "ConnectTimeout", "ConnectError")
        except BaseException:
            self.close()
            raise
        return _Stream(sock)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._sock.fileno() < 0 or _is_ready(self._sock, selectors.EVENT_READ, 0.0)
        if info == "ssl_object":
            return self._sock if isinstance(self._sock, ssl.SSLSocket) else None
        return self._sock if info == "socket" else None


class Backend(httpcore.NetworkBackend):
    """Makes connections; to be given to httpcore in the place of its own."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - never asked for
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Return a connection to the first address that takes one."""
        end_s = time.monotonic() + (60.0 if timeout is None else timeout)
        try:
            found = addresses_of(host, port, _slices(timeout))
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        if not found:
            raise httpcore.ConnectTimeout(f"no address of {host} in time")
        problem: Exception = httpcore.ConnectError("no address")
        for number, (family, address) in enumerate(found, 1):
            left_s = max(0.0, end_s - time.monotonic())
            # Half of the time, where there is another: the first may lead nowhere.
            share_s = left_s if number == len(found) else left_s / 2
            try:
                return _Stream(_connected(family, address, share_s))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem


def _connected(family: int, address: Any, timeout_s: float) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setblocking(False)
        try:
            sock.connect(address)
        except BlockingIOError:
            _await_connection(sock, timeout_s)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def _await_connection(sock: socket.socket, timeout_s: float) -> None:
    for slice_s in _slices(timeout_s):
        if _is_ready(sock, selectors.EVENT_WRITE, slice_s):
            if number := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise httpcore.ConnectError(os.strerror(number))
            return
    raise httpcore.ConnectTimeout(f"nothing within {timeout_s:.0f} s")


def _is_ready(sock: socket.socket, event: int, timeout_s: float | None) -> bool:
    with _Selector() as selector:
        selector.register(sock, event)
        return bool(selector.select(timeout_s))
