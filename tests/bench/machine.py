"""What both benchmarks need: cases in processes of their own, medians, tables, what ran where."""

import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ONE_THREAD = {
    f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL", "VECLIB", "RAYON")
}
# The option that prints the version, and how many lines of the answer say it.
PROGRAMS = {"ffmpeg": ("-version", 1), "loudgain": ("--version", 2), "rsgain": ("--version", 2)}
COLORS = re.compile(r"\x1b\[[0-9;]*m")


class CaseError(Exception):
    """A case did not run to its end; the text says why."""


@dataclass(frozen=True)
class Usage:
    """What a case took.

    Attributes
    ----------
    cpu_s, wall_s : float
        User and system time of the process and its children; time on the clock.
    peak_mb : float
        Most memory of the process.
    grown_mb : float or None
        What of that came after the imports; None for other programs than Python.
    children_mb : float
        Most memory of one of its children.
    answer : object
        What the case returned; what it printed, if it is a program.
    """

    cpu_s: float
    wall_s: float
    peak_mb: float
    grown_mb: float | None
    children_mb: float
    answer: Any


def run_call(
    module: str,
    function: str,
    arguments: Sequence[Any],
    *,
    imports: Sequence[str] = (),
    environment: dict[str, str] | None = None,
) -> Usage:
    """Call a function of a module beside this one, in a new Python."""
    words = ["call", module, function, json.dumps(arguments), json.dumps(list(imports))]
    return _run(words, environment)


def run_command(words: Sequence[str], *, environment: dict[str, str] | None = None) -> Usage:
    """Run a program."""
    return _run(["command", *words], environment)


def _run(words: list[str], environment: dict[str, str] | None) -> Usage:
    done = subprocess.run(
        [sys.executable, str(HERE / "child.py"), *words],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | (environment or {}),
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise CaseError(lines[-1])
    return Usage(**json.loads(done.stdout.splitlines()[-1]))


def run_in_turns(cases: dict[str, Callable[[], Usage]], rounds: int) -> dict[str, Usage]:
    """Run all cases in turn, several times; return the medians.

    So what else the machine does hits all of them alike. A case that fails is told, and left out.
    """
    runs: dict[str, list[Usage]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name in list(runs):
            try:
                runs[name].append(cases[name]())
            except CaseError as error:
                print(f"  left out: {name}: {error}", flush=True)
                del runs[name]
    return {name: _median(usages) for name, usages in runs.items()}


def _median(usages: list[Usage]) -> Usage:
    def middle(name: str) -> Any:
        values = [getattr(usage, name) for usage in usages]
        return None if None in values else statistics.median(values)

    names = ("cpu_s", "wall_s", "peak_mb", "grown_mb", "children_mb")
    return Usage(**{name: middle(name) for name in names}, answer=usages[-1].answer)


def missing_import(names: Iterable[str]) -> str:
    """Return the first package that is not installed, or nothing."""
    return next((name for name in names if not importlib.util.find_spec(name.split(".")[0])), "")


def print_head(packages: Iterable[str]) -> None:
    """Print the processor, and the versions of everything that takes part."""
    print(f"{_cpu_model()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{platform.system()} {platform.release()}, Python {platform.python_version()}")
    versions = []
    for name in packages:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{name} not installed")
    print(", ".join([*versions, f"libsndfile {_libsndfile()}"]))
    for name in PROGRAMS:
        print(_program_version(name))
    print(flush=True)


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _libsndfile() -> str:
    import soundfile

    return soundfile.__libsndfile_version__


def _program_version(name: str) -> str:
    path = shutil.which(name)
    if not path:
        return f"{name} not installed"
    option, lines = PROGRAMS[name]
    done = subprocess.run([path, option], capture_output=True, text=True, check=False)
    text = COLORS.sub("", done.stdout or done.stderr)
    return " ".join(line.strip() for line in text.splitlines()[:lines])


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> None:
    """Print columns: the first ones are words, to the left; then numbers, to the right."""
    lines = [tuple(header), *map(tuple, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [
            text.ljust(width) if place < words else text.rjust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())
    print(flush=True)


def number(value: float | None, digits: int = 2) -> str:
    """Return a number for a table, or a dash where there is none."""
    return "-" if value is None else f"{value:.{digits}f}"
