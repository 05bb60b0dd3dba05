"""A session whose files all change at once, and three ways to show it. Runs in a kernel."""

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ipywidgets
import numpy as np
from noop_session import NO_LIMIT, InstantService, files_in

import yotokit as yk
from yotokit.audio import Loudness, Target, plan_track
from yotokit.engine import Engine
from yotokit.markup import STYLE, figures, fragment
from yotokit.session import JobState, jobs_table

SOUND_S = 180
STEPS = 1000  # of a file's progress


class PlainService(InstantService):
    """One without a single picture."""

    icons = covers = SimpleNamespace(picture=lambda _: b"")


class Busy:
    """A session in which every file is on its way."""

    def __init__(self, session: yk.Session) -> None:
        self.session = session
        self._records = list(session._flow.order)
        for place, record in enumerate(self._records):
            record.payload.loudness = loudness_of(record.payload.path, place)
            record.payload.plan = plan_track(record.payload.loudness, Target())
            record.state = JobState.UPLOADING

    def change(self, turn: int) -> None:
        """Move all files on."""
        with self.session.engine.lock:
            for place, record in enumerate(self._records):
                record.progress = (turn * 7 + place * 13) % STEPS / STEPS
                record.payload.sent_bytes += 10_000
            self.session._flow.group.changed()


@contextmanager
def busy_session(files: int) -> Iterator[Busy]:
    """Make such a session."""
    folder = Path(tempfile.mkdtemp(prefix="faces-"))
    engine = Engine(cpu_workers=2, net_workers=4)
    try:
        with yk.Session(
            "Busy",
            PlainService(),
            tags=False,
            limits=NO_LIMIT,
            engine=engine,
            journal=False,
        ) as session:
            session.pause()
            session.submit(files_in(folder, files))
            yield Busy(session)
    finally:
        engine.close()
        shutil.rmtree(folder, ignore_errors=True)


def loudness_of(path: Path, place: int) -> Loudness:
    """Return the loudness of three minutes of something."""
    rng = np.random.default_rng(place)
    momentary = rng.normal(-22.0, 5.0, SOUND_S * 10 - 3).astype(np.float32)
    short_term = np.convolve(momentary, np.ones(27) / 27, "valid").astype(np.float32)
    return Loudness(
        path, -20.0 - place % 7, 6.0, -24.0, -18.0, -3.0 - place % 3, 60.0, -3.5, -12.0, -16.0,
        float(SOUND_S), 44_100, 2, momentary, short_term,
        10 ** (np.float64(momentary) / 10), np.zeros((0, 2)),
    )  # fmt: skip


class DashboardFace:
    """Ours."""

    def __init__(self, session: yk.Session) -> None:
        self.dashboard = yk.Dashboard(session)
        self.thread = self.dashboard._painter._thread
        self.paints = 0
        apply = self.dashboard._apply

        def counted(painting: Any) -> None:
            self.paints += 1
            apply(painting)

        self.dashboard._apply = counted

    def close(self) -> None:
        """Stop painting."""
        self.dashboard.close()


class PlainFace:
    """Paints ten times a second in a thread of its own, if something has changed."""

    def __init__(self, session: yk.Session) -> None:
        self.session = session
        self.paints = 0
        self._dirty, self._ended = threading.Event(), threading.Event()
        session.subscribe(self._dirty.set)
        self.build(len(session.snapshot().jobs))
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._dirty.wait()
            self._dirty.clear()
            self.paint(self.session.snapshot())
            self.paints += 1
            self._ended.wait(0.1)

    def build(self, files: int) -> None:
        """Make the widgets."""
        raise NotImplementedError

    def paint(self, snapshot: Any) -> None:
        """Set what is shown."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop painting."""
        self._ended.set()
        self._dirty.set()
        self.thread.join()


class TableFace(PlainFace):
    """The whole table as HTML."""

    def build(self, files: int) -> None:
        """Make a widget."""
        self.table = ipywidgets.HTML()
        self.view = ipywidgets.VBox([ipywidgets.HTML(STYLE), self.table])

    def paint(self, snapshot: Any) -> None:
        """Send all of it anew."""
        self.table.value = fragment(jobs_table(snapshot.jobs, snapshot.target_lufs))


class RowsFace(PlainFace):
    """Widgets for each file."""

    def build(self, files: int) -> None:
        """Make four widgets for each, and a box around them."""
        self.rows = [
            (
                ipywidgets.Label(),
                ipywidgets.FloatProgress(max=1.0),
                ipywidgets.Label(),
                ipywidgets.Label(),
            )
            for _ in range(files)
        ]
        self.view = ipywidgets.VBox([ipywidgets.HBox(row) for row in self.rows])

    def paint(self, snapshot: Any) -> None:
        """Set each; what has not changed is not sent."""
        for (title, bar, state, numbers), job in zip(self.rows, snapshot.jobs, strict=True):
            title.value = f"{job.position}. {job.title}"
            bar.value = job.progress
            state.value = f"{job.state.value} {100 * job.progress:.0f} %"
            loudness = job.loudness
            before, after = loudness.integrated_lufs, job.after_lufs
            numbers.value = f"{figures.lufs(before)} LUFS, then {figures.lufs(after)}"


FACES = {
    "Dashboard": DashboardFace,
    "one HTML table": TableFace,
    "widgets for each row": RowsFace,
}


def sending_thread() -> threading.Thread:
    """Return the kernel's thread that sends."""
    (thread,) = [one for one in threading.enumerate() if "IOPub" in one.name]
    return thread


def cpu_s(thread: threading.Thread) -> float:
    """Return the processor time that a thread has taken so far."""
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
