"""Damage small audio files in many ways, and see that `yotokit.measure` answers each of them.

usage: python tests/fuzz/mutate.py [--count N] [--seed FIRST] [--formats NAME,...] [--keep FOLDER]

A mutant is made from its format and its number alone, so a finding can be had again:
`--formats wav --seed 4711 --count 1`. An answer is either a result whose numbers are numbers, or
a YotokitError, in time and in bounded memory. Mutants run in processes of their own, which take
one after the other and write a line for each: the first one without a line is the one that
crashed or hung. The formats take turns.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from damage import mutant
from seeds import FFMPEG_SEEDS, SEEDS, seeds, suffix_of

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH = 1000  # mutants for one process
STUCK_S = 30.0  # without a line
STARTING_S = 120.0
OUTCOMES = ("measured", "refused", "crashed", "hung", "wrong")
JUDGE = [sys.executable, "-W", "error", str(Path(__file__).with_name("judge.py"))]


class Batch:
    """A range of mutants, and the process that measures them."""

    def __init__(self, folder: Path, names: list[str], first: int, stop: int) -> None:
        self._folder, self._names, self._next, self._stop = folder, names, first, stop
        self._start()

    def _start(self) -> None:
        sink, path = tempfile.mkstemp(dir=self._folder)
        self._answers, self._unfinished = Path(path).open("rb"), b""  # noqa: SIM115 - see close
        with os.fdopen(sink, "wb") as stdout:
            self._process = subprocess.Popen(
                [*JUDGE, self._folder, ",".join(self._names), str(self._next), str(self._stop)],
                stdout=stdout,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            )
        self._patience_until = time.monotonic() + STARTING_S

    def news(self) -> list[tuple[int, str, str]]:
        """Return number, outcome and remark of what was done since the last call."""
        dead = self._process.poll()
        *lines, self._unfinished = (self._unfinished + self._answers.read()).split(b"\n")
        found = []
        for line in lines:
            found.append((self._next, *json.loads(line)))
            self._next += 1
            self._patience_until = time.monotonic() + STUCK_S
        if self._next < self._stop:
            if dead is not None:
                found.append(self._go_on_behind("crashed", f"exit code {dead}"))
            elif time.monotonic() > self._patience_until:
                found.append(self._go_on_behind("hung", "no answer"))
        return found

    def _go_on_behind(self, outcome: str, told: str) -> tuple[int, str, str]:
        """Leave out the mutant that ended the process."""
        self.close()
        culprit, self._next = self._next, self._next + 1
        if not self.finished:
            self._start()
        return culprit, outcome, told

    @property
    def finished(self) -> bool:
        return self._next >= self._stop

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._answers.close()


@dataclass
class Report:
    """What became of the mutants.

    Attributes
    ----------
    counts : dict
        By format, how many came to which of the `OUTCOMES`.
    findings : list of str
        A line for each crash, hang and wrong answer.
    seconds : float
        How long it took.
    """

    counts: dict[str, Counter[str]]
    findings: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        total = sum(count.total() for count in self.counts.values())
        rows = [f"{'format':12}" + "".join(f"{outcome:>10}" for outcome in OUTCOMES)]
        for name, count in self.counts.items():
            rows.append(f"{name:12}" + "".join(f"{count[outcome]:>10}" for outcome in OUTCOMES))
        speed = total / self.seconds
        return "\n".join([*rows, f"{total} mutants, {self.seconds:.1f} s, {speed:.0f} per second"])


def run(
    count: int,
    first: int = 1,
    names: list[str] | None = None,
    *,
    jobs: int | None = None,
    keep: Path | None = None,
    tell: Callable[[str], object] = lambda finding: None,
) -> Report:
    """Measure so many mutants from the first on, in so many processes at once."""
    begin, stop = time.monotonic(), first + count
    untouched = seeds(names)
    report = Report({name: Counter() for name in untouched})
    waiting = [(at, min(at + BATCH, stop)) for at in range(first, stop, BATCH)]
    batches: list[Batch] = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        for name, data in untouched.items():
            Path(folder, name).write_bytes(data)
        try:
            while waiting or batches:
                while waiting and len(batches) < (jobs or os.cpu_count() or 1):
                    batches.append(Batch(Path(folder), list(untouched), *waiting.pop(0)))
                for batch in list(batches):
                    for finding in note(report, batch.news()):
                        tell(finding[0])
                        if keep:
                            save(keep, untouched, *finding[1:])
                    if batch.finished:
                        batch.close()
                        batches.remove(batch)
                time.sleep(0.05)
        finally:
            for batch in batches:
                batch.close()
    report.seconds = time.monotonic() - begin
    return report


def note(report: Report, news: list[tuple[int, str, str]]) -> list[tuple[str, str, int]]:
    """Count what happened; return the findings, each with its format and its number."""
    names, findings = list(report.counts), []
    for number, outcome, told in news:
        name = names[number % len(names)]
        report.counts[name][outcome] += 1
        if outcome not in ("measured", "refused"):
            line = f"{outcome}: {told} (--formats {name} --seed {number} --count 1)"
            report.findings.append(line)
            findings.append((line, name, number))
    return findings


def save(folder: Path, untouched: dict[str, bytes], name: str, number: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{number}{suffix_of(name)}"
    path.write_bytes(mutant(name, untouched[name], number))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    formats = ", ".join([*SEEDS, *FFMPEG_SEEDS])
    parser.add_argument("--count", type=int, default=10_000, help="how many mutants")
    parser.add_argument("--seed", type=int, default=1, help="the number of the first")
    parser.add_argument("--formats", help=f"some of: {formats}; all that can be made by default")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write what fails there")
    parser.add_argument("--jobs", type=int, help="processes at once, one per core by default")
    asked = parser.parse_args()
    names = asked.formats.split(",") if asked.formats else None
    report = run(asked.count, asked.seed, names, jobs=asked.jobs, keep=asked.keep, tell=say)
    say(report)
    return bool(report.findings)


def say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
