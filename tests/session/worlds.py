"""A small world for histories: files, kernels that can be killed anywhere, one service, one clock.

A kernel is a process as the library sees it: an engine, the journal of a folder, sessions. Two of
them share a folder under two names, so each has its own connection and its own locks. A kill is an
exception that no `except Exception` sees. Before it is raised the journal is cut off, the locks are
let go and the service turns deaf, so nothing that runs while it goes up has any effect.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from session.fake_service import FakeClient, FakeService

from yotokit.audio import Loudness, Rendered, plan_album
from yotokit.engine import InlineEngine
from yotokit.engine.clock import VirtualClock
from yotokit.errors import UnreadableAudioError
from yotokit.journal import Journal, database
from yotokit.journal.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.engine import EngineBase
    from yotokit.engine.clock import Clock

LONG_AGO = 86_400.0
EPOCH_S = time.time()
UNMEASURABLE, UNWRITABLE = "no sound", "damaged sound"
NAMES = ["1 ant.wav", "2 bee.wav", "3 cat.wav", "4 dog.wav", "5 eel.wav", "6 fox.wav"]
EMPTY = "9 nothing.wav"
# By content: how loud. One is loud enough already, so it goes as it is.
SOUNDS = [f"sound {n} {lufs}" for n, lufs in enumerate((20, 23, 16, 30, 18))]
CONTENTS = [*SOUNDS, f"{UNMEASURABLE} 20", f"{UNWRITABLE} 21"]


class Killed(BaseException):
    """The kernel is gone."""


def loudness_of(path: Path) -> Loudness:
    """Return a loudness that the file's bytes decide, and that names them in its notes."""
    data = path.read_bytes()
    text = data.decode()
    if text.startswith(UNMEASURABLE):
        raise UnreadableAudioError(path, "is no audio; convert it")
    lufs = -float(text.split()[-1])
    none = np.empty(0, dtype=np.float32)
    power = np.full(10, 10.0 ** ((lufs + 0.691) / 10))
    return Loudness(
        path, lufs, 0.0, lufs, lufs, lufs + 9.0, 0.5, lufs + 8.0, lufs, lufs, 1.0, 8_000, 1,
        none, none, power, np.empty((0, 2)), notes=(hashlib.sha256(data).hexdigest(),),
    )  # fmt: skip


def rendered_bytes(sha256: str, gain_db: float) -> bytes:
    return f"{sha256} at {gain_db:+.2f} dB".encode()


def sent_digest(sha256: str, gain_db: float) -> str:
    """Return the digest of what is sent of some content at some gain."""
    untouched = abs(gain_db) < 0.1
    return sha256 if untouched else hashlib.sha256(rendered_bytes(sha256, gain_db)).hexdigest()


class Kernel:
    """A process: what dies at a kill."""

    def __init__(self, world: World, number: int, engine: EngineBase | None = None) -> None:
        self.world, self.number = world, number
        self.state = world.folder / f"state {number}"
        self.engine = engine or InlineEngine(seed=world.seed + number, slots=1 + world.seed % 2)
        if engine is None:
            self.engine.clock = world.clock
        self.sessions: list = []
        self.dead = False

    def client(self, name: str) -> FakeClient:
        return FakeClient(self.world.service, name, self.point)

    def point(self, kind: str, when: str) -> None:
        """Pass a place where this kernel may be killed, or something else come in between."""
        if not self.dead:
            self.world.spring(self, kind, when)
        if self.dead:
            raise Killed

    def cut(self) -> None:
        """Be killed: from here on nothing of it has any effect."""
        self.dead = True
        self.world.kills += 1
        if self.world.unkept:
            self.world.plan_excuses[self.world.unkept] += 1
            self.world.unkept = ()
        journal = Journal._shared.pop(self.state, None)
        if journal is not None:
            database, owner = journal._database, journal._owner
            if database._connection is not None:
                database._connection.close()
            database._connection = None
            owner._lock.release(force=True)
            owner._lock = None
        for session in self.sessions:
            scratch = session.session._flow._scratch
            scratch._lock.release(force=True)
            with suppress(OSError):
                then = EPOCH_S - LONG_AGO
                os.utime(scratch._folder, (then, then))
        self.world.graves.append(self)

    @contextmanager
    def mortal(self):
        """Do something as this kernel; a kill ends it here."""
        before, self.world.current = self.world.current, self
        self.world.inside += 1
        try:
            yield
        except Killed:
            if not self.dead:
                raise
        finally:
            self.world.inside -= 1
            self.world.current = before

    def step(self) -> bool:
        """Do one task; False if there was none, or if it was the last of this kernel's life."""
        moved = False
        with self.mortal():
            moved = self.engine.step()
        return moved and not self.dead


