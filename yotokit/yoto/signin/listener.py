"""Waits on a port of this machine for the browser to come back."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from yotokit.errors import SettingError, YotokitError
from yotokit.yoto.hidden import Hidden

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.yoto.signin.app import App

__all__ = ["Listener"]

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>yotokit</title>
<meta name="color-scheme" content="light dark"><meta name="viewport" content="width=device-width">
<body style="font:18px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:32em;padding:0 1em">
<h1 style="font-size:1.4em">{head}</h1><p>{text}</p></body></html>"""
_REQUEST_S = 10.0
_PAGE_S = 1.0


class _Server(ThreadingHTTPServer):
    """Has a thread for each connection, so that one that says nothing is in nobody's way."""

    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a connection was lost, and the browser comes again."""


class Listener:
    """A server for one answer, on the address that is registered as the redirect.

    Parameters
    ----------
    app : App
        Whose answer it is.
    came : callable
        Called with what the browser asked for, in the server's thread; returns where the browser
        is to go on, or None at the end.

    Raises
    ------
    SettingError
        The port is taken.
    """

    def __init__(self, app: App, came: Callable[[str], str | None]) -> None:
        path = urlsplit(app.redirect_uri).path or "/"
        self._answering = answering = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            timeout = _REQUEST_S

            def do_GET(self) -> None:
                """Answer the browser."""
                self.path = Hidden(self.path)  # in an error's traceback, too
                if urlsplit(self.path).path != path:
                    self.send_error(404)
                    return
                with answering:
                    self._answer()

            def _answer(self) -> None:
                try:
                    more = came(self.path)
                except YotokitError:
                    self._show(400, "That did not work", "Your notebook says why.")
                    return
                if more is None:
                    self._show(200, "Signed in", "Close this page and go back to your notebook.")
                    return
                self.send_response(302)
                self.send_header("Location", more)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _show(self, status: int, head: str, text: str) -> None:
                page = _PAGE.format(head=head, text=text).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
                """Say nothing: the address holds the code."""

        try:
            self._server = _Server(app.address, Handler)
        except OSError as error:
            raise SettingError(
                f"{app.redirect_uri}: the port cannot be used ({error.strerror}); close what uses "
                "it, or paste the address that the browser ends at"
            ) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="yotokit-sign-in", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening, once the browser has its page."""
        self._server.shutdown()
        self._server.server_close()
        if self._thread is not threading.current_thread():
            self._thread.join(_REQUEST_S)
        if self._answering.acquire(timeout=_PAGE_S):
            self._answering.release()
