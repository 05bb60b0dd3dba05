"""What always holds of a session; docs/invariants.md lists these sentences."""

from __future__ import annotations

import asyncio
import random
import threading
import time

import numpy as np
import pytest
import soundfile as sf
from sound import write_by_ffmpeg, write_tone

import yotokit as yk
from yotokit.emulator import Fault
from yotokit.errors import (
    CardConflictError,
    EngineClosedError,
    FinalizeError,
    JobCancelledError,
    NotFoundError,
    NothingToPublishError,
    ServerError,
    SessionClosedError,
    SettingError,
    SourceChangedError,
    TranscodeError,
    UnreadableAudioError,
    UploadError,
)
from yotokit.session import JobState


def titles(card):
    return [chapter.title for chapter in card.chapters]


@pytest.fixture
def session(yoto, engine):
    with yk.Session("Bedtime", yoto, engine=engine) as session:
        yield session


def test_thirty_files_that_end_in_random_order_are_written_once_in_the_order_submitted(
    tones, yoto, emulator, engine
):
    paths = tones(30)
    random.Random(4).shuffle(paths)
    broken = paths[11]
    broken.write_text("not audio at all " * 100)
    with yk.Session("Thirty", yoto, engine=engine) as session:
        session.submit(paths)
        report = session.finalize()
    expected = [path.stem.split(" ", 1)[1] for path in paths if path != broken]

    assert titles(report.card) == titles(yoto.card(report.card.card_id)) == expected
    assert emulator.counters.content_writes == 1
    assert emulator.counters.completed_puts == 29
    assert [job.path for job in report.failed] == [broken]
    assert isinstance(report.failed[0].error, UnreadableAudioError)
    assert broken.name in repr(report)
    assert "1 FAILED" in report.summary


def test_submitting_the_same_file_twice_does_the_work_once(tones, session, emulator):
    paths = tones(3)
    first = session.submit(paths)
    again = session.submit([*reversed(paths), paths[0]])
    report = session.finalize()

    assert again == list(reversed(first))
    assert len(report.jobs) == len(report.card.chapters) == 3
    assert emulator.counters.completed_puts == 3


def test_the_same_sound_under_two_names_is_sent_once_and_is_on_the_card_twice(
    tmp_path, session, emulator
):
    first = write_tone(tmp_path / "a.wav")
    second = tmp_path / "b.wav"
    second.write_bytes(first.read_bytes())
    session.submit([first, second])
    report = session.finalize()

    assert titles(report.card) == ["a", "b"]
    assert len({chapter.key for chapter in report.card.chapters}) == 2
    assert emulator.counters.completed_puts == 1


def test_two_sessions_at_once_share_the_engine_and_send_the_same_sound_once(
    tones, yoto, emulator, engine
):
    paths = tones(6)
    with (
        yk.Session("One", yoto, engine=engine) as one,
        yk.Session("Two", yoto, engine=engine) as two,
    ):
        one.submit(paths)
        two.submit(reversed(paths))
        first, second = one.finalize(), two.finalize()

    assert titles(first.card) == titles(second.card)[::-1]
    assert first.card.card_id != second.card.card_id
    assert emulator.counters.completed_puts == 6


def test_finalizing_again_writes_only_what_has_changed(tones, session, emulator):
    jobs = session.submit(tones(4))
    first = session.finalize()
    second = session.finalize()
    session.move(jobs[3], 1)
    third = session.finalize()
    session.remove(jobs[0])
    fourth = session.finalize()

    assert [r.written for r in (first, second, third, fourth)] == [True, False, True, True]
    assert len({r.card.card_id for r in (first, second, third, fourth)}) == 1
    assert titles(third.card) == ["tone 4", "tone 1", "tone 2", "tone 3"]
    assert titles(fourth.card) == ["tone 4", "tone 2", "tone 3"]
    assert [c.overlay_label for c in fourth.card.chapters] == ["1", "2", "3"]
    assert emulator.counters.completed_puts == 4


def test_a_file_keeps_its_chapter_key_when_the_order_changes(tones, session):
    jobs = session.submit(tones(3))
    before = {c.title: c.key for c in session.finalize().card.chapters}
    session.move(jobs[2], 1)
    after = {c.title: c.key for c in session.finalize().card.chapters}

    assert before == after


