"""What staging gains: yotokit's engine beside the plain ways to normalize and upload many files.

usage: python tests/bench/queueing.py [--quick] [--rounds 3] [--uplink N]
                                      [--only plain fairness overhead memory bounds]

One table for each question, with what is claimed and whether it holds: PASS or FAIL; nothing is
asserted. Where it says "time / 400", stages sleep for as long as the true ones take, 400 times
faster than life, and the table is in the seconds of life. Two files can be computed on at once, for
every design. Uploads do not slow each other down unless `--uplink` says how many fit at once.

The designs:
yotokit.engine               2 workers compute, 4 talk to the service; stages of files take turns
plain, one queue             4 threads; each takes a file and does it from its start to its end
plain, 4 threads a session   the same, but each session brings its own, so 10 have 40
"""

import argparse

from against_plain import QUICK_ROWS, ROWS, against_plain
from bounds import bounds
from fairness import fairness
from machine import number, print_head
from overhead import memory, overhead
from workloads import sleep_overrun_us

PACKAGES = ("yotokit",)
SLEEP_S = 0.0025  # as an upload's 1 s, 400 times faster


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer files, once: to try it out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--uplink", type=int, metavar="N", help="uploads that fit at once")
    names = ("plain", "fairness", "overhead", "memory", "bounds")
    parser.add_argument("--only", nargs="+", choices=names, default=list(names))
    return parser.parse_args()


def main() -> None:
    """Ask each question in turn."""
    options = arguments()
    quick, rounds = options.quick, 1 if options.quick else options.rounds
    questions = {
        "plain": lambda: against_plain(QUICK_ROWS if quick else ROWS, rounds, options.uplink),
        "fairness": lambda: fairness(3 * rounds, 100 if quick else 400),
        "overhead": lambda: overhead(rounds, 20_000 if quick else 100_000),
        "memory": lambda: memory(20_000 if quick else 100_000),
        "bounds": lambda: bounds(rounds),
    }
    print_head(PACKAGES)
    print(__doc__.partition("The designs:\n")[2])
    overrun_us = sleep_overrun_us(SLEEP_S)
    print(f"a sleep of {SLEEP_S * 1e3:g} ms takes {number(overrun_us, 0)} us more here\n")
    for name in options.only:
        questions[name]()


if __name__ == "__main__":
    main()
