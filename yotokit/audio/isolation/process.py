"""Our side of an isolated process: start it, listen to it, and see to its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from yotokit import errors
from yotokit.audio.isolation.answers import NONSENSE, news, outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["isolated"]

_MAX_ANSWER_BYTES = 32 << 20  # twelve hours of sound, in steps of 100 ms, are 10 MB
_POLL_S = 0.01
# It looks for modules where this process does: a notebook may have extended its path by hand.
_PROGRAM = (
    "import json, sys; request = json.load(sys.stdin); sys.path[:] = request['sys_path']; "
    "from yotokit.audio.isolation.child import serve; serve(request)"
)
# Each further thread of a library reserves much of the memory that is limited.
_FEW_THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
_NO_START = "no process of its own could be started"

_T = TypeVar("_T")


def isolated(
    kind: type[_T],
    work: str,
    arguments: list[Any],
    options: dict[str, Any],
    listeners: Mapping[str, Callable[[Any], object] | None],
    **limits: float,
) -> _T:
    """Do one piece of work in a process of its own, and return its result.

    Parameters
    ----------
    kind : type
        What the result is: a data class.
    work : str
        What to do; see `yotokit.audio.isolation.child.WORK`.
    arguments : list
        For it; the first is the file.
    options : dict
        More for it, by name.
    listeners : mapping of str to callable or None
        Called in this process with what is told meanwhile: ``progress``, ``curve``, ``length``.
    **limits
        ``deadline_s`` and ``memory_bytes``.
    """
    path, end = Path(arguments[0]), time.monotonic() + limits["deadline_s"]
    told = [name for name, listener in listeners.items() if listener is not None]
    request = {"work": work, "arguments": arguments, "options": options, "told": told, **limits}
    with ExitStack() as stack:
        try:
            process, answers = _start(stack, request)
        except OSError as error:
            raise errors.IsolationError(path, f"{_NO_START} ({error})") from error
        heard = False
        for message in _messages(process, answers, path, end):
            heard = True
            told_now = news(message, path)
            if told_now is None:
                return outcome(kind, message, path)
            name, value = told_now
            listener = listeners.get(name)
            if listener is not None:
                listener(value)
        raise _death(path, process.returncode, heard=heard)


def _start(stack: ExitStack, request: dict[str, Any]) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """Start the process, and see to it that nothing of it is left when the stack is closed."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yotokit-")))
    text = json.dumps({"sys_path": sys.path, **request}, default=os.fspath)
    (folder / "request").write_text(text, encoding="ascii")
    stdin = stack.enter_context((folder / "request").open("rb"))
    stdout = stack.enter_context((folder / "answers").open("wb"))
    # Opened anew: a descriptor that is shared shares its position too.
    answers = stack.enter_context((folder / "answers").open("rb", buffering=0))
    process = subprocess.Popen(  # noqa: S603 - this interpreter, and a constant
        [sys.executable, "-P", "-c", _PROGRAM],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        env=_their_variables() | _FEW_THREADS,
        start_new_session=True,  # Ctrl-C reaches us alone, and we decide what it ends
    )
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process, answers


def _their_variables() -> dict[str, str]:
    # Ours may hold a token, which is nothing for strangers; nor for those who see a traceback of
    # IPython's, which may show the whole environment where a frame names it.
    return {name: value for name, value in os.environ.items() if not name.startswith("YOTOKIT_")}


def _messages(
    process: subprocess.Popen[bytes], answers: IO[bytes], path: Path, end: float
) -> Iterator[dict[str, Any]]:
    """Yield what the process says, until it is dead."""
    left, begun = _MAX_ANSWER_BYTES, b""
    while left > 0:
        dead = process.poll() is not None  # asked first: then all that it wrote is there to read
        piece = answers.read(1 << 20)
        left -= len(piece)
        *lines, begun = (begun + piece).split(b"\n")
        yield from (_parsed(line, path) for line in lines)
        if dead and not piece:
            return
        if time.monotonic() > end:
            problem = "took longer than deadline_s allows; convert it or export it again"
            raise errors.DecoderTimeoutError(path, problem)
        if not piece:
            time.sleep(_POLL_S)
    raise errors.IsolationError(path, NONSENSE)


def _parsed(line: bytes, path: Path) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):
        message = json.loads(line)
        if isinstance(message, dict):
            return message
    raise errors.IsolationError(path, NONSENSE)


def _death(path: Path, code: int, *, heard: bool) -> errors.IsolationError:
    how = signal.strsignal(-code) if code < 0 else f"exit code {code}"
    if not heard:
        return errors.IsolationError(path, f"{_NO_START} ({how})")
    problem = f"crashes the decoder ({how}), so it is damaged; convert it or export it again"
    return errors.DecoderCrashedError(path, problem)
