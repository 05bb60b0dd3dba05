"""How long a small session takes behind a large one, and how long alone."""

import itertools
import statistics
import time
from dataclasses import dataclass

from against_plain import DESIGNS
from machine import number, print_table
from plain_design import OneQueue
from staged_design import Staged
from workloads import Costs, Design, World, running

CLAIMED_TIMES = 2.0
SMALL_FILES = (1, 3)
LEAD_S = 60.0  # how much later the small session comes: all queues are full by then
LEAD_STEP_S = 1.7  # and in each round a little more, to find the workers at other moments
FACTOR = 400.0
HEADER = (
    *("work", "small session", "design", "alone s", "behind s", "longest s"),
    *("behind / alone", "longest / alone"),
)


SONG = Costs(15.0)


@dataclass(frozen=True)
class Load:
    """What the files of the small session and of the large one cost.

    Attributes
    ----------
    share : float
        How much of the usual number of files the large one has: for what is long in itself.
    """

    name: str
    small: Costs
    large: Costs
    share: float = 1.0


LOADS = (
    Load("songs: cores and uploads full", SONG, SONG),
    Load("slow cores: cores full", *[Costs(15.0, normalize_s=10.0)] * 2),
    # Here every slot is taken by a rendered file that waits for its upload.
    Load("fast cores: uploads and slots full", *[Costs(15.0, normalize_s=1.0)] * 2),
    Load("songs behind chapters of half an hour", SONG, Costs(60.0, 20.0, 60.0), share=0.25),
)


def small_session_s(
    design: type[Design], load: Load, files: int, ahead: int, lead_s: float
) -> float:
    """Return how long a session of so many files takes behind one that has so many ahead of it."""
    world = World(FACTOR)
    with running(design, world) as work:
        if ahead:
            work.submit(load.large, ahead)
            time.sleep(lead_s / FACTOR)
        session = work.submit(load.small, files)
        session.over.wait()
    return session.took_s


def compare(
    design: type[Design], load: Load, files: int, ahead: int, rounds: int
) -> tuple[float, float, float]:
    """Return its median time alone, and its median and its longest behind the other."""
    # Behind one queue it waits for all of it, for seconds of wall time, and hardly scatters.
    places = range(1 if design is OneQueue else rounds)
    alone = [small_session_s(design, load, files, 0, 0.0) for _ in range(rounds)]
    behind = [
        small_session_s(design, load, files, ahead, LEAD_S + place * LEAD_STEP_S)
        for place in places
    ]
    return statistics.median(alone), statistics.median(behind), max(behind)


def fairness(rounds: int, ahead: int) -> None:
    """Print the table of this question, and the verdict."""
    print(f"Fairness: a small session, alone, and a minute and more after one of {ahead} files")
    print(f"time / {FACTOR:g}, {rounds} rounds\n")
    lines, ratios = [], {}
    for load, files, design in itertools.product(LOADS, SMALL_FILES, DESIGNS):
        if design is OneQueue and files != SMALL_FILES[0]:
            continue  # It would wait as long again, and so would we.
        large_files = round(ahead * load.share)
        alone_s, behind_s, longest_s = compare(design, load, files, large_files, rounds)
        what = f"{files} behind {large_files} files"
        numbers = (alone_s, behind_s, longest_s)
        times = map(number, (behind_s / alone_s, longest_s / alone_s))
        lines.append((load.name, what, design.name, *(number(n, 1) for n in numbers), *times))
        if design is Staged:
            ratios[f"{load.name}, {what}"] = behind_s / alone_s
    print_table(HEADER, lines, words=3)
    judge(ratios)


def judge(ratios: dict[str, float]) -> None:
    """Print whether the claim holds where it holds least."""
    place = max(ratios, key=ratios.__getitem__)
    print(
        f"{'PASS' if ratios[place] <= CLAIMED_TIMES else 'FAIL'}  {Staged.name}: a small session "
        f"takes <= {CLAIMED_TIMES:g} times as long behind a large one (medians): "
        f"{ratios[place]:.2f} at worst ({place})\n",
        flush=True,
    )