def test_a_late_submission_updates_the_same_card(tones, session, emulator):
    paths = tones(4)
    session.submit(paths[:2])
    first = session.finalize()
    session.submit(paths)
    second = session.finalize()

    assert second.card.card_id == first.card.card_id
    assert len(second.card.chapters) == 4
    assert (emulator.counters.card_creates, emulator.counters.card_updates) == (1, 1)


def test_the_same_title_is_the_same_card_in_another_process(tones, emulator, engine):
    """Another client and another session know nothing of the first ones but the account."""
    paths = tones(3)
    cards = []
    for _ in range(2):
        with (
            emulator.client() as yoto,
            yk.Session("Again", yoto, engine=engine) as session,
        ):
            session.submit(paths)
            cards.append(session.finalize())

    assert cards[0].card.card_id == cards[1].card.card_id
    assert [card.written for card in cards] == [True, False]
    assert emulator.counters.completed_puts == 3


def test_a_new_card_of_the_same_title_is_made_only_when_asked_for(tones, yoto, emulator, engine):
    paths = tones(2)
    with (
        yk.Session("Same", yoto, engine=engine) as old,
        yk.Session("Same", yoto, engine=engine, card="new") as new,
    ):
        old.submit(paths)
        new.submit(paths)
        first, second, third = old.finalize(), new.finalize(), new.finalize()

    assert first.card.card_id != second.card.card_id == third.card.card_id
    assert not third.written


def test_a_card_that_no_session_made_is_not_overwritten(tones, yoto, emulator, engine):
    with yk.Session("Mine", yoto, engine=engine, card="new") as other:
        other.submit(tones(1, folder="other"))
        stranger = other.finalize().card
    with yk.Session("Mine", yoto, engine=engine) as session:
        session.submit(tones(2))
        with pytest.raises(CardConflictError, match=stranger.card_id):
            session.finalize()
        assert yoto.card(stranger.card_id) == stranger
    with yk.Session(
        "Mine", yoto, engine=engine, card=stranger.card_id, existing="replace"
    ) as session:
        session.submit(tones(2))
        assert session.finalize().card.card_id == stranger.card_id


def test_an_update_keeps_what_it_does_not_know(tones, yoto, engine, emulator):
    with yk.Session("Kept", yoto, engine=engine) as session:
        session.submit(tones(2))
        card_id = session.finalize().card.card_id
    raw = emulator.cards[0]
    raw["content"]["config"]["autoadvance"] = "none"
    raw["content"]["chapters"][0]["ambient"] = {"defaultTrackDisplay": None}
    raw["metadata"]["description"] = "for Anna"
    with yk.Session("Kept", yoto, engine=engine) as session:
        session.submit(reversed(tones(2)))
        report = session.finalize()
    after = emulator.cards[0]

    assert report.written
    assert report.card.card_id == card_id
    assert after["content"]["config"]["autoadvance"] == "none"
    assert after["content"]["chapters"][1]["ambient"] == {"defaultTrackDisplay": None}
    assert after["metadata"]["description"] == "for Anna"


def test_nothing_is_written_when_a_file_failed_and_the_caller_wants_all_or_nothing(
    tones, session, emulator
):
    paths = tones(3)
    paths[1].write_text("not audio " * 50)
    session.submit(paths)
    with pytest.raises(FinalizeError, match="1 of 3") as caught:
        session.finalize(on_failure="raise")

    assert caught.value.report.failed[0].path == paths[1]
    assert isinstance(caught.value.exceptions[0], UnreadableAudioError)
    assert emulator.counters.content_writes == 0
    assert len(session.finalize().card.chapters) == 2


def test_with_no_track_done_nothing_is_written(tmp_path, session, emulator):
    with pytest.raises(NothingToPublishError, match="no file was submitted"):
        session.finalize()
    path = tmp_path / "bad.wav"
    path.write_text("not audio " * 50)
    session.submit(path)
    with pytest.raises(NothingToPublishError, match=r"bad\.wav"):
        session.finalize()

    assert emulator.counters.content_writes == 0


def test_a_bad_file_in_a_folder_fails_alone_and_is_a_job(tones, session):
    folder = tones(2)[0].parent
    (folder / "00 empty.mp3").touch()
    jobs = session.submit(folder)
    report = session.finalize()

    assert [job.state for job in jobs] == [JobState.FAILED, JobState.DONE, JobState.DONE]
    assert "0 bytes" in report.failed[0].note
    assert len(report.card.chapters) == 2


