"""How much memory queued jobs take; `overhead` runs each function in a process of its own."""

import gc
import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path

from yotokit.engine import DONE, Engine, Group, Lane, Stage


def resident_bytes() -> int:
    """Return how much memory this process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def growth_bytes(add: Callable[[object], object], jobs: int) -> int:
    """Return by how much the process grows as so many jobs are added."""
    payloads = [object() for _ in range(jobs)]  # the owner's: not counted
    add(payloads[0])  # and what starts with the first, as threads
    gc.collect()
    before = resident_bytes()
    for payload in payloads[1:]:
        add(payload)
    gc.collect()
    return resident_bytes() - before


def in_simple_queue(jobs: int) -> int:
    """Queue the bare payloads."""
    waiting: queue.SimpleQueue[object] = queue.SimpleQueue()
    return growth_bytes(waiting.put, jobs)


def in_group(jobs: int) -> int:
    """Queue jobs of two stages behind one that blocks the only worker."""
    go_on = threading.Event()
    way = (
        Stage("first", Lane.CPU, "in first", "after first", lambda *_: go_on.wait() and None),
        Stage("last", Lane.NET, "in last", DONE, lambda *_: None),
    )
    engine = Engine(cpu_workers=1, net_workers=1)
    group = Group(
        engine, way, on_change=lambda _: None, on_rest=lambda _: None, on_close=lambda: None
    )
    records = []
    grown_bytes = growth_bytes(lambda payload: records.append(group.add(payload)), jobs)
    # Cancelled before the worker goes on: it must not begin on what is left.
    group.close()
    go_on.set()
    engine.close()
    return grown_bytes
