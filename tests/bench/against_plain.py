"""Throughput, first file and small sessions: the staged engine beside the plain designs."""

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from machine import number, print_table
from plain_design import OneQueue, QueuePerSession
from staged_design import Staged
from workloads import Costs, Design, World, running

DESIGNS: tuple[type[Design], ...] = (Staged, OneQueue, QueuePerSession)
SESSIONS = (1, 2, 10)
SMALL_SESSION = 3  # files of the last session, where there are several
NOISE = 0.05  # a ratio that is off by so much is none
LONG_TIMES = 8.0  # what is claimed where the transcode is long
ONCE_S = 2.0  # a run of so much wall time averages over itself: once is enough
HEADER = (
    *("transcode s", "sessions", "design", "files/s", "first s", "small s", "makespan s"),
    *("files/s: ours / it", "first: ours / it", "small: ours / it"),
)


@dataclass(frozen=True)
class Row:
    """What is compared: a transcode's time, and how many files are sped up how many times."""

    transcode_s: float
    files: int
    factor: float
    is_long: bool = False


@dataclass(frozen=True)
class Result:
    """What a run came to, in the model's seconds; none for a small session where all are alike."""

    files_per_s: float
    first_s: float
    small_s: float | None
    makespan_s: float


ROWS = (
    Row(0.0, 100, 400.0),
    Row(15.0, 100, 400.0),
    Row(30.0, 100, 400.0),
    # Here all files are asked about at once: what the engine itself takes must stay small.
    Row(300.0, 64, 300.0, is_long=True),
)
QUICK_ROWS = (Row(0.0, 40, 400.0), Row(15.0, 40, 400.0), Row(300.0, 40, 400.0, is_long=True))
Results = dict[type[Design], Result]


def sizes(files: int, sessions: int) -> list[int]:
    """Return how many files each session has: the last is a small one, and comes last."""
    if sessions == 1:
        return [files]
    share, rest = divmod(files - SMALL_SESSION, sessions - 1)
    return [*(share + (place < rest) for place in range(sessions - 1)), SMALL_SESSION]


def run(design: type[Design], row: Row, sessions: int, uplink: int | None) -> Result:
    """Submit all sessions at once, and wait for the last."""
    world, costs = World(row.factor, uplink=uplink), Costs(row.transcode_s)
    with running(design, world) as work:
        handles = [work.submit(costs, files) for files in sizes(row.files, sessions)]
        for session in handles:
            session.over.wait()
    begin_s = handles[0].began_s
    makespan_s = max(session.ended_s for session in handles) - begin_s
    return Result(
        row.files / makespan_s,
        min(session.file_ends_s[0] for session in handles) - begin_s,
        handles[-1].took_s if sessions > 1 else None,
        makespan_s,
    )


def medians(results: Sequence[Result]) -> Result:
    """Return the median of each figure."""
    columns = zip(*map(astuple, results), strict=True)
    return Result(*(None if None in column else statistics.median(column) for column in columns))


def compare(row: Row, sessions: int, rounds: int, uplink: int | None) -> Results:
    """Run the designs in turn, several times; return the medians."""
    # With one session the two plain designs are the same.
    designs = DESIGNS if sessions > 1 else DESIGNS[:2]
    runs: dict[type[Design], list[Result]] = {design: [] for design in designs}
    for _, design in itertools.product(range(rounds), designs):
        done = runs[design]
        if not done or done[0].makespan_s / row.factor < ONCE_S:
            done.append(run(design, row, sessions, uplink))
    return {design: medians(results) for design, results in runs.items()}


def ratio(ours: float | None, theirs: float | None) -> float | None:
    """Divide, where both are known."""
    return None if ours is None or theirs is None else ours / theirs


def show(row: Row, sessions: int, results: Results) -> list[tuple[str, ...]]:
    """Return the lines of a table."""
    ours, lines = results[Staged], []
    for design, its in results.items():
        ratios = (
            ratio(ours.files_per_s, its.files_per_s),
            ratio(ours.first_s, its.first_s),
            ratio(ours.small_s, its.small_s),
        )
        lines.append(
            (
                *(number(row.transcode_s, 0), str(sessions), design.name),
                *(number(its.files_per_s, 3), number(its.first_s, 1)),
                *(number(its.small_s, 1), number(its.makespan_s, 0)),
                *map(number, ratios if design is not Staged else (None,) * 3),
            )
        )
    return lines


def judge(all_results: dict[tuple[Row, int], Results]) -> None:
    """Print what is claimed against each plain design, and whether it holds."""
    for design in (OneQueue, QueuePerSession):
        pairs = {
            f"transcode {row.transcode_s:g} s, sessions: {sessions}": (row, results)
            for (row, sessions), results in all_results.items()
            if design in results
        }
        faster, first, at_length = {}, {}, {}
        for place, (row, results) in pairs.items():
            faster[place] = results[Staged].files_per_s / results[design].files_per_s
            first[place] = results[Staged].first_s / results[design].first_s
            if row.is_long:
                at_length[place] = faster[place]
        verdict(design, "files/s never lower, x", faster, at_least=1 - NOISE)
        verdict(design, "files/s at a long transcode, x", at_length, at_least=LONG_TIMES)
        verdict(design, "first file no later, x", first, at_most=1 + NOISE)
    print(flush=True)


def verdict(
    design: type[Design],
    claim: str,
    ratios: dict[str, float],
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> None:
    """Print whether a claim holds at the place where it holds least."""
    if at_least is not None:
        place = min(ratios, key=ratios.__getitem__)
        holds, bound = ratios[place] >= at_least, f">= {at_least:g}"
    else:
        place = max(ratios, key=ratios.__getitem__)
        holds, bound = ratios[place] <= at_most, f"<= {at_most:g}"
    print(
        f"{'PASS' if holds else 'FAIL'}  beside {design.name}: {claim} {bound}: "
        f"{ratios[place]:.2f} at worst ({place})"
    )


def against_plain(rows: Sequence[Row], rounds: int, uplink: int | None) -> None:
    """Print the table of this question, and the verdicts."""
    print("Against the plain designs: throughput, first file, small sessions")
    for row in rows:
        print(f"transcode {row.transcode_s:g} s: {row.files} files, time / {row.factor:g}")
    print(f"of several sessions the last has {SMALL_SESSION} files; all are submitted at once\n")
    lines, all_results = [], {}
    for row, sessions in itertools.product(rows, SESSIONS):
        results = all_results[row, sessions] = compare(row, sessions, rounds, uplink)
        lines += show(row, sessions, results)
    print_table(HEADER, lines, words=3)
    judge(all_results)
