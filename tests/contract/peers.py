"""Other sides of a connection that no HTTP server would play."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def black_hole() -> Iterator[str]:
    """Yield the address of a port that neither takes nor refuses a connection."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            for each in waiting:
                each.close()


@contextmanager
def listening() -> Iterator[int]:
    """Yield a port whose connections are taken, and never spoken on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


@contextmanager
def sink(count: Path) -> Iterator[str]:
    """Yield an address that takes one upload; how many bytes it had is then in a file."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        taking = threading.Thread(target=_take, args=(listener, count))
        taking.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        taking.join(60)


def _take(listener: socket.socket, count: Path) -> None:
    connection, _ = listener.accept()
    with connection:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(65_536)
        head, _, first = head.partition(b"\r\n\r\n")
        announced = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        buffer, taken = bytearray(1 << 20), len(first)
        while taken < announced and (more := connection.recv_into(buffer)):
            taken += more
        count.write_text(str(taken))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], object]) -> Iterator[str]:
    """Yield the address of a server whose every answer is a function's, given the handler."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer(self)

        do_POST = do_PUT = do_GET  # noqa: N815 - the library's names

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def whole(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: object):
    """Send an answer with its length."""
    handler.send_response(status)
    for name, value in {"Content-Length": len(body), **headers}.items():
        handler.send_header(name.replace("_", "-"), str(value))
    handler.end_headers()
    handler.wfile.write(body)