def test_a_mended_file_that_is_submitted_again_takes_its_old_place(tones, session):
    paths = tones(3)
    good = paths[1].read_bytes()
    paths[1].write_text("not audio " * 50)
    session.submit(paths)
    assert len(session.finalize().card.chapters) == 2
    paths[1].write_bytes(good)
    jobs = session.submit(paths)
    report = session.finalize()

    assert titles(report.card) == ["tone 1", "tone 2", "tone 3"]
    assert jobs[1].snapshot().attempt == 2


def test_retrying_what_failed_updates_the_same_card(tones, session, emulator):
    emulator.faults.append(Fault("PUT", "/uploads/", status=400, times=1))
    session.submit(tones(3))
    first = session.finalize()
    assert len(first.card.chapters) == 2
    assert isinstance(first.failed[0].error, UploadError)

    assert len(session.retry()) == 1
    second = session.finalize()
    assert len(second.card.chapters) == 3
    assert second.card.card_id == first.card.card_id
    assert session.retry() == []


def test_album_gain_is_computed_once_from_all_files(tones, yoto, engine):
    paths = tones(8)
    with yk.Session("Album", yoto, engine=engine, normalize="album") as session:
        session.submit(paths[:4])
        assert session.wait(30)
        assert {job.state for job in session.jobs} == {JobState.MEASURED}
        session.submit(paths[4:])
        report = session.finalize()
        session.finalize()

        assert session._flow.publisher._album.computations == 1
    gains = {job.gain_db for job in report.jobs}
    assert len(gains) == 1
    spread = [job.after_lufs - job.loudness.integrated_lufs for job in report.jobs]
    assert max(spread) - min(spread) < 1e-9
    assert report.album.gain_db == gains.pop()
    assert "album gain" in repr(report)


def test_a_late_file_changes_the_album_and_what_had_the_old_gain_is_done_again(
    tones, tmp_path, yoto, engine, emulator
):
    with yk.Session("Album", yoto, engine=engine, normalize="album") as session:
        session.submit(tones(3))
        first = session.finalize()
        session.submit(write_tone(tmp_path / "loud.wav", peak_dbfs=-0.1, hertz=900))
        second = session.finalize()

        assert session._flow.publisher._album.computations == 2
    assert first.card.card_id == second.card.card_id
    assert len({job.gain_db for job in second.jobs}) == 1
    assert second.jobs[0].gain_db < first.jobs[0].gain_db
    assert {job.attempt for job in second.jobs[:3]} == {2}
    assert emulator.counters.completed_puts == 7


def test_a_failed_file_does_not_hold_up_the_album(tones, yoto, engine):
    paths = tones(4)
    paths[2].write_text("not audio " * 50)
    with yk.Session("Album", yoto, engine=engine, normalize="album") as session:
        session.submit(paths)
        report = session.finalize()

    assert len(report.card.chapters) == 3
    assert [job.state for job in report.jobs].count(JobState.FAILED) == 1


def test_off_leaves_files_untouched(tones, tmp_path, yoto, engine, emulator):
    wav, aiff = tones(1)[0], write_tone(tmp_path / "b.aiff")
    with yk.Session("Off", yoto, engine=engine, normalize="off") as session:
        session.submit([wav, aiff])
        report = session.finalize()

    assert [job.untouched for job in report.jobs] == [True, False]
    assert [job.after_lufs for job in report.jobs] == [
        job.loudness.integrated_lufs for job in report.jobs
    ]


def spiky(path):
    """Write quiet noise with a few loud clicks: the ceiling forbids the gain that it needs."""
    noise = np.random.default_rng(1).standard_normal(16_000 * 3) * 0.03
    noise[::8_000] = 0.7
    sf.write(path, noise, 16_000)
    return path


def test_with_a_limiter_a_file_reaches_the_target_that_its_peaks_forbid(tmp_path, yoto, engine):
    path, outcomes = spiky(tmp_path / "a.wav"), []
    for limiter in (False, True):
        target = yk.Target(lufs=-18.0, limiter=limiter)
        with yk.Session(f"Limiter {limiter}", yoto, target=target, engine=engine) as session:
            session.submit(path)
            (job,) = session.finalize().jobs
        outcomes.append((job.plan.limited_by, job.after_lufs, job.note))

    (linear, quiet_lufs, why), (limited, lufs, note) = outcomes
    assert (linear, limited) == ("true_peak", "limiter")
    assert quiet_lufs < -22.0
    assert "ceiling allows no more gain" in why
    assert lufs == pytest.approx(-18.0, abs=0.1)
    assert "peaks turned down by up to" in note


