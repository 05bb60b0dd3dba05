"""Measure or render one file in a process of its own, for files that one does not trust.

A decoder is C code that reads what strangers wrote. In a process of its own, its crash, its
endless loop or its hunger for memory costs one file and not the notebook. That is no sandbox:
a file that takes a decoder over has the rights of the user, in that process.

What the process answers may come from such a decoder. So it is never unpickled: it is lines of
JSON, and there is an end to them. They come through a file and not through a pipe, because
reading a file never waits; so the time limit holds on every system, and without a thread.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import fields
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import numpy as np

from yotokit import errors
from yotokit.audio.loudness import Loudness
from yotokit.audio.measuring import measure
from yotokit.audio.render import Rendered, render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["DEADLINE_S", "MEMORY_BYTES", "measure_isolated", "render_isolated", "serve"]

DEADLINE_S = 600.0
MEMORY_BYTES = 1 << 30

_MAX_ANSWER_BYTES = 32 << 20  # twelve hours of sound, in steps of 100 ms, are 10 MB
_POLL_S = 0.01
_GRACE_S = 5.0
# It looks for modules where this process does: a notebook may have extended its path by hand.
_PROGRAM = (
    "import json, sys; request = json.load(sys.stdin); sys.path[:] = request['sys_path']; "
    "from yotokit.audio.isolation import serve; serve(request)"
)
# Each further thread of a library reserves much of the memory that is limited.
_FEW_THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
_DTYPES = {"float32": np.float32, "float64": np.float64, "int64": np.int64}
_PLAIN: dict[Any, Any] = {"int": int, "float": int | float, "str": str, "Path": Path}
_NO_START = "no process of its own could be started"
_NONSENSE = "its own process answers nonsense, so the answer is not used"
_WORK: dict[str, Callable[..., Any]] = {"measure": measure, "render": render}

_T = TypeVar("_T")


def measure_isolated(
    path: str | os.PathLike[str],
    *,
    progress: Callable[[float], object] | None = None,
    deadline_s: float = DEADLINE_S,
    memory_bytes: int = MEMORY_BYTES,
    **options: Any,
) -> Loudness:
    """Measure a file as `measure` does, in a process of its own.

    Parameters
    ----------
    path, progress, **options
        As in `measure`. Progress is called in this process.
    deadline_s : float
        How long the process may take from its start, seconds.
    memory_bytes : int
        How much memory the work may take, with some 250 MB for libraries that it loads. Linux
        holds it to that; macOS and Windows do not.

    Returns
    -------
    Loudness

    Raises
    ------
    InputError, AudioError
        As `measure` does; AudioLimitError where it takes too much memory; DecoderCrashedError,
        DecoderTimeoutError or IsolationError where the process failed otherwise.
    """
    limits = {"deadline_s": deadline_s, "memory_bytes": memory_bytes}
    return _isolated(Loudness, "measure", [path], options, progress, **limits)


def render_isolated(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    gain_db: float,
    *,
    progress: Callable[[float], object] | None = None,
    deadline_s: float = DEADLINE_S,
    memory_bytes: int = MEMORY_BYTES,
    **options: Any,
) -> Rendered:
    """Write a file at another gain as `render` does, in a process of its own.

    Parameters
    ----------
    source, output, gain_db, **options
        As in `render`. No file is left behind by a failure here either.
    progress, deadline_s, memory_bytes
        As in `measure_isolated`, which raises the same errors.

    Returns
    -------
    Rendered
    """
    limits = {"deadline_s": deadline_s, "memory_bytes": memory_bytes}
    before = _state_of(output)
    try:
        arguments = [source, output, gain_db]
        return _isolated(Rendered, "render", arguments, options, progress, **limits)
    except BaseException:
        # A process that was killed did not tidy up. What it never touched is not ours to remove.
        if _state_of(output) != before:
            with suppress(OSError):
                Path(output).unlink()
        raise


def _state_of(path: str | os.PathLike[str]) -> tuple[int, ...] | None:
    with suppress(OSError, ValueError):
        status = Path(path).stat()
        return status.st_ino, status.st_size, status.st_mtime_ns
    return None


def _isolated(
    kind: type[_T],
    work: str,
    arguments: list[Any],
    options: dict[str, Any],
    progress: Callable[[float], object] | None,
    **limits: float,
) -> _T:
    path, end = Path(arguments[0]), time.monotonic() + limits["deadline_s"]
    request = {"work": work, "arguments": arguments, "options": options, **limits}
    with ExitStack() as stack:
        try:
            process, answers = _start(stack, request)
        except OSError as error:
            raise errors.IsolationError(path, f"{_NO_START} ({error})") from error
        heard = False
        for message in _messages(process, answers, path, end):
            heard = True
            if "progress" not in message:
                return _outcome(kind, message, path)
            if progress is not None:
                progress(min(1.0, max(0.0, message["progress"])))  # NaN becomes 0
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
    # Ours may hold a token, which is nothing for strangers.
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("YOTOKIT_")}
    process = subprocess.Popen(  # noqa: S603 - this interpreter, and a constant
        [sys.executable, "-P", "-c", _PROGRAM],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        env=theirs | _FEW_THREADS,
        start_new_session=True,  # Ctrl-C reaches us alone, and we decide what it ends
    )
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process, answers


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
    raise errors.IsolationError(path, _NONSENSE)


def _parsed(line: bytes, path: Path) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):
        message = json.loads(line)
        if isinstance(message, dict) and isinstance(message.get("progress", 0.0), int | float):
            return message
    raise errors.IsolationError(path, _NONSENSE)


def _death(path: Path, code: int, *, heard: bool) -> errors.IsolationError:
    how = signal.strsignal(-code) if code < 0 else f"exit code {code}"
    if not heard:
        return errors.IsolationError(path, f"{_NO_START} ({how})")
    problem = f"crashes the decoder ({how}), so it is damaged; convert it or export it again"
    return errors.DecoderCrashedError(path, problem)


def _outcome(kind: type[_T], message: dict[str, Any], path: Path) -> _T:
    """Return the result that a message tells of, or raise the error."""
    if "result" not in message:
        raise _error(message, path)
    try:
        values = {name: _unpacked(value) for name, value in message["result"].items()}
        for field in fields(kind):  # type: ignore[arg-type]  # it is a data class
            if not isinstance(values.get(field.name), _PLAIN.get(field.type, object)):
                raise TypeError(field.name)  # noqa: TRY301 - it counts as the others do
        return kind(**values)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise errors.IsolationError(path, _NONSENSE) from error


def _error(message: dict[str, Any], path: Path) -> errors.YotokitError:
    name, problem = str(message.get("error")), str(message.get("problem"))[:2000]
    kind = getattr(errors, name) if name in errors.__all__ else errors.YotokitError
    if issubclass(kind, errors.InputError | errors.AudioError):
        return kind(path, problem)
    if kind is errors.SettingError:
        return kind(problem)
    return errors.IsolationError(path, f"failed in a process of its own ({name}: {problem})")


def _packed(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        data = base64.b64encode(value.tobytes()).decode()
        return {"dtype": value.dtype.name, "shape": value.shape, "base64": data}
    if isinstance(value, os.PathLike):
        return {"path": os.fspath(value)}
    return [_packed(item) for item in value] if isinstance(value, tuple) else value


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_unpacked(item) for item in value)
    if not isinstance(value, dict):
        return value
    if "path" in value:
        return Path(value["path"])
    data = base64.b64decode(value["base64"], validate=True)
    return np.frombuffer(data, _DTYPES[value["dtype"]]).reshape(value["shape"]).copy()


def serve(request: dict[str, Any]) -> None:
    """Do what a request asks for, and answer on standard output: the process's own side."""
    # Whatever else writes to standard output would be taken for an answer.
    with os.fdopen(os.dup(1), "wb", buffering=0) as answers, Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)

        def say(**message: Any) -> None:
            answers.write(json.dumps(message).encode() + b"\n")

        options = request["options"] | {"progress": lambda share: say(progress=share)}
        _set_limits(request["deadline_s"], request["memory_bytes"])
        say(progress=0.0)
        try:
            result = _WORK[request["work"]](*request["arguments"], **options)
            say(result={item.name: _packed(getattr(result, item.name)) for item in fields(result)})
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
