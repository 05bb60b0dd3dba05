"""Random operations from several threads on several sessions, and what must hold at the end."""

from __future__ import annotations

import os
import shutil
import threading
import time
from concurrent.futures import wait
from random import Random

import pytest
from session.fake_service import FAULTS, KINDS
from session.mirrors import Mirror
from session.worlds import CONTENTS, NAMES, Kernel, World

from yotokit.engine import FINAL_STATES, Engine
from yotokit.engine.clock import MonotonicClock
from yotokit.errors import (
    InputError,
    SessionClosedError,
    SettingError,
    YotokitError,
)
from yotokit.journal import Journal

THREADS, SESSIONS = 4, 3
OPERATIONS = int(os.environ.get("YOTOKIT_STORM", "60"))
PATIENCE_S = 60.0
# Pauses of the library, shortened; the list of cards lags for less than it is looked at.
PAUSES = {
    "session.transcoding._FIRST_POLL_S": 0.002,
    "session.transcoding._LONGEST_POLL_S": 0.02,
    "session.transcoding._LEAST_BUDGET_S": 0.3,
    "session.delivery._CLAIMED_ELSEWHERE_S": 0.005,
    "session.patience.FIRST_PAUSE_S": 0.005,
    "session.publishing._TAKEN_S": 0.005,
    "session.patience.LONGEST_PAUSE_S": 0.02,
    "session.finder._LOOKS_S": (0.05, 0.1, 0.2),
    "session.cards._LOOK_S": 0.05,
}
LAGS_S = [0.0, 0.05, 0.2]


