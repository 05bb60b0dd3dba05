from __future__ import annotations

import pickle
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotokit.engine import (
    EngineSnapshot,
    Hold,
    InlineEngine,
    Lane,
    LaneSnapshot,
    Quantiles,
    StageMetrics,
    Wait,
)
from yotokit.engine.metrics import RECENT_COUNT, RECENT_S, Ending, Meter, rate_per_s


def step(payload, context):
    return None


def test_quantiles_of_nothing_are_zero():
    assert Quantiles.of([]) == Quantiles() == Quantiles(0, 0.0, 0.0, 0.0)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=RECENT_COUNT))
def test_a_quantile_is_the_least_value_that_so_many_do_not_exceed(values):
    quantiles = Quantiles.of(values)
    for percent, value in ((50, quantiles.p50), (90, quantiles.p90), (99, quantiles.p99)):
        assert value in values
        assert 100 * sum(v <= value for v in values) >= percent * len(values)
        assert 100 * sum(v < value for v in values) < percent * len(values)


def test_a_meter_looks_at_the_recent_past_only_but_counts_everything():
    meter = Meter()
    for _ in range(10):
        meter.note(0.0, 100.0, 300.0, Ending.FAILED)
    for n in range(RECENT_COUNT):
        meter.note(n, n + 1.0, n + 3.0, Ending.POLL if n % 2 else Ending.PLAIN)

    assert meter.metrics() == StageMetrics(
        ended=RECENT_COUNT + 10,
        failed=10,
        polls=RECENT_COUNT // 2,
        wait_s=Quantiles(RECENT_COUNT, 1.0, 1.0, 1.0),
        run_s=Quantiles(RECENT_COUNT, 2.0, 2.0, 2.0),
        busy_s=10 * 200.0 + RECENT_COUNT * 2.0,
    )


@pytest.mark.parametrize(
    ("times_s", "now_s", "since_s", "per_s"),
    [
        ([], 10.0, 0.0, 0.0),
        ([5.0], 5.0, 5.0, 0.0),
        ([0.0, 1.0], 10.0, 0.0, 0.2),
        ([0.0, 1.0, 99.0], 100.0, 0.0, 1 / RECENT_S),
        ([0.0, 1.0], 1000.0, 0.0, 0.0),
        ([n * 0.1 for n in range(RECENT_COUNT)], 25.5, -100.0, 10.0),
    ],
)
def test_a_rate_is_that_of_the_last_minute_as_far_as_it_is_known(times_s, now_s, since_s, per_s):
    assert rate_per_s(times_s, now_s, since_s) == pytest.approx(per_s)


def test_stages_and_lanes_tell_what_ended_failed_and_polled(engine, new_line):
    polled = set()

    def poll(payload, context):
        if payload not in polled:
            polled.add(payload)
            return Wait(0.01)
        return None

    def fail(payload, context):
        if payload % 5 == 0:
            raise ValueError(payload)

    line = new_line(engine, step, fail, poll)
    line.finish(*[line.group.add(n) for n in range(20)])
    stages = line.group.snapshot().stages

    assert {name: (m.ended, m.failed, m.polls) for name, m in stages.items()} == {
        "0": (20, 0, 0),
        "1": (20, 4, 0),
        "2": (32, 0, 16),
    }
    assert list(stages) == ["0", "1", "2"]
    assert stages["2"].wait_s.count == stages["2"].run_s.count == 32
    assert engine.wait_for(lambda: engine.snapshot().net.completed == 32, 5)
    snapshot = engine.snapshot()
    assert (snapshot.cpu.completed, snapshot.cpu.failed, snapshot.cpu.polls) == (40, 4, 0)
    assert (snapshot.net.completed, snapshot.net.failed, snapshot.net.polls) == (32, 0, 16)
    assert snapshot.net.wait_s.count == snapshot.net.run_s.count == 32


def test_own_work_counts_for_its_lane_and_for_no_stage(engine, new_line, caplog):
    line = new_line(engine, step)
    line.group.post(lambda: None, lane=Lane.NET)
    line.group.post(lambda: 1 / 0, lane=Lane.NET)
    assert engine.wait_for(lambda: engine.snapshot().net.completed == 2, 5)

    assert engine.snapshot().net.failed == 1
    assert "ZeroDivisionError" in caplog.text
    assert line.group.snapshot().stages["0"] == StageMetrics()


