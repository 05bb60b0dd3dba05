"""What can go wrong on the network, row by row: it ends well or in one clear error.

``docs/faults.md`` is the table to it.
"""

from __future__ import annotations

import email.utils
import json
import socket
import time

import httpx
import pytest
from contract.peers import black_hole
from contract.uploading import send
from sound import write_tone

import yotokit as yk
from yotokit.emulator import Fault, TranscodeFault
from yotokit.errors import (
    ApiError,
    TransportError,
    UnexpectedAnswerError,
    UploadError,
)
from yotokit.yoto.http.places import check_storage

SLOT, POLL = ("GET", "/media/transcode"), ("GET", "/media/upload")
STORE, WRITE = ("PUT", "/uploads/"), ("POST", "/content")
# What passes when it is asked again, before and after the service has done what was asked.
WITHOUT_EFFECT = ("408", "429", "500", "502", "503", "504", "broken", "mute")
WITH_EFFECT = ("lost", "cut", "frozen")
SENSELESS = ("html", "portal", "empty", "invalid", "truncated")


pytestmark = pytest.mark.usefixtures("short_waits")


@pytest.fixture
def tone(tmp_path):
    """Larger than what the system's buffers hold, so that its middle is a middle."""
    return write_tone(tmp_path / "tone.wav", duration_s=30.0, rate=48_000, channels=2)


def fault(route, kind, times=1, **options):
    how = {"status": int(kind)} if kind.isdigit() else {"kind": kind}
    return Fault(*route, times=times, **how, **options)


def transcoded(yoto, upload_id, within_s=10.0):
    end = time.monotonic() + within_s
    while (state := yoto.transcode(upload_id)).media is None:
        assert time.monotonic() < end, state
        time.sleep(0.02)
    return state.media


def arrived_once(emulator):
    counters = emulator.counters
    return (counters.completed_puts, counters.repeated_puts) == (1, 0)


@pytest.mark.parametrize("kind", [*WITHOUT_EFFECT, *WITH_EFFECT, "trickle"])
def test_a_question_whose_answer_fails_is_asked_again(yoto, tone, emulator, kind):
    emulator.faults.append(fault(SLOT, kind, times=2))
    emulator.faults.append(fault(POLL, kind, times=2))

    assert transcoded(yoto, send(yoto, tone)).duration_s == 30
    assert arrived_once(emulator)
    assert [each.times for each in emulator.faults] == [0, 0]


@pytest.mark.parametrize("kind", ["stall", "mistyped"])
def test_what_is_only_slow_or_calls_itself_something_else_is_taken(yoto, tone, emulator, kind):
    emulator.faults += [fault(route, kind, times=2) for route in (SLOT, STORE, POLL)]

    assert transcoded(yoto, send(yoto, tone)).duration_s == 30
    assert (emulator.counters.puts, yoto.traffic.retries) == (1, 0)


@pytest.mark.parametrize("kind", SENSELESS)
def test_an_answer_that_makes_no_sense_is_one_clear_error_and_a_later_try_goes_on(
    yoto, tone, emulator, kind
):
    emulator.transcode_faults.append(TranscodeFault("late_record", polls=0))  # a 404 makes sense
    emulator.faults += [fault(SLOT, kind), fault(POLL, kind)]
    with pytest.raises(UnexpectedAnswerError, match="Wi-Fi login page"):
        send(yoto, tone)
    upload_id = send(yoto, tone)
    with pytest.raises(UnexpectedAnswerError, match="Wi-Fi login page"):
        yoto.transcode(upload_id)

    assert transcoded(yoto, upload_id).duration_s == 30
    assert arrived_once(emulator)


@pytest.mark.parametrize(
    "kind", [*WITHOUT_EFFECT, *WITH_EFFECT, "interrupted", "deaf", "signature"]
)
def test_an_upload_that_fails_arrives_all_the_same_and_once(yoto, tone, emulator, kind):
    emulator.faults.append(fault(STORE, kind, times=2))

    assert transcoded(yoto, send(yoto, tone)).duration_s == 30
    assert arrived_once(emulator)


@pytest.mark.parametrize("kind", ["interrupted", "deaf", "broken", "mute"])
def test_an_upload_that_never_gets_through_ends_in_an_error_and_arrives_later(
    yoto, tone, emulator, kind
):
    emulator.faults.append(fault(STORE, kind, times=99))
    with emulator.client() as impatient:
        # Only with the storage, and only once it is connected: nothing there gets through anyway.
        impatient._http._bare.timeout = httpx.Timeout(0.15, connect=10.0)
        with pytest.raises(TransportError, match="connection was lost"):
            send(impatient, tone)
    tried = 99 - emulator.faults[0].times
    emulator.faults.clear()

    assert 3 <= tried <= 18
    assert emulator.counters.completed_puts == 0
    assert transcoded(yoto, send(yoto, tone))
    assert arrived_once(emulator)


