"""The seam to uvicorn, and who may ask: it loads when an emulator is started."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from uvicorn.protocols.http.auto import AutoHTTPProtocol

if TYPE_CHECKING:
    import asyncio

    from starlette.types import ASGIApp

__all__ = ["THIS_MACHINE", "http_server", "listen"]

THIS_MACHINE = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
"""Keeps a page of the wide web from talking to a server through a name that leads here."""


class _Protocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # chosen when it loads
    """Hands the connection to the application, so that a fault can break it."""

    app_state: dict[str, Any]

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, "connection": transport}


def listen(port: int) -> socket.socket:
    """Return a bound socket on loopback.

    Raises
    ------
    OSError
        The port is taken.
    """
    # With the protocol named, asyncio sends each piece of an answer at once; without, every answer
    # on a connection that is kept comes 40 ms late.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    return listener


def http_server(app: ASGIApp) -> uvicorn.Server:
    """Return a server of an application; it is not running yet."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=_Protocol,
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
    )
