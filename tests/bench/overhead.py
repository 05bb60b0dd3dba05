"""What the queue and the engine take themselves, beside the queues of the standard library."""

import queue
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from machine import number, print_table, run_call
from noop_session import session_s

from yotokit.engine import DONE, Engine, Group, JobRecord, Lane, Stage
from yotokit.engine.ready import ReadyQueue, Task
from yotokit.journal import Journal

HEADER = ("what", "unit", "units", "us each", "a second")
BACKLOG, GROUPS, RANKS = 1000, 10, 4  # what stands in a queue while it is timed
STAGES = 4
FEWER = 20
RESULT = b"x" * 1_000  # about what the loudness of a second of sound takes


def nothing(*_: object) -> None:
    """Take no time."""


@dataclass(frozen=True)
class Case:
    """Something to be timed.

    Attributes
    ----------
    took_s : callable
        Takes the number of units to do, and returns the seconds of wall time that they took.
    stages : int
        How many stages a unit stands for: so many fewer units are done.
    """

    name: str
    unit: str
    took_s: Callable[[int], float]
    stages: int = 1


def ready_queue_s(units: int) -> float:
    """Push and pop tasks of several groups and ranks, with others queued."""
    ready = ReadyQueue()

    def push(place: int) -> None:
        ready.push(Task(place % GROUPS, Lane.CPU, nothing, rank=place // GROUPS % RANKS))

    for place in range(BACKLOG):
        push(place)
    begin = time.perf_counter()
    for place in range(units):
        push(place)
        task = ready.pop()
        if task is not None:
            ready.ended(task)
    return time.perf_counter() - begin


def library_queue_s(units: int, *, kind: Callable[[], queue.SimpleQueue]) -> float:
    """Put and get the same, in a queue that knows neither groups nor ranks."""
    waiting = kind()

    def put(place: int) -> None:
        waiting.put(Task(place % GROUPS, Lane.CPU, nothing, rank=place // GROUPS % RANKS))

    for place in range(BACKLOG):
        put(place)
    begin = time.perf_counter()
    for place in range(units):
        put(place)
        waiting.get()
    return time.perf_counter() - begin


def library_worker_s(units: int, *, kind: Callable[[], queue.SimpleQueue]) -> float:
    """Hand work to a thread through a queue."""
    waiting = kind()

    def work() -> None:
        for _ in range(units):
            waiting.get()()

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    begin = time.perf_counter()
    for _ in range(units):
        waiting.put(nothing)
    worker.join()
    return time.perf_counter() - begin


def engine_s(units: int, *, stages: int) -> float:
    """Take jobs through an engine with one worker for each lane."""
    lanes = (Lane.CPU, Lane.CPU, Lane.NET, Lane.ASK)[:stages]
    way = [Stage(str(n), lane, f"in {n}", f"after {n}", nothing) for n, lane in enumerate(lanes)]
    return through_engine_s([""] * units, way)


def through_engine_s(names: list[str], way: list[Stage[str]]) -> float:
    """Return how long an engine takes for jobs of such a way."""
    over, left = threading.Event(), len(names)

    def on_change(record: JobRecord[str]) -> None:
        nonlocal left
        if record.state == DONE:
            left -= 1
            if not left:
                over.set()

    engine = Engine(cpu_workers=1, net_workers=1, ask_workers=1)
    begin = time.perf_counter()
    group = Group(engine, way, on_change=on_change, on_rest=nothing, on_close=nothing)
    for name in names:
        group.add(name)
    over.wait()
    took_s = time.perf_counter() - begin
    engine.close()
    return took_s


def engine_with_rows_s(units: int) -> float:
    """Take jobs through an engine whose stages each write what a session's write to its journal."""
    folder = Path(tempfile.mkdtemp(prefix="overhead-"))
    journal = Journal(folder)
    uploads = journal.uploads("nobody")

    def measure(name: str, _: object) -> None:
        journal.keep_result(name, "measured", "{}", RESULT)

    def render(name: str, _: object) -> None:
        journal.keep_result(name, "rendered", "{}", RESULT)

    def upload(name: str, _: object) -> None:
        journal.claim("nobody", name, "bench")
        uploads.sending(name, "id")
        uploads.sent(name, "id")
        journal.unclaim("nobody", name, "bench")

    way = [
        Stage("measure", Lane.CPU, "measuring", "measured", measure),
        Stage("render", Lane.CPU, "rendering", "rendered", render),
        Stage("upload", Lane.NET, "uploading", "uploaded", upload),
        Stage("poll", Lane.ASK, "polling", "done", nothing),
    ]
    try:
        return through_engine_s([str(number) for number in range(units)], way)
    finally:
        journal.close()
        shutil.rmtree(folder)


CASES = (
    Case("queue.SimpleQueue", "put and get", partial(library_queue_s, kind=queue.SimpleQueue)),
    Case("queue.Queue", "put and get", partial(library_queue_s, kind=queue.Queue)),
    Case("ReadyQueue", "push and pop", ready_queue_s),
    Case(
        "queue.SimpleQueue, a thread",
        "hand-over",
        partial(library_worker_s, kind=queue.SimpleQueue),
    ),
    Case("queue.Queue, a thread", "hand-over", partial(library_worker_s, kind=queue.Queue)),
    Case("engine, jobs of 1 stage", "stage", partial(engine_s, stages=1)),
    Case(f"engine, jobs of {STAGES} stages", "file", partial(engine_s, stages=STAGES), STAGES),
    Case("the same, and the journal's 6 rows", "file", engine_with_rows_s, FEWER),
    Case("a whole Session, journal on disk", "file", partial(session_s, journal=True), FEWER),
    Case("a whole Session, journal=False", "file", partial(session_s, journal=False), FEWER),
)


def overhead(rounds: int, stages: int) -> None:
    """Print the table of this question."""
    print(f"Overhead: work that takes no time; {rounds} rounds")
    print(f"in one thread {BACKLOG} tasks of {GROUPS} groups and {RANKS} ranks stand queued\n")
    lines = []
    for case in CASES:
        units = stages // case.stages
        each_s = statistics.median(case.took_s(units) for _ in range(rounds)) / units
        numbers = (str(units), number(each_s * 1e6), number(1 / each_s, 0))
        lines.append((case.name, case.unit, *numbers))
    print_table(HEADER, lines, words=2)


def memory(jobs: int) -> None:
    """Print the table of this question; each case has a process of its own."""
    print("Memory: jobs that are queued behind a worker that does not come back\n")
    cases = {
        "queue.SimpleQueue": ("queue_memory", "in_simple_queue"),
        "Group.add": ("queue_memory", "in_group"),
        "Session.submit, journal on disk": ("noop_session", "submitted"),
    }
    lines = []
    for name, (module, function) in cases.items():
        grown_bytes = run_call(module, function, [jobs]).answer
        lines.append((name, str(jobs), number(grown_bytes / jobs, 0)))
    print_table(("what", "jobs", "bytes a job"), lines)