class Storm:
    """Sessions of one title in one kernel, and threads that do to them what comes to mind."""

    def __init__(self, seed: int, normalize: str, engine: Engine) -> None:
        self.random = Random(seed)
        self.normalize = normalize
        self.world = World(
            seed,
            fresh_ids=seed % 2 == 0,
            null_after_upload=seed % 3 == 0,
            clock=MonotonicClock(),
        )
        for name, value in PAUSES.items():
            self.world.patch.setattr(f"yotokit.{name}", value)
        for n, name in enumerate(NAMES):
            self.world.write(name, CONTENTS[n % 5])
        self.kernel = Kernel(self.world, 0, engine)
        self.lock = threading.Lock()
        self.numbers = iter(range(1, 1_000))
        self.mirrors = [self.open() for _ in range(SESSIONS)]
        self.all = list(self.mirrors)
        self.unexpected: list[Exception] = []

    def open(self) -> Mirror:
        one = Mirror(self.kernel, "Bedtime", self.normalize, f"s{next(self.numbers)}")
        one.client.point = lambda kind, when: time.sleep(0.0005)
        one.open()
        return one

    def rage(self, number: int) -> None:
        random = Random(f"{self.world.seed}/{number}")
        for _ in range(OPERATIONS):
            one = random.choice(self.mirrors)
            try:
                self.operate(one, random)
            except (SessionClosedError, InputError):
                pass  # another thread has closed it, or is writing the file
            except Exception as error:
                self.unexpected.append(error)
                raise
            time.sleep(random.choice([0.0, 0.0, 0.001, 0.01]))

    def operate(self, one: Mirror, random: Random) -> None:  # noqa: C901, PLR0912 - a list
        session, service = one.session, self.world.service
        jobs = session.jobs
        job = random.choice(jobs) if jobs else None
        paths = [self.world.files / name for name in random.sample(NAMES, random.randint(1, 3))]
        what = random.randrange(24)
        if what < 5:
            session.submit(paths)
        elif what == 5:
            session.submit(paths[0], title=random.choice(["Owl", "Night"]))
        elif what == 6:
            self.world.write(random.choice(NAMES), random.choice(CONTENTS))
            session.submit(paths)
        elif what == 7:
            session.retry()
        elif what == 8:
            session.pause()
            time.sleep(0.005)
            session.unpause()
        elif what == 9:
            service.faults.append((random.choice(KINDS), random.choice(PASSING)))
        elif what == 10:
            service.next_transcode.append(random.choice(["error", "slow", "never"]))
        elif what == 11:
            service.forget_an_upload(random.randrange(8))
        elif what == 12:
            service.record_lag, service.list_lag_s = random.randrange(4), random.choice(LAGS_S)
        elif what == 13:
            self.world.edits += service.edit("Bedtime")
        elif what == 14:
            self.world.offset_s += random.choice([30.0, 120.0])
        elif what == 15 and random.random() < 0.3:
            session.cancel()
        elif what == 16 and random.random() < 0.3:
            self.replace(one)
        elif what < 20:
            self.finalize(one, random)
        elif job is not None:
            self.steer(session, job, random)

    @staticmethod
    def steer(session, job, random: Random) -> None:
        what = random.randrange(4)
        try:
            if what == 0:
                job.cancel()
            elif what == 1:
                job.retry()
            elif what == 2:
                session.move(job, random.randint(1, 6))
            else:
                session.remove(job)
        except SettingError:
            pass  # another thread has removed it

    def finalize(self, one: Mirror, random: Random) -> None:
        self.world.edits += 1  # other threads' sessions write the same card meanwhile
        try:
            future = one.session.begin_finalize(random.choice(["publish", "publish", "raise"]))
        except SettingError:
            return  # another way to do so is under way
        one.futures.append(future)
        if random.random() < 0.5:
            try:
                future.result(PATIENCE_S)
            except TimeoutError:
                raise
            except YotokitError:
                pass

    def replace(self, one: Mirror) -> None:
        """Close a session, in the middle of whatever it does, and begin another one."""
        with self.lock:
            if one in self.mirrors:
                new = self.open()
                self.all.append(new)
                self.mirrors[self.mirrors.index(one)] = new
                one.session.close()

    def run(self) -> None:
        threads = [threading.Thread(target=self.rage, args=(n,)) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(2 * PATIENCE_S)
        assert not any(thread.is_alive() for thread in threads), "an operation hangs"
        assert self.unexpected == []
        self.world.service.calm()
        self.world.offset_s += 3_600.0
        for one in self.mirrors:
            assert one.session.wait(PATIENCE_S)
        for one in self.mirrors:
            self.finish(one)
        self.check()

    def finish(self, one: Mirror) -> None:
        session = one.session
        wait(one.futures, PATIENCE_S)
        for _ in range(3):
            if session.jobs:
                session.submit([job.path for job in session.jobs])
            session.retry()
            future = session.begin_finalize(overwrite=True)
            try:
                report = future.result(PATIENCE_S)
            except YotokitError:
                report = None
        one.order = [job.path for job in session.jobs]
        good = [path for path in one.order if path.read_text().startswith("sound ")]
        assert bool(good) == (report is not None)
        if report is not None:
            one.check_end(report)
            writes = one.writes
            assert not session.finalize().written
            assert one.writes == writes

    def check(self) -> None:
        world, service = self.world, self.world.service
        assert world.broken == []
        for one in self.all:
            assert all(future.done() for future in one.futures)
            assert {job.state for job in one.session.jobs} <= FINAL_STATES
        for one in self.mirrors:
            folder = one.session._flow._scratch._folder
            assert {path.name for path in folder.glob("*")} <= {".lock"}
        again = {d: n for d, n in service.completed.items() if n > 1 + service.excuses[d]}
        assert again == {}
        assert service.created["Bedtime"] <= 1
        # Sessions that come to the same set at the same moment may each compute its gain.
        assert not {key: n for key, n in world.plans.items() if n > SESSIONS}
        snapshot = self.kernel.engine.snapshot()
        assert snapshot.slots_free == snapshot.slots
        (journal,) = Journal._shared.values()
        rows = journal._database._connection.execute("SELECT what FROM claim").fetchall()
        assert rows == []

    def close(self) -> None:
        for one in self.all:
            one.session.close()
        self.kernel.engine.close()
        self.world.close()
        shutil.rmtree(self.world.folder)


PASSING = sorted(FAULTS.keys() - {"403"})


@pytest.mark.parametrize("normalize", ["track", "album"])
@pytest.mark.parametrize("workers", [(2, 4), (1, 1)], ids=["threads", "one worker per lane"])
@pytest.mark.parametrize("seed", range(int(os.environ.get("YOTOKIT_STORMS", "2"))))
def test_whatever_threads_do_to_sessions_at_once_all_comes_to_one_end(seed, workers, normalize):
    cpu, net = workers
    storm = Storm(seed, normalize, Engine(cpu_workers=cpu, net_workers=net, slots=net))
    try:
        storm.run()
    finally:
        storm.close()
