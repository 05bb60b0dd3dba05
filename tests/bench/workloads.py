"""The world in which the designs are compared: what a file costs, scaled down in time.

Nothing is computed or sent: a stage sleeps for as long as it would take. What limits the true
thing limits the model, for each design alike: so many cores, so many uploads at once if the uplink
is narrow, and a service that takes its time. All times are those of the model, unless they are
called wall times; `World.factor` lies between them.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

# As in yotokit.session.stages: soon at first, then ever less often.
FIRST_POLL_S, POLL_GROWTH, LONGEST_POLL_S = 0.5, 1.4, 5.0


@dataclass(frozen=True)
class Costs:
    """What one file takes, and the write of the playlist at the end of a session.

    Attributes
    ----------
    normalize_s : float
        Of a core; half of it to measure, half to render.
    upload_s, poll_s, playlist_s : float
        Of a thread that waits for the network.
    transcode_s : float
        Of the service's, after the upload. It holds nothing here.
    """

    transcode_s: float
    normalize_s: float = 5.0
    upload_s: float = 10.0
    poll_s: float = 0.1
    playlist_s: float = 1.0


class File:
    """One file on its way."""

    __slots__ = ("costs", "polls", "ready_at_s", "session")

    def __init__(self, session: "Session") -> None:
        self.costs = session.costs
        self.session = session
        self.ready_at_s = 0.0
        self.polls = 0

    def pause_s(self) -> float:
        """Return how long to leave the service alone before the next poll."""
        pause_s = min(FIRST_POLL_S * POLL_GROWTH**self.polls, LONGEST_POLL_S)
        self.polls += 1
        return pause_s


class World:
    """What all sessions share, whatever the design: the cores, the uplink, the clock.

    Parameters
    ----------
    factor : float
        How many times faster than life.
    cores : int
        Files that can be computed on at once.
    uplink : int or None
        Uploads that the uplink carries at once, each at full speed; None for any number.
    """

    def __init__(self, factor: float, *, cores: int = 2, uplink: int | None = None) -> None:
        self.factor = factor
        self.cores = cores
        self._core = threading.Semaphore(cores)
        self._uplink = threading.Semaphore(uplink) if uplink else nullcontext()
        self._begin = time.perf_counter()

    def now_s(self) -> float:
        """Return the model's time."""
        return (time.perf_counter() - self._begin) * self.factor

    def spend(self, duration_s: float) -> None:
        """Let time pass; none at all costs not even a system call."""
        if duration_s > 0:
            time.sleep(duration_s / self.factor)

    def compute(self, duration_s: float) -> None:
        """Have a core for a while."""
        with self._core:
            self.spend(duration_s)

    def upload(self, file: File) -> None:
        """Send a file; the service begins with it when it has it all."""
        with self._uplink:
            self.spend(file.costs.upload_s)
        file.ready_at_s = self.now_s() + file.costs.transcode_s

    def poll(self, file: File) -> bool:
        """Ask the service once whether it has finished with a file."""
        self.spend(file.costs.poll_s)
        return self.now_s() >= file.ready_at_s


class Session:
    """A user's session: so many files, and one playlist when the last of them is done."""

    def __init__(self, world: World, costs: Costs, files: int) -> None:
        self.costs = costs
        self.files = files
        self.began_s = world.now_s()
        self.file_ends_s: list[float] = []
        self.ended_s = 0.0
        self.over = threading.Event()
        self._world = world
        self._lock = threading.Lock()

    def file_done(self) -> bool:
        """Note that a file is done; return whether it was the last."""
        with self._lock:
            self.file_ends_s.append(self._world.now_s())
            return len(self.file_ends_s) == self.files

    def write_playlist(self) -> None:
        """Do the last piece of work of the session."""
        self._world.spend(self.costs.playlist_s)
        self.ended_s = self._world.now_s()
        self.over.set()

    @property
    def took_s(self) -> float:
        """Return the time from its submission to its playlist."""
        return self.ended_s - self.began_s


class Design:
    """A way to organise the work; a subclass each."""

    name = ""

    def __init__(self, world: World) -> None:
        self.world = world

    def submit(self, costs: Costs, files: int) -> Session:
        """Begin a session with so many files, and return at once."""
        raise NotImplementedError

    def close(self) -> None:
        """Leave what has not begun, and wait for what has."""
        raise NotImplementedError


@contextmanager
def running(design: type[Design], world: World) -> Iterator[Design]:
    """Have a design at work, and leave none of its threads behind."""
    running_design = design(world)
    try:
        yield running_design
    finally:
        running_design.close()


def sleep_overrun_us(wall_s: float, times: int = 50) -> float:
    """Return by how much a sleep is too long on this machine, on average."""
    begin = time.perf_counter()
    for _ in range(times):
        time.sleep(wall_s)
    return ((time.perf_counter() - begin) / times - wall_s) * 1e6
