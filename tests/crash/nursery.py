"""Starts kernels that run `child.py`, watches them, and kills them when it is told to.

A process of its own, and single-threaded. It has loaded the library already, so that a kernel is
a fork and costs some 20 ms instead of half a second; or, where that is asked for, an interpreter
that starts from nothing. It reads an order, one line of JSON, from stdin, and answers with one.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import child
from kernels import Order, Outcome

CHILD = str(Path(child.__file__))
HUNG_S = 120.0
TICK_S = 0.001
# Whatever a run loads; what is missing here only makes it slower.
LOADED = (
    "certifi",
    "encodings.idna",
    "h11",
    "httpcore",
    "httpx",
    "pyloudnorm",
    "scipy.signal",
    "soundfile",
    "sqlite3",
    "tinytag",
    "yotokit.audio",
    "yotokit.engine",
    "yotokit.session",
    "yotokit.yoto",
)


def main() -> int:
    for name in LOADED:
        importlib.import_module(name)
    for name in ("Session", "YotoClient"):
        getattr(importlib.import_module("yotokit"), name)
    # What is there by now is no garbage, and is not to be copied into each kernel by a look at it.
    gc.freeze()
    for line in sys.stdin:
        order = Order(**json.loads(line))
        if threading.active_count() != 1:
            raise RuntimeError("a process with threads must not fork")
        told, tell = os.pipe()
        pid = os.fork()
        if pid == 0:
            # Back to the end of this file, so that the kernel ends as every interpreter does.
            return become_kernel(order, tell)
        os.close(tell)
        answer(asdict(watch(order, pid, told)))
        os.close(told)
    return 0


def become_kernel(order: Order, tell: int) -> int:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for old, new in ((nothing, 0), (tell, 1), (tell, 2)):
        os.dup2(old, new)
    arguments = (order.title, order.folder, order.normalize)
    if order.fresh:
        os.execv(sys.executable, [sys.executable, CHILD, *arguments])  # noqa: S606
    return child.main(*arguments)


def watch(order: Order, pid: int, told: int) -> Outcome:
    """Wait for a kernel's end, or bring it about when the order says so."""
    os.set_blocking(told, False)
    begin, text, killed, hung, due = time.monotonic(), b"", False, False, order.kill_after_s
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        text += read(told)
        seconds = time.monotonic() - begin
        if ended:
            lines = text.decode("utf-8", "replace").splitlines()
            return Outcome(lines, seconds, killed, hung, os.waitstatus_to_exitcode(status))
        if due is None and order.kill_after_lines is not None:
            enough = text.count(b"\n") >= order.kill_after_lines
            due = seconds + order.then_s if enough else None
        hung = hung or seconds > HUNG_S
        if not killed and (hung or (due is not None and seconds >= due)):
            # It was not waited for yet, so the number is still its own.
            os.kill(pid, signal.SIGKILL)
            killed = True
        time.sleep(TICK_S)


def read(told: int) -> bytes:
    pieces = []
    try:
        while piece := os.read(told, 1 << 16):
            pieces.append(piece)
    except BlockingIOError:
        pass
    return b"".join(pieces)


def answer(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
