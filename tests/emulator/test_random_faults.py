"""A share of all requests goes wrong: which, how, and what it does to the client."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter

import httpx
import pytest
from sound import write_tone

from yotokit.emulator import Emulator, RandomFaults
from yotokit.emulator.strikes import PASSING, STRIKES


def scope(path="/content/mine", method="GET", query=""):
    return {"type": "http", "method": method, "path": path, "query_string": query.encode()}


@pytest.fixture
def api(emulator):
    headers = {"Authorization": f"Bearer {emulator.token}"}
    with httpx.Client(base_url=emulator.url, headers=headers, timeout=10) as client:
        yield client


@pytest.fixture
def tone(tmp_path):
    return write_tone(tmp_path / "tone.flac").read_bytes()


def slot(api, data):
    params = {"sha256": hashlib.sha256(data).hexdigest(), "filename": "tone.flac"}
    return api.get("/media/transcode/audio/uploadUrl", params=params).json()["upload"]


def test_about_the_share_that_was_asked_for_is_struck_and_by_every_kind():
    faults = RandomFaults(0.05, seed=1)
    drawn = Counter(faults.draw(scope(f"/content/{n}")) for n in range(20_000))

    assert 900 < 20_000 - drawn[None] < 1100
    assert set(drawn) - {None} == set(PASSING)


def test_the_same_requests_meet_the_same_faults_in_whatever_order_they_come():
    asked = [scope(f"/uploads/{n % 50}", "PUT") for n in range(500)]

    def drawn(order):
        faults, met = RandomFaults(0.2, seed=7), {}
        for request in order:
            met.setdefault(request["path"], []).append(faults.draw(request))
        return met

    assert drawn(asked) == drawn(sorted(asked, key=lambda request: request["path"]))
    assert drawn(asked) != {path: [None] * 10 for path in drawn(asked)}


def test_another_seed_strikes_other_requests():
    requests = [scope(f"/content/{n}") for n in range(200)]
    one, two = RandomFaults(0.3, seed=1), RandomFaults(0.3, seed=2)

    assert [one.draw(request) for request in requests] != [two.draw(r) for r in requests]


def test_digests_are_told_apart_and_signatures_are_not():
    def drawn(queries):
        faults = RandomFaults(0.5, seed=1)
        return [faults.draw(scope("/uploads/x", "PUT", query)) for query in queries]

    assert drawn(f"sha256={n}" for n in range(40)) != drawn(["sha256=0"] * 40)
    assert drawn(f"X-Amz-Signature={n}" for n in range(40)) == drawn([""] * 40)


@pytest.mark.parametrize("path", ["/", "/emulator/counters", "/emulator/media/x"])
def test_the_emulators_own_pages_are_spared(path):
    assert RandomFaults(1.0).draw(scope(path)) is None


@pytest.mark.parametrize("settings", [{"share": 1.1}, {"share": -0.1}, {"share": float("nan")}])
def test_a_share_that_is_none_is_refused(settings):
    with pytest.raises(ValueError, match="share="):
        RandomFaults(**settings)


@pytest.mark.parametrize("kinds", [(), ("earthquake",)])
def test_kinds_that_are_not_known_are_refused(kinds):
    with pytest.raises(ValueError, match=r"give some of 500, .*html"):
        RandomFaults(0.5, kinds=kinds)


@pytest.mark.parametrize(("kind", "asked_again"), [("500", None), ("503", "0"), ("429", "0")])
def test_a_refusal_has_no_effect_and_may_say_to_ask_again_at_once(emulator, api, kind, asked_again):
    emulator.faults.append(RandomFaults(1.0, kinds=(kind,)))
    answer = api.get("/content/mine")

    assert answer.status_code == int(kind)
    assert answer.headers.get("Retry-After") == asked_again
    assert emulator.counters.card_lists == 0


@pytest.mark.parametrize(("kind", "effects"), [("broken", 0), ("lost", 1), ("cut", 1)])
def test_a_connection_breaks_before_or_after_the_effect(emulator, api, tone, kind, effects):
    url = slot(api, tone)["uploadUrl"]
    emulator.faults.append(RandomFaults(1.0, kinds=(kind,)))
    with pytest.raises(httpx.TransportError):
        api.get("/content/mine")
    with pytest.raises(httpx.TransportError):
        httpx.put(url, content=tone)

    counters = emulator.counters
    assert (counters.card_lists, counters.completed_puts) == (effects, effects)
    assert counters.faults_by_kind == {kind: 2}


def test_an_answer_that_is_cut_has_begun(emulator, api):
    emulator.faults.append(RandomFaults(1.0, kinds=("cut",)))
    with api.stream("GET", "/content/mine") as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
            answer.read()


def test_a_stall_is_only_slow(emulator, api):
    emulator.faults.append(RandomFaults(1.0, kinds=("stall",)))
    answer = api.get("/content/mine")

    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() > 0.1


def test_a_captive_portal_answers_html_with_200_where_it_is_asked_for(emulator, api):
    assert "html" in STRIKES
    assert "html" not in RandomFaults(1.0).kinds
    emulator.faults.append(RandomFaults(1.0, kinds=("html",)))
    answer = api.get("/content/mine")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html"
    assert "Wi-Fi" in answer.text


def test_uploads_are_struck_too(emulator, api, tone):
    url = slot(api, tone)["uploadUrl"]
    emulator.faults.append(RandomFaults(1.0, kinds=("503",)))

    assert httpx.put(url, content=tone).status_code == 503
    emulator.faults.clear()
    assert httpx.put(url, content=tone).status_code == 200


def test_the_client_gets_over_what_passes(emulator, yoto, monkeypatch):
    monkeypatch.setattr("yotokit.yoto.http.retry._backoff", lambda state: 0.01)
    emulator.faults.append(RandomFaults(0.3, seed=5))
    for _ in range(30):
        assert yoto.cards() == ()

    assert emulator.counters.faults > 5


def test_an_emulator_that_breaks_connections_is_not_surprised_and_still_stops(caplog):
    with Emulator() as emulator:
        emulator.faults.append(RandomFaults(1.0, kinds=("broken", "lost", "cut")))
        for number in range(10):
            with pytest.raises(httpx.TransportError):
                httpx.get(f"{emulator.url}/content/{number}")
        assert len(emulator.counters.faults_by_kind) == 3

    assert [record for record in caplog.records if record.levelno > logging.INFO] == []
