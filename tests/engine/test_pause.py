from __future__ import annotations

import threading
import time

import pytest

from yotokit.engine import CANCELLED, DONE, Engine, InlineEngine, Lane, Wait
from yotokit.errors import EngineClosedError


def step(payload, context):
    return None


def rest(engine):
    """Let whatever could still run do so."""
    engine.wait_for(lambda: False, 0.1)


def test_nothing_of_a_paused_group_is_taken_and_all_of_it_goes_on_afterwards(engine, new_line):
    ran = []
    line = new_line(engine, lambda payload, context: ran.append(payload), step, step)
    line.group.pause()
    records = [line.group.add(n) for n in range(20)]
    line.group.post(lambda: ran.append("own"))
    rest(engine)

    assert ran == []
    assert {r.state for r in records} == {"queued"}
    assert engine.snapshot().cpu.depth == 21
    line.group.unpause()
    line.finish(*records)
    assert sorted(map(str, ran)) == sorted(map(str, [*range(20), "own"]))


def test_pausing_twice_is_pausing_once(engine, new_line):
    line = new_line(engine, step)
    assert not line.group.paused
    line.group.unpause()
    for _ in range(2):
        line.group.pause()
        assert line.group.paused
    record = line.group.add("a")
    for _ in range(2):
        line.group.unpause()
        assert not line.group.paused
    line.finish(record)


def test_waiting_for_paused_work_ends_with_the_timeout_or_on_the_twin_at_once(engine, new_line):
    line = new_line(engine, step)
    line.group.pause()
    record = line.group.add("a")

    assert engine.wait_for(lambda: record.settled, 0.1) is False
    if isinstance(engine, InlineEngine):
        assert engine.wait_for(lambda: record.settled) is False
        assert not engine.step()


def test_another_group_goes_on_while_one_is_paused(engine, new_line):
    paused, other = new_line(engine, step, step, step), new_line(engine, step, step, step)
    kept = [paused.group.add(n) for n in range(30)]
    paused.group.pause()
    other.finish(*[other.group.add(n) for n in range(30)])
    assert not all(r.settled for r in kept)
    paused.group.unpause()
    paused.finish(*kept)

    assert {r.state for r in kept} == {DONE}


def test_a_paused_group_that_holds_every_slot_keeps_no_other_from_rendering(engine, new_line):
    sending = threading.Event()
    slots = engine.snapshot().slots

    def send(payload, context):
        return None if sending.is_set() else Wait(0.01)

    paused = new_line(engine, step, step, send, slots=True)
    kept = [paused.group.add(n) for n in range(slots + 3)]
    assert engine.wait_for(lambda: engine.snapshot().slots_free == 0, 10)
    paused.group.pause()
    other = new_line(engine, step, step, step, slots=True)
    done = [other.group.add(n) for n in range(2 * slots)]
    other.finish(*done)

    assert {r.state for r in done} == {DONE}
    sending.set()
    paused.group.unpause()
    paused.finish(*kept)
    assert engine.wait_for(lambda: engine.snapshot().slots_free == slots, 5)


def test_slots_that_were_lent_are_counted_right_when_jobs_end_during_the_pause(engine, new_line):
    line = new_line(engine, step, step, lambda payload, context: Wait(60.0), slots=True)
    records = [line.group.add(n) for n in range(3)]
    slots = engine.snapshot().slots
    most = min(3, slots)
    assert engine.wait_for(lambda: sum(r.has_slot for r in records) == most, 10)
    line.group.pause()
    line.group.cancel(next(r for r in records if r.has_slot))
    line.group.unpause()
    for record in records:
        line.group.cancel(record)

    assert engine.wait_for(lambda: engine.snapshot().slots_free == slots, 5)


def test_a_stage_that_runs_when_its_group_is_paused_ends_and_the_next_one_waits(threads, new_line):
    begun, let_go = threading.Event(), threading.Event()

    def stage(payload, context):
        begun.set()
        let_go.wait(5)

    line = new_line(threads, stage, step)
    record = line.group.add("a")
    assert begun.wait(5)
    line.group.pause()
    let_go.set()
    assert threads.wait_for(lambda: record.state == "after 0", 5)
    rest(threads)
    assert record.state == "after 0"
    line.group.unpause()
    line.finish(record)


def test_once_pause_has_returned_no_stage_begins(threads, new_line):
    running, begun = [0], [0]
    lock = threading.Lock()

    def stage(payload, context):
        with lock:
            running[0] += 1
            begun[0] += 1
        with lock:
            running[0] -= 1

    line = new_line(threads, stage, stage, stage, stage)
    records = [line.group.add(n) for n in range(300)]
    while not all(r.settled for r in records):
        line.group.pause()
        # A worker may have taken a stage that has not come to its first line yet.
        assert threads.wait_for(lambda: not any(line.group.snapshot().in_flight.values()), 10)
        before = begun[0]
        time.sleep(0.001)
        assert begun[0] == before
        line.group.unpause()
        threads.wait_for(lambda: False, 0.002)

    assert {r.state for r in records} == {DONE}


