from __future__ import annotations

import threading
import weakref

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


def test_a_parked_group_has_no_turn_whatever_it_queues_and_the_others_have_theirs():
    queue = ReadyQueue()
    before, other, after = task("a"), task("b"), task("a", 3)
    assert queue.push(before)
    queue.park("a")
    queue.park("a")
    assert not queue.push(after)
    assert queue.push(other)

    assert drain(queue) == [other]
    assert (len(queue), queue.depth_of("a"), queue.depth_of("b")) == (2, 2, 0)
    assert queue.unpark("a") == 2
    assert queue.unpark("a") == 0
    assert drain(queue) == [after, before]
    assert len(queue) == 0


def test_a_group_that_is_parked_while_it_has_nothing_is_parked_for_what_comes():
    queue = ReadyQueue()
    queue.park("a")
    assert queue.unpark("a") == 0
    queue.park("a")
    one = task("a")
    queue.push(one)

    assert queue.pop() is None
    queue.unpark("a")
    assert queue.pop() is one


def test_an_unparked_group_comes_behind_the_others():
    queue = ReadyQueue()
    for group in ("a", "b", "c"):
        queue.push(task(group))
    queue.park("a")
    queue.unpark("a")

    assert [t.group for t in drain(queue)] == ["b", "c", "a"]


def test_what_was_retracted_is_let_go_when_nothing_of_its_group_is_left():
    queue = ReadyQueue()
    for parked in (False, True):
        one = task("a")
        one.subject = threading.Event()
        gone = weakref.ref(one.subject)
        if parked:
            queue.park("a")
        queue.push(one)
        queue.retract(one)
        del one

        assert gone() is None
        assert len(queue) == queue.depth_of("a") == 0


@given(
    st.lists(
        st.tuples(st.sampled_from(["push", "pop", "park", "unpark", "retract"]), st.integers(0, 3)),
        max_size=80,
    ),
    st.randoms(),
)
def test_parking_loses_nothing_and_lets_nothing_through(moves, random):
    queue, waiting, parked = ReadyQueue(), [], set()
    for move, group in moves:
        if move == "push":
            waiting.append(task(group, random.randrange(3)))
            assert queue.push(waiting[-1]) is (group not in parked)
        elif move == "pop":
            one = queue.pop()
            free = [t for t in waiting if t.group not in parked]
            assert (one is None) is (not free)
            if one is not None:
                assert one in free
                waiting.remove(one)
        elif move == "retract" and waiting:
            queue.retract(waiting.pop(random.randrange(len(waiting))))
        elif move == "park":
            queue.park(group)
            parked.add(group)
        elif move == "unpark":
            queue.unpark(group)
            parked.discard(group)
        assert len(queue) == len(waiting)
        for number in range(4):
            assert queue.depth_of(number) == sum(t.group == number for t in waiting)
