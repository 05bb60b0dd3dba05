"""Kill kernels at random moments, and see that nothing is lost, sent twice or put on two cards.

usage: python tests/crash/killing.py [--kills N] [--seed N] [--minutes N] [--log FILE] ...

A round is a fresh card: its kernels are killed with SIGKILL and started again until one comes to
its end, and once more after that. Then the service must hold exactly one card of the title, with
all files in their order, and must have taken no bytes twice. All rounds share one account and one
state folder, and several run at once. Which files a round has and when its kernels are to be
killed follows from seed and number: `--seed 7 --first 42 --rounds 1` is round 42 once more. Where
a kill hits does not, since that is a matter of microseconds; the log says where it did.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kernels import Nursery
from rounds import Round, play
from service import Place

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Report:
    """What became of all rounds.

    Attributes
    ----------
    rounds, runs, kills, hits : int, int, int, Counter
        How many there were, and where the kills hit; one after the end of its run is none.
    findings : list of str
        What should not have happened.
    repeated_puts, card_creates : int
        What the service counted.
    left_behind : int
        Temporary folders after a last run on its own, when no other kernel was alive.
    seconds : float
        How long it took.
    """

    rounds: int = 0
    runs: int = 0
    kills: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    repeated_puts: int = 0
    card_creates: int = 0
    left_behind: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        told = ", ".join(f"{where} {count}" for where, count in self.hits.most_common())
        return (
            f"{self.kills} kills in {self.rounds} rounds and {self.runs} runs, "
            f"{self.kills / self.seconds * 60:.0f} kills a minute\nwhere they hit: {told}\n"
            f"{self.card_creates} cards, {self.repeated_puts} repeated uploads, "
            f"{self.left_behind} temporary folders left behind, {len(self.findings)} findings"
        )


@dataclass
class Harness:
    """The loop: several lanes that take one round after another.

    Attributes
    ----------
    kills, minutes : int, float
        Begin no further round after so many.
    seed, first, rounds : int
        Which rounds; as many as it takes by default.
    fresh_every : int
        About every so many runs is an interpreter of its own and not a fork; 0 for none.
    lanes : int
        Rounds at once.
    tell : callable
        Called with a line for each round.
    """

    kills: int = 100
    minutes: float = 10.0
    seed: int = 1
    first: int = 1
    rounds: int = sys.maxsize
    fresh_every: int = 10
    lanes: int = 2
    tell: Callable[[str], object] = lambda line: None

    def run(self, place: Place) -> Report:
        """Play the rounds at a place, and say what became of them."""
        self._begin, self._next, self._lock = time.monotonic(), self.first, threading.Lock()
        self._report, self._place = Report(), place
        lanes = [
            threading.Thread(target=self._guarded, args=(self._lane,), name=f"lane-{n}")
            for n in range(self.lanes)
        ]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
        self._guarded(self._last_run)
        self._report.seconds = time.monotonic() - self._begin
        return self._report

    def _lane(self) -> None:
        with Nursery(self._place.environment) as nursery:
            while (number := self._take()) is not None:
                one = Round(self.seed, number, self._place.folder / "files", self.fresh_every)
                play(one, nursery.run, self._place)
                self._note(one)
                shutil.rmtree(one.folder / one.tag)

    def _guarded(self, call: Callable[[], None]) -> None:
        """Call a function; that it failed is a finding, whoever is to blame."""
        try:
            call()
        except Exception:
            with self._lock:
                self._report.findings.append(f"the harness failed: {traceback.format_exc()}")

    def _take(self) -> int | None:
        with self._lock:
            late = time.monotonic() - self._begin > 60 * self.minutes
            enough = self._report.kills >= self.kills or self._next - self.first >= self.rounds
            if late or enough:
                return None
            self._next += 1
            return self._next - 1

    def _note(self, one: Round) -> None:
        """Count a round, and take its card off the account, which keeps listings short."""
        left = len(self._place.left_behind())
        for card in self._place.cards(one.title):
            self._place.delete(card["cardId"])
        with self._lock:
            report = self._report
            report.rounds += 1
            report.runs += len(one.runs)
            report.kills += one.kills
            report.hits.update(run.where for run in one.runs if run.died)
            report.findings += [f"round {one.number}: {finding}" for finding in one.findings]
            self.tell(one.line(left))

    def _last_run(self) -> None:
        """Run one more script to its end, with no other kernel alive, and count what is left."""
        last = Round(self.seed, 0, self._place.folder / "files", fresh_every=1)
        self._place.age()
        with Nursery(self._place.environment) as nursery:
            last.note(nursery.run(last.order(to_the_end=True)), self._place)
        last.check(self._place)
        report, counters = self._report, self._place.counters()
        report.findings += [f"the last run: {finding}" for finding in last.findings]
        report.left_behind = len(self._place.left_behind())
        report.repeated_puts = counters["repeated_puts"]
        report.card_creates = counters["card_creates"]
        if counters["card_creates"] != report.rounds + 1:
            report.findings.append(f"{counters['card_creates']} cards for {report.rounds + 1}")
        again = sum("was sent again" in finding for finding in report.findings)
        if counters["repeated_puts"] > again:
            report.findings.append(f"{counters['repeated_puts']} repeated uploads, {again} known")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=10_000, help="how many")
    parser.add_argument("--minutes", type=float, default=120.0, help="begin no round after that")
    parser.add_argument("--seed", type=int, default=1, help="of all rounds")
    parser.add_argument("--first", type=int, default=1, help="number of the first round")
    parser.add_argument("--rounds", type=int, default=sys.maxsize, help="how many at most")
    parser.add_argument("--fresh-every", type=int, default=10, help="0: fork all kernels")
    parser.add_argument("--lanes", type=int, default=2, help="rounds at once")
    parser.add_argument("--log", type=Path, help="write the line of each round there, too")
    asked = vars(parser.parse_args())
    log = asked.pop("log")

    def tell(line: object) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        if log is not None:
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")

    with tempfile.TemporaryDirectory(prefix="killing-") as folder, Place(Path(folder)) as place:
        tell(report := Harness(**asked, tell=tell).run(place))
    return bool(report.findings)


if __name__ == "__main__":
    sys.exit(main())
