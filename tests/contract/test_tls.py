"""The sockets of the client under TLS, as the real service speaks it."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager

import httpcore
import pytest

from yotokit.errors import JobCancelledError, SettingError
from yotokit.yoto.http.sockets import Backend, stopped_by

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate")

SIZE_BYTES = 5_000_000


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    paths = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            *("-out", str(paths[0]), "-keyout", str(paths[1])),
        ],
        check=True,
        capture_output=True,
    )
    return paths


@contextmanager
def service(certificate, speak):
    """Yield the port of a service that takes one connection and gives it to a function."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    def take():
        connection, _ = listener.accept()
        with connection:
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    speak(secured)
            except OSError:
                return  # the client has seen enough

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        taking = threading.Thread(target=take)
        taking.start()
        yield listener.getsockname()[1]
        taking.join(30)


@pytest.fixture
def pool(certificate):
    context = ssl.create_default_context(cafile=certificate[0])
    with httpcore.ConnectionPool(ssl_context=context, network_backend=Backend()) as pool:
        yield pool


def read_all(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(4096)
    left = SIZE_BYTES - len(head.partition(b"\r\n\r\n")[2])
    while left > 0 and (piece := connection.recv(65_536)):
        left -= len(piece)
        time.sleep(0.0005)  # slow enough for the other side's buffers to be full
    body = bytes(SIZE_BYTES)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def put(pool, port, body, timeout_s=10.0):
    times = dict.fromkeys(("connect", "read", "write", "pool"), timeout_s)
    headers = {"Host": "localhost", "Content-Length": str(SIZE_BYTES)}
    url = f"https://localhost:{port}/x"
    return pool.request("PUT", url, headers=headers, content=body, extensions={"timeout": times})


def pieces():
    for _ in range(SIZE_BYTES // 100_000):
        yield bytes(100_000)


@pytest.mark.parametrize("cancellable", [True, False])
def test_large_bodies_go_both_ways(certificate, pool, cancellable):
    stop = threading.Event() if cancellable else None
    with service(certificate, read_all) as port, stopped_by(stop):
        answer = put(pool, port, pieces())

    assert (answer.status, len(answer.content)) == (200, SIZE_BYTES)


@pytest.mark.parametrize("reads_first", [True, False])
def test_a_cancel_ends_what_waits_in_the_middle(certificate, pool, reads_first):
    """In the middle of sending, and of waiting for the answer."""
    ended, stop = threading.Event(), threading.Event()

    def speak(connection):
        if reads_first:
            for _ in range(SIZE_BYTES // 100_000):
                connection.recv(200_000)
        ended.wait(30)

    timer = threading.Timer(0.5, stop.set)
    with service(certificate, speak) as port, stopped_by(stop):
        timer.start()
        with pytest.raises(JobCancelledError):
            put(pool, port, pieces())
        ended.set()
    timer.join()


def test_a_certificate_that_nobody_vouches_for_ends_it_before_anything_is_sent(certificate):
    came = []
    with (
        httpcore.ConnectionPool(network_backend=Backend()) as pool,
        service(certificate, lambda connection: came.append(connection.recv(1))) as port,
        pytest.raises(httpcore.ConnectError, match="certificate verify failed"),
    ):
        put(pool, port, pieces())

    assert not any(came)


def test_a_proxy_that_is_spoken_to_by_https_is_told_from_one_that_works(certificate):
    context = ssl.create_default_context(cafile=certificate[0])
    ended = threading.Event()
    with service(certificate, lambda connection: ended.wait(30)) as port:
        stream = Backend().connect_tcp("localhost", port, 5.0).start_tls(context, "localhost", 5.0)
        with pytest.raises(SettingError, match="http://"):
            stream.start_tls(context, "localhost", 5.0)
        stream.close()
        ended.set()
