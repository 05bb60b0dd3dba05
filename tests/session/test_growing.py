from __future__ import annotations

import pickle
import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sound import write_tone

import yotokit as yk
from yotokit.audio.measuring import momentary
from yotokit.errors import EmptyFileError, JobCancelledError
from yotokit.session import JobState, stages
from yotokit.session.growing import GrowingCurve


@given(st.lists(st.lists(st.floats(-70, 0, width=32), max_size=2_000), max_size=20))
def test_what_was_shown_once_never_changes_and_all_that_was_added_is_shown(pieces):
    curve = GrowingCurve()
    shown = [(curve.values, b"")]
    for piece in pieces:
        curve.add(np.array(piece, dtype=np.float32))
        shown.append((curve.values, curve.values.tobytes()))
    for values, as_it_was in shown:
        assert values.tobytes() == as_it_was
        assert not values.flags.writeable
    assert (
        shown[-1][1]
        == np.array([value for piece in pieces for value in piece], dtype=np.float32).tobytes()
    )


def test_twelve_hours_take_four_megabytes_and_looking_takes_none():
    tracemalloc.start()
    try:
        curve = GrowingCurve()
        for _ in range(12 * 3600):
            curve.add(np.zeros(10, dtype=np.float32))
        assert len(curve.values) == 432_000
        assert tracemalloc.get_traced_memory()[0] < 4.5e6
        before = tracemalloc.get_traced_memory()[0]
        shown = [curve.values for _ in range(1_000)]
        assert tracemalloc.get_traced_memory()[0] - before < 50_000
        assert shown[0] is shown[-1]
    finally:
        tracemalloc.stop()


class Held:
    """Holds a measurement up after each of its first blocks, until it is let go on."""

    def __init__(self, monkeypatch, *, blocks: int = 2) -> None:
        self.at_work = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)
        self.blocks = blocks
        original = stages.measure

        def measure(path, *, progress, **how):
            left = [self.blocks]

            def held(share):
                progress(share)
                if left[0]:
                    left[0] -= 1
                    self.at_work.release()
                    assert self.go_on.acquire(timeout=60)

            return original(path, progress=held, **how)

        monkeypatch.setattr(stages, "measure", measure)
        monkeypatch.setattr(momentary, "_PAUSE_S", 0.0)

    def wait(self) -> None:
        assert self.at_work.acquire(timeout=60)


@pytest.fixture
def held(monkeypatch):
    return Held(monkeypatch)


@pytest.fixture
def session(yoto, threads):
    with yk.Session("Growing", yoto, engine=threads) as session:
        yield session


def test_the_curve_grows_while_the_file_is_measured_and_is_whole_then(tmp_path, held, session):
    path = write_tone(tmp_path / "long.wav", duration_s=30.0)
    (job,) = session.submit([path])
    held.wait()
    first = session.snapshot().jobs[0]
    early = first.curve_lufs.copy()
    held.go_on.release()
    held.wait()
    second = job.snapshot()
    held.go_on.release()
    last = job.result(60)

    assert first.state is JobState.MEASURING
    assert first.loudness is None
    assert 0 < len(first.curve_lufs) < len(second.curve_lufs) < len(last.curve_lufs)
    assert first.curve_lufs.tobytes() == early.tobytes()
    for one in (first, second):
        assert one.duration_s == pytest.approx(30.0)
        assert one.size_bytes == path.stat().st_size
        assert not one.curve_lufs.flags.writeable
        assert one.curve_lufs.tobytes() == last.curve_lufs[: len(one.curve_lufs)].tobytes()
    assert last.curve_lufs is last.loudness.momentary_lufs
    assert last.duration_s == last.loudness.duration_s


def test_the_buffer_is_let_go_when_the_loudness_is_there(tones, session):
    (job,) = session.submit(tones(1))
    job.result(60)
    assert job._record.payload.curve is None