def test_what_falls_due_in_a_pause_stays_queued(engine, new_line):
    polls = []

    def poll(payload, context):
        polls.append(payload)
        return Wait(0.02) if len(polls) == 1 else None

    line = new_line(engine, poll)
    record = line.group.add("a")
    assert engine.wait_for(lambda: engine.snapshot().waiting == 1, 5)
    line.group.pause()
    engine.wait_for(lambda: line.group.snapshot().depth[Lane.CPU] == 1, 5)

    assert line.group.snapshot().waiting == 0
    assert polls == ["a"]
    line.group.unpause()
    line.finish(record)
    assert polls == ["a", "a"]


def test_in_a_pause_jobs_are_cancelled_at_once_and_tried_again_later(engine, new_line):
    line = new_line(engine, step, step)
    line.group.pause()
    records = [line.group.add(n) for n in range(3)]
    assert all(line.group.cancel(r) for r in records)
    assert {r.state for r in records} == {CANCELLED}
    assert engine.wait_for(lambda: len(line.rested) == 3, 5)
    assert engine.snapshot().cpu.depth == 0
    assert line.group.restart(records[0], "1")
    rest(engine)
    assert not records[0].settled
    line.group.unpause()
    line.finish(records[0])

    assert [r.state for r in records] == [DONE, CANCELLED, CANCELLED]


def test_closing_a_paused_group_ends_its_jobs_and_pausing_it_afterwards_does_nothing(
    engine, new_line
):
    line, other = new_line(engine, step), new_line(engine, step)
    line.group.pause()
    records = [line.group.add(n) for n in range(5)]
    line.group.close()

    assert {r.state for r in records} == {CANCELLED}
    assert not line.group.paused
    line.group.pause()
    line.group.unpause()
    line.group.close()
    assert not line.group.paused
    assert line.closings == [1]
    other.finish(other.group.add("x"))
    assert engine.snapshot().cpu.depth == 0


def test_closing_the_engine_ends_what_is_paused(engine, new_line):
    line = new_line(engine, step)
    line.group.pause()
    record = line.group.add("a")
    engine.close()
    line.group.pause()
    line.group.unpause()

    assert record.state == CANCELLED


def test_adding_to_a_paused_group_starts_no_thread(new_line):
    engine = Engine(cpu_workers=2)
    line = new_line(engine, step)
    line.group.pause()
    for n in range(10):
        line.group.add(n)

    assert engine._threads == {lane: set() for lane in Lane}
    engine.close()


def test_going_on_wakes_as_many_workers_as_there_is_work_for(threads, new_line):
    barrier = threading.Barrier(2)
    line = new_line(threads, lambda payload, context: barrier.wait(10) and None)
    line.group.pause()
    records = [line.group.add(n) for n in range(2)]
    line.group.unpause()
    line.finish(*records)

    assert {r.state for r in records} == {DONE}


def test_groups_may_be_paused_from_any_thread_while_others_add_and_close(threads, new_line):
    lines = [new_line(threads, step, step, step, step, slots=True) for _ in range(4)]
    records, over = [], threading.Event()

    def toggle():
        while not over.is_set():
            for line in lines:
                line.group.pause()
                line.group.unpause()

    togglers = [threading.Thread(target=toggle) for _ in range(2)]
    for thread in togglers:
        thread.start()
    try:
        for n in range(200):
            records += [line.group.add(n) for line in lines]
        lines[0].group.close()
        assert threads.wait_for(lambda: all(r.settled for r in records), 30)
    finally:
        over.set()
        for thread in togglers:
            thread.join()

    snapshot = threads.snapshot()
    assert threads.wait_for(lambda: threads.snapshot().slots_free == snapshot.slots, 5)
    assert {r.state for r in records} <= {DONE, CANCELLED}


def test_a_new_group_is_not_paused_by_one_that_is_gone(engine, new_line):
    for _ in range(50):
        gone = new_line(engine, step)
        gone.group.pause()
        del gone
        line = new_line(engine, step)
        line.finish(line.group.add("a"))


@pytest.mark.parametrize("lane", Lane)
def test_own_work_comes_after_its_delay_to_a_worker_of_its_lane(engine, new_line, lane):
    line, ran = new_line(engine, step), []
    begin_s = engine.clock.now_s()
    line.group.post(
        lambda: ran.append((threading.current_thread().name, engine.clock.now_s() - begin_s)),
        lane=lane,
        delay_s=0.05,
    )

    assert line.group.snapshot().waiting == 1
    assert engine.wait_for(lambda: bool(ran), 5)
    name, after_s = ran[0]
    assert after_s >= 0.05
    assert name.startswith(f"yotokit-{lane}-") or isinstance(engine, InlineEngine)
    assert line.group.snapshot().waiting == 0


def test_own_work_is_dropped_when_its_group_closes_before_it_is_taken(engine, new_line):
    line, ran = new_line(engine, step), []
    line.group.post(lambda: ran.append("late"), delay_s=0.05)
    line.group.pause()
    line.group.post(lambda: ran.append("queued"))
    line.group.close()
    line.group.post(lambda: ran.append("after"))
    line.group.post(lambda: ran.append("long after"), delay_s=0.05)

    assert engine.snapshot().waiting == 0
    assert engine.snapshot().cpu.depth == 0
    engine.wait_for(lambda: False, 0.15)
    assert ran == []
    engine.close()
    with pytest.raises(EngineClosedError):
        line.group.post(print)
