from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from yotokit.engine import (
    CANCELLED,
    DONE,
    FAILED,
    Engine,
    Goto,
    Group,
    Hold,
    InlineEngine,
    Lane,
    Stage,
    Wait,
)
from yotokit.errors import EngineClosedError, JobCancelledError, SettingError


class Line:
    """A group whose stages are the given functions, and a record of all that happened."""

    def __init__(self, engine, *functions, slots=False):
        self.engine = engine
        self.changes = []
        self.rested = []
        self.closings = []
        lanes = [Lane.CPU, Lane.CPU, Lane.NET, Lane.NET]
        stages = [
            Stage(
                str(n),
                lanes[n % 4],
                f"at {n}",
                f"after {n}",
                function,
                takes_slot=slots and n == 1,
                frees_slot=slots and n == 2,
            )
            for n, function in enumerate(functions)
        ]
        self.group = Group(
            engine,
            stages,
            on_change=lambda r: self.changes.append((r.payload, r.state)),
            on_rest=self.rested.append,
            on_close=lambda: self.closings.append(1),
        )

    def states(self, payload):
        return [state for p, state in self.changes if p == payload]

    def finish(self, *records, timeout_s=20):
        assert self.engine.wait_for(lambda: all(r.settled for r in records), timeout_s)


def step(payload, context):
    return None


def test_a_job_goes_through_its_stages_in_order(engine):
    line = Line(engine, step, step, step)
    record = line.group.add("a")
    line.finish(record)

    assert line.states("a") == [
        "queued", "at 0", "after 0", "at 1", "after 1", "at 2", "done",
    ]  # fmt: skip
    assert engine.wait_for(lambda: line.rested == ["a"], 5)


def test_one_jobs_failure_is_its_own(engine):
    def maybe(payload, context):
        if payload == 3:
            raise ZeroDivisionError("three")

    line = Line(engine, step, maybe, step)
    records = [line.group.add(n) for n in range(8)]
    line.finish(*records)

    assert [r.state for r in records] == [FAILED if n == 3 else DONE for n in range(8)]
    assert isinstance(records[3].error, ZeroDivisionError)


def test_waiting_holds_no_worker(engine):
    polls = dict.fromkeys(range(50), 0)

    def poll(payload, context):
        polls[payload] += 1
        return Wait(0.05) if polls[payload] < 4 else None

    line = Line(engine, poll)
    begin = time.monotonic()
    line.finish(*[line.group.add(n) for n in range(50)])

    assert set(polls.values()) == {4}
    assert time.monotonic() - begin < 5.0  # 50 x 0.15 s would be 7.5 s


def test_a_stage_may_send_its_job_to_another_one(engine):
    visits = []

    def visit(payload, context):
        visits.append(payload)

    def back(payload, context):
        return Goto("0") if len(visits) < 3 else None

    line = Line(engine, visit, back)
    line.finish(line.group.add("a"))

    assert visits == ["a"] * 3


def test_a_held_job_goes_on_when_it_is_released_and_not_before(engine):
    line = Line(engine, lambda payload, context: Hold(), step)
    record = line.group.add("a")
    assert engine.wait_for(lambda: record.held, 10)
    assert not engine.wait_for(lambda: record.settled, 0.05)
    line.group.release(record)
    line.group.release(record)
    line.finish(record)

    assert line.states("a").count("at 1") == 1


def test_slots_bound_what_lies_between_two_stages(threads):
    threads.resize(slots=3)
    lock, ahead, most = threading.Lock(), [0], [0]

    def render(payload, context):
        with lock:
            ahead[0] += 1
            most[0] = max(most[0], ahead[0])

    def send(payload, context):
        time.sleep(0.005)
        with lock:
            ahead[0] -= 1

    line = Line(threads, step, render, send, slots=True)
    line.finish(*[line.group.add(n) for n in range(60)])

    assert most[0] <= 3
    assert threads.wait_for(lambda: threads.snapshot().slots_free == 3, 5)


def test_slots_come_back_from_jobs_that_fail_or_are_cancelled(engine):
    def fail(payload, context):
        if payload % 3 == 0:
            raise ValueError(payload)

    line = Line(engine, step, fail, step, slots=True)
    records = [line.group.add(n) for n in range(30)]
    line.group.cancel(records[-1])
    line.finish(*records)

    snapshot = engine.snapshot()
    assert engine.wait_for(lambda: engine.snapshot().slots_free == snapshot.slots, 5)


