"""The client and the emulator over real sockets."""

from __future__ import annotations

import json
import logging
import pickle
import threading
import time
import traceback

import pytest
from contract.uploading import send
from sound import write_tone

import yotokit as yk
from yotokit.emulator import Fault
from yotokit.errors import (
    ApiError,
    JobCancelledError,
    LoginRequiredError,
    NotFoundError,
    ServerError,
    SourceChangedError,
    TransportError,
    UnexpectedAnswerError,
    UploadError,
)
from yotokit.yoto import Card, Chapter, Track
from yotokit.yoto.http.retry import retrying, worth_repeating


def transcoded(yoto, upload_id, within_s=10):
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if (state := yoto.transcode(upload_id)).media is not None:
            return state.media
        time.sleep(0.02)
    raise AssertionError("not transcoded in time")


@pytest.fixture
def tone(tmp_path):
    return write_tone(tmp_path / "tone.wav", duration_s=3.0, channels=2)


pytestmark = pytest.mark.usefixtures("short_pauses")


def test_from_a_file_to_a_card_and_back(yoto, tone, emulator):
    media = transcoded(yoto, send(yoto, tone))
    chapter = Chapter("k", "Tone", (Track("01", "Tone", media, "1"),), "1")
    card = yoto.write_card(Card("First", (chapter,)))

    assert media.format == "opus"
    assert media.channels == "stereo"
    assert media.duration_s == 3
    assert yoto.card(card.card_id) == card
    assert [c.card_id for c in yoto.cards()] == [card.card_id]
    assert yoto.cards()[0].chapters == ()
    yoto.delete_card(card.card_id)
    assert yoto.cards() == ()
    with pytest.raises(ApiError, match="Deleted card cannot be restored"):
        yoto.write_card(card)


def test_bytes_that_the_service_holds_are_not_sent_again(yoto, tone, emulator):
    first = send(yoto, tone)
    transcoded(yoto, first)

    assert send(yoto, tone) == first
    assert emulator.counters.puts == 1


def test_what_does_not_exist_is_not_found(yoto):
    with pytest.raises(NotFoundError, match="does not exist"):
        yoto.card("aaaaa")
    with pytest.raises(NotFoundError):
        yoto.delete_card("aaaaa")


def test_a_wrong_token_says_what_to_do_and_not_what_it_was(emulator):
    with (
        yk.YotoClient.login(token="CANARY", api_url=emulator.url) as yoto,
        pytest.raises(LoginRequiredError, match="YOTOKIT_TOKEN") as caught,
    ):
        yoto.cards()

    assert "CANARY" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_request_that_may_be_repeated_is_repeated(yoto, emulator, monkeypatch, status):
    monkeypatch.setattr("yotokit.yoto.http.http._UNTOLD_PAUSE_S", 0.05)
    emulator.faults.append(Fault("GET", "/content/mine", status=status, times=3))

    assert yoto.cards() == ()
    assert emulator.faults[0].times == 0


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_a_refusal_is_not_repeated(yoto, emulator, status):
    emulator.faults.append(Fault("GET", "/content/mine", status=status, times=1))
    with pytest.raises(ApiError) as caught:
        yoto.cards()

    assert caught.value.status == status
    assert yoto.cards() == ()


def test_what_never_gets_better_ends_with_the_last_error(yoto, emulator):
    emulator.faults.append(Fault("GET", "/content/mine", status=503, times=99))
    with pytest.raises(ServerError, match="503"):
        yoto.cards()

    assert emulator.faults[0].times == 99 - 6


def test_the_service_says_when_to_come_back(yoto, emulator):
    emulator.faults.append(Fault("GET", "/content/mine", status=429, retry_after="1"))
    begin = time.monotonic()
    yoto.cards()

    assert 0.9 < time.monotonic() - begin < 5


def test_a_lost_answer_is_asked_for_again_where_that_is_safe(yoto, emulator):
    emulator.faults.append(Fault("GET", "/content/mine", lose_answer=True, times=2))

    assert yoto.cards() == ()
    assert emulator.counters.card_lists == 3


def test_a_creation_is_not_repeated_when_it_may_have_had_its_effect(yoto, emulator):
    emulator.faults.append(Fault("POST", "/content", lose_answer=True))
    with pytest.raises(TransportError) as caught:
        yoto.write_card(Card("Once"))

    assert caught.value.may_have_arrived
    assert emulator.counters.card_creates == 1


def test_a_creation_is_repeated_when_it_surely_had_none(yoto, emulator):
    emulator.faults.append(Fault("POST", "/content", status=429, retry_after="0"))

    assert yoto.write_card(Card("Once")).card_id
    assert emulator.counters.card_creates == 1


