"""Measure a range of mutants, one after the other, and write a line of JSON about each.

usage: python judge.py FOLDER FORMAT,... FIRST STOP    (as mutate.py calls it)
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from damage import mutant
from seeds import suffix_of

import yotokit

CPU_BUDGET_S = 2.0  # for one mutant; the median takes a thousandth of it
MEMORY_BOUND_KIB = 300_000  # above what the untouched files took; FFmpeg is generous
ADDRESS_BOUND_BYTES = 3 << 30


def faults(loudness: yotokit.Loudness) -> list[str]:
    """Return what is wrong with the numbers of a result."""
    wrong = []
    for field in dataclasses.fields(loudness):
        value = getattr(loudness, field.name)
        if isinstance(value, float | np.ndarray):
            values = np.asarray(value, dtype=np.float64)
            if np.isnan(values).any() or (values == math.inf).any():
                wrong.append(f"{field.name} is {value}")
    if not (loudness.duration_s > 0 and loudness.sample_rate_hz > 0 and loudness.channels > 0):
        wrong.append("no rate, no channels or no length")
    return wrong


def verdict(path: Path) -> tuple[str, str]:
    """Return what became of a file, and what to tell about it."""
    begin = time.process_time()
    try:
        wrong = faults(yotokit.measure(path))
        outcome, told = ("wrong", "; ".join(wrong)) if wrong else ("measured", "")
    except yotokit.YotokitError as error:
        outcome, told = "refused", type(error).__name__
    except BaseException as error:
        outcome, told = "wrong", f"{type(error).__name__}: {error}"
    used_s = time.process_time() - begin
    return ("hung", f"took {used_s:.1f} s") if used_s > CPU_BUDGET_S else (outcome, told)


def peak_kib() -> int:
    """Return the most memory that this process ever held."""
    with contextlib.suppress(OSError):
        # The usual call would count what the parent process held when it started this one.
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> 10 if sys.platform == "darwin" else peak


def judge(folder: Path, names: list[str], first: int, stop: int) -> None:
    # libsndfile prints to standard output where some files surprise it.
    answers, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    untouched = {name: (folder / name).read_bytes() for name in names}
    with tempfile.TemporaryDirectory(dir=folder) as own:
        files = {name: Path(own, f"mutant{suffix_of(name)}") for name in names}
        for name in names:
            files[name].write_bytes(untouched[name])
            verdict(files[name])
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_BOUND_BYTES, ADDRESS_BOUND_BYTES))
        highest = peak_kib() + MEMORY_BOUND_KIB
        for number in range(first, stop):
            name = names[number % len(names)]
            files[name].write_bytes(mutant(name, untouched[name], number) or b"\0")
            outcome, told = verdict(files[name])
            if peak_kib() > highest:
                highest = peak_kib()
                outcome, told = "wrong", f"took {highest >> 10} MiB"
            os.write(answers, json.dumps([outcome, told]).encode() + b"\n")


if __name__ == "__main__":
    judge(Path(sys.argv[1]), sys.argv[2].split(","), int(sys.argv[3]), int(sys.argv[4]))