def test_a_small_group_behind_a_large_one_does_not_wait_for_it(threads):
    def slow(payload, context):
        time.sleep(0.002)

    large, small = Line(threads, slow), Line(threads, slow)
    many = [large.group.add(n) for n in range(400)]
    few = [small.group.add(n) for n in range(3)]
    small.finish(*few)

    assert sum(r.settled for r in many) < 40
    large.group.close()


def test_a_queued_job_is_cancelled_at_once_and_never_runs(engine):
    ran = []
    line = Line(engine, lambda payload, context: ran.append(payload))
    with engine.lock:
        record = line.group.add("a")
        assert line.group.cancel(record)
        assert not line.group.cancel(record)
    line.finish(line.group.add("b"))

    assert record.state == CANCELLED
    assert ran == ["b"]
    assert line.rested.count("a") == 1


def test_a_running_job_is_told_to_stop_and_what_it_returns_is_not_used(threads):
    begun = threading.Event()

    def long(payload, context):
        begun.set()
        for _ in range(1000):
            context.progress(0.5)
            context.stop.wait(0.01)

    line = Line(threads, long, step)
    record = line.group.add("a")
    assert begun.wait(5)
    begin = time.monotonic()
    line.group.cancel(record)

    assert record.state == CANCELLED
    assert threads.wait_for(lambda: line.rested == ["a"], 5)
    assert time.monotonic() - begin < 1.0
    assert line.states("a")[-1] == CANCELLED
    assert record.error is None


def test_a_job_restarted_while_its_old_stage_still_runs_lets_that_out_first(threads):
    running, most, lock, let_go = [0], [0], threading.Lock(), threading.Event()

    def slow(payload, context):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        let_go.wait(5)
        with lock:
            running[0] -= 1

    line = Line(threads, slow)
    record = line.group.add("a")
    assert threads.wait_for(lambda: record.running, 5)
    line.group.cancel(record)
    assert line.group.restart(record, "0")
    assert record.attempt == 2
    let_go.set()
    line.finish(record)

    assert record.state == DONE
    assert most[0] == 1


def test_a_job_that_is_not_settled_is_not_restarted(engine):
    line = Line(engine, lambda payload, context: Hold(), step)
    record = line.group.add("a")
    assert engine.wait_for(lambda: record.held, 5)

    assert not line.group.restart(record, "0")


def test_closing_a_group_cancels_its_jobs_and_no_others(engine):
    holding = Line(engine, lambda payload, context: Wait(60.0))
    other = Line(engine, step)
    records = [holding.group.add(n) for n in range(5)]
    holding.group.close()
    done = other.group.add("x")
    other.finish(*records, done)

    assert {r.state for r in records} == {CANCELLED}
    assert done.state == DONE
    assert engine.snapshot().waiting == 0


def test_a_closed_engine_takes_nothing_and_lets_nobody_wait(engine):
    line = Line(engine, lambda payload, context: Wait(60.0))
    record = line.group.add("a")
    engine.close()

    assert record.state == CANCELLED
    with pytest.raises(EngineClosedError):
        engine.wait_for(lambda: False)
    with pytest.raises(EngineClosedError):
        line.group.add("b")
    engine.close()


def test_closing_ends_a_stage_that_listens_and_waits_no_longer_than_told_for_one_that_does_not():
    engine, deaf = Engine(cpu_workers=2), threading.Event()
    line = Line(engine, lambda payload, context: deaf.wait(3) if payload else context.stop.wait(9))
    records = [line.group.add(n) for n in range(2)]
    assert engine.wait_for(lambda: all(r.running for r in records), 5)
    begin = time.monotonic()
    engine.close(timeout_s=0.3)

    assert 0.25 < time.monotonic() - begin < 1.5
    deaf.set()


def test_subscribers_hear_of_changes_and_one_that_fails_is_dropped(engine, caplog):
    heard, failed = [], []

    def fail():
        failed.append(1)
        raise RuntimeError("subscriber")

    engine.subscribe(fail)
    stop = engine.subscribe(lambda: heard.append(1))
    line = Line(engine, step)
    line.finish(line.group.add("a"))
    stop()
    stop()
    count = len(heard)
    line.finish(line.group.add("b"))

    assert count > 0
    assert len(heard) == count
    assert len(failed) == 1
    assert "a subscriber failed" in caplog.text


def test_a_snapshot_counts_what_waits_and_what_runs(threads):
    threads.resize(cpu_workers=1)
    gate = threading.Event()
    line = Line(threads, lambda payload, context: gate.wait(5))
    records = [line.group.add(n) for n in range(5)]
    assert threads.wait_for(lambda: threads.snapshot().cpu.in_flight == 1, 5)

    snapshot = threads.snapshot()
    assert (snapshot.cpu.depth, snapshot.cpu.workers, snapshot.closed) == (4, 1, False)
    gate.set()
    line.finish(*records)
    assert threads.wait_for(lambda: threads.snapshot().cpu.completed == 5, 5)


def test_workers_can_be_added_while_there_is_work():
    engine = Engine(cpu_workers=1)
    barrier = threading.Barrier(4)
    line = Line(engine, lambda payload, context: barrier.wait(10) and None)
    records = [line.group.add(n) for n in range(4)]
    engine.resize(cpu_workers=4)
    line.finish(*records)

    assert {r.state for r in records} == {DONE}
    engine.resize(cpu_workers=1)
    assert engine.wait_for(lambda: len(engine._threads[Lane.CPU]) == 1, 5)
    engine.close()


def test_many_jobs_at_once_use_all_workers_even_when_one_was_idle(threads):
    line = Line(threads, step)
    line.finish(line.group.add("first"))
    time.sleep(0.05)
    barrier = threading.Barrier(2)
    both = Line(threads, lambda payload, context: barrier.wait(10) and None)
    records = [both.group.add(n) for n in range(2)]
    both.finish(*records)

    assert {r.state for r in records} == {DONE}


@pytest.mark.parametrize(
    "wrong", [{"cpu_workers": 0}, {"net_workers": 0}, {"slots": 0}, {"slots": -1}]
)
def test_an_engine_without_workers_is_refused(wrong):
    with pytest.raises(SettingError):
        Engine(**wrong)


def test_the_default_engine_is_one_for_the_process_until_it_is_closed():
    engine = Engine.default()
    assert Engine.default() is engine
    engine.close()
    other = Engine.default()
    assert other is not engine
    other.close()


def test_the_twin_uses_no_thread_and_no_real_time():
    engine, polls = InlineEngine(), []

    def poll(payload, context):
        polls.append(threading.current_thread())
        return Wait(3600.0) if len(polls) < 5 else None

    line = Line(engine, poll)
    begin = time.monotonic()
    line.finish(line.group.add("a"), timeout_s=None)

    assert set(polls) == {threading.main_thread()}
    assert engine.clock.now_s() == 4 * 3600.0
    assert time.monotonic() - begin < 1.0


def test_waiting_with_a_timeout_says_that_it_was_not_enough(engine):
    line = Line(engine, lambda payload, context: Wait(60.0))
    record = line.group.add("a")

    assert engine.wait_for(lambda: record.settled, 0.2) is False
    line.group.close()


def test_progress_after_a_cancel_raises(threads):
    caught = []

    def stage(payload, context):
        context.stop.wait(5)
        try:
            context.progress(1.0)
        except JobCancelledError as error:
            caught.append(error)

    line = Line(threads, stage)
    record = line.group.add("a")
    assert threads.wait_for(lambda: record.running, 5)
    line.group.cancel(record)
    assert threads.wait_for(lambda: bool(caught), 5)


def test_the_interpreter_ends_within_two_seconds_with_ten_thousand_queued():
    code = """
import time
from yotokit.engine import Engine, Group, Lane, Stage
engine = Engine()
stage = Stage("s", Lane.CPU, "running", "done", lambda payload, context: time.sleep(0.05))
group = Group(engine, [stage], on_change=lambda r: None, on_rest=lambda p: None, on_close=print)
records = [group.add(n) for n in range(10_000)]
print(time.time(), flush=True)
"""
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert time.time() - float(process.stdout) < 4.0
    assert process.stderr == ""


def test_closing_a_busy_engine_leaves_its_numbers_right_and_every_job_ended():
    for _ in range(10):
        engine = Engine(cpu_workers=2)
        line = Line(engine, *[lambda payload, context: time.sleep(0.0005)] * 4)
        records = [line.group.add(n) for n in range(40)]
        time.sleep(0.01)
        engine.close()

        assert {r.state for r in records} <= {DONE, CANCELLED}
        snapshot = engine.snapshot()
        assert (snapshot.cpu.depth, snapshot.net.depth) == (0, 0)
        with pytest.raises(EngineClosedError):
            line.group.restart(records[-1], "0")
        assert line.closings == [1]
