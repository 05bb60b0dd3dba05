"""A service that means harm, or is broken: over real sockets, with a server of the tests' own."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
from contextlib import contextmanager, suppress

import pytest
from contract.peers import answering, whole
from contract.showing import assert_hidden, caught, error_texts, log_texts

import yotokit as yk
from yotokit.errors import (
    ApiError,
    LoginRequiredError,
    NotFoundError,
    TranscodeError,
    UnexpectedAnswerError,
    UploadError,
)
from yotokit.yoto.hidden import Hidden
from yotokit.yoto.http import post_form

pytestmark = pytest.mark.usefixtures("short_pauses")

TOKEN = "opaque-CANARY-0123456789-token"  # noqa: S105 - nobody's
SIGNATURE = "CANARY0123456789abcdef"
SIGNED = f"/there?X-Amz-Signature={SIGNATURE}"
SLOT = "/media/transcode/audio/uploadUrl"


@contextmanager
def service(answer):
    """Yield a client of a service whose every answer is a function's, given the handler."""
    with (
        answering(answer) as url,
        yk.YotoClient.login(token=Hidden(TOKEN), api_url=url) as yoto,
    ):
        yield yoto


def as_json(handler, value, status=200):
    whole(handler, json.dumps(value).encode(), status)


def send(yoto, folder):
    (folder / "x").write_bytes(b"abc")
    digest = hashlib.sha256(b"abc").hexdigest()
    kind = {"content_type": "audio/wav", "filename": "x"}
    return yoto.upload(folder / "x", sha256=digest, size_bytes=3, **kind)


def storing(answer):
    """Return a service that hands out upload addresses, and answers to uploads by a function."""

    def answers(handler):
        if handler.path.startswith(SLOT):
            url = f"http://{handler.headers['Host']}{SIGNED}"
            as_json(handler, {"upload": {"uploadId": "u", "uploadUrl": url}})
        else:
            answer(handler)

    return answers


# What is packed, or too much


@pytest.mark.parametrize("packing", ["gzip", "deflate", "gzip, gzip", "br"])
def test_a_packed_answer_is_not_unpacked(packing):
    asked = []

    def answer(handler):
        asked.append(handler.headers["Accept-Encoding"])
        whole(handler, gzip.compress(b'{"cards": []}'), Content_Encoding=packing)

    with service(answer) as yoto:
        for ask in (yoto.cards, lambda: post_form(yoto.api_url, {"grant_type": "x"})):
            with pytest.raises(UnexpectedAnswerError, match="an encoding not asked for"):
                ask()
    assert asked == ["identity"] * 2


def test_a_packed_refusal_is_the_refusal_that_its_status_says():
    body = gzip.compress(json.dumps({"error": "x" * 1_000_000}).encode())
    with (
        service(lambda handler: whole(handler, body, 404, Content_Encoding="gzip")) as yoto,
        pytest.raises(NotFoundError, match=r"answered 404$"),
    ):
        yoto.cards()


def test_an_answer_of_more_than_8_mib_is_not_taken():
    body = json.dumps({"cards": [], "more": "x" * (9 << 20)}).encode()

    def answer(handler):
        with suppress(OSError):
            whole(handler, body)

    with service(answer) as yoto, pytest.raises(UnexpectedAnswerError, match="without an end"):
        yoto.cards()


# What it repeats


@pytest.mark.parametrize("shape", ["error", "message", "code", "text"])
@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_token_that_a_refusal_repeats_is_not_shown(status, shape):
    def answer(handler):
        said = f"not this one: {handler.headers['Authorization']}"
        shapes = {"message": {"message": said}, "code": {"code": said}, "text": said}
        as_json(handler, {"error": shapes.get(shape, {"message": said, "code": said})}, status)

    with service(answer) as yoto:
        error = caught(yoto.cards)

    assert isinstance(error, LoginRequiredError if status == 401 else ApiError)
    assert shape == "code" or "not this one: Bearer <hidden>" in str(error)
    assert_hidden({TOKEN}, error_texts(error))


