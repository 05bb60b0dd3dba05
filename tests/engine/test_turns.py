"""Whose turn it is in a queue: by what is in flight, then turn by turn, or out of turn."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from yotokit.engine import Lane
from yotokit.engine.ready import ReadyQueue, Task


def task(group, rank=0, *, needs_slot=False):
    return Task(group, Lane.CPU, print, rank=rank, needs_slot=needs_slot)


def queue_of(*groups):
    queue = ReadyQueue()
    for group in groups:
        queue.push(task(group))
    return queue


def test_who_has_the_fewest_in_flight_goes_first_and_equals_take_turns():
    queue = queue_of(*"aaaa", *"bbbb", *"cccc")
    taken = [queue.pop() for _ in range(3)]
    assert [t.group for t in taken] == ["a", "b", "c"]
    queue.ended(taken[1])
    assert [queue.pop().group for _ in range(4)] == ["b", "a", "c", "b"]


def test_a_group_of_long_tasks_keeps_no_more_workers_than_one_of_short_tasks():
    queue = queue_of(*["long"] * 20, *["short"] * 20)
    workers = [queue.pop() for _ in range(4)]
    order = []
    for _ in range(18):
        place = next(n for n, t in enumerate(workers) if t.group == "short")
        queue.ended(workers[place])
        workers[place] = queue.pop()
        order.append(workers[place].group)

    assert order == ["short"] * 18


def test_what_is_in_flight_counts_when_its_group_had_nothing_queued_meanwhile():
    queue = queue_of("a")
    first = queue.pop()
    queue.push(task("a"))
    queue.push(task("b"))

    assert queue.pop().group == "b"
    assert (queue.in_flight, queue.in_flight_of("a"), queue.in_flight_of("b")) == (2, 1, 1)
    queue.ended(first)
    assert queue.in_flight_of("a") == 0


def test_a_group_of_which_nothing_is_left_is_forgotten():
    queue = queue_of("a", "b")
    for one in [queue.pop(), queue.pop()]:
        queue.ended(one)

    assert queue._in_flight == {}
    assert not queue._turns


def test_one_that_comes_first_goes_before_its_equals_and_not_before_who_has_less_in_flight():
    queue = queue_of(*"ababcc")
    queue.pop()
    queue.push(task("b", 1, needs_slot=True), first=True)
    queue.push(task("a", 1), first=True)

    assert [queue.pop().group for _ in range(2)] == ["b", "c"]


def test_nobody_comes_first_while_another_one_waits_for_a_slot():
    queue = queue_of("a")
    queue.push(task("b", 1, needs_slot=True))
    queue.push(task("c", 1, needs_slot=True), first=True)

    assert [queue.pop().group for _ in range(3)] == ["a", "b", "c"]


def test_who_is_parked_neither_comes_first_nor_keeps_another_from_it():
    queue = queue_of("a")
    queue.push(task("b", 1, needs_slot=True))
    queue.park("b")
    assert not queue.push(task("b", 1, needs_slot=True), first=True)
    queue.push(task("c", 1, needs_slot=True), first=True)

    assert [queue.pop().group for _ in range(2)] == ["c", "a"]
    assert queue.pop() is None


def test_what_was_taken_or_taken_back_wants_a_slot_no_more():
    queue, back = queue_of("a"), task("a", 2, needs_slot=True)
    queue.push(task("a", 1, needs_slot=True))
    queue.push(back)
    queue.retract(back)
    assert queue.pop().needs_slot
    queue.push(task("b"))
    queue.push(task("c", 1, needs_slot=True), first=True)

    assert [queue.pop(slot_free=free).group for free in (True, False, False)] == ["c", "b", "a"]


class Rules(RuleBasedStateMachine):
    """Random histories of a queue, against a plain list of its rules."""

    groups = st.integers(0, 2)

    def __init__(self):
        super().__init__()
        self.queue = ReadyQueue()
        self.waiting, self.in_flight, self.order, self.parked = [], [], [], set()

    def count(self, group):
        return sum(t.group == group for t in self.in_flight)

    def in_turn(self):
        return [t for t in self.waiting if t.group not in self.parked]

    def expected(self, *, slot_free):
        free = [t for t in self.in_turn() if slot_free or not t.needs_slot]
        if not free:
            return None
        group = min({t.group for t in free}, key=lambda g: (self.count(g), self.order.index(g)))
        return max((t for t in free if t.group == group), key=lambda t: (t.rank, not t.needs_slot))

    @rule(group=groups, rank=st.integers(0, 2), needs_slot=st.booleans(), first=st.booleans())
    def push(self, group, rank, needs_slot, first):
        one = task(group, rank, needs_slot=needs_slot)
        wanted = any(t.needs_slot for t in self.in_turn())
        assert self.queue.push(one, first=first) is (group not in self.parked)
        self.waiting.append(one)
        if group not in self.parked:
            if group not in self.order:
                self.order.append(group)
            if first and not wanted:
                self.order.remove(group)
                self.order.insert(0, group)

    @rule(slot_free=st.booleans())
    def pop(self, slot_free):
        should = self.expected(slot_free=slot_free)
        one = self.queue.pop(slot_free=slot_free)
        assert one is should
        if one is not None:
            self.waiting.remove(one)
            self.in_flight.append(one)
            self.order.remove(one.group)
            self.order.append(one.group)

    @precondition(lambda self: self.in_flight)
    @rule(random=st.randoms())
    def end(self, random):
        self.queue.ended(self.in_flight.pop(random.randrange(len(self.in_flight))))

    @precondition(lambda self: self.waiting)
    @rule(random=st.randoms())
    def retract(self, random):
        self.queue.retract(self.waiting.pop(random.randrange(len(self.waiting))))

    @rule(group=groups)
    def park(self, group):
        self.queue.park(group)
        self.parked.add(group)

    @rule(group=groups)
    def unpark(self, group):
        self.queue.unpark(group)
        if group in self.parked:
            self.parked.remove(group)
            self.order.append(group)

    @invariant()
    def who_has_nothing_queued_has_no_turn(self):
        queued = {t.group for t in self.in_turn()}
        self.order = [group for group in self.order if group in queued]

    @invariant()
    def all_is_counted(self):
        assert len(self.queue) == len(self.waiting)
        assert self.queue.in_flight == len(self.in_flight)
        assert [self.queue.in_flight_of(n) for n in range(3)] == [self.count(n) for n in range(3)]


TestRules = Rules.TestCase
TestRules.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
