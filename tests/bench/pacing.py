"""How exact the time left is, on simulated sessions: of each load the factor that it was off by.

usage: python tests/bench/pacing.py [--seeds 5]

Queues, turns and slots are the engine's own, on a clock that jumps; what files, workers and the
service take is made up. Each load is run alone and beside another session of the same kind. What is
printed is the largest factor of all runs, after a quarter, a half and three quarters of the time;
"untold" where a run had no estimate by then.
"""

import argparse
import sys
from pathlib import Path

from machine import print_head, print_table

sys.path.insert(0, str(Path(__file__).parents[1]))

PARTS = ("after 25 %", "50 %", "75 %")
UNTOLD = 1e6


def errors_of(files, seed: int) -> list[list[float]]:
    from session.loads import Watched

    found = []
    for others in ((), files(seed + 100)):
        watched = Watched(files(seed), others=others)
        watched.go_on()
        found.append(watched.errors())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    seeds = range(parser.parse_args().seeds)
    from session.loads import LOADS

    print_head(("yotokit",))
    rows = []
    for load, (files, _) in LOADS.items():
        runs = [errors for seed in seeds for errors in errors_of(files, seed)]
        largest = [max(part) for part in zip(*runs, strict=True)]
        rows.append([load, *("untold" if one > UNTOLD else f"{one:.1f}" for one in largest)])
    print_table(("load", *PARTS), rows)


if __name__ == "__main__":
    main()