class World:
    """Everything that outlives a kernel, and the kernels that live.

    Attributes
    ----------
    plans, plan_excuses : Counter
        How often the gain of a set of contents was computed, and how often a kill came between
        the computation and the journal.
    ambushes : list of [kernel's number, kinds, countdown, when, action]
        What happens when a kernel passes a place for the n-th time.
    """

    def __init__(
        self, seed: int, *, fresh_ids: bool, null_after_upload: bool, clock: Clock | None = None
    ) -> None:
        self.seed = seed
        self.clock = clock or VirtualClock()
        self.offset_s = 0.0
        self.folder = Path(tempfile.mkdtemp(prefix="world-"))
        self.service = FakeService(
            self.clock.now_s, fresh_ids=fresh_ids, null_after_upload=null_after_upload
        )
        self.kills = 0
        self.plans: Counter[tuple[str, ...]] = Counter()
        self.plan_excuses: Counter[tuple[str, ...]] = Counter()
        self.unkept: tuple[str, ...] = ()
        self.ambushes: list[list] = []
        self.graves: list[Kernel] = []
        self.current: Kernel | None = None
        self.inside = 0
        self.edits = 0
        self.broken = self.service.broken
        self.files = self.folder / "files"
        self.files.mkdir()
        (self.folder / "state 0").mkdir(mode=0o700)
        (self.folder / "state 1").symlink_to(self.folder / "state 0")
        self._changes = 0
        self.patch = pytest.MonkeyPatch()
        self._patch_library()
        self.kernels = [Kernel(self, 0), Kernel(self, 1)]

    def _patch_library(self) -> None:
        patch = self.patch
        patch.setattr("yotokit.session.stages.measure", self.measure)
        patch.setattr("yotokit.session.stages.render", self.render)
        patch.setattr("yotokit.session.album.plan_album", self.plan_album)
        patch.setattr("yotokit.yoto.uploads._LOOK_PAUSE_S", 0.0)
        patch.setattr("yotokit.journal.uploads.time", SimpleNamespace(time=self.wall_s))
        for name in ("_usable_mode", "usable_mode"):
            patch.setattr(database, name, lambda folder: "WAL", raising=False)
        for name in ("write", "transaction"):
            patch.setattr(Database, name, self.around(getattr(Database, name)))

    @property
    def number_of_writers(self) -> int:
        return len({who for who, _ in self.service.writes})

    def wall_s(self) -> float:
        return EPOCH_S + self.clock.now_s() + self.offset_s

    def around(self, original: Callable) -> Callable:
        """Make each change of the journal a place where a kernel may be killed."""

        def change(database, what, values=()):
            kernel = self.current
            if kernel is not None:
                kernel.point("journal", "before")
            answer = original(database, what, values) if values else original(database, what)
            if values and len(values) == 5 and values[1] == "album":
                if database._connection is None:  # the last session was closed meanwhile
                    self.plan_excuses[self.unkept] += 1
                self.unkept = ()
            if kernel is not None:
                kernel.point("journal", "after")
            return answer

        return change

    def passing(self, kind: str, when: str) -> None:
        if self.current is not None:
            self.current.point(kind, when)

    def measure(self, path, *, progress, **_):
        self.passing("measure", "before")
        loudness = loudness_of(path)
        self.passing("measure", "after")
        progress(0.5)
        return loudness

    def render(self, path, output, gain_db, *, progress, **_):
        self.passing("render", "before")
        progress(0.5)
        data = path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        if data.decode().startswith(UNWRITABLE):
            raise UnreadableAudioError(path, "is damaged at its end; export it again")
        if abs(gain_db) < 0.1:
            rendered = Rendered(path, sha256, len(data), "audio/wav", untouched=True)
        else:
            made = rendered_bytes(sha256, gain_db)
            output.write_bytes(made)
            digest = hashlib.sha256(made).hexdigest()
            rendered = Rendered(output, digest, len(made), "audio/flac", untouched=False)
        self.passing("render", "after")
        return rendered

    def plan_album(self, parts, target):
        self.passing("album", "before")
        key = tuple(sorted(part.notes[0] for part in parts))
        with self.service.lock:
            self.plans[key] += 1
        self.unkept = key
        self.passing("album", "after")
        return plan_album(parts, target)

    def spring(self, kernel: Kernel, kind: str, when: str) -> None:
        for ambush in list(self.ambushes):
            number, kinds, _, at, action = ambush
            if number != kernel.number or kind not in kinds or at != when:
                continue
            ambush[2] -= 1
            if ambush[2] <= 0:
                self.ambushes.remove(ambush)
                before, waiting = self.current, self.ambushes
                # Not one ambush within another: a history must stay readable.
                self.ambushes = []
                try:
                    action(kernel)
                except Killed:
                    if not kernel.dead:
                        raise
                except Exception as error:
                    self.broken.append(f"in between: {error!r}")
                self.current, self.ambushes = before, waiting
                return

    def write(self, name: str, text: str) -> Path:
        """Write a file; each time with a later time of change, long ago."""
        with self.service.lock:
            self._changes += 1
            new, path = self.folder / f"new {self._changes}", self.files / name
            new.write_text(text)
            then = EPOCH_S - LONG_AGO + self._changes
            os.utime(new, (then, then))
            return new.replace(path)

    def reborn(self, number: int) -> Kernel:
        """Start a new kernel in the place of one that was killed."""
        kernel = self.kernels[number] = Kernel(self, number)
        return kernel

    def close(self) -> None:
        self.patch.undo()
        for kernel in [*self.graves, *self.kernels]:
            kernel.engine.close()
        if self.graves:
            # What a next session would sweep away, were there one.
            for folder in Path(tempfile.gettempdir()).glob("yotokit-session-*"):
                shutil.rmtree(folder, ignore_errors=True)
        self.graves.clear()
