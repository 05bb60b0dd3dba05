from __future__ import annotations

import base64
import dataclasses
import io
import math
import re
import threading
from pathlib import Path
from xml.etree import ElementTree

import pytest
import soundfile as sf
from widgets.looking import HOSTILE, job, measured, settle, tell, text_of

import yotokit as yk
from yotokit.audio import GainPlan, measure
from yotokit.errors import UnreadableAudioError
from yotokit.widgets.errands import Errands
from yotokit.widgets.preview import Preview


@pytest.fixture
def errands(threads):
    errands = Errands(threads)
    yield errands
    errands.close()


@pytest.fixture
def preview(errands):
    return Preview(errands, lambda: None)


def shown(preview):
    preview.repaint()
    return preview.widget.value


def players(preview):
    """Return the labels of the players, with what they play."""
    tree = ElementTree.fromstring(shown(preview))
    return {audio.get("aria-label"): audio.get("src") for audio in tree.iter("audio")}


def sound(source):
    head, data = source.split(",")
    assert head == "data:audio/mpeg;base64"
    return sf.read(io.BytesIO(base64.b64decode(data)))


def tone(tones, **changes):
    path = tones(1, duration_s=3.0)[0]
    loudness = measure(path)
    return measured(path=path, loudness=loudness, title="Tone", **changes)


def test_there_is_nothing_before_somebody_wants_to_listen(preview):
    assert shown(preview) == ""


def test_a_file_is_heard_before_and_after_its_gain(preview, tones):
    preview.listen(tone(tones, gain_db=6.0), False)
    assert "Making an excerpt of Tone" in text_of(shown(preview)) or players(preview)
    settle(lambda: players(preview))
    heard = players(preview)

    assert list(heard) == ["Before: Tone", "After: Tone"]
    (before, rate), (after, _) = map(sound, heard.values())
    assert len(before) / rate == pytest.approx(3.0, abs=0.1)
    assert abs(after).max() / abs(before).max() == pytest.approx(2.0, rel=0.1)
    assert shown(preview).count("<audio controls=") == 2
    assert "0:00 to 0:03" in text_of(shown(preview))


def test_the_limiter_of_the_file_is_heard(preview, tones):
    plan = GainPlan(40.0, "limiter", limiter_dbtp=-6.0)
    preview.listen(tone(tones, gain_db=40.0, plan=plan), False)
    settle(lambda: players(preview))
    after, _ = sound(players(preview)["After: Tone"])

    assert abs(after).max() < 0.6


@pytest.mark.parametrize(
    ("gain_db", "said"), [(0.0, "After: the same"), (None, "not before the album's gain")]
)
def test_where_there_is_no_gain_there_is_one_player_and_a_word(preview, tones, gain_db, said):
    one = tone(tones, gain_db=gain_db or 0.0)
    preview.listen(one if gain_db is not None else _without_gain(one), False)
    settle(lambda: players(preview))

    assert list(players(preview)) == ["Before: Tone"]
    assert said in text_of(shown(preview))


def _without_gain(one):
    return dataclasses.replace(one, gain_db=None, after_lufs=None, plan=None)


def test_silence_has_a_word_and_no_unit(preview, tones):
    one = tone(tones, gain_db=0.0)
    silent = dataclasses.replace(one.loudness, integrated_lufs=-math.inf)
    preview.listen(dataclasses.replace(one, loudness=silent), False)
    settle(lambda: players(preview))

    assert "Before: silent After:" in text_of(shown(preview))


def test_what_plays_is_not_painted_anew(preview, tones):
    preview.listen(tone(tones), False)
    settle(lambda: players(preview))
    changes = []
    preview.widget.observe(lambda change: changes.append(change["name"]))
    for _ in range(5):
        preview.repaint()

    assert changes == []


def test_what_cannot_be_read_any_more_is_told_with_what_to_do(preview, tones):
    one = tone(tones)
    one.path.unlink()
    preview.listen(one, False)
    settle(lambda: 'role="alert"' in shown(preview))

    said = text_of(shown(preview))
    assert str(one.path) in said
    assert "What to do: put the file in place" in said
    assert players(preview) == {}


def test_a_file_that_was_not_measured_or_is_none_is_not_tried(preview):
    preview.listen(job(), False)
    preview.listen(measured(origin="kept"), False)

    assert shown(preview) == ""


def test_who_wants_another_file_meanwhile_gets_that_one(preview, tones, monkeypatch):
    reading, may_go_on, cancelled = threading.Event(), threading.Event(), []
    one = tone(tones)

    def slow(path, *, progress, **_):
        reading.set()
        may_go_on.wait(10)
        try:
            progress(0.5)
        except Exception as error:
            cancelled.append(error)
            raise
        raise AssertionError("it was not called off")

    monkeypatch.setattr("yotokit.widgets.preview.excerpt", slow)
    preview.listen(one, False)
    assert reading.wait(10)
    monkeypatch.undo()
    preview.listen(measured(path=one.path, loudness=one.loudness, title="Other"), False)
    may_go_on.set()
    settle(lambda: players(preview))

    assert list(players(preview)) == ["Before: Other", "After: Other"]
    assert len(cancelled) == 1


def test_titles_are_nowhere_markup(preview, tones):
    one = tone(tones)
    preview.listen(measured(path=one.path, loudness=one.loudness, title=HOSTILE), False)
    settle(lambda: players(preview))

    assert list(players(preview)) == [f"Before: {HOSTILE}", f"After: {HOSTILE}"]
    assert "<script" not in shown(preview)
    preview.listen(measured(path=Path("/nowhere"), title=HOSTILE), False)
    settle(lambda: 'role="alert"' in shown(preview))
    ElementTree.fromstring(shown(preview))


def test_a_session_that_isolates_has_its_excerpts_made_in_a_process_of_their_own(
    tones, yoto, threads, monkeypatch
):
    asked = []

    def isolated(path, **options):
        asked.append((path, options.get("gain_db")))
        raise UnreadableAudioError(path, "the process says so")

    monkeypatch.setattr("yotokit.widgets.preview.excerpt_isolated", isolated)
    with yk.Session("Careful", yoto, engine=threads, isolate=True) as session:
        dashboard = yk.Dashboard.of(session)
        (one,) = session.submit(tones(1))
        session.wait()
        tell(dashboard, "listen", one.job_id)
        settle(lambda: "the process says so" in dashboard._preview.widget.value)

    assert asked == [(one.path, None)]


def test_listening_in_a_dashboard_leaves_the_players_alone_while_the_session_goes_on(
    tones, yoto, threads
):
    with yk.Session("Heard", yoto, engine=threads) as session:
        dashboard = yk.Dashboard.of(session)
        one, two, *_ = session.submit(tones(3))
        session.wait()
        tell(dashboard, "listen", one.job_id)
        settle(lambda: "<audio" in dashboard._preview.widget.value)
        playing = dashboard._preview.widget.value
        changes = []
        dashboard._preview.widget.observe(changes.append)
        tell(dashboard, "select", two.job_id)
        session.move(two, 1)
        session.finalize()

    assert dashboard._preview.widget.value is playing
    assert changes == []
    assert re.findall(r'aria-label="([^"]*)"', playing) == ["Before: tone 1", "After: tone 1"]
