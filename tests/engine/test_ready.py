from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yotokit.engine import Lane
from yotokit.engine.ready import ReadyQueue, Task


def task(group, rank=0, *, needs_slot=False):
    return Task(group, Lane.CPU, print, rank=rank, needs_slot=needs_slot)


def drain(queue, *, slot_free=True):
    return list(iter(lambda: queue.pop(slot_free=slot_free), None))


def test_groups_take_turns_however_much_the_first_one_queued():
    queue = ReadyQueue()
    for _ in range(400):
        queue.push(task("large"))
    for _ in range(3):
        queue.push(task("small"))

    assert [t.group for t in drain(queue)][:6] == ["large", "small"] * 3


def test_within_a_group_later_stages_go_first_and_equals_keep_their_order():
    queue = ReadyQueue()
    tasks = [task("a", rank) for rank in (0, 2, 1, 2, 0)]
    for one in tasks:
        queue.push(one)

    assert drain(queue) == [tasks[n] for n in (1, 3, 2, 0, 4)]


def test_what_needs_a_slot_is_passed_over_while_there_is_none_and_holds_up_nothing():
    queue = ReadyQueue()
    render, measure, other = task("a", 1, needs_slot=True), task("a", 0), task("b", 0)
    for one in (render, measure, other):
        queue.push(one)

    assert drain(queue, slot_free=False) == [measure, other]
    assert drain(queue) == [render]


def test_what_was_retracted_is_not_taken_and_not_counted():
    queue = ReadyQueue()
    first, second = task("a"), task("a")
    queue.push(first)
    queue.push(second)
    queue.retract(first)
    queue.retract(first)

    assert len(queue) == 1
    assert drain(queue) == [second]
    queue.retract(second)
    assert len(queue) == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=60), st.randoms())
def test_every_task_comes_out_once_and_the_depth_is_always_right(entries, random):
    queue, pushed, taken, gone = ReadyQueue(), [], [], set()
    for group, rank in entries:
        one = task(group, rank)
        queue.push(one)
        pushed.append(one)
        if random.random() < 0.3:
            victim = random.choice(pushed)
            if victim.alive:
                gone.add(id(victim))
            queue.retract(victim)
        if random.random() < 0.3 and (popped := queue.pop()) is not None:
            taken.append(popped)
        assert len(queue) == len(pushed) - len(taken) - len(gone)
    taken += drain(queue)

    assert sorted(map(id, taken)) == sorted(id(t) for t in pushed if id(t) not in gone)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=80))
def test_no_group_waits_for_more_than_one_turn_of_each_other(groups):
    queue = ReadyQueue()
    for group in groups:
        queue.push(task(group))
    order = [t.group for t in drain(queue)]

    for group in set(groups):
        places = [n for n, g in enumerate(order) if g == group]
        for start, stop in zip([-1, *places], places, strict=False):
            between = order[start + 1 : stop]
            assert len(between) == len(set(between))


def test_one_that_has_its_slot_does_not_stand_behind_one_that_waits_for_a_slot():
    queue = ReadyQueue()
    waits, has = task("a", 1, needs_slot=True), task("a", 1)
    queue.push(waits)
    queue.push(has)

    assert drain(queue, slot_free=False) == [has]
