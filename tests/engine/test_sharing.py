"""How sessions share the workers and the slots."""

from __future__ import annotations

import threading

import pytest

from yotokit.engine import DONE, Engine, Group, Hold, InlineEngine, Lane, Stage

ONE_WORKER = {
    "inline": lambda: InlineEngine(seed=3, slots=2),
    "one worker per lane": lambda: Engine(cpu_workers=1, net_workers=1, ask_workers=1, slots=2),
}


@pytest.fixture(params=ONE_WORKER)
def one_worker(request):
    engine = ONE_WORKER[request.param]()
    yield engine
    engine.close()


def step(payload, context):
    return None


def test_of_many_sessions_that_come_at_once_the_first_file_goes_through(one_worker, new_line):
    ran = []

    def stage(name):
        return lambda payload, context: ran.append((name, payload))

    lines = [
        new_line(one_worker, stage("measure"), stage("render"), step, slots=True) for _ in range(10)
    ]
    with one_worker.lock:
        records = [line.group.add(n) for _ in range(3) for n, line in enumerate(lines)]
    lines[0].finish(*records)

    assert ran[:2] == [("measure", 0), ("render", 0)]
    assert {r.state for r in records} == {DONE}


def test_without_a_free_slot_nobody_is_served_out_of_turn(one_worker, new_line):
    measured = []

    def measure(payload, context):
        measured.append(payload)

    occupants = new_line(one_worker, step, lambda payload, context: Hold(), step, slots=True)
    kept = [occupants.group.add(n) for n in range(2)]
    assert one_worker.wait_for(lambda: all(r.held for r in kept), 10)
    lines = [new_line(one_worker, measure, step, step, slots=True) for _ in range(2)]
    with one_worker.lock:
        records = [line.group.add(n) for _ in range(3) for n, line in enumerate(lines)]
    assert one_worker.wait_for(lambda: len(measured) == 6, 10)

    assert measured == [0, 1] * 3
    for record in kept:
        occupants.group.release(record)
    lines[0].finish(*records)


def test_who_has_not_begun_does_not_come_first_even_if_its_first_stage_takes_a_slot(
    one_worker, new_line
):
    ran = []

    def run(payload, context):
        ran.append(payload)

    other = new_line(one_worker, run)
    group = Group(
        one_worker,
        [Stage("render", Lane.CPU, "rendering", "rendered", run, takes_slot=True)],
        on_change=lambda record: None,
        on_rest=lambda payload: None,
        on_close=lambda: None,
    )
    with one_worker.lock:
        records = [other.group.add("before"), group.add("after")]
    other.finish(*records)

    assert ran == ["before", "after"]


def test_a_large_session_takes_slots_no_more_often_than_a_small_one(one_worker, new_line):
    one_worker.resize(slots=1) if isinstance(one_worker, Engine) else None
    rendered = []

    def render(payload, context):
        rendered.append(payload)

    large, small = (new_line(one_worker, step, render, step, slots=True) for _ in range(2))
    with one_worker.lock:
        many = [large.group.add("large") for _ in range(40)]
        few = [small.group.add("small") for _ in range(4)]
    small.finish(*few)
    large.finish(*many)

    places = [n for n, size in enumerate(rendered) if size == "small"]
    assert all(place <= 2 * n + 4 for n, place in enumerate(places)), rendered


def test_a_group_of_long_uploads_gives_each_worker_that_comes_free_to_one_of_short_ones(
    threads, new_line
):
    threads.resize(net_workers=3)
    going_on = threading.Semaphore(0)
    long = new_line(threads, step, step, lambda p, c: going_on.acquire(timeout=20) and None)
    chapters = [long.group.add(n) for n in range(9)]
    assert threads.wait_for(lambda: threads.snapshot().net.in_flight == 3, 10)
    short = new_line(threads, step, step, step)
    songs = [short.group.add(n) for n in range(5)]
    assert threads.wait_for(lambda: short.group.snapshot().depth[Lane.NET] == 5, 10)
    going_on.release()
    short.finish(*songs)

    assert sum(r.settled for r in chapters) <= 1
    going_on.release(20)
    long.finish(*chapters)


@pytest.mark.parametrize("workers", [1, 4])
def test_a_question_is_answered_while_every_upload_worker_is_busy(new_line, workers):
    engine, sent = Engine(net_workers=workers), threading.Event()
    uploads = new_line(engine, step, step, lambda payload, context: sent.wait(20) and None)
    records = [uploads.group.add(n) for n in range(workers + 1)]
    assert engine.wait_for(lambda: engine.snapshot().net.in_flight == workers, 10)
    answered = threading.Event()
    uploads.group.post(answered.set, lane=Lane.ASK)

    assert answered.wait(10)
    assert not any(r.settled for r in records)
    sent.set()
    uploads.finish(*records)
    engine.close()