def test_subscribers_are_told_when_there_is_more_to_see(tmp_path, held, session):
    seen = []

    def look():
        curves = [job.curve_lufs for job in session.snapshot().jobs]
        seen.extend(len(curve) for curve in curves if curve is not None)

    session.subscribe(look)
    session.submit([write_tone(tmp_path / "long.wav", duration_s=30.0)])
    held.wait()
    after_one = max(seen)
    held.go_on.release()
    held.wait()
    assert max(seen) > after_one > 0
    held.go_on.release()
    assert session.wait(60)
    assert seen == sorted(seen)


def test_before_a_file_is_measured_there_is_no_curve(tones, session):
    session.pause()
    (path,) = tones(1)
    session.submit([path])
    (job,) = session.snapshot().jobs

    assert job.curve_lufs is None
    assert job.duration_s is None
    assert job.size_bytes == path.stat().st_size


def test_a_file_of_nothing_has_no_size_and_no_curve(tmp_path, session):
    (tmp_path / "empty.wav").touch()
    (job,) = session.submit([tmp_path])
    with pytest.raises(EmptyFileError):
        job.result(60)
    assert job.snapshot().size_bytes == 0
    assert job.snapshot().curve_lufs is None


def test_a_new_attempt_begins_with_no_curve(tmp_path, held, session):
    (job,) = session.submit([write_tone(tmp_path / "long.wav", duration_s=30.0)])
    held.wait()
    job.cancel()
    broken_off = job.snapshot().curve_lufs
    session.pause()
    job.retry()
    waiting = job.snapshot()
    held.go_on.release()
    session.unpause()
    held.wait()
    again = job.snapshot()
    for _ in range(2):
        held.go_on.release()

    assert len(broken_off) > 0
    assert waiting.curve_lufs is None
    assert waiting.duration_s is None
    assert again.curve_lufs.tobytes() == broken_off.tobytes()
    assert not np.shares_memory(again.curve_lufs, broken_off)
    assert len(job.result(60).curve_lufs) == 297


def test_a_cancelled_file_keeps_what_was_seen_of_it(tmp_path, held, session):
    (job,) = session.submit([write_tone(tmp_path / "long.wav", duration_s=30.0)])
    held.wait()
    job.cancel()
    held.go_on.release()
    with pytest.raises(JobCancelledError):
        job.result(60)
    assert session.wait(60)
    assert len(job.snapshot().curve_lufs) > 0


def test_a_file_that_the_journal_knows_has_its_curve_at_once(tones, yoto, threads, monkeypatch):
    (path,) = tones(1)
    curves = []
    for _ in range(2):
        with yk.Session("Known", yoto, engine=threads) as session:
            (job,) = session.submit([path])
            curves.append(job.result(60).curve_lufs)
        monkeypatch.setattr(stages, "measure", None)
    assert curves[0].tobytes() == curves[1].tobytes()


def test_a_curve_grows_from_a_process_of_its_own_too(tmp_path, yoto, threads):
    with yk.Session("Strangers", yoto, engine=threads, isolate=True) as session:
        lengths = []

        def look():
            lengths.extend(job.duration_s for job in session.snapshot().jobs)

        session.subscribe(look)
        (job,) = session.submit([write_tone(tmp_path / "long.wav", duration_s=30.0)])
        result = job.result(60)
    assert len(result.curve_lufs) == 297
    assert lengths[0] is None
    assert lengths[-1] == pytest.approx(30.0)


def test_chapters_that_were_on_the_card_have_the_length_and_size_that_the_card_tells(
    tones, yoto, threads
):
    with yk.Session("First", yoto, engine=threads) as session:
        session.submit(tones(2))
        card = session.finalize().card
    with yk.Session("Other", yoto, engine=threads, card=card.card_id) as session:
        kept = session.snapshot().jobs
    media = [chapter.tracks[0].media for chapter in card.chapters]
    assert [job.duration_s for job in kept] == [one.duration_s for one in media]
    assert [job.size_bytes for job in kept] == [one.size_bytes for one in media]
    assert [job.curve_lufs for job in kept] == [None, None]


def test_a_report_that_is_pickled_holds_each_curve_once(tmp_path, session):
    session.submit([write_tone(tmp_path / "long.wav", duration_s=30.0)])
    report = session.finalize()
    again = pickle.loads(pickle.dumps(report)).jobs[0]
    assert again.curve_lufs is again.loudness.momentary_lufs
