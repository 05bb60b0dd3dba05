from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

SCRIPT = """
import os, signal, sys, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: forking beside threads
from yotokit.engine import CANCELLED, DONE, Engine, Group, InlineEngine, Lane, Stage, Wait
from yotokit.errors import EngineClosedError

def new_group(engine, run):
    rested = []
    stages = [Stage(n, l, "at", "after", run) for n, l in (("c", Lane.CPU), ("n", Lane.NET))]
    group = Group(
        engine, stages, on_change=lambda r: None, on_rest=rested.append, on_close=lambda: None
    )
    return group, rested

def refused(call):
    try:
        call()
    except EngineClosedError as error:
        assert "fork" in str(error) and "new engine" in str(error), error
    else:
        raise AssertionError("a forked engine did not refuse")

def in_child(engine, twin, group, rested, record, held):
    signal.alarm(20)  # a deadlock ends the child, and the test fails
    before = len(rested)
    for one in (engine, twin):
        assert one.closed and one.forked
        refused(lambda: one.wait_for(lambda: False))
        assert one.snapshot().closed
    refused(lambda: engine.resize(cpu_workers=3))
    refused(lambda: group.add("x"))
    refused(lambda: group.post(print))
    refused(lambda: group.post(print, delay_s=1.0))
    group.pause(); group.unpause()
    assert group.cancel(held) and held.state == CANCELLED
    refused(lambda: group.restart(held, "c"))
    group.close()
    assert len(rested) == before, "the parent's things were cleared away"
    engine.close()
    twin.close()
    own = Engine.default()
    assert own is not engine and Engine.default() is own
    mine, _ = new_group(own, lambda payload, context: None)
    jobs = [mine.add(n) for n in range(10)]
    assert own.wait_for(lambda: all(r.settled for r in jobs), 10)
    assert {r.state for r in jobs} == {DONE}

def main():
    engine, twin, over = Engine.default(), InlineEngine(), threading.Event()
    group, rested = new_group(engine, lambda payload, context: Wait(0.0))
    group.subscribe(lambda: None)
    idle, _ = new_group(engine, lambda payload, context: Wait(600.0))
    records = [group.add(n) for n in range(50)]

    def hammer():
        while not over.is_set():
            with engine.lock:
                engine.snapshot()
            group.cancel(group.add("y"))
            Engine.default()

    hammers = [threading.Thread(target=hammer, daemon=True) for _ in range(3)]
    for thread in hammers:
        thread.start()
    for _ in range(30):
        held = idle.add("held")
        sys.stdout.flush()
        child = os.fork()
        if not child:
            in_child(engine, twin, idle, rested, records[0], held)
            sys.exit(7)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 7, status
        assert idle.cancel(held)
    over.set()
    for thread in hammers:
        thread.join()
    more, _ = new_group(engine, lambda payload, context: None)
    last = more.add("last")
    assert engine.wait_for(lambda: last.settled, 10) and last.state == DONE
    print("all well")

main()
"""

IN_A_STAGE = """
import os, signal, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from yotokit.engine import Engine, Group, Lane, Stage

engine, children = Engine(cpu_workers=1), []

def fork(payload, context):
    child = os.fork()
    if not child:
        signal.alarm(20)
        context.progress(0.5)
        assert not engine.snapshot().cpu.in_flight
        os._exit(7)
    children.append(os.waitpid(child, 0)[1])

group = Group(
    engine, [Stage("s", Lane.CPU, "at", "after", fork)],
    on_change=lambda r: None, on_rest=lambda p: None, on_close=lambda: None,
)
record = group.add("a")
assert engine.wait_for(lambda: record.settled, 30) and record.error is None
assert os.waitstatus_to_exitcode(children[0]) == 7
print("all well")
"""


@pytest.mark.parametrize("script", [SCRIPT, IN_A_STAGE], ids=["beside", "in a stage"])
def test_a_forked_child_is_told_so_at_once_and_can_make_an_engine_of_its_own(script):
    process = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=180
    )

    assert process.stderr == ""
    assert process.stdout == "all well\n"
