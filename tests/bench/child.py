"""Run one case, and print what it took as a line of JSON. Started by `machine`, not by hand.

usage: python child.py call MODULE FUNCTION ARGUMENTS IMPORTS    (the last two as JSON)
       python child.py command WORD...

Nothing but the standard library is loaded here, and for a command nothing large: what Linux calls
the peak memory of a program includes that of the process that started it.
"""

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

OUTPUT_KEPT = 4000  # characters, from the end: summaries come last


def cpu_s() -> float:
    """Return the CPU time of this process and of those that it waited for."""
    return sum(os.times()[:4])


def peak_mb() -> float:
    """Return the most memory that this process had since it became this program."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def children_mb() -> float:
    """Return the most memory that one of the processes had that this one waited for."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def call(module: str, function: str, arguments: str, imports: str) -> dict:
    """Call a function; neither the time nor the memory of the imports is counted as its own."""
    for name in json.loads(imports):
        importlib.import_module(name)
    target = getattr(importlib.import_module(module), function)
    base_mb, children = peak_mb(), os.times()[2:4]
    begin_wall, begin_cpu = time.perf_counter(), time.process_time()
    answer = target(*json.loads(arguments))
    # process_time is finer than os.times, but knows nothing of children.
    used = time.process_time() - begin_cpu + sum(os.times()[2:4]) - sum(children)
    return {
        "wall_s": time.perf_counter() - begin_wall,
        "cpu_s": used,
        "peak_mb": peak_mb(),
        "grown_mb": peak_mb() - base_mb,
        "children_mb": children_mb(),
        "answer": answer,
    }


def command(*words: str) -> dict:
    """Run a program from its start to its end."""
    begin = time.perf_counter()
    done = subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    wall_s = time.perf_counter() - begin
    if done.returncode:
        raise SystemExit(done.stdout[-OUTPUT_KEPT:] or f"it ended with {done.returncode}")
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "wall_s": wall_s,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": children_mb(),
        "grown_mb": None,
        "children_mb": 0.0,
        "answer": done.stdout[-OUTPUT_KEPT:],
    }


if __name__ == "__main__":
    result = {"call": call, "command": command}[sys.argv[1]](*sys.argv[2:])
    print(json.dumps(result))
