"""The same rows for a whole session: every file arrives once, and the card is written once."""

from __future__ import annotations

import json

import pytest

import yotokit as yk
from yotokit.emulator import Fault, TranscodeFault
from yotokit.engine import Engine, InlineEngine
from yotokit.errors import (
    ApiError,
    UnexpectedAnswerError,
    UploadError,
)

FILES = 3
ROUTES = {
    "address": ("GET", "/media/transcode"),
    "upload": ("PUT", "/uploads/"),
    "poll": ("GET", "/media/upload"),
    "list": ("GET", "/content/mine"),
    "card": ("POST", "/content"),
}
QUESTIONS = ("429", "503", "broken", "mute", "lost", "cut", "frozen", "trickle", "stall")
SURVIVED = [
    *((route, kind) for route in ("address", "poll", "list") for kind in QUESTIONS),
    *(("upload", kind) for kind in QUESTIONS if kind != "trickle"),
    *(("upload", kind) for kind in ("408", "interrupted", "deaf", "signature")),
    # A 500 may come after the effect, so the card is looked for before it is sent again.
    *(("card", kind) for kind in (*QUESTIONS, "500")),
]
SENSELESS = ("html", "portal", "empty", "invalid", "truncated")


@pytest.fixture(autouse=True)
def short_looks(monkeypatch, short_waits):
    monkeypatch.setattr("yotokit.session.patience.FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr("yotokit.session.finder._LOOKS_S", (0.05, 0.1, 0.2))
    monkeypatch.setattr("yotokit.session.cards._LOOK_S", 0.05)
    monkeypatch.setattr("yotokit.session.transcoding._FIRST_POLL_S", 0.05)


@pytest.fixture
def engine():
    engine = Engine(cpu_workers=2, net_workers=4)
    yield engine
    engine.close()


@pytest.fixture
def session(yoto, engine):
    with yk.Session("Faults", yoto, engine=engine) as session:
        yield session


def fault(route, kind, times=1):
    how = {"status": int(kind)} if kind.isdigit() else {"kind": kind}
    return Fault(*ROUTES[route], times=times, **how)


def all_is_well(report, emulator):
    """Say whether each file was taken once and is on the one card, in order."""
    counters = emulator.counters
    assert len(report.done) == FILES, report
    assert [chapter.title for chapter in report.card.chapters] == ["tone 1", "tone 2", "tone 3"]
    assert sorted(counters.completed_by_digest.values()) == [1] * FILES
    assert (counters.card_creates, counters.card_updates) == (1, 0)
    return [card["cardId"] for card in emulator.cards] == [report.card.card_id]


@pytest.mark.parametrize(("route", "kind"), SURVIVED)
def test_a_session_gets_over_it(tones, session, emulator, route, kind):
    emulator.faults.append(fault(route, kind, times=1 if route in {"card", "list"} else 2))
    session.submit(tones(FILES))

    assert all_is_well(session.finalize(), emulator)
    assert emulator.faults[0].times == 0


@pytest.mark.parametrize("kind", SENSELESS)
@pytest.mark.parametrize("route", ["address", "poll"])
def test_one_senseless_answer_is_one_failed_file_and_a_retry_mends_it(
    tones, session, emulator, route, kind
):
    # A record that is not there yet is a 404, which makes sense whatever is in it.
    emulator.transcode_faults.append(TranscodeFault("late_record", polls=0, times=FILES))
    emulator.faults.append(fault(route, kind))
    jobs = session.submit(tones(FILES))
    report = session.finalize()

    (failed,) = [job for job in jobs if job.state == "failed"]
    assert isinstance(failed.error, UnexpectedAnswerError)
    assert "Wi-Fi" in str(failed.error)
    assert (len(report.done), emulator.counters.content_writes) == (FILES - 1, 1)
    failed.retry()
    again = session.finalize()
    assert [chapter.title for chapter in again.card.chapters] == ["tone 1", "tone 2", "tone 3"]
    assert sorted(emulator.counters.completed_by_digest.values()) == [1] * FILES
    assert len(emulator.cards) == 1


@pytest.mark.parametrize("kind", ["html", "portal", "413", "501", "400"])
def test_one_refused_upload_is_one_failed_file_and_a_retry_mends_it(tones, session, emulator, kind):
    emulator.faults.append(fault("upload", kind))
    jobs = session.submit(tones(FILES))
    report = session.finalize()

    (failed,) = [job for job in jobs if job.state == "failed"]
    assert isinstance(failed.error, UploadError | UnexpectedAnswerError)
    assert (len(report.done), emulator.counters.content_writes) == (FILES - 1, 1)
    failed.retry()
    assert len(session.finalize().done) == FILES
    assert sorted(emulator.counters.completed_by_digest.values()) == [1] * FILES


@pytest.mark.parametrize("kind", ["400", "403", "409", "412", "413", *SENSELESS])
def test_a_card_that_is_refused_is_one_clear_error_and_finalizing_again_goes_on(
    tones, session, emulator, kind
):
    emulator.faults.append(fault("card", kind))
    session.submit(tones(FILES))
    with pytest.raises(ApiError if kind.isdigit() else UnexpectedAnswerError, match="content"):
        session.finalize()
    report = session.finalize()

    assert all_is_well(report, emulator)


def test_bytes_that_the_service_says_it_has_and_has_lost_are_sent_after_all(tones, yoto, emulator):
    body = json.dumps({"upload": {"uploadId": "lost-by-the-service", "uploadUrl": None}})
    emulator.faults.append(Fault(*ROUTES["address"], status=200, body=body))
    engine = InlineEngine(seed=1)  # its clock jumps over the minutes of waiting
    with yk.Session("Lost", yoto, engine=engine) as session:
        session.submit(tones(FILES))
        assert all_is_well(session.finalize(), emulator)
    engine.close()


def test_two_files_with_one_upload_id_are_told_apart_or_fail(tones, session, emulator, yoto):
    """The service mixes two uploads up: what it made of them has the wrong length."""
    short, long = tones(1, folder="short"), tones(1, folder="long", duration_s=6.0)
    session.submit(short)
    assert session.wait(30)
    upload_id = next(iter(emulator._running().uploads))
    body = json.dumps({"upload": {"uploadId": upload_id, "uploadUrl": None}})
    emulator.faults.append(Fault(*ROUTES["address"], status=200, body=body))
    session.submit(long)
    report = session.finalize()

    (failed,) = report.failed
    assert "the service made 1 s of it, not 6 s" in str(failed.error)
    assert [chapter.title for chapter in report.card.chapters] == ["tone 1"]


@pytest.mark.parametrize("kind", ["broken", "503"])
def test_an_outage_that_outlasts_all_attempts_is_waited_out(tones, yoto, session, emulator, kind):
    assert yoto.cards() == ()  # else it would be taken for a wrong address
    times = 13 if kind == "broken" else 4  # an answer is no outage: it is not waited for so long
    emulator.faults += [fault(route, kind, times) for route in ("address", "upload", "poll")]
    jobs = session.submit(tones(FILES))
    report = session.finalize()

    assert all_is_well(report, emulator)
    assert [each.times for each in emulator.faults] == [0, 0, 0]
    assert [job.error for job in jobs] == [None] * FILES
