"""Files at addresses that need no token, over real sockets: bounded, and no secret told."""

from __future__ import annotations

import io
import threading
import time
from contextlib import contextmanager

import pytest
from contract.peers import answering, whole

from yotokit.errors import (
    ApiError,
    JobCancelledError,
    NotFoundError,
    ServerError,
    TransportError,
    UnexpectedAnswerError,
)
from yotokit.yoto.http import Http

pytestmark = pytest.mark.usefixtures("short_pauses")


@contextmanager
def _http(url):
    http = Http(url, tokens=None)
    try:
        yield http
    finally:
        http.close()


def _get(http, url, sink=None, **options):
    return http.get_file(url, sink or io.BytesIO(), **({"limit_bytes": 1_000} | options))


def test_a_file_that_breaks_off_is_fetched_anew_into_the_same_place():
    attempts = []

    def answer(handler):
        attempts.append(handler.headers)
        if len(attempts) == 1:
            handler.send_response(200)
            handler.send_header("Content-Length", "20")
            handler.end_headers()
            handler.wfile.write(b"wrong and long")
        else:
            whole(handler, b"right")

    sink = io.BytesIO(b"before")
    sink.seek(6)
    with answering(answer) as url, _http(url) as http:
        assert _get(http, f"{url}/a?Signature=CANARY", sink) == 5
    assert sink.getvalue() == b"beforeright"
    assert len(attempts) == 2
    assert all("Authorization" not in headers for headers in attempts)


def test_a_file_of_exactly_the_limit_is_taken_and_one_byte_more_is_not():
    with answering(lambda handler: whole(handler, b"x" * 1_001)) as url, _http(url) as http:
        assert _get(http, url, limit_bytes=1_001) == 1_001
        with pytest.raises(UnexpectedAnswerError, match="more than 1000 bytes"):
            _get(http, url)


def test_a_file_that_is_packed_is_not_taken():
    def answer(handler):
        whole(handler, b"x", Content_Encoding="gzip")

    with (
        answering(answer) as url,
        _http(url) as http,
        pytest.raises(UnexpectedAnswerError, match="encoding"),
    ):
        _get(http, url)


def test_a_file_that_trickles_ends_with_its_time():
    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            try:
                handler.wfile.write(b"x")
            except OSError:
                return
            time.sleep(0.02)

    with (
        answering(answer) as url,
        _http(url) as http,
        pytest.raises(TransportError, match="not done within"),
    ):
        _get(http, url, within_s=0.2, patient=False)


def test_headers_that_trickle_end_with_the_time_of_the_file():
    def answer(handler):
        for piece in [b"HTTP/1.1 200 OK\r\nX-Padding: ", *[b"x"] * 600]:
            try:
                handler.wfile.write(piece)
            except OSError:
                return
            time.sleep(0.02)

    begun_s = time.monotonic()
    with (
        answering(answer) as url,
        _http(url) as http,
        pytest.raises(TransportError, match="not done within"),
    ):
        _get(http, url, within_s=0.2, patient=False)
    assert time.monotonic() - begun_s < 5.0  # they come for 12 s


def test_a_fetch_ends_when_it_is_cancelled():
    stop = threading.Event()

    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"x")
        stop.set()
        time.sleep(0.5)

    with answering(answer) as url, _http(url) as http, pytest.raises(JobCancelledError):
        _get(http, url, stop=stop)


@pytest.mark.parametrize(
    ("status", "kind"), [(403, ApiError), (404, NotFoundError), (500, ServerError)]
)
def test_a_refusal_is_typed_and_shows_nothing_of_the_signature(status, kind):
    def answer(handler):
        whole(handler, b"<Signature>CANARY</Signature>", status)

    with answering(answer) as url, _http(url) as http, pytest.raises(kind) as caught:
        _get(http, f"{url}/a?Signature=CANARY", patient=False)
    assert caught.value.status == status
    assert "CANARY" not in str(caught.value)


def test_a_redirect_is_not_followed():
    asked = []

    def answer(handler):
        asked.append(handler.path)
        whole(handler, b"", 302, Location="/elsewhere")

    with (
        answering(answer) as url,
        _http(url) as http,
        pytest.raises(UnexpectedAnswerError, match="redirected"),
    ):
        _get(http, f"{url}/a")
    assert asked == ["/a"]
