"""How near the engine comes to the least time that its slowest lane allows."""

import math
import statistics
from dataclasses import dataclass

from machine import number, print_table
from staged_design import NET_WORKERS, Staged
from workloads import Costs, World, running

CLAIMED_SHARE = 0.9
HEADER = ("bound by", "files", "time /", "cores s", "uploads s", "least s", "took s", "share")


@dataclass(frozen=True)
class Load:
    """What one part of the machinery bounds.

    Attributes
    ----------
    factor : float
        How many times faster than life; less where the engine has more to do.
    """

    name: str
    costs: Costs
    files: int
    factor: float

    def cores_s(self, cores: int) -> float:
        """Return the least time if only the cores were scarce: the last file goes on alone."""
        computing_s = self.costs.normalize_s * self.files / min(cores, self.files)
        return computing_s + self.costs.upload_s + self._after_upload_s()

    def uploads_s(self) -> float:
        """Return the least time if only the uploads were: the first file has to get there."""
        turns = math.ceil(self.files / NET_WORKERS)
        return self.costs.normalize_s + self.costs.upload_s * turns + self._after_upload_s()

    def least_s(self, cores: int) -> float:
        """Return a time below which nothing can be, with so many workers."""
        return max(self.cores_s(cores), self.uploads_s())

    def _after_upload_s(self) -> float:
        # One poll has to be: the one that is told that the file is ready.
        return self.costs.transcode_s + self.costs.poll_s + self.costs.playlist_s


LOADS = (
    Load("cores", Costs(2.0, normalize_s=10.0, upload_s=4.0), 80, 400.0),
    Load("uploads", Costs(2.0, normalize_s=1.0, upload_s=10.0), 160, 400.0),
    Load("uploads, long transcode", Costs(60.0, normalize_s=1.0, upload_s=10.0), 240, 250.0),
    Load("the service", Costs(300.0), 24, 250.0),
)


def took_s(load: Load) -> tuple[float, int]:
    """Return how long one session of the load takes, and how many cores it had."""
    world = World(load.factor)
    with running(Staged, world) as work:
        session = work.submit(load.costs, load.files)
        session.over.wait()
    return session.took_s, world.cores


def bounds(rounds: int) -> None:
    """Print the table of this question, and the verdict."""
    print(f"Bounds: the least time that the lanes allow, by the time it took; {rounds} rounds\n")
    lines, shares = [], {}
    for load in LOADS:
        runs = [took_s(load) for _ in range(rounds)]
        cores, median_s = runs[0][1], statistics.median(run_s for run_s, _ in runs)
        least_s = load.least_s(cores)
        shares[load.name] = least_s / median_s
        lines.append(
            (
                *(load.name, str(load.files), f"{load.factor:g}"),
                *(number(load.cores_s(cores), 0), number(load.uploads_s(), 0)),
                *(number(least_s, 0), number(median_s, 0), number(shares[load.name], 3)),
            )
        )
    print_table(HEADER, lines)
    place = min(shares, key=shares.__getitem__)
    print(
        f"{'PASS' if shares[place] >= CLAIMED_SHARE else 'FAIL'}  {Staged.name}: throughput is "
        f">= {CLAIMED_SHARE:.0%} of what the slowest lane allows: "
        f"{shares[place]:.1%} at worst ({place})\n",
        flush=True,
    )