@pytest.mark.parametrize("limiter", [False, True])
def test_files_that_nobody_trusts_are_read_in_processes_of_their_own(
    tmp_path, yoto, engine, limiter
):
    bad = tmp_path / "b.wav"
    bad.write_bytes(b"RIFF and nothing more")
    target = yk.Target(limiter=limiter)
    with yk.Session("Strangers", yoto, target=target, isolate=True, engine=engine) as session:
        session.submit([spiky(tmp_path / "a.wav"), bad])
        report = session.finalize()
    with yk.Session("Friends", yoto, target=target, engine=engine) as session:
        session.submit(tmp_path / "a.wav")
        (trusted,) = session.finalize().jobs

    assert report.jobs[0].after_lufs == pytest.approx(trusted.after_lufs, abs=1e-9)
    assert report.jobs[0].plan == trusted.plan
    assert isinstance(report.failed[0].error, UnreadableAudioError)


def test_a_track_that_is_too_large_for_the_service_is_sent_smaller_and_the_report_says_so(
    tmp_path, yoto, engine, emulator
):
    noise = np.random.default_rng(1).standard_normal((44_100 * 10, 2)) * 0.05
    sf.write(tmp_path / "long.wav", noise, 44_100)
    limits = yk.Limits(track_size_bytes=300_000)
    with yk.Session("Large", yoto, engine=engine, limits=limits) as session:
        session.submit(tmp_path / "long.wav")
        report = session.finalize()

    (media,) = emulator._running().media.values()
    assert media.path.stat().st_size <= 300_000
    assert "MP3 at" in report.jobs[0].note


def test_an_audiobook_is_published_like_any_other_file(tmp_path, session):
    pytest.importorskip("av")
    time_s = np.arange(44_100 * 3) / 44_100
    tone = np.repeat(0.1 * np.sin(2_000 * time_s)[:, None], 2, axis=1).astype(np.float32)
    write_by_ffmpeg(tmp_path / "book.m4b", tone, "aac", "fltp")
    session.submit(tmp_path)
    report = session.finalize()

    assert titles(report.card) == ["book"]
    assert report.jobs[0].after_lufs == pytest.approx(-16.0, abs=0.1)


def test_what_is_uploaded_measures_as_the_report_says(tones, session, emulator):
    session.submit(tones(5))
    report = session.finalize()
    state = emulator._running()
    for job, chapter in zip(report.jobs, report.card.chapters, strict=True):
        sent = state.media[chapter.tracks[0].media.sha256].path
        assert yk.measure(sent).integrated_lufs == pytest.approx(job.after_lufs, abs=0.05)


def test_silence_and_very_short_files_are_published_as_they_are(tmp_path, session):
    sf.write(tmp_path / "silence.wav", np.zeros(48_000), 16_000)
    sf.write(tmp_path / "short.wav", np.full(1600, 0.1), 16_000)
    session.submit([tmp_path / "silence.wav", tmp_path / "short.wav"])
    report = session.finalize()

    assert [job.untouched for job in report.jobs] == [True, True]
    assert "silent" in report.jobs[0].note
    assert "nan" not in report._repr_html_().lower().replace("finance", "")


def test_a_file_that_changes_while_it_is_worked_on_fails_and_says_so(tones, yoto, engine):
    with yk.Session("Album", yoto, engine=engine, normalize="album") as session:
        paths = tones(2)
        session.submit(paths)
        assert session.wait(20)
        write_tone(paths[0], duration_s=2.0)
        report = session.finalize()

    assert isinstance(report.failed[0].error, SourceChangedError)
    assert len(report.card.chapters) == 1


def test_a_file_that_the_service_cannot_use_fails_at_once(tmp_path, session, monkeypatch):
    monkeypatch.setattr("yotokit.emulator.server.describe", lambda path, name: 1 / 0, raising=True)
    from yotokit.emulator.transcoder import UnusableAudioError

    def refuse(path, name):
        raise UnusableAudioError("file is not a valid audio/video file")

    monkeypatch.setattr("yotokit.emulator.server.describe", refuse)
    session.submit(write_tone(tmp_path / "a.wav"))
    with pytest.raises(NothingToPublishError, match="not a valid audio"):
        session.finalize()

    assert isinstance(session.jobs[0].error, TranscodeError)


