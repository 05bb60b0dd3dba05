"""Faults that a test asks for by name: what each does to a plain client."""

from __future__ import annotations

import hashlib
import logging
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sound import write_tone

from yotokit.emulator import Emulator, Fault
from yotokit.emulator.strikes import STRIKES

LIST, STORE = ("GET", "/content/mine"), ("PUT", "/uploads/")


@pytest.fixture
def api(emulator):
    headers = {"Authorization": f"Bearer {emulator.token}"}
    with httpx.Client(base_url=emulator.url, headers=headers, timeout=0.4) as client:
        yield client


@pytest.fixture
def data(tmp_path):
    return write_tone(tmp_path / "tone.wav", duration_s=30.0).read_bytes()


@pytest.fixture
def address(api, data):
    params = {"sha256": hashlib.sha256(data).hexdigest(), "filename": "tone.wav"}
    answer = api.get("/media/transcode/audio/uploadUrl", params=params)
    return answer.json()["upload"]["uploadUrl"]


def test_a_kind_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match=r"give one of 500, .*portal"):
        Fault(*LIST, kind="earthquake")


@pytest.mark.parametrize("kind", STRIKES)
def test_each_kind_strikes_as_often_as_it_is_told_to(emulator, api, kind):
    emulator.faults.append(Fault(*LIST, kind=kind, times=1))
    begin = time.monotonic()
    try:
        answer = api.get("/content/mine")
        is_right = answer.json() == {"cards": []}
    except (httpx.TransportError, ValueError):
        is_right = False
    took_s = time.monotonic() - begin

    if kind in {"stall", "trickle"}:
        assert took_s > 0.15
    elif kind == "mistyped":
        assert answer.headers["Content-Type"] == "text/html"
    assert is_right == (kind in {"stall", "trickle", "mistyped"})
    assert api.get("/content/mine").json() == {"cards": []}
    assert emulator.counters.faults == 1


@pytest.mark.parametrize(
    ("kind", "body"), [("empty", ""), ("truncated", '{"card'), ("invalid", '}{"cards":[]}')]
)
def test_an_answer_may_be_whole_and_wrong(emulator, api, kind, body):
    emulator.faults.append(Fault(*LIST, kind=kind))
    answer = api.get("/content/mine")

    assert (answer.status_code, answer.text) == (200, body)
    assert emulator.counters.card_lists == 1


def test_the_right_answer_may_call_itself_something_else(emulator, api):
    emulator.faults.append(Fault(*LIST, kind="mistyped"))
    answer = api.get("/content/mine")

    assert answer.headers["Content-Type"] == "text/html"
    assert answer.json() == {"cards": []}


def test_a_portal_leads_elsewhere(emulator, api):
    emulator.faults.append(Fault(*LIST, kind="portal"))
    answer = api.get("/content/mine")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("http://login.wifi.example/")


@pytest.mark.parametrize(("kind", "effects"), [("mute", 0), ("frozen", 1)])
def test_silence_before_or_in_the_middle_of_the_answer(emulator, api, kind, effects):
    emulator.faults.append(Fault(*LIST, kind=kind))
    with pytest.raises(httpx.ReadTimeout):
        api.get("/content/mine")

    assert emulator.counters.card_lists == effects


def test_an_answer_that_trickles_is_whole_in_the_end(emulator, api):
    emulator.faults.append(Fault(*LIST, kind="trickle"))
    answer = api.get("/content/mine")

    assert answer.json() == {"cards": []}
    assert answer.elapsed.total_seconds() > 0.5


def test_the_storage_stops_reading(emulator, address):
    emulator.faults.append(Fault(*STORE, kind="deaf"))
    with pytest.raises(httpx.WriteTimeout):
        httpx.put(address, content=bytes(20_000_000), timeout=0.4)

    assert emulator.counters.puts == 0


def test_the_storage_breaks_off_in_the_middle_of_an_upload(emulator, address, data):
    emulator.faults.append(Fault(*STORE, kind="interrupted"))
    with pytest.raises(httpx.TransportError):
        httpx.put(address, content=data)

    assert emulator.counters.puts == 0
    assert httpx.put(address, content=data).status_code == 200


def test_the_storage_repeats_the_signature_in_its_refusal(emulator, address, data):
    emulator.faults.append(Fault(*STORE, kind="signature"))
    answer = httpx.put(address, content=data)

    assert answer.status_code == 403
    assert address.rsplit("=", 1)[1] in answer.text


def test_an_emulator_that_holds_connections_stops_soon_and_is_not_surprised(caplog):
    kinds = ("mute", "frozen", "trickle", "deaf")
    with Emulator() as emulator, ThreadPoolExecutor() as pool:
        emulator.faults += [Fault("GET", f"/{kind}", kind=kind) for kind in kinds]
        asking = [pool.submit(httpx.get, f"{emulator.url}/{kind}", timeout=60) for kind in kinds]
        while emulator.counters.faults < len(kinds):
            time.sleep(0.01)
        begin = time.monotonic()
        emulator.stop()
        took_s = time.monotonic() - begin
        ends = [asked.exception() for asked in asking]

    assert took_s < 4.0
    assert all(isinstance(end, httpx.TransportError) for end in ends), ends
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []
