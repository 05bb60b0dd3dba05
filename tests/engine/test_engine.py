from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
import weakref

import numpy as np
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


def step(payload, context):
    return None


def test_a_job_goes_through_its_stages_in_order(engine, new_line):
    line = new_line(engine, step, step, step)
    record = line.group.add("a")
    line.finish(record)

    assert line.states("a") == [
        "queued", "at 0", "after 0", "at 1", "after 1", "at 2", "done",
    ]  # fmt: skip
    assert engine.wait_for(lambda: line.rested == ["a"], 5)


def test_one_jobs_failure_is_its_own(engine, new_line):
    def maybe(payload, context):
        if payload == 3:
            raise ZeroDivisionError("three")

    line = new_line(engine, step, maybe, step)
    records = [line.group.add(n) for n in range(8)]
    line.finish(*records)

    assert [r.state for r in records] == [FAILED if n == 3 else DONE for n in range(8)]
    assert isinstance(records[3].error, ZeroDivisionError)


def test_a_stage_that_asks_to_exit_fails_its_job_and_costs_no_worker(engine, new_line):
    line = new_line(engine, lambda payload, context: sys.exit(payload) if payload else None)
    records = [line.group.add(n) for n in (1, 2, 3, 4, 0)]
    line.group.post(sys.exit)
    line.finish(*records)

    assert [r.state for r in records] == [FAILED] * 4 + [DONE]
    assert isinstance(records[0].error.__cause__, SystemExit)
    line.finish(line.group.add(0))


def test_waiting_holds_no_worker(engine, new_line):
    polls = dict.fromkeys(range(50), 0)

    def poll(payload, context):
        polls[payload] += 1
        return Wait(0.05) if polls[payload] < 4 else None

    line = new_line(engine, poll)
    begin = time.monotonic()
    line.finish(*[line.group.add(n) for n in range(50)])

    assert set(polls.values()) == {4}
    assert time.monotonic() - begin < 5.0  # 50 x 0.15 s would be 7.5 s


def test_a_stage_may_send_its_job_to_another_one(engine, new_line):
    visits = []

    def visit(payload, context):
        visits.append(payload)

    def back(payload, context):
        return Goto("0") if len(visits) < 3 else None

    line = new_line(engine, visit, back)
    line.finish(line.group.add("a"))

    assert visits == ["a"] * 3


def test_a_job_that_is_sent_onward_is_told_of_as_done_with_the_stage_that_it_left(engine, new_line):
    line = new_line(engine, lambda payload, context: Goto("2"), step, step)
    line.finish(line.group.add("a"))

    assert line.states("a")[-4:] == ["at 0", "after 0", "at 2", DONE]


def test_a_held_job_goes_on_when_it_is_released_and_not_before(engine, new_line):
    line = new_line(engine, lambda payload, context: Hold(), step)
    record = line.group.add("a")
    assert engine.wait_for(lambda: record.held, 10)
    assert not engine.wait_for(lambda: record.settled, 0.05)
    line.group.release(record)
    line.group.release(record)
    line.finish(record)

    assert line.states("a").count("at 1") == 1


def test_slots_bound_what_lies_between_two_stages(threads, new_line):
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

    line = new_line(threads, step, render, send, slots=True)
    line.finish(*[line.group.add(n) for n in range(60)])

    assert most[0] <= 3
    assert threads.wait_for(lambda: threads.snapshot().slots_free == 3, 5)


def test_slots_come_back_from_jobs_that_fail_or_are_cancelled(engine, new_line):
    def fail(payload, context):
        if payload % 3 == 0:
            raise ValueError(payload)

    line = new_line(engine, step, fail, step, slots=True)
    records = [line.group.add(n) for n in range(30)]
    line.group.cancel(records[-1])
    line.finish(*records)

    snapshot = engine.snapshot()
    assert engine.wait_for(lambda: engine.snapshot().slots_free == snapshot.slots, 5)


def test_a_small_group_behind_a_large_one_does_not_wait_for_it(threads, new_line):
    def slow(payload, context):
        time.sleep(0.002)

    large, small = new_line(threads, slow), new_line(threads, slow)
    many = [large.group.add(n) for n in range(400)]
    few = [small.group.add(n) for n in range(3)]
    small.finish(*few)

    assert sum(r.settled for r in many) < 40
    large.group.close()


def test_a_queued_job_is_cancelled_at_once_and_never_runs(engine, new_line):
    ran = []
    line = new_line(engine, lambda payload, context: ran.append(payload))
    with engine.lock:
        record = line.group.add("a")
        assert line.group.cancel(record)
        assert not line.group.cancel(record)
    line.finish(line.group.add("b"))

    assert record.state == CANCELLED
    assert ran == ["b"]
    assert line.rested.count("a") == 1


def test_a_running_job_is_told_to_stop_and_what_it_returns_is_not_used(threads, new_line):
    begun = threading.Event()

    def long(payload, context):
        begun.set()
        for _ in range(1000):
            context.progress(0.5)
            context.stop.wait(0.01)

    line = new_line(threads, long, step)
    record = line.group.add("a")
    assert begun.wait(5)
    begin = time.monotonic()
    line.group.cancel(record)

    assert record.state == CANCELLED
    assert threads.wait_for(lambda: line.rested == ["a"], 5)
    assert time.monotonic() - begin < 1.0
    assert line.states("a")[-1] == CANCELLED
    assert record.error is None


def test_a_job_restarted_while_its_old_stage_still_runs_lets_that_out_first(threads, new_line):
    running, most, lock, let_go = [0], [0], threading.Lock(), threading.Event()

    def slow(payload, context):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        let_go.wait(5)
        with lock:
            running[0] -= 1

    line = new_line(threads, slow)
    record = line.group.add("a")
    assert threads.wait_for(lambda: record.running, 5)
    line.group.cancel(record)
    assert line.group.restart(record, "0")
    assert record.attempt == 2
    let_go.set()
    line.finish(record)

    assert record.state == DONE
    assert most[0] == 1


def test_a_job_that_is_not_settled_is_not_restarted(engine, new_line):
    line = new_line(engine, lambda payload, context: Hold(), step)
    record = line.group.add("a")
    assert engine.wait_for(lambda: record.held, 5)

    assert not line.group.restart(record, "0")


def test_closing_a_group_cancels_its_jobs_and_no_others(engine, new_line):
    holding = new_line(engine, lambda payload, context: Wait(60.0))
    other = new_line(engine, step)
    records = [holding.group.add(n) for n in range(5)]
    holding.group.close()
    done = other.group.add("x")
    other.finish(*records, done)

    assert {r.state for r in records} == {CANCELLED}
    assert done.state == DONE
    assert engine.snapshot().waiting == 0


def test_a_closed_engine_takes_nothing_and_lets_nobody_wait(engine, new_line):
    line = new_line(engine, lambda payload, context: Wait(60.0))
    record = line.group.add("a")
    engine.close()

    assert record.state == CANCELLED
    with pytest.raises(EngineClosedError):
        engine.wait_for(lambda: False)
    with pytest.raises(EngineClosedError):
        line.group.add("b")
    engine.close()


def test_closing_ends_a_stage_that_listens_and_waits_no_longer_than_told_for_one_that_does_not(
    new_line,
):
    engine, deaf = Engine(cpu_workers=2), threading.Event()
    line = new_line(
        engine, lambda payload, context: deaf.wait(3) if payload else context.stop.wait(9)
    )
    records = [line.group.add(n) for n in range(2)]
    assert engine.wait_for(lambda: all(r.running for r in records), 5)
    begin = time.monotonic()
    engine.close(timeout_s=0.3)

    assert 0.25 < time.monotonic() - begin < 1.5
    deaf.set()


def test_subscribers_hear_of_changes_and_one_that_fails_is_dropped(engine, caplog, new_line):
    heard, failed = [], []

    def fail():
        failed.append(1)
        raise RuntimeError("subscriber")

    engine.subscribe(fail)
    stop = engine.subscribe(lambda: heard.append(1))
    line = new_line(engine, step)
    line.finish(line.group.add("a"))
    stop()
    stop()
    count = len(heard)
    line.finish(line.group.add("b"))

    assert count > 0
    assert len(heard) == count
    assert len(failed) == 1
    assert "a subscriber failed" in caplog.text


def test_who_watches_a_group_hears_of_this_group_only(engine, new_line):
    mine, others, all_changes = [], [], []
    line, other = new_line(engine, step), new_line(engine, step)
    stop = line.group.subscribe(lambda: mine.append(1))
    other.group.subscribe(lambda: others.append(1))
    engine.subscribe(lambda: all_changes.append(1))
    line.finish(line.group.add("a"))
    assert engine.wait_for(lambda: not any(line.group.snapshot().in_flight.values()), 5)

    assert others == []
    assert 0 < len(mine) <= len(all_changes)
    stop()
    stop()
    count = len(mine)
    line.group.pause()
    other.finish(other.group.add("b"))
    assert len(mine) == count
    assert others


def test_who_watches_a_group_hears_of_progress_own_work_pauses_and_what_its_owner_tells(
    engine, new_line
):
    heard, seen = [], []

    def stage(payload, context):
        before = len(heard)
        context.progress(0.5)
        seen.append(len(heard) - before)

    line = new_line(engine, stage)
    line.group.subscribe(lambda: heard.append(1))
    line.finish(line.group.add("a"))
    assert seen == [1]
    assert engine.wait_for(lambda: not any(line.group.snapshot().in_flight.values()), 5)
    for change in (line.group.pause, line.group.unpause, line.group.changed):
        count = len(heard)
        change()
        assert len(heard) == count + 1
    count = len(heard)
    line.group.post(lambda: None)
    assert engine.wait_for(lambda: len(heard) > count, 5)


def test_a_watcher_of_a_group_that_fails_is_dropped(engine, new_line, caplog):
    failed = []

    def fail():
        failed.append(1)
        raise RuntimeError("subscriber")

    line = new_line(engine, step)
    line.group.subscribe(fail)
    line.finish(line.group.add("a"))

    assert failed == [1]
    assert "a subscriber failed" in caplog.text


def test_going_to_a_stage_that_is_not_there_fails_the_job_and_says_what_there_is(engine, new_line):
    line = new_line(engine, lambda payload, context: Goto("nowhere"), step)
    record = line.group.add("a")
    line.finish(record)

    assert record.state == FAILED
    assert "nowhere" in str(record.error)
    with pytest.raises(KeyError):
        line.group.restart(record, "nowhere")
    assert record.state == FAILED
    assert line.group.restart(record, "1") or engine.wait_for(lambda: not record.running, 5)


def test_a_stage_that_frees_a_slot_frees_it_on_its_way_to_another_one_too(engine, new_line):
    visits = []

    def send(payload, context):
        visits.append(payload)
        return Goto("1") if len(visits) == 1 else Goto("3")

    line = new_line(engine, step, step, send, lambda payload, context: Wait(60.0), slots=True)
    line.group.add("a")
    assert engine.wait_for(lambda: engine.snapshot().waiting == 1, 5)

    snapshot = engine.snapshot()
    assert snapshot.slots_free == snapshot.slots
    assert visits == ["a", "a"]
    line.group.close()


def test_an_owner_that_cannot_be_told_of_a_change_does_not_stop_the_job(engine, caplog):
    def fail(record):
        raise RuntimeError("owner")

    stages = [Stage("s", Lane.CPU, "at", "after", step)]
    group = Group(
        engine, stages, on_change=fail, on_rest=lambda payload: None, on_close=lambda: None
    )
    record = group.add("a")

    assert engine.wait_for(lambda: record.settled, 10)
    assert record.state == DONE
    assert "could not be told" in caplog.text


def test_the_event_to_stop_by_is_set_whenever_it_is_asked_for(threads, new_line):
    begun, cancelled, stopped = threading.Event(), threading.Event(), []

    def stage(payload, context):
        begun.set()
        cancelled.wait(5)
        stopped.append(context.stop.wait(0) and context.stop is context.stop)

    line = new_line(threads, stage)
    record = line.group.add("a")
    assert begun.wait(5)
    line.group.cancel(record)
    cancelled.set()

    assert threads.wait_for(lambda: stopped == [True], 5)


def test_retracted_timers_hold_nothing(engine, new_line):
    line = new_line(engine, lambda payload, context: Wait(3600.0))
    records = [line.group.add(n) for n in range(40)]
    assert engine.wait_for(lambda: engine.snapshot().waiting == 40, 10)
    for record in records:
        line.group.cancel(record)

    assert engine.snapshot().waiting == 0
    assert engine._timers._heap == []


def test_a_snapshot_counts_what_waits_and_what_runs(threads, new_line):
    threads.resize(cpu_workers=1)
    gate = threading.Event()
    line = new_line(threads, lambda payload, context: gate.wait(5))
    records = [line.group.add(n) for n in range(5)]
    assert threads.wait_for(lambda: threads.snapshot().cpu.in_flight == 1, 5)

    snapshot = threads.snapshot()
    assert (snapshot.cpu.depth, snapshot.cpu.workers, snapshot.closed) == (4, 1, False)
    gate.set()
    line.finish(*records)
    assert threads.wait_for(lambda: threads.snapshot().cpu.completed == 5, 5)


def test_workers_can_be_added_while_there_is_work(new_line):
    engine = Engine(cpu_workers=1)
    barrier = threading.Barrier(4)
    line = new_line(engine, lambda payload, context: barrier.wait(10) and None)
    records = [line.group.add(n) for n in range(4)]
    engine.resize(cpu_workers=4)
    line.finish(*records)

    assert {r.state for r in records} == {DONE}
    engine.resize(cpu_workers=1)
    assert engine.wait_for(lambda: len(engine._threads[Lane.CPU]) == 1, 5)
    engine.close()


def test_many_jobs_at_once_use_all_workers_even_when_one_was_idle(threads, new_line):
    line = new_line(threads, step)
    line.finish(line.group.add("first"))
    time.sleep(0.05)
    barrier = threading.Barrier(2)
    both = new_line(threads, lambda payload, context: barrier.wait(10) and None)
    records = [both.group.add(n) for n in range(2)]
    both.finish(*records)

    assert {r.state for r in records} == {DONE}


@pytest.mark.parametrize("value", [0, -1, 1.5, 2.0, "2", True, None, float("nan"), [1]])
@pytest.mark.parametrize("name", ["cpu_workers", "net_workers", "ask_workers", "slots"])
def test_a_number_of_workers_or_slots_is_a_whole_one_and_at_least_one(name, value):
    if value is None and name in ("cpu_workers", "slots"):
        return  # the number is chosen
    with pytest.raises(SettingError, match=name):
        Engine(**{name: value})
    if name == "slots":
        with pytest.raises(SettingError, match=name):
            InlineEngine(slots=value)


def test_resizing_changes_all_numbers_or_none(threads):
    before = threads.snapshot()
    for wrong in ({"slots": 0}, {"slots": 1.5}, {"net_workers": "2"}, {"ask_workers": True}):
        with pytest.raises(SettingError):
            threads.resize(cpu_workers=7, **wrong)
        assert threads.snapshot() == before
    threads.resize(cpu_workers=np.int64(3), net_workers=5, ask_workers=4, slots=6)
    after = threads.snapshot()

    assert (after.cpu.workers, after.net.workers, after.ask.workers, after.slots) == (3, 5, 4, 6)
    assert type(after.cpu.workers) is int


def test_a_closed_engine_is_not_resized_and_not_remembered_at_exit():
    engine = Engine()
    remembered = weakref.ref(engine._at_exit)
    engine.close()
    with pytest.raises(EngineClosedError):
        engine.resize(cpu_workers=2)
    del engine
    gc.collect()

    assert remembered() is None


def test_the_default_engine_is_one_for_the_process_until_it_is_closed():
    engine = Engine.default()
    assert Engine.default() is engine
    engine.close()
    other = Engine.default()
    assert other is not engine
    other.close()


def test_the_twin_uses_no_thread_and_no_real_time(new_line):
    engine, polls = InlineEngine(), []

    def poll(payload, context):
        polls.append(threading.current_thread())
        return Wait(3600.0) if len(polls) < 5 else None

    line = new_line(engine, poll)
    begin = time.monotonic()
    line.finish(line.group.add("a"), timeout_s=None)

    assert set(polls) == {threading.main_thread()}
    assert engine.clock.now_s() == 4 * 3600.0
    assert time.monotonic() - begin < 1.0


def test_waiting_with_a_timeout_says_that_it_was_not_enough(engine, new_line):
    line = new_line(engine, lambda payload, context: Wait(60.0))
    record = line.group.add("a")

    assert engine.wait_for(lambda: record.settled, 0.2) is False
    line.group.close()


def test_progress_after_a_cancel_raises(threads, new_line):
    caught = []

    def stage(payload, context):
        context.stop.wait(5)
        try:
            context.progress(1.0)
        except JobCancelledError as error:
            caught.append(error)

    line = new_line(threads, stage)
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


def test_closing_a_busy_engine_leaves_its_numbers_right_and_every_job_ended(new_line):
    for _ in range(10):
        engine = Engine(cpu_workers=2)
        line = new_line(engine, *[lambda payload, context: time.sleep(0.0005)] * 4)
        records = [line.group.add(n) for n in range(40)]
        time.sleep(0.01)
        engine.close()

        assert {r.state for r in records} <= {DONE, CANCELLED}
        snapshot = engine.snapshot()
        assert (snapshot.cpu.depth, snapshot.net.depth, snapshot.ask.depth) == (0, 0, 0)
        assert (snapshot.cpu.in_flight, snapshot.net.in_flight, snapshot.ask.in_flight) == (0, 0, 0)
        with pytest.raises(EngineClosedError):
            line.group.restart(records[-1], "0")
        assert line.closings == [1]