def test_a_transcode_of_another_length_is_noticed(tmp_path, session, monkeypatch):
    from yotokit.emulator.transcoder import describe

    monkeypatch.setattr(
        "yotokit.emulator.server.describe",
        lambda path, name: describe(path, name) | {"duration": 1},
    )
    session.submit(write_tone(tmp_path / "a.wav", duration_s=30))
    with pytest.raises(NothingToPublishError, match="made 1 s of it, not 30 s"):
        session.finalize()


def test_a_transcode_that_never_ends_fails_after_its_budget(tmp_path, emulator, yoto):
    from yotokit.engine import InlineEngine

    emulator._transcode_s = (3600.0, 3600.0)
    with yk.Session("Never", yoto, engine=InlineEngine()) as session:
        session.submit(write_tone(tmp_path / "a.wav"))
        with pytest.raises(NothingToPublishError, match="has not finished with it in 6 minutes"):
            session.finalize()


def test_cancelling_ends_what_has_not_ended_and_can_be_done_twice(tones, yoto, threads, emulator):
    emulator._transcode_s = (60.0, 60.0)
    with yk.Session("Cancel", yoto, engine=threads) as session:
        jobs = session.submit(tones(6))
        assert jobs[0].cancel()
        assert not jobs[0].cancel()
        begin = time.monotonic()
        assert session.cancel() == 5
        assert session.cancel() == 0
        assert time.monotonic() - begin < 0.5
        assert {job.state for job in jobs} == {JobState.CANCELLED}
        with pytest.raises(JobCancelledError):
            jobs[0].result()
        with pytest.raises(NothingToPublishError):
            session.finalize()


def test_a_cancelled_file_is_left_out_and_can_be_retried(tones, session):
    jobs = session.submit(tones(3))
    jobs[1].cancel()
    first = session.finalize()
    assert jobs[1].retry() or jobs[1].state is JobState.DONE
    second = session.finalize()

    assert len(first.card.chapters) in (2, 3)
    assert titles(second.card) == ["tone 1", "tone 2", "tone 3"]


def test_closing_cancels_removes_files_and_refuses_more(tones, yoto, threads, own_surroundings):
    session = yk.Session("Closed", yoto, engine=threads, normalize="album")
    session.submit(tones(4))
    pending = session.begin_finalize()
    session.close()
    session.close()

    with pytest.raises(SessionClosedError):
        session.submit(tones(1))
    with pytest.raises(SessionClosedError):
        session.finalize()
    with pytest.raises(SessionClosedError):
        pending.result(5)
    assert list(own_surroundings.glob("yotokit-[!e]*")) == []


def test_rendered_files_do_not_pile_up(tones, yoto, threads, own_surroundings):
    with yk.Session("Tidy", yoto, engine=threads) as session:
        session.submit(tones(20))
        session.finalize()
        left = list(own_surroundings.rglob("*.flac"))

    assert left == []


def test_a_job_is_a_handle_like_a_future(tones, session):
    jobs = session.submit(tones(2))
    results = [job.result(timeout_s=30) for job in jobs]

    assert [result.state for result in results] == [JobState.DONE] * 2
    assert all(job.done() and job.exception() is None for job in jobs)
    assert jobs[0].gain_db == results[0].gain_db
    assert jobs[0] != jobs[1]
    assert len({jobs[0], session.jobs[0]}) == 1
    assert repr(jobs[0]) == "Job('tone 1', done)"


def test_a_job_that_is_not_done_in_time_says_so_and_goes_on(tones, yoto, engine):
    with yk.Session("Album", yoto, engine=engine, normalize="album") as session:
        (job,) = session.submit(tones(1))
        with pytest.raises(TimeoutError, match="it goes on"):
            job.result(timeout_s=0.3)


def test_a_failed_jobs_result_is_its_error(tmp_path, session):
    path = tmp_path / "bad.wav"
    path.write_text("not audio " * 50)
    (job,) = session.submit(path)
    with pytest.raises(UnreadableAudioError):
        job.result(timeout_s=30)

    assert isinstance(job.exception(), UnreadableAudioError)


