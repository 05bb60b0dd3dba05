"""How far a session is and how long it takes: simulated loads, odd histories, real sessions."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from session.loads import LOADS, USUAL, Watched, known
from session.simulated import MIB, some_files

import yotokit as yk
from yotokit.engine import FINAL_STATES, EngineSnapshot, GroupSnapshot, Lane, LaneSnapshot
from yotokit.session import Depth, JobSnapshot, JobState, Pace, SessionSnapshot


@pytest.mark.parametrize("load", LOADS)
def test_the_time_left_is_right_within_a_factor_in_good_time(load):
    files, factor = LOADS[load]
    watched = Watched(files(0))
    last = watched.go_on()

    assert max(watched.errors()) < factor
    assert (last.share, last.left_s) == (1.0, None)
    shares = [share for _, share, _ in watched.seen]
    assert shares == sorted(shares)
    assert max(shares[:-1]) < 1.0


@pytest.mark.parametrize("load", ["many short files", "slow uploads"])
def test_a_session_that_shares_its_workers_is_told_so_by_its_pace(load):
    files, _ = LOADS[load]
    watched = Watched(files(0), others=files(0))
    watched.go_on()

    assert max(watched.errors()) < 2.0


@pytest.mark.parametrize("step_s", [0.1, 10.0])
def test_how_often_it_is_looked_at_makes_no_difference(step_s):
    watched = Watched(LOADS["slow uploads"][0](0), step_s=step_s)
    watched.go_on()

    assert max(watched.errors()) < 2.0


def test_who_comes_late_knows_what_was_measured_before():
    watched = Watched(LOADS["slow uploads"][0](0))
    watched.go_on(120.0)
    watched.pace, watched.seen = Pace(watched.engine.clock.now_s), []
    assert 0.1 < watched.look().share < 0.4
    begin_s = watched.now_s
    watched.go_on(60.0)
    at_s, _, left_s = watched.seen[-1]
    watched.go_on()

    assert 0.5 < left_s / (watched.now_s - at_s) < 2.0
    assert begin_s + 3.0 <= next(at_s for at_s, _, left_s in watched.seen if left_s) < begin_s + 30


def test_the_time_left_does_not_jump():
    watched = Watched(LOADS["many short files"][0](0)[:100], step_s=0.2)
    watched.go_on()
    told = [left_s for _, _, left_s in watched.seen if left_s is not None]
    assert len(told) > 200

    assert all(abs(b - a) < 0.1 * a + 1.0 for a, b in itertools.pairwise(told))


def test_nothing_is_told_of_the_time_in_the_first_seconds():
    watched = Watched(some_files(1, 4, measure=0.05, render=0.05, upload=0.2))
    watched.go_on()
    told = [(at_s, left_s) for at_s, share, left_s in watched.seen if share > 0.1]

    assert told[0][0] < 3.0
    assert {left_s for at_s, left_s in told if at_s < 3.0} == {None}
    assert next(at_s for at_s, left_s in told if left_s) == 3.0


def test_nothing_is_told_of_the_time_before_there_is_something_to_go_by():
    watched = Watched(LOADS["slow uploads"][0](0), step_s=0.2)
    watched.go_on(6.0)

    assert watched.seen[-1][2]
    assert {left_s for _, share, left_s in watched.seen if share < 0.02} == {None}


def test_of_transcodes_that_are_long_under_way_little_is_left():
    watched = Watched(LOADS["slow transcodes"][0](0))
    watched.go_on()
    total_s = watched.seen[-1][0]
    late = [left_s for at_s, _, left_s in watched.seen if 8.0 < total_s - at_s < 10.0]

    assert late
    assert max(late) < 20.0


def test_a_session_of_known_files_alone_is_soon_told_to_be_short():
    watched = Watched(known(some_files(1, 300)))
    watched.go_on(6.0)
    _, share, left_s = watched.seen[-1]

    assert 0.1 < share < 0.9
    assert 5.0 < left_s < 20.0


def test_a_paused_session_has_a_share_and_no_time_left():
    watched = Watched(LOADS["slow uploads"][0](0))
    before = watched.go_on(100.0)
    assert before.left_s is not None
    watched.session.group.pause()
    standing = watched.go_on(600.0)
    watched.session.group.unpause()
    after = watched.go_on(20.0)

    assert standing.left_s is None
    assert before.share <= standing.share < 0.5
    at_s = watched.now_s
    watched.go_on()
    assert 0.5 < after.left_s / (watched.now_s - at_s) < 2.0


def test_while_the_service_is_out_of_reach_there_is_no_time_left():
    watched = Watched(LOADS["slow uploads"][0](0))
    assert watched.go_on(100.0).left_s is not None
    file = watched.session.records[-1].payload
    file.trouble = "waiting: no connection"
    assert watched.look().left_s is None
    file.trouble = ""
    assert watched.look().left_s is not None


def test_in_album_mode_measured_files_wait_for_finalize_and_so_does_the_time_left():
    watched = Watched(some_files(1, 30, **USUAL), album=True)
    watched.go_on(60.0)
    resting = watched.look()
    assert (resting.held, resting.left_s) == (30, None)
    assert 0.0 < resting.share < 0.5
    assert {left_s for at_s, _, left_s in watched.seen if at_s > 3.0} == {None}
    watched.session.release()
    working = watched.go_on(20.0)
    last = watched.go_on()

    assert working.held == 0
    assert 0.5 < working.left_s / (watched.now_s - 80.0) < 2.0
    assert last.share == 1.0
    watched.session.finalizing = False
    watched.session.submit(some_files(2, 30, **USUAL))
    again = watched.go_on(20.0)
    assert again.held > 0
    assert again.left_s is None


def test_new_files_lower_the_share_and_the_rest_goes_on():
    watched = Watched(some_files(1, 10, **USUAL))
    assert watched.go_on().share == 1.0
    watched.session.submit(some_files(2, 10, **USUAL))
    assert 0.3 < watched.look().share < 0.7
    assert watched.go_on().share == 1.0


def test_a_file_that_is_tried_again_lowers_the_share():
    watched = Watched(some_files(1, 4, **USUAL))
    watched.go_on(10.0)
    watched.session.group.cancel(watched.session.records[0])
    assert watched.go_on().share == 1.0
    watched.session.group.restart(watched.session.records[0], "measure")
    assert watched.look().share < 1.0
    assert watched.go_on().share == 1.0


def test_a_cancelled_session_is_at_its_end():
    watched = Watched(some_files(1, 10, **USUAL))
    watched.go_on(10.0)
    for record in watched.session.records:
        watched.session.group.cancel(record)
    last = watched.look()

    assert (last.share, last.left_s) == (1.0, None)


def test_files_of_unknown_size_count_as_the_others_do():
    done, queued = job_of(0, JobState.DONE), job_of(1, JobState.QUEUED)
    unknown = replace(queued, size_bytes=0)

    assert Pace().look(snapshot_of([done, unknown])).share == pytest.approx(0.5)
    done = replace(done, size_bytes=0)
    assert Pace().look(snapshot_of([done, unknown])).share == pytest.approx(0.5)


def test_the_history_has_a_sample_for_each_second_whenever_it_was_looked_at():
    watched = Watched(some_files(1, 200, **USUAL))
    for wait_s in (0.0, 0.1, 0.1, 0.9, 3.0, 0.4, 7.5, 1.0):
        watched.engine.go_on(watched.now_s + wait_s)
        history = watched.look().history
        assert len(history) == int(watched.now_s) + 1
    # Nobody looked for seven seconds: it is told as it was.
    assert len(set(history[5:12])) == 1
    watched.engine.go_on(1_000.0)
    assert len(watched.look().history) == 120


def test_the_history_tells_lanes_and_transcodes_apart_and_ends_at_nothing():
    watched = Watched(some_files(1, 30, **USUAL))
    history = watched.go_on(8.0).history
    assert history[0] == Depth(cpu=30)
    assert history[-1].net > 0
    assert max(sample.transcoding for sample in history) > 0
    assert watched.go_on().history[-1] == Depth()


def test_the_end_of_the_work_is_in_the_history_at_once():
    clock = [0.0]
    pace = Pace(lambda: clock[0])
    pace.look(snapshot_of([job_of(0, JobState.TRANSCODING)]))
    clock[0] = 0.1
    history = pace.look(snapshot_of([job_of(0, JobState.DONE)])).history

    assert history == (Depth(),)


def test_bytes_and_files_a_second_are_those_of_late():
    clock = [0.0]
    pace = Pace(lambda: clock[0])
    job = job_of(0, JobState.UPLOADING)
    told = []
    for sent_bytes in (5_000, 6_000, 9_000, 0, 4_000):
        snapshot = snapshot_of([replace(job, sent_bytes=sent_bytes)])
        told.append(pace.look(snapshot).sent_bytes_per_s)
        clock[0] += 1.0
    assert told == [0.0, 1_000.0, 2_000.0, 0.0, 4_000.0]
    assert pace.look(snapshot).files_per_s == 0.25


def test_chapters_that_stay_are_nothing_to_do():
    kept = replace(job_of(0, JobState.DONE), origin="kept", size_bytes=500 * MIB)

    assert Pace().look(snapshot_of([])).share == 0.0
    assert Pace().look(snapshot_of([kept])).share == 1.0
    half = Pace().look(snapshot_of([kept, job_of(1, JobState.DONE), job_of(2, JobState.QUEUED)]))
    assert 0.3 < half.share < 0.7
    assert Pace().look(snapshot_of([kept, job_of(1, JobState.QUEUED)])).share == 0.0


def test_a_session_without_a_queue_of_its_own_can_be_looked_at():
    snapshot = replace(snapshot_of([job_of(0, JobState.TRANSCODING)]), queue=None)

    assert Pace().look(snapshot).history == (Depth(transcoding=1),)


def test_a_look_at_five_hundred_files_is_short():
    watched = Watched(some_files(1, 500, **USUAL))
    watched.go_on(30.0)
    snapshot = watched.session.snapshot()
    begin = time.perf_counter()
    for _ in range(10):
        watched.pace.look(snapshot)
    assert (time.perf_counter() - begin) / 10 < 0.1


def job_of(number: int, state: JobState, progress: float = 0.0) -> JobSnapshot:
    return JobSnapshot(
        number + 1, f"File {number}", Path(f"{number}.mp3"), state, progress, 1,
        None, None, None, None, False, None, size_bytes=5 * MIB,
    )  # fmt: skip


def snapshot_of(jobs: list[JobSnapshot], **queue) -> SessionSnapshot:
    lane = LaneSnapshot(0, 0, 2, 0)
    told = GroupSnapshot(False, dict.fromkeys(Lane, 0), dict.fromkeys(Lane, 0), 0, {}, 0, 0.25)
    return SessionSnapshot(
        "Odd", tuple(jobs), EngineSnapshot(lane, lane, 0, 2, 2, False, lane), -16.0, False, "", (),
        False, queue=replace(told, **queue),
    )  # fmt: skip


ANY_MOVE = st.tuples(
    st.integers(0, 3), st.sampled_from(JobState), st.floats(0.0, 1.0), st.floats(0.0, 1_000.0)
)


@given(st.lists(ANY_MOVE, max_size=40), st.lists(st.integers(0, 900 * MIB), min_size=4, max_size=4))
def test_whatever_files_do_the_share_never_falls_and_is_1_exactly_at_the_end(moves, sizes):
    clock = [0.0]
    pace = Pace(lambda: clock[0])
    jobs = [
        replace(job_of(number, JobState.QUEUED), size_bytes=size)
        for number, size in enumerate(sizes)
    ]
    share = pace.look(snapshot_of(jobs)).share
    for number, state, progress, wait_s in [*moves, *((n, "done", 0.0, 1.0) for n in range(4))]:
        if jobs[number].state not in FINAL_STATES:
            jobs[number] = replace(jobs[number], state=JobState(state), progress=progress)
        clock[0] += wait_s
        now = pace.look(snapshot_of(jobs))
        over = all(job.state in FINAL_STATES for job in jobs)
        assert 0.0 <= share <= now.share <= 1.0
        assert (now.share == 1.0) == over
        assert now.left_s is None or 0.0 < now.left_s < 1e9
        share = now.share
    assert share == 1.0


@pytest.mark.parametrize("normalize", ["track", "album"])
def test_the_share_of_a_real_session_rises_to_1(tones, yoto, engine, normalize):
    with yk.Session("Real", yoto, engine=engine, normalize=normalize) as session:
        pace, shares = Pace(engine.clock.now_s), []
        session.pause()
        session.submit(tones(4))
        stop = session.subscribe(lambda: shares.append(pace.look(session.snapshot()).share))
        session.unpause()
        session.finalize()
        stop()

    assert shares == sorted(shares)
    assert len(set(shares)) > 4
    assert shares[-1] == 1.0


def test_files_of_a_session_that_was_there_before_pass_as_known(tones, yoto, engine):
    with yk.Session("Again", yoto, engine=engine) as session:
        session.submit(tones(4))
        session.finalize()
    with yk.Session("Again", yoto, engine=engine) as session:
        session.submit(tones(4))
        session.finalize()
        assert Pace().look(session.snapshot()).share == 1.0
        assert {job.origin for job in session.snapshot().jobs} == {"resumed"}
