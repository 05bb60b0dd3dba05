"""What can be done to one file in a process of its own."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yotokit.audio.isolation.answers import NONSENSE
from yotokit.audio.isolation.process import isolated
from yotokit.audio.measuring.loudness import Loudness
from yotokit.audio.reading.files import as_path, check_apart, check_file, digest
from yotokit.audio.writing.encode import ENDINGS
from yotokit.audio.writing.excerpt import LONGEST_S, Excerpt
from yotokit.audio.writing.limiter import plan_limited
from yotokit.audio.writing.mp3 import MEDIA_TYPE
from yotokit.audio.writing.render import Rendered
from yotokit.audio.writing.target import GainPlan
from yotokit.errors import AudioError, IsolationError, SettingError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from yotokit.audio.writing.target import Target

__all__ = [
    "DEADLINE_S",
    "MEMORY_BYTES",
    "excerpt_isolated",
    "measure_isolated",
    "plan_limited_isolated",
    "render_isolated",
]

DEADLINE_S = 600.0
MEMORY_BYTES = 1 << 30
LEAST_MEMORY_BYTES = 1 << 29
"""Less, and the libraries do not load."""
_LONGEST_DEADLINE_S = 1e6
_MOST_EXCERPT_BYTES = 2_000_000


def measure_isolated(
    path: str | os.PathLike[str],
    *,
    progress: Callable[[float], object] | None = None,
    curve: Callable[[NDArray[np.float32]], object] | None = None,
    length: Callable[[float], object] | None = None,
    deadline_s: float = DEADLINE_S,
    memory_bytes: int = MEMORY_BYTES,
    **options: Any,
) -> Loudness:
    """Measure a file as `measure` does, in a process of its own.

    Parameters
    ----------
    path, progress, curve, length, **options
        As in `measure`. The callables are called in this process.
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
    limits = _limits(deadline_s, memory_bytes)
    listeners = {"progress": progress, "curve": curve, "length": length}
    return isolated(Loudness, "measure", [as_path(path)], options, listeners, **limits)


def excerpt_isolated(
    path: str | os.PathLike[str],
    *,
    start_s: float,
    progress: Callable[[float], object] | None = None,
    deadline_s: float = DEADLINE_S,
    memory_bytes: int = MEMORY_BYTES,
    **options: Any,
) -> Excerpt:
    """Return a few seconds of a file as `excerpt` does, read in a process of its own.

    Parameters
    ----------
    path, start_s, progress, **options
        As in `excerpt`. Progress is called in this process.
    deadline_s, memory_bytes
        As in `measure_isolated`, which raises the same errors.

    Returns
    -------
    Excerpt
    """
    limits, source = _limits(deadline_s, memory_bytes), as_path(path)
    how, listeners = {"start_s": start_s, **options}, {"progress": progress}
    result = isolated(Excerpt, "excerpt", [source], how, listeners, **limits)
    usual = result.media_type == MEDIA_TYPE and 0 < len(result.data) <= _MOST_EXCERPT_BYTES
    if not usual or result.start_s != start_s or not 0.0 < result.duration_s <= LONGEST_S:
        raise IsolationError(source, NONSENSE)
    return result


def plan_limited_isolated(
    loudness: Loudness,
    target: Target,
    *,
    progress: Callable[[float], object] | None = None,
    deadline_s: float = DEADLINE_S,
    memory_bytes: int = MEMORY_BYTES,
) -> GainPlan:
    """Return the gain as `plan_limited` does, reading the file in a process of its own.

    Parameters
    ----------
    loudness, target, progress
        As in `plan_limited`.
    deadline_s, memory_bytes
        As in `measure_isolated`, which raises the same errors.
    """
    limits = _limits(deadline_s, memory_bytes)

    def find(path: Path, *, progress: Callable[[float], object] | None, **how: Any) -> GainPlan:
        told = {"progress": progress}
        return isolated(GainPlan, "find_limited_gain", [path], how, told, **limits)

    return plan_limited(loudness, target, progress=progress, find=find)


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
    limits = _limits(deadline_s, memory_bytes)
    source, output = as_path(source), as_path(output)
    # In a folder of its own, which is removed whatever becomes of the process.
    try:
        folder = tempfile.TemporaryDirectory(dir=output.parent, prefix=".yotokit-")
    except OSError as error:
        raise AudioError(source, f"cannot be written to {output.parent} ({error})") from error
    with folder:
        inner = Path(folder.name, output.name)
        arguments = [source, inner, gain_db]
        told = {"progress": progress}
        result = isolated(Rendered, "render", arguments, options, told, **limits)
        return _taken_over(result, source, inner, output)


def _limits(deadline_s: float, memory_bytes: int) -> dict[str, float]:
    if not isinstance(deadline_s, int | float) or not 0 < deadline_s < _LONGEST_DEADLINE_S:
        raise SettingError(f"deadline_s={deadline_s!r}: give seconds")
    if not isinstance(memory_bytes, int) or memory_bytes < LEAST_MEMORY_BYTES:
        raise SettingError(f"memory_bytes={memory_bytes!r}: give {LEAST_MEMORY_BYTES} or more")
    return {"deadline_s": deadline_s, "memory_bytes": memory_bytes}


def _taken_over(result: Rendered, source: Path, inner: Path, output: Path) -> Rendered:
    """Return a result with nothing believed that can be looked at here."""
    if result.untouched and result.path == source:
        place = source
    elif result.path.parent == inner.parent and result.path.suffix in ENDINGS:
        place = output.with_name(result.path.name)
        check_apart(place, source)
        try:
            result.path.replace(place)
        except OSError as error:
            raise AudioError(source, f"cannot be written to {place} ({error})") from error
    else:
        raise IsolationError(source, NONSENSE)
    size_bytes = check_file(place).size_bytes
    return replace(result, path=place, sha256=digest(place), size_bytes=size_bytes)
