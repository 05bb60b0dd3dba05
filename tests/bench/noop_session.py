"""Files that cost nothing through a whole session: what queue, stages and journal take themselves.

Measuring, rendering and the service answer at once and touch nothing. All else is real: the
files are looked at and hashed, every result is a row of the journal on disk.
"""

import hashlib
import itertools
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import yotokit as yk
from yotokit.audio import Loudness, Rendered
from yotokit.engine import Engine
from yotokit.session import stages
from yotokit.yoto import Media, Traffic, Transcode, UploadSlot

NOTHING = np.zeros(10, dtype=np.float32)

NO_LIMIT = yk.Limits(tracks=None)


class InstantService:
    """A service that has everything done before it is asked."""

    account, reached, traffic = "nobody", True, Traffic()

    def __init__(self) -> None:
        self._numbers = itertools.count()

    def upload_slot(self, *_: Any, **__: Any) -> UploadSlot:
        """Hold nothing yet."""
        return UploadSlot("none", "https://example.invalid")

    def upload(self, *_: Any, sending: Any, **__: Any) -> str:
        """Take the bytes without looking at them."""
        upload_id = str(next(self._numbers))
        sending(upload_id)
        return upload_id

    def transcode(self, *_: Any, **__: Any) -> Transcode:
        """Be done."""
        return Transcode(Media("m" * 43, 1.0, 1_000, "opus", "mono"))


def instant_measure(path: Path, **_: Any) -> Loudness:
    """Return the loudness of a second of something."""
    return Loudness(
        path, -20.0, 1.0, -21.0, -20.0, -3.0, 0.0, -3.0, -20.0, -20.0,
        1.0, 44_100, 1, NOTHING.copy(), NOTHING.copy(), NOTHING.astype(np.float64),
        np.zeros((0, 2)),
    )  # fmt: skip


def instant_render(path: Path, *_: Any, **__: Any) -> Rendered:
    """Let the file be sent as it is."""
    digest = hashlib.sha256(str(path).encode()).hexdigest()
    return Rendered(path, digest, 1_000, "audio/flac", untouched=True)


def files_in(folder: Path, count: int) -> list[Path]:
    """Write small files of different content."""
    paths = [folder / f"{number:06}.wav" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_text(f"content {number}")
    return paths


def session_s(units: int, *, journal: bool) -> float:
    """Take so many files through a session, from submit to the last one's end."""
    stages.measure, stages.render = instant_measure, instant_render
    folder = Path(tempfile.mkdtemp(prefix="noop-"))
    engine = Engine(cpu_workers=2, net_workers=4)
    try:
        paths = files_in(folder, units)
        kept: Any = folder / "state" if journal else False
        begin = time.perf_counter()
        with yk.Session(
            "No-op",
            InstantService(),
            tags=False,
            limits=NO_LIMIT,
            engine=engine,
            journal=kept,
        ) as session:
            jobs = session.submit(paths)
            session.wait()
            took_s = time.perf_counter() - begin
            assert all(job.state == "done" for job in jobs), jobs[0].error
        return took_s
    finally:
        engine.close()
        shutil.rmtree(folder, ignore_errors=True)


def submitted(count: int) -> int:
    """Return by how many bytes a process grows when so many files are submitted and wait."""
    import psutil

    folder = Path(tempfile.mkdtemp(prefix="noop-"))
    try:
        first = folder / "000000.wav"
        first.write_text("content")
        for number in range(1, count):
            # One file under many names, in folders that file systems can take.
            place = folder / f"{number // 1_000:03}"
            place.mkdir(exist_ok=True)
            (place / f"{number:06}.wav").symlink_to(first)
        session = yk.Session(
            "Many", InstantService(), tags=False, limits=NO_LIMIT, journal=folder / "state"
        )
        session.pause()
        before = psutil.Process().memory_info().rss
        session.submit(folder)
        grown: int = psutil.Process().memory_info().rss - before
        session.close()
        return grown
    finally:
        shutil.rmtree(folder, ignore_errors=True)