def test_finalize_can_be_awaited(tones, yoto, threads):
    async def main():
        with yk.Session("Async", yoto, engine=threads) as session:
            session.submit(tones(3))
            task = asyncio.create_task(session.finalize_async())
            ticks = 0
            while not task.done():
                await asyncio.sleep(0.01)
                ticks += 1
            return task.result(), ticks

    report, ticks = asyncio.run(main())

    assert len(report.card.chapters) == 3
    assert ticks > 3


def test_giving_up_the_wait_for_a_finalize_does_not_give_up_the_finalize(tones, yoto, threads):
    async def main(session):
        try:
            await asyncio.wait_for(session.finalize_async(), 0.01)
        except TimeoutError:
            return True
        return False

    with yk.Session("Async", yoto, engine=threads) as session:
        session.submit(tones(3))
        assert asyncio.run(main(session))
        assert len(session.finalize().card.chapters) == 3


def test_many_threads_may_finalize_at_once_and_the_card_is_written_once(
    tones, yoto, threads, emulator
):
    with yk.Session("Threads", yoto, engine=threads) as session:
        session.submit(tones(4))
        reports = []
        waiting = [
            threading.Thread(target=lambda: reports.append(session.finalize())) for _ in range(8)
        ]
        for thread in waiting:
            thread.start()
        for thread in waiting:
            thread.join(30)

    assert len(reports) == 8
    assert emulator.counters.content_writes == 1


def test_submitting_from_many_threads_loses_nothing(tones, yoto, threads):
    paths = tones(24)
    with yk.Session("Threads", yoto, engine=threads) as session:
        submitting = [
            threading.Thread(target=session.submit, args=(paths[n::6] + paths[:4],))
            for n in range(6)
        ]
        for thread in submitting:
            thread.start()
        for thread in submitting:
            thread.join(30)
        report = session.finalize()

    assert sorted(titles(report.card)) == sorted(p.stem.split(" ", 1)[1] for p in paths)


def test_submit_returns_before_the_work_is_done(tones, yoto, threads):
    paths = tones(40)
    with yk.Session("Quick", yoto, engine=threads) as session:
        session.submit(paths)
        assert not all(job.done() for job in session.jobs)


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 101},
        {"title": "a\nb"},
        {"title": 5},
        {"normalize": "loud"},
        {"target": -16},
    ],
)
def test_a_session_that_makes_no_sense_is_refused(yoto, wrong):
    with pytest.raises(SettingError):
        yk.Session(**({"title": "x", "yoto": yoto} | wrong))


def test_what_finalize_does_not_know_is_refused(session):
    with pytest.raises(SettingError, match="on_failure"):
        session.finalize(on_failure="ignore")


def test_a_file_of_another_session_cannot_be_moved(tones, yoto, engine):
    with yk.Session("A", yoto, engine=engine) as one, yk.Session("B", yoto, engine=engine) as two:
        (job,) = one.submit(tones(1))
        with pytest.raises(SettingError, match="not a file of"):
            two.move(job, 1)


def test_a_create_whose_answer_was_lost_makes_no_second_card(tones, session, emulator):
    emulator.faults.append(Fault("POST", "/content", lose_answer=True))
    session.submit(tones(2))
    report = session.finalize()

    assert emulator.counters.card_creates == 1
    assert [card["cardId"] for card in emulator.cards] == [report.card.card_id]


def test_a_create_that_failed_on_the_way_is_looked_for_and_then_made(tones, session, emulator):
    emulator.faults.append(Fault("POST", "/content", status=500))
    session.submit(tones(2))
    report = session.finalize()

    assert report.written
    assert emulator.counters.card_creates == 1
    assert emulator.counters.card_lists > 1


def test_a_create_that_fails_again_and_again_can_be_finalized_later(tones, session, emulator):
    emulator.faults.append(Fault("POST", "/content", status=500, times=3))
    session.submit(tones(2))
    with pytest.raises(ServerError):
        session.finalize()
    report = session.finalize()

    assert report.written
    assert emulator.counters.card_creates == 1


def test_a_session_shows_itself_in_words_and_as_a_table(tones, session):
    assert "no files yet" in repr(session)
    session.submit(tones(2))
    session.finalize()
    session.__class__.live_view, kept = None, session.__class__.live_view
    try:
        bundle = session._repr_mimebundle_()
    finally:
        session.__class__.live_view = kept

    assert "2 done" in bundle["text/plain"]
    assert bundle["text/html"].count("<img") == 2