def test_what_is_sent_to_sign_in_and_repeated_is_not_shown():
    fields = {
        name: Hidden(f"CANARY-0123456789-{name}")
        for name in ("code", "code_verifier", "refresh_token")
    }

    def answer(handler):
        said = handler.body.decode()
        as_json(handler, {"error": "invalid_grant", "error_description": said}, 403)

    with answering(answer) as url:
        error = caught(post_form, url, fields)

    assert error.code == "invalid_grant"
    assert_hidden(fields.values(), error_texts(error))


def test_an_address_that_a_refusal_repeats_is_shown_without_its_query():
    said = f"https://storage.invalid{SIGNED} has expired, as has x?Signature={SIGNATURE}"
    with service(lambda handler: as_json(handler, {"error": said}, 400)) as yoto:
        error = caught(yoto.cards)

    assert "https://storage.invalid/there has expired, as has x" in str(error)
    assert_hidden({SIGNATURE}, error_texts(error))


def test_an_address_that_a_transcode_fails_on_is_shown_without_its_query():
    failed = {"error": {"message": f"cannot read https://storage.invalid{SIGNED} again"}}
    with service(lambda handler: as_json(handler, {"transcode": failed}, 202)) as yoto:
        error = caught(yoto.transcode, "u")

    assert isinstance(error, TranscodeError)
    assert "cannot read https://storage.invalid/there again" in str(error)
    assert SIGNATURE not in str(error)


def test_what_a_refusal_says_gives_no_orders_to_a_terminal_and_is_one_line():
    said = {"message": "one\ntwo\x1b[2J\x9b\ud800", "code": "\x1b]0;x\x07"}
    with service(lambda handler: as_json(handler, {"error": said}, 400)) as yoto:
        error = caught(yoto.cards)

    assert "one two\ufffd[2J\ufffd\ufffd" in str(error)
    assert (str(error) + error.code).replace("\ufffd", "x").isprintable()


# The storage


def test_a_storage_that_redirects_leaves_no_signature_in_any_log(tmp_path, caplog):
    for name in ("", "httpx", "httpcore", "httpcore.http11"):
        caplog.set_level(logging.DEBUG, logger=name)

    def answer(handler):
        whole(handler, b"", 307, Location=f"http://storage.invalid{SIGNED}")

    with service(storing(answer)) as yoto:
        error = caught(send, yoto, tmp_path)

    assert isinstance(error, UnexpectedAnswerError)
    assert "receive_response_headers.complete return_value=(b'HTTP/1.0', 307..." in caplog.text
    assert_hidden({SIGNATURE}, log_texts(caplog.records) | error_texts(error))


def test_headers_that_are_none_leave_no_signature_in_any_log(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("yotokit.yoto.http.retry._ATTEMPTS", 1)
    for name in ("", "httpx", "httpcore", "httpcore.http11"):
        caplog.set_level(logging.DEBUG, logger=name)

    def answer(handler):
        handler.wfile.write(f"HTTP/1.1 200 OK\r\nno header {SIGNED}\r\n\r\n".encode())

    with service(storing(answer)) as yoto:
        error = caught(send, yoto, tmp_path)

    assert "receive_response_headers.failed exception=RemoteProtocolError..." in caplog.text
    assert_hidden({SIGNATURE}, log_texts(caplog.records) | error_texts(error))


@pytest.mark.parametrize("charset", ["hex", "zlib", "rot13", "idna", "undefined", "punycode"])
def test_a_refusal_of_the_storage_in_a_charset_that_is_none_is_a_refusal(tmp_path, charset):
    def answer(handler):
        kind = f"text/xml; charset={charset}"
        whole(handler, b"<Code>AccessDenied</Code>\xff", 403, Content_Type=kind)

    with (
        service(storing(answer)) as yoto,
        pytest.raises(UploadError, match=r"answered 403 \(AccessDenied\)"),
    ):
        send(yoto, tmp_path)
