"""Random histories on the in-thread twin, against what must hold in every one of them."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from yotokit.engine import (
    FINAL_STATES,
    Goto,
    Group,
    Hold,
    InlineEngine,
    Lane,
    Stage,
    Wait,
)

OUTCOMES = st.sampled_from(["on", "wait", "back", "fail"])


class Histories(RuleBasedStateMachine):
    jobs = Bundle("jobs")

    def __init__(self):
        super().__init__()
        self.engine = InlineEngine(seed=7, slots=2)
        self.records = []
        self.running = set()
        self.finals = {}
        self.plans = {}
        self.rests = {}
        names = ["measure", "render", "upload", "transcode"]
        lanes = [Lane.CPU, Lane.CPU, Lane.NET, Lane.ASK]
        stages = [
            Stage(
                name,
                lane,
                f"{name}...",
                f"{name} done",
                self.stage(name),
                takes_slot=name == "render",
                frees_slot=name == "upload",
            )
            for name, lane in zip(names, lanes, strict=True)
        ]
        self.group = Group(
            self.engine,
            stages,
            on_change=self.changed,
            on_rest=self.rest,
            on_close=lambda: None,
        )

    def stage(self, name):
        def run(payload, context):
            assert payload not in self.running, "two stages of one job at once"
            assert not self.group.paused, "a stage of a paused group began"
            engine, group = self.engine.snapshot(), self.group.snapshot()
            assert engine.cpu.in_flight + engine.net.in_flight + engine.ask.in_flight == 1
            assert sum(group.in_flight.values()) == 1
            self.running.add(payload)
            try:
                plan = self.plans[payload]
                outcome = plan.pop() if plan else "on"
                if outcome == "fail":
                    raise ValueError(name)
                if outcome == "wait":
                    return Wait(5.0)
                if outcome == "back" and name != "measure":
                    return Goto("measure")
                return Hold() if name == "measure" and payload % 2 else None
            finally:
                self.running.discard(payload)

        return run

    def changed(self, record):
        key = record.payload, record.attempt
        assert key not in self.finals, "a final state was left without a new attempt"
        if record.state in FINAL_STATES:
            self.finals[key] = record.state

    def rest(self, payload):
        self.rests[payload] = self.rests.get(payload, 0) + 1

    @rule(target=jobs, plan=st.lists(OUTCOMES, max_size=6))
    def submit(self, plan):
        payload = len(self.records)
        self.plans[payload] = plan
        record = self.group.add(payload)
        self.records.append(record)
        return record

    @rule(record=jobs)
    def cancel(self, record):
        was = record.settled
        assert self.group.cancel(record) is not was
        assert record.settled

    @rule(record=jobs, stage=st.sampled_from(["measure", "render"]))
    def restart(self, record, stage):
        was = record.settled
        assert self.group.restart(record, stage) is was
        assert not (was and record.settled)

    @rule(record=jobs)
    def release(self, record):
        self.group.release(record)

    @rule()
    def pause(self):
        self.group.pause()
        assert self.group.paused

    @rule()
    def unpause(self):
        self.group.unpause()
        assert not self.group.paused

    @rule(count=st.integers(1, 12))
    def work(self, count):
        for _ in range(count):
            if not self.engine.step():
                break

    @invariant()
    def slots_are_counted_right(self):
        snapshot = self.engine.snapshot()
        held = sum(record.has_slot for record in self.records)
        lent = held if self.group.paused else 0
        assert snapshot.slots - snapshot.slots_free == held - lent
        assert held <= snapshot.slots

    @invariant()
    def a_job_that_is_not_settled_is_queued_or_held(self):
        queued = self.engine.snapshot()
        waiting = sum(not r.settled and not r.held for r in self.records)
        lanes = {Lane.CPU: queued.cpu, Lane.NET: queued.net, Lane.ASK: queued.ask}
        assert sum(lane.depth for lane in lanes.values()) + queued.waiting == waiting
        group = self.group.snapshot()
        assert group.depth == {name: lane.depth for name, lane in lanes.items()}
        assert group.waiting == queued.waiting
        assert group.in_flight == dict.fromkeys(Lane, 0)
        assert {lane.in_flight for lane in lanes.values()} == {0}

    @invariant()
    def lanes_and_stages_count_the_same(self):
        engine, stages = self.engine.snapshot(), self.group.snapshot().stages
        pairs = [
            (engine.cpu, ("measure", "render")),
            (engine.net, ("upload",)),
            (engine.ask, ("transcode",)),
        ]
        for lane, names in pairs:
            assert lane.completed == sum(stages[name].ended for name in names)
            assert lane.failed == sum(stages[name].failed for name in names)
            assert lane.polls == sum(stages[name].polls for name in names)

    @invariant()
    def retries_are_the_attempts_beyond_the_first(self):
        retries = sum(record.attempt - 1 for record in self.records)
        assert self.group.snapshot().retries == retries

    def teardown(self):
        for record in self.records:
            self.plans[record.payload].clear()
        self.group.unpause()
        moving = True
        while moving:
            moving = self.engine.step()
            for record in self.records:
                if record.held:
                    self.group.release(record)
                    moving = True
        assert {record.state for record in self.records} <= FINAL_STATES
        assert self.engine.snapshot().slots_free == 2
        assert set(self.rests) == {record.payload for record in self.records}
        self.engine.close()


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