def test_a_snapshot_holds_queues_states_and_events(tones, session):
    session.submit(tones(2))
    session.finalize()
    snapshot = session.snapshot()

    assert snapshot.counts == {JobState.DONE: 2}
    assert snapshot.settled == 2
    assert snapshot.engine.cpu.completed >= 4
    assert any("done: tone 1" in line for line in snapshot.log)
    assert snapshot.card_id


def test_the_default_engine_serves_a_session_that_names_none(tones, yoto):
    from yotokit.engine import Engine

    with yk.Session("Default", yoto) as session:
        assert session.engine is Engine.default()
        session.submit(tones(2))
        assert len(session.finalize().card.chapters) == 2
    Engine.default().close()


def test_a_card_that_was_deleted_meanwhile_is_made_anew(tones, session, yoto, emulator):
    session.submit(tones(2))
    first = session.finalize()
    yoto.delete_card(first.card.card_id)
    second = session.finalize()

    assert second.written
    assert second.card.card_id != first.card.card_id
    assert len(emulator.cards) == 1


def test_a_named_card_that_was_deleted_is_not_made_anew(tones, yoto, engine):
    with yk.Session("Named", yoto, engine=engine) as session:
        session.submit(tones(1))
        card_id = session.finalize().card.card_id
    with yk.Session("Named", yoto, engine=engine, card=card_id) as session:
        session.submit(tones(1))
        yoto.delete_card(card_id)
        with pytest.raises(NotFoundError, match="was deleted"):
            session.finalize()
    with pytest.raises(NotFoundError, match="was deleted"):
        yk.Session("Named", yoto, engine=engine, card=card_id)


def test_a_file_that_was_removed_is_not_retried(tones, session):
    jobs = session.submit(tones(2))
    session.remove(jobs[0])
    assert not jobs[0].retry()
    assert titles(session.finalize().card) == ["tone 2"]


@pytest.mark.parametrize("title", ["", "x" * 101, "a\nb", "\u202e \u200b"])
def test_a_track_title_that_the_service_would_refuse_is_refused_at_once(tones, session, title):
    with pytest.raises(SettingError, match="printable"):
        session.submit(tones(1)[0], title=title)
    assert session.jobs == []


@pytest.mark.parametrize("normalize", ["track", "album"])
def test_closing_the_engine_answers_everyone_who_waits(tones, yoto, threads, emulator, normalize):
    emulator._transcode_s = (60.0, 60.0)
    with yk.Session("Waits", yoto, engine=threads, normalize=normalize) as session:
        session.submit(tones(4))
        pending = session.begin_finalize()
        threading.Timer(0.3, threads.close).start()
        with pytest.raises(EngineClosedError):
            session.finalize()
        with pytest.raises(EngineClosedError):
            pending.result(5)
        assert {job.state for job in session.jobs} == {JobState.CANCELLED}


def test_a_card_that_could_not_be_written_is_told_in_the_events(tones, session, emulator):
    emulator.faults.append(Fault("POST", "/content", status=400))
    session.submit(tones(1))
    pending = session.begin_finalize()
    assert session.engine.wait_for(pending.done, 30)
    assert pending.exception() is not None

    assert any("card not written" in line for line in session.snapshot().log)


def test_what_changes_while_the_card_is_written_is_in_the_next_answer(
    tones, yoto, threads, emulator
):
    with yk.Session("Busy", yoto, engine=threads) as session:
        jobs = session.submit(tones(3))
        assert session.wait(30)
        emulator.faults.append(Fault("POST", "/content", delay_s=1.0))
        first = session.begin_finalize()
        assert threads.wait_for(lambda: emulator.counters.card_lists == 1, 10)
        session.move(jobs[2], 1)
        second = session.finalize()

        assert titles(first.result(5).card) == ["tone 1", "tone 2", "tone 3"]
        assert titles(second.card) == ["tone 3", "tone 1", "tone 2"]
    assert emulator.counters.content_writes == 2