def test_times_are_those_of_the_engines_clock(new_line):
    engine = InlineEngine()

    def slow(payload, context):
        engine.clock.advance_to(engine.clock.now_s() + 2.0)

    line = new_line(engine, slow)
    records = [line.group.add(n) for n in range(3)]
    line.finish(*records)
    group, lane = line.group.snapshot(), engine.snapshot().cpu

    assert group.stages["0"].wait_s == lane.wait_s == Quantiles(3, 2.0, 4.0, 4.0)
    assert group.stages["0"].run_s == lane.run_s == Quantiles(3, 2.0, 2.0, 2.0)
    assert group.done_per_s == lane.completed_per_s == 0.5


def test_the_time_that_a_task_spends_with_the_timer_is_no_waiting_for_a_worker(new_line):
    engine, polls = InlineEngine(), []

    def poll(payload, context):
        polls.append(1)
        return Wait(30.0) if len(polls) < 3 else None

    line = new_line(engine, poll)
    line.finish(line.group.add("a"), timeout_s=None)

    assert line.group.snapshot().stages["0"].wait_s == Quantiles(3, 0.0, 0.0, 0.0)


def test_a_pause_counts_as_waiting(new_line):
    engine = InlineEngine()
    line = new_line(engine, step)
    line.group.pause()
    record = line.group.add("a")
    engine.clock.advance_to(7.0)
    line.group.unpause()
    line.finish(record)

    assert line.group.snapshot().stages["0"].wait_s.p50 == 7.0


def test_a_stage_that_was_cancelled_has_ended_but_not_failed(threads, new_line):
    def stage(payload, context):
        context.stop.wait(5)
        context.raise_if_stopped()

    line = new_line(threads, stage)
    record = line.group.add("a")
    assert threads.wait_for(lambda: record.running, 5)
    line.group.cancel(record)
    assert threads.wait_for(lambda: line.group.snapshot().stages["0"].ended == 1, 5)

    assert line.group.snapshot().stages["0"].failed == 0


def test_a_group_tells_what_it_has_queued_running_and_waiting(threads, new_line):
    threads.resize(cpu_workers=1)
    gate = threading.Event()
    gated = new_line(threads, lambda payload, context: gate.wait(5) and None)
    polling = new_line(threads, lambda payload, context: Wait(60.0))
    waits = polling.group.add("p")
    assert threads.wait_for(lambda: polling.group.snapshot().waiting == 1, 5)
    records = [gated.group.add(n) for n in range(4)]
    assert threads.wait_for(lambda: records[0].running, 5)
    snapshot, other = gated.group.snapshot(), polling.group.snapshot()
    gate.set()
    gated.finish(*records)

    assert snapshot.depth == {Lane.CPU: 3, Lane.NET: 0, Lane.ASK: 0}
    assert snapshot.in_flight == {Lane.CPU: 1, Lane.NET: 0, Lane.ASK: 0}
    assert (snapshot.waiting, snapshot.paused) == (0, False)
    assert other.depth == dict.fromkeys(Lane, 0)
    polling.group.cancel(waits)
    assert polling.group.snapshot().waiting == 0


def test_attempts_beyond_the_first_are_counted(engine, new_line):
    line = new_line(engine, lambda payload, context: Hold(), step)
    records = [line.group.add(n) for n in range(3)]
    for record in records:
        line.group.cancel(record)
    for record in records[:2]:
        assert engine.wait_for(lambda r=record: line.group.restart(r, "1"), 5)
        line.finish(record)

    assert line.group.snapshot().retries == 2


def test_snapshots_can_be_sent_to_another_process(engine, new_line):
    line = new_line(engine, step)
    line.finish(line.group.add("a"))

    for snapshot in (engine.snapshot(), line.group.snapshot()):
        assert pickle.loads(pickle.dumps(snapshot)) == snapshot


def test_a_picture_of_a_lane_can_be_made_without_the_numbers_that_are_measured():
    assert LaneSnapshot(1, 2, 3, 4) == LaneSnapshot(depth=1, in_flight=2, workers=3, completed=4)


def test_a_picture_of_an_engine_can_be_made_without_the_lane_that_asks():
    lane = LaneSnapshot(0, 0, 1, 0)

    assert EngineSnapshot(lane, lane, 0, 2, 2, closed=False).ask == LaneSnapshot(0, 0, 0, 0)
