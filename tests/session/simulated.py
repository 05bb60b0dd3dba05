"""A session whose stages take the time that a test gives them, on a clock that jumps.

Queues, turns, slots and numbers are the engine's own; files, workers' time and the service are made
up. Hours pass in a second.
"""

from __future__ import annotations

import heapq
import itertools
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from yotokit.engine import Goto, Group, Hold, Lane, Stage, Wait
from yotokit.engine.base import EngineBase
from yotokit.engine.clock import VirtualClock
from yotokit.engine.moves import OWN_TASKS_RANK
from yotokit.session import JobSnapshot, JobState, SessionSnapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

MIB = 1 << 20
LANES = {
    "measure": (Lane.CPU, JobState.MEASURING, JobState.MEASURED),
    "look up": (Lane.ASK, JobState.MEASURED, JobState.MEASURED),
    "render": (Lane.CPU, JobState.RENDERING, JobState.RENDERED),
    "upload": (Lane.NET, JobState.UPLOADING, JobState.TRANSCODING),
    "transcode": (Lane.ASK, JobState.TRANSCODING, JobState.DONE),
}
STAGES = tuple(LANES)
SHOWS_PROGRESS = {JobState.MEASURING, JobState.RENDERING, JobState.UPLOADING}


@dataclass(eq=False)
class File:
    """A file, and what its stages take, in seconds."""

    mib: float
    measure_s: float = 1.0
    render_s: float = 1.0
    upload_s: float = 1.0
    transcode_s: float = 3.0
    is_known: bool = False
    size_is_known: bool = True
    trouble: str = ""
    loudness: object = None
    resumed: bool = False
    ready_s: float = 0.0
    polls: int = 0
    number: int = field(default_factory=itertools.count().__next__)

    def takes_s(self, stage: str) -> float:
        if stage in ("look up", "transcode") or self.is_known:
            return 0.05
        return {"measure": self.measure_s, "render": self.render_s, "upload": self.upload_s}[stage]


class TimedEngine(EngineBase):
    """Runs tasks in as many workers as it has, each task for as long as its file says."""

    def __init__(self, *, cpu: int = 2, net: int = 4, ask: int = 2) -> None:
        super().__init__(
            VirtualClock(), cpu_workers=cpu, net_workers=net, ask_workers=ask, slots=None
        )
        self.running: list[tuple[float, int, object]] = []
        self._numbers = itertools.count()

    def go_on(self, until_s: float) -> bool:
        """Work until a moment; return False if there was nothing left to do before it."""
        while True:
            left_s = self._release_due()
            for lane, state in self._lanes.items():
                while state.queue.in_flight < state.workers:
                    task = self._take(lane)
                    if task is None:
                        break
                    own = task.rank == OWN_TASKS_RANK
                    takes_s = 0.1 if own else task.subject.payload.takes_s(STAGES[task.rank])
                    end_s = self.clock.now_s() + takes_s
                    heapq.heappush(self.running, (end_s, next(self._numbers), task))
            times = [self.running[0][0]] if self.running else []
            times += [] if left_s is None else [self.clock.now_s() + left_s]
            if not times or min(times) > until_s:
                self.clock.advance_to(until_s)
                return bool(times)
            self.clock.advance_to(min(times))
            while self.running and self.running[0][0] <= self.clock.now_s():
                task = heapq.heappop(self.running)[2]
                self._end(task, self._run(task))

    def wait_for(self, predicate, timeout_s=None):
        raise NotImplementedError

    def close(self, timeout_s=0.0) -> None:
        self._close_groups()


class Simulated:
    """A session of made-up files."""

    def __init__(self, engine: TimedEngine, files: Iterable[File] = (), *, album=False) -> None:
        self.engine = engine
        self.album = album
        self.finalizing = False
        self.records: list = []
        self.group = Group(
            engine,
            [
                Stage(
                    name, lane, running, finished, getattr(self, f"_{name.replace(' ', '_')}"),
                    takes_slot=name == "render", frees_slot=name == "upload",
                )
                for name, (lane, running, finished) in LANES.items()
            ],
            on_change=lambda record: None, on_rest=lambda file: None, on_close=lambda: None,
        )  # fmt: skip
        self.submit(files)

    def submit(self, files: Iterable[File]) -> None:
        self.records += [self.group.add(file) for file in files]

    def release(self) -> None:
        """Go on with what waits for the album's gain."""
        self.finalizing = True
        for record in self.records:
            self.group.release(record)

    @property
    def is_over(self) -> bool:
        return all(record.settled for record in self.records)

    def snapshot(self) -> SessionSnapshot:
        now_s = self.engine.clock.now_s()
        for end_s, _, task in self.engine.running:
            if task.owner is self.group and task.subject.state in SHOWS_PROGRESS:
                takes_s = end_s - task.taken_s
                task.subject.progress = min(1.0, (now_s - task.taken_s) / takes_s)
        jobs = tuple(self._row(place, record) for place, record in enumerate(self.records, 1))
        return SessionSnapshot(
            "Simulated", jobs, self.engine.snapshot(), -16.0, self.finalizing, "", (), False,
            queue=self.group.snapshot(),
        )  # fmt: skip

    @staticmethod
    def _row(place, record) -> JobSnapshot:
        file = record.payload
        return JobSnapshot(
            place, f"File {file.number}", Path(f"{file.number}.mp3"), JobState(record.state),
            record.progress, record.attempt, file.loudness, None, None, None, False, record.error,
            origin="resumed" if file.resumed else "new", trouble=file.trouble,
            size_bytes=int(file.mib * MIB) if file.size_is_known else 0, held=record.held,
            duration_s=60.0 * file.mib if file.loudness is not None else None,
        )  # fmt: skip

    def _measure(self, file, context):
        file.loudness = object()
        return Hold() if self.album else None if file.is_known else Goto("render")

    def _look_up(self, file, context):
        file.resumed = file.is_known
        return Goto("transcode") if file.resumed else Goto("render")

    def _render(self, file, context):
        pass

    def _upload(self, file, context):
        file.ready_s = self.engine.clock.now_s() + file.transcode_s

    def _transcode(self, file, context):
        if file.resumed or self.engine.clock.now_s() >= file.ready_s:
            return None
        file.polls += 1
        return Wait(min(0.5 * 1.4 ** (file.polls - 1), 5.0))


def some_files(
    seed: int, count: int, mib=(3.0, 8.0), *, noise=0.3, transcode_s=(3.0, 6.0), **per_mib
):
    """Return files of several sizes whose stages take so many seconds a MiB, more or less."""
    draw = random.Random(seed)
    files = []
    for _ in range(count):
        size = draw.uniform(*mib)
        times = {
            f"{stage}_s": (0.1 + size * per_mib.get(stage, 0.2)) * draw.lognormvariate(0.0, noise)
            for stage in ("measure", "render", "upload")
        }
        files.append(File(size, **times, transcode_s=draw.uniform(*transcode_s)))
    return files