@pytest.mark.parametrize("status", [400, 411, 413, 501])
def test_what_the_storage_refuses_for_good_is_not_tried_again(yoto, tone, emulator, status):
    emulator.faults.append(fault(STORE, str(status), times=99))
    with pytest.raises(UploadError, match=str(status)) as caught:
        send(yoto, tone)

    assert caught.value.status == status
    assert emulator.faults[0].times == 98


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 413, 415, 422, 501])
def test_what_the_service_refuses_for_good_is_not_tried_again(yoto, emulator, status):
    emulator.faults.append(fault(SLOT, str(status), times=99))
    with pytest.raises(ApiError, match=str(status)) as caught:
        yoto.upload_slot("0" * 64, "x.wav")

    assert caught.value.status == status
    assert emulator.faults[0].times == 98


@pytest.mark.parametrize("kind", ["html", "portal"])
def test_a_login_page_in_the_storages_place_is_no_upload(yoto, tone, emulator, kind):
    emulator.faults.append(fault(STORE, kind))
    with pytest.raises(UnexpectedAnswerError, match="Wi-Fi login page"):
        send(yoto, tone)

    assert emulator.counters.completed_puts == 0
    assert transcoded(yoto, send(yoto, tone))


@pytest.mark.parametrize(
    ("retry_after", "at_least_s"),
    [("1", 1.0), ("date", 0.2), ("0", 0.0), ("-5", 0.0), ("soon", 0.0), ("", 0.0), (None, 0.0)],
)
@pytest.mark.parametrize("status", ["429", "503"])
def test_a_pause_that_is_asked_for_is_kept_in_whatever_form(
    yoto, emulator, status, retry_after, at_least_s
):
    if retry_after == "date":
        retry_after = email.utils.formatdate(time.time() + 2.0, usegmt=True)
    emulator.faults.append(fault(SLOT, status, retry_after=retry_after))
    begin = time.monotonic()
    yoto.upload_slot("0" * 64, "x.wav")

    assert at_least_s <= time.monotonic() - begin < at_least_s + 5.0


@pytest.mark.parametrize("retry_after", ["86400", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_pause_that_is_absurd_is_cut(yoto, emulator, monkeypatch, retry_after):
    monkeypatch.setattr("yotokit.yoto.http.pauses._LONGEST_S", 0.2)
    emulator.faults.append(fault(SLOT, "429", retry_after=retry_after))
    begin = time.monotonic()
    yoto.upload_slot("0" * 64, "x.wav")

    assert 0.2 <= time.monotonic() - begin < 5.0


@pytest.mark.parametrize(
    "upload",
    [
        {},
        {"uploadUrl": "http://127.0.0.1:9/x"},
        {"uploadId": 5, "uploadUrl": None},
        {"uploadId": "x", "uploadUrl": 5},
        {"uploadId": "", "uploadUrl": None},
    ],
)
def test_an_answer_that_lacks_something_is_one_clear_error(yoto, tone, emulator, upload):
    body = json.dumps({"upload": upload})
    emulator.faults.append(Fault(*SLOT, status=200, body=body))
    with pytest.raises(UnexpectedAnswerError, match=r"newer version|no text"):
        send(yoto, tone)

    assert emulator.counters.puts == 0


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "[::1]", "localhost"])
def test_audio_goes_to_no_address_around_this_machine(host):
    with pytest.raises(UnexpectedAnswerError, match="nothing was sent"):
        check_storage(f"https://{host}/x?X-Amz-Signature=y", "https://api.yotoplay.com")
    check_storage("https://bucket.s3.eu-west-2.amazonaws.com/x", "https://api.yotoplay.com")


def test_a_service_that_answers_without_an_end_is_left(yoto, emulator, monkeypatch):
    monkeypatch.setattr("yotokit.yoto.http.sockets._LARGEST_ANSWER_BYTES", 10_000)
    body = json.dumps({"cards": [], "padding": "x" * 50_000})
    emulator.faults.append(Fault("GET", "/content/mine", status=200, body=body))
    with pytest.raises(UnexpectedAnswerError, match="without an end"):
        yoto.cards()

    assert yoto.cards() == ()


def test_a_host_that_is_not_there_is_a_transport_error_that_had_no_effect(monkeypatch):
    def no_such_host(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", no_such_host)
    with (
        yk.YotoClient.login(token="x", api_url="https://yoto.invalid") as yoto,
        pytest.raises(TransportError, match="no connection") as caught,
    ):
        yoto.cards()

    assert not caught.value.may_have_arrived


def test_a_host_that_takes_no_connection_is_a_transport_error_that_had_no_effect(monkeypatch):
    monkeypatch.setattr("yotokit.yoto.http.retry._ATTEMPTS", 2)
    with (
        black_hole() as url,
        yk.YotoClient.login(token="x", api_url=url) as yoto,
        pytest.raises(TransportError, match="no connection") as caught,
    ):
        yoto.cards()

    assert not caught.value.may_have_arrived