def test_a_replacement_is_repeated(yoto, emulator):
    card = yoto.write_card(Card("Once"))
    emulator.faults.append(Fault("POST", "/content", lose_answer=True))

    assert yoto.write_card(card).card_id == card.card_id
    assert emulator.counters.card_creates == 1


@pytest.mark.parametrize("body", ["<html>Welcome to Station Wi-Fi</html>", "[]", "{", "null", ""])
def test_an_answer_that_is_no_json_object_is_a_typed_error(yoto, emulator, body):
    emulator.faults.append(Fault("GET", "/content/mine", status=200, body=body))
    with pytest.raises(UnexpectedAnswerError, match="Wi-Fi"):
        yoto.cards()


def test_a_redirect_is_not_followed(yoto, emulator):
    emulator.faults.append(Fault("GET", "/content/mine", status=302))
    with pytest.raises(UnexpectedAnswerError):
        yoto.cards()


def test_no_connection_is_a_transport_error_that_had_no_effect():
    with (
        yk.YotoClient.login(token="x", api_url="http://127.0.0.1:9") as yoto,
        pytest.raises(TransportError, match="no connection") as caught,
    ):
        yoto.cards()

    assert not caught.value.may_have_arrived


def test_an_expired_address_is_replaced(yoto, tone, emulator):
    emulator.faults.append(Fault("PUT", "/uploads/", status=403, times=2))

    assert transcoded(yoto, send(yoto, tone))
    assert emulator.counters.upload_urls == 3


def test_an_address_that_is_always_expired_ends_with_an_error(yoto, tone, emulator):
    emulator.faults.append(Fault("PUT", "/uploads/", status=403, times=99))
    with pytest.raises(UploadError, match="403"):
        send(yoto, tone)

    assert emulator.counters.upload_urls == 3


@pytest.mark.parametrize("status", [500, 503, 429])
def test_an_upload_is_repeated_from_its_beginning(yoto, tone, emulator, status):
    emulator.faults.append(Fault("PUT", "/uploads/", status=status, times=2))

    assert transcoded(yoto, send(yoto, tone)).duration_s == 3
    assert emulator.counters.completed_puts == 1


def test_a_file_that_is_not_what_was_announced_is_never_sent_whole(yoto, tone, emulator):
    with pytest.raises(SourceChangedError, match=r"tone\.wav"):
        send(yoto, tone, sha256="0" * 64)
    with pytest.raises((SourceChangedError, TransportError)):
        send(yoto, tone, size_bytes=tone.stat().st_size + 1)

    assert emulator.counters.completed_puts == 0


def test_an_upload_stops_when_it_is_cancelled(yoto, tmp_path, emulator):
    path = tmp_path / "large.wav"
    path.write_bytes(b"RIFF" + bytes(30_000_000))
    stop = threading.Event()
    with pytest.raises(JobCancelledError):
        send(yoto, path, stop=stop, progress=lambda sent: sent > 5_000_000 and stop.set())

    assert emulator.counters.completed_puts == 0


def test_a_pause_between_attempts_ends_when_it_is_cancelled(monkeypatch):
    monkeypatch.setattr("yotokit.yoto.http.retry._backoff", lambda state: 60.0)
    stop = threading.Event()

    def fail():
        raise TransportError("no")

    threading.Timer(0.1, stop.set).start()
    begin = time.monotonic()
    with pytest.raises(JobCancelledError):
        retrying(stop=stop, repeat=worth_repeating)(fail)

    assert time.monotonic() - begin < 2.0


def test_an_upload_address_that_is_not_the_services_way_is_refused(yoto, tone, emulator):
    for url in ("http://192.0.2.1/x", "ftp://127.0.0.1/x", "https:///x"):
        body = json.dumps({"upload": {"uploadId": "x", "uploadUrl": url}})
        emulator.faults.append(Fault("GET", "/media/transcode", status=200, body=body))
        with pytest.raises(UnexpectedAnswerError, match="not https"):
            send(yoto, tone)


def test_a_token_and_a_signature_appear_in_no_log_repr_error_or_pickle(
    tone, emulator, caplog, monkeypatch
):
    caplog.set_level(logging.DEBUG)
    signatures = []
    emulator.faults.append(Fault("PUT", "/uploads/", status=400, times=1))
    with emulator.client() as yoto:
        shown = [repr(yoto), str(vars(yoto))]
        with pytest.raises(UploadError) as caught:
            send(yoto, tone)
        shown += traceback.format_exception(caught.value)
        transcoded(yoto, send(yoto, tone))
        with pytest.raises(TypeError):
            pickle.dumps(yoto)
        for upload in emulator._running().uploads.values():
            signatures += upload.signatures
    shown.append(caplog.text)

    assert len(signatures) == 2
    assert "PUT" in caplog.text
    for secret in (emulator.token, emulator.token.split(".")[2], *signatures):
        assert secret not in "".join(shown)