def test_cancelling_calls_a_waiting_finalize_off_and_the_card_stays(tones, yoto, threads, emulator):
    with yk.Session("Off", yoto, engine=threads) as session:
        session.submit(tones(2))
        before = session.finalize().card
        emulator._transcode_s = (60.0, 60.0)
        session.submit(tones(3, folder="more"))
        pending = session.begin_finalize()
        session.cancel()
        with pytest.raises(JobCancelledError):
            pending.result(5)
        time.sleep(0.3)

        assert yoto.card(before.card_id) == before
    assert emulator.counters.content_writes == 1


def test_nobody_can_cancel_the_answer_that_all_share(tones, session):
    session.submit(tones(2))
    pending = session.begin_finalize()

    assert not pending.cancel()
    assert len(session.finalize().card.chapters) == 2


def test_two_ways_of_treating_failures_are_not_mixed(tones, yoto, threads, emulator):
    emulator._transcode_s = (1.0, 1.0)
    with yk.Session("Two ways", yoto, engine=threads) as session:
        session.submit(tones(1))
        session.begin_finalize()
        with pytest.raises(SettingError, match="under way"):
            session.finalize(on_failure="raise")
        assert len(session.finalize().card.chapters) == 1


def test_a_closed_engine_answers_a_new_finalize_at_once(tones, yoto, threads):
    with yk.Session("Late", yoto, engine=threads) as session:
        session.submit(tones(1))
        threads.close()
        with pytest.raises(EngineClosedError):
            session.begin_finalize()
        with pytest.raises(EngineClosedError):
            session.retry()


def test_an_edit_made_elsewhere_survives_a_later_finalize(tones, session, emulator):
    jobs = session.submit(tones(2))
    session.finalize()
    icon = "yoto:#" + "B" * 43
    raw = emulator.cards[0]
    raw["metadata"]["description"] = "for Anna"
    raw["content"]["chapters"][0]["display"]["icon16x16"] = icon
    raw["content"]["chapters"][0]["tracks"][0]["ambient"] = None
    raw["updatedAt"] = "2099-01-01T00:00:00.000Z"
    unchanged = session.finalize()
    session.move(jobs[1], 1)
    moved = session.finalize()
    after = emulator.cards[0]

    assert not unchanged.written
    assert moved.written
    assert after["metadata"]["description"] == "for Anna"
    assert after["content"]["chapters"][1]["display"]["icon16x16"] == icon
    assert "ambient" in after["content"]["chapters"][1]["tracks"][0]


def test_submitting_a_failed_file_again_tries_it_again(tones, session, emulator):
    emulator.faults.append(Fault("PUT", "/uploads/", status=400, times=1))
    paths = tones(2)
    session.submit(paths)
    assert len(session.finalize().card.chapters) == 1
    session.submit(paths)

    assert len(session.finalize().card.chapters) == 2


def test_a_measured_file_that_changed_is_measured_again_when_it_is_submitted_again(
    tones, yoto, engine
):
    with yk.Session("Album", yoto, engine=engine, normalize="album") as session:
        paths = tones(2)
        session.submit(paths)
        assert session.wait(20)
        write_tone(paths[0], duration_s=2.0)
        session.submit(paths)
        report = session.finalize()

    assert not report.failed
    assert report.jobs[0].loudness.duration_s == pytest.approx(2.0)


def test_polls_do_not_flood_the_events(tones, yoto, threads, emulator):
    emulator._transcode_s = (2.0, 2.0)
    with yk.Session("Quiet", yoto, engine=threads) as session:
        session.submit(tones(1))
        session.finalize()
        lines = [line.split(" ", 1)[1] for line in session.snapshot().log]

    assert len(lines) == len(set(lines))


def test_a_file_that_changes_on_its_way_is_done_again_when_it_is_submitted_again(
    tones, yoto, threads, emulator
):
    emulator._transcode_s = (1.0, 1.0)
    with yk.Session("Moving", yoto, engine=threads) as session:
        paths = tones(1)
        (job,) = session.submit(paths)
        assert threads.wait_for(lambda: job.state is JobState.TRANSCODING, 10)
        write_tone(paths[0], duration_s=4.0)
        session.submit(paths)
        report = session.finalize()

    assert report.card.chapters[0].duration_s == 4


@pytest.mark.parametrize("position", ["1", 1.5, None])
def test_a_position_that_is_none_moves_nothing(tones, session, position):
    jobs = session.submit(tones(2))
    with pytest.raises(SettingError, match="whole number"):
        session.move(jobs[0], position)

    assert session.jobs == jobs
