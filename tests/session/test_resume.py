"""What a second run finds of the first one: nothing is lost, nothing is done twice."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import soundfile as sf
from sound import write_tone

import yotokit as yk
from yotokit.emulator import Fault
from yotokit.errors import SettingError
from yotokit.session import stages


def titles(report):
    return [chapter.title for chapter in report.card.chapters]


@pytest.fixture
def calls(monkeypatch):
    """Count how often files are measured and rendered."""
    counts = {"measure": 0, "render": 0}

    def counted(name):
        original = getattr(stages, name)

        def call(*arguments, **options):
            counts[name] += 1
            return original(*arguments, **options)

        monkeypatch.setattr(stages, name, call)

    for name in counts:
        counted(name)
    return counts


def test_a_second_run_neither_measures_nor_renders_nor_sends_what_is_done(
    tones, yoto, emulator, engine, calls
):
    paths = tones(5)
    reports = []
    for _ in range(2):
        with yk.Session("Again", yoto, engine=engine) as session:
            session.submit(paths)
            reports.append(session.finalize())

    assert calls == {"measure": 5, "render": 5}
    assert emulator.counters.puts == 5
    assert [len(report.new) for report in reports] == [5, 0]
    assert len(reports[1].unchanged) == 5
    assert not reports[1].written
    assert (
        reports[1].jobs[0].loudness.integrated_lufs == reports[0].jobs[0].loudness.integrated_lufs
    )
    assert "5 unchanged" in reports[1].summary


def test_the_report_tells_new_resumed_and_unchanged_files_apart(
    tones, yoto, emulator, engine, tmp_path
):
    paths = tones(6)
    with yk.Session("First", yoto, engine=engine) as session:
        session.submit(paths[:2])
        session.finalize()
    with yk.Session("Other", yoto, engine=engine) as session:
        session.submit(paths[2:4])
        assert session.wait(30)
    with yk.Session("First", yoto, engine=engine) as session:
        session.submit(paths)
        report = session.finalize()

    assert [job.origin for job in report.jobs] == ["unchanged"] * 2 + ["resumed"] * 2 + ["new"] * 2
    assert "2 new, 2 resumed, 2 unchanged" in report.summary
    assert emulator.counters.completed_puts == 6
    assert [row["origin"] for row in report.to_dict()] == [job.origin for job in report.jobs]


def test_a_changed_file_is_done_anew_and_the_others_are_not(tones, yoto, emulator, engine, calls):
    paths = tones(3)
    with yk.Session("Changed", yoto, engine=engine) as session:
        session.submit(paths)
        session.finalize()
    write_tone(paths[1], hertz=900.0, duration_s=2.0)
    with yk.Session("Changed", yoto, engine=engine) as session:
        session.submit(paths)
        report = session.finalize()

    assert [job.origin for job in report.jobs] == ["unchanged", "new", "unchanged"]
    assert calls == {"measure": 4, "render": 4}
    assert emulator.counters.card_creates == 1


def test_other_settings_render_anew_what_they_change_and_measure_nothing(
    tones, yoto, engine, calls
):
    paths = tones(3)
    for lufs in (-16.0, -20.0, -16.0):
        with yk.Session("Settings", yoto, target=yk.Target(lufs=lufs), engine=engine) as session:
            session.submit(paths)
            assert session.finalize().written

    assert calls == {"measure": 3, "render": 6}


def test_an_album_gain_is_computed_once_for_a_set_over_sessions_and_orders(
    tones, yoto, engine, monkeypatch
):
    from yotokit.session import album

    computed = []
    original = album.plan_album
    monkeypatch.setattr(
        album, "plan_album", lambda parts, target: computed.append(1) or original(parts, target)
    )
    paths, gains = tones(4), []
    for order in (paths, paths[::-1], paths[:3], paths):
        with yk.Session("Album", yoto, normalize="album", engine=engine) as session:
            session.submit(order)
            gains.append(session.finalize().album)

    assert len(computed) == 2
    assert gains[0] == gains[1] == gains[3]


def test_the_album_of_before_is_not_computed_again_when_a_file_comes_and_goes(tones, yoto, engine):
    paths = tones(4)
    with yk.Session("Album", yoto, normalize="album", engine=engine) as session:
        session.submit(paths[:3])
        session.finalize()
        (late,) = session.submit(paths[3])
        session.finalize()
        session.remove(late)
        report = session.finalize()

        assert session._flow.publisher._album.computations == 2
    assert report.revision == 3


def test_a_session_is_resumed_with_its_settings_files_order_and_titles(tones, yoto, engine):
    paths = tones(4)
    target = yk.Target(lufs=-20.0)
    with yk.Session("Resumed", yoto, target=target, normalize="album", engine=engine) as session:
        jobs = session.submit(paths)
        session.submit(paths[1], title="Another name")
        session.move(jobs[3], 1)
        session.remove(jobs[0])
    with yk.Session.resume("Resumed", yoto, engine=engine) as session:
        report = session.finalize()

    assert titles(report) == ["tone 4", "Another name", "tone 3"]
    assert report.target_lufs == -20.0
    assert report.album is not None


def test_a_session_with_a_card_of_its_own_is_resumed_on_that_card(tones, yoto, emulator, engine):
    paths = tones(2)
    with yk.Session("Own", yoto, card="new", engine=engine) as session:
        session.submit(paths)
        first = session.finalize()
    with yk.Session.resume("Own", yoto, engine=engine) as session:
        second = session.finalize()

    assert first.card.card_id == second.card.card_id
    assert emulator.counters.card_creates == 1


def test_a_file_that_is_gone_when_its_session_is_resumed_fails_alone(tones, yoto, engine):
    paths = tones(2)
    with yk.Session("Gone", yoto, engine=engine) as session:
        session.submit(paths)
    paths[0].unlink()
    with yk.Session.resume("Gone", yoto, engine=engine) as session:
        report = session.finalize()

    assert titles(report) == ["tone 2"]
    assert report.failed[0].path == paths[0]


def test_a_session_that_nobody_knows_is_not_resumed_and_the_known_ones_are_named(
    tones, yoto, engine
):
    with yk.Session("Known", yoto, engine=engine) as session:
        session.submit(tones(1))
    with pytest.raises(SettingError, match="'Known'"):
        yk.Session.resume("Unknown", yoto, engine=engine)


def test_the_journal_lists_sessions_with_what_is_done(tones, yoto, engine):
    assert repr(yk.sessions()) == "no sessions yet"
    with yk.Session("One", yoto, engine=engine) as one, yk.Session("Two", yoto, engine=engine):
        one.submit(tones(2))
        card_id = one.finalize().card.card_id
    (saved,) = yk.sessions(yoto)

    assert (saved.title, saved.card_id, saved.done, len(saved.files)) == ("One", card_id, 2, 2)
    assert "One" in repr(yk.sessions())
    assert "<table" in yk.sessions()._repr_html_()


def test_a_session_without_files_does_not_take_the_place_of_the_one_before(tones, yoto, engine):
    with yk.Session("Kept", yoto, engine=engine) as session:
        session.submit(tones(2))
    with yk.Session("Kept", yoto, engine=engine):
        pass

    assert len(yk.sessions()[0].files) == 2


def test_what_the_service_lost_is_sent_again(tones, yoto, emulator, engine):
    """The journal is a cache; what the service says is what counts."""
    paths = tones(2)
    with yk.Session("Lost", yoto, engine=engine) as session:
        session.submit(paths)
        session.finalize()
    state = emulator._running()
    state.uploads.clear()
    state.media.clear()
    from yotokit.session import delivery

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "_FRESH_S", 0.0)
        with yk.Session("Lost", yoto, engine=engine) as session:
            session.submit(paths)
            report = session.finalize()

    assert len(report.done) == 2
    assert emulator.counters.completed_puts == 4
    assert len(state.media) == 2


def test_a_file_that_goes_as_it_is_is_not_sent_again(tmp_path, yoto, emulator, engine):
    tone = 0.3 * np.sin(np.arange(32_000) / 5)
    sf.write(tmp_path / "a.wav", tone, 16_000)
    for _ in range(2):
        with yk.Session("Untouched", yoto, normalize="off", engine=engine) as session:
            session.submit(tmp_path / "a.wav")
            report = session.finalize()

    assert report.jobs[0].untouched
    assert emulator.counters.puts == 1
    assert report.jobs[0].origin == "unchanged"


def test_bytes_whose_arrival_was_not_confirmed_are_asked_about_before_they_are_sent_again(
    tones, yoto, emulator, engine
):
    emulator.faults.append(Fault("PUT", "/uploads/", lose_answer=True))
    with yk.Session("Doubt", yoto, engine=engine) as session:
        session.submit(tones(1))
        assert len(session.finalize().done) == 1

    assert emulator.counters.completed_puts == 1
    assert emulator.counters.repeated_puts == 0


SCRIPT = """
import sys, threading, time
import yotokit as yk
from pathlib import Path
yoto = yk.YotoClient.login()
session = yk.Session("Exit", yoto, limits=yk.Limits(tracks=None))
session.submit(sorted(Path(sys.argv[1]).glob("*.wav")))
print(len(session.jobs), flush=True)
begin = time.perf_counter()
import atexit
"""


def test_the_interpreter_ends_within_two_seconds_with_ten_thousand_files_in_a_session(
    tmp_path, emulator, monkeypatch
):
    import time

    folder = tmp_path / "many"
    folder.mkdir()
    first = write_tone(folder / "00000.wav", duration_s=0.5)
    for number in range(1, 10_000):
        (folder / f"{number:05}.wav").hardlink_to(first)
    monkeypatch.setenv("YOTOKIT_TOKEN", emulator.token)
    monkeypatch.setenv("YOTOKIT_API_URL", emulator.url)
    monkeypatch.setenv("YOTOKIT_AUTH_URL", emulator.url)
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout.readline().strip() == "10000"
        begin = time.monotonic()
        child.wait(60)
        took_s = time.monotonic() - begin

    assert child.returncode == 0
    assert took_s < 4.0, "twice the promise, for a busy machine"
