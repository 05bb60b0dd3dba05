"""The isolated process's own side: set limits, do one piece of work, answer."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yotokit.audio.isolation.answers import packed_news
from yotokit.audio.measuring.measure import measure
from yotokit.audio.packing import to_plain
from yotokit.audio.writing.excerpt import excerpt
from yotokit.audio.writing.limiter import find_limited_gain
from yotokit.audio.writing.render import render

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["WORK", "serve"]

WORK: dict[str, Callable[..., Any]] = {
    "measure": measure,
    "find_limited_gain": find_limited_gain,
    "render": render,
    "excerpt": excerpt,
}
"""All that the process can be asked for."""

_GRACE_S = 5.0


def serve(request: dict[str, Any]) -> None:
    """Do what a request asks for, and answer on standard output."""
    # Whatever else writes to standard output would be taken for an answer.
    with os.fdopen(os.dup(1), "wb", buffering=0) as answers, Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)

        def say(**message: Any) -> None:
            answers.write(json.dumps(message).encode() + b"\n")

        def teller(name: str) -> Callable[[Any], None]:
            return lambda value: say(**{name: packed_news(value)})

        options = request["options"] | {name: teller(name) for name in request["told"]}
        _set_limits(request["deadline_s"], request["memory_bytes"])
        say(progress=0.0)
        try:
            result = WORK[request["work"]](*request["arguments"], **options)
            say(result=to_plain(result))
        except MemoryError:
            say(error="AudioLimitError", problem="needs more memory than it may have; split it")
        except Exception as error:
            say(error=type(error).__name__, problem=getattr(error, "problem", str(error)))


def _set_limits(deadline_s: float, memory_bytes: int) -> None:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not on every system

    # Should nobody be left to end this process, the system does.
    signal.setitimer(signal.ITIMER_REAL, min(deadline_s, 1e8) + _GRACE_S)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # only Linux tells, and only Linux holds to the limit
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
        most = int(pages) * resource.getpagesize() + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
