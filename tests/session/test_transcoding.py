"""A transcode that comes to nothing: how long it is waited for, and what is sent once more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from session.fake_service import FakeClient, FakeService

import yotokit as yk
from yotokit.engine import InlineEngine
from yotokit.errors import TranscodeError
from yotokit.session import transcoding
from yotokit.session.work import Work
from yotokit.yoto import Transcode


@pytest.fixture
def inline():
    engine = InlineEngine(seed=1)
    yield engine
    engine.close()


@pytest.fixture
def service(inline):
    return FakeService(inline.clock.now_s)


def looks(states, duration_s=60.0, *, sent_anew=False):
    """Return what is decided at each look, and after how many seconds of waiting it ends."""
    work = Work(Path("a"), "a")
    work.loudness = SimpleNamespace(duration_s=duration_s)
    (transcoding.begin_anew if sent_anew else transcoding.begin)(work)
    decided = []
    try:
        for state in states:
            decided.append(transcoding.next_look(work, state))
            if decided[-1] is None:
                break
    except TranscodeError:
        decided.append("given up")
    return decided, work.waited_s


STILL = [Transcode(None, "transcoding", 40.0)] * 1_000


def test_what_shows_no_sign_of_life_for_four_minutes_after_two_is_sent_once_more(
    tones, inline, service
):
    service.next_transcode.append("never")
    with yk.Session("Stalled", FakeClient(service), engine=inline) as session:
        session.submit(tones(1))
        report = session.finalize()
    (digest,) = service.completed

    assert [job.state for job in report.jobs] == ["done"]
    assert service.completed[digest] == 2
    assert 350.0 < inline.clock.now_s() < 420.0


def test_what_stalls_twice_fails_alone_and_a_retry_sends_it_again(tones, inline, service):
    service.next_transcode += ["never", "never"]
    with yk.Session("Stalled", FakeClient(service), engine=inline) as session:
        (stalled,) = session.submit(tones(1))
        session.wait()
        (well,) = session.submit(tones(1, folder="more", duration_s=1.2))
        session.wait()
        assert isinstance(stalled.error, TranscodeError)
        assert "retry" in str(stalled.error)
        assert well.state == "done"
        assert stalled.retry()
        report = session.finalize()

    assert [job.state for job in report.jobs] == ["done", "done"]


def test_what_moves_on_is_waited_for_and_nothing_is_sent_twice(tones, inline, service):
    service.next_transcode.append("slow")
    with yk.Session("Slow", FakeClient(service), engine=inline) as session:
        session.submit(tones(1))
        assert session.finalize().done
    assert set(service.completed.values()) == {1}


def test_four_still_minutes_count_from_the_last_change_and_not_before_the_second_minute():
    decided, waited_s = looks(STILL)
    assert decided[-1] is None
    assert 360.0 <= waited_s < 366.0

    moving = [replace(STILL[0], percent=float(n)) for n in range(100)]
    decided, waited_s = looks([*moving[:80], *STILL], duration_s=3_600.0)
    assert decided[-1] is None
    assert 600.0 < waited_s < 650.0


def test_the_second_upload_has_until_its_time_is_up():
    decided, waited_s = looks(STILL, duration_s=1_000.0, sent_anew=True)
    assert decided[-1] == "given up"
    assert 500.0 < waited_s < 506.0


@pytest.mark.parametrize(("duration_s", "budget_s"), [(1.0, 360.0), (1e4, 1_200.0)])
def test_the_time_has_a_least_and_a_most(duration_s, budget_s):
    _, waited_s = looks(STILL, duration_s=duration_s, sent_anew=True)
    assert budget_s < waited_s <= budget_s + 5.0
