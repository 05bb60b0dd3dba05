"""`normalize`: one file or many, file to file, with no Yoto in sight."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from yotokit.audio.measuring.measure import measure
from yotokit.audio.parallel import side_by_side
from yotokit.audio.reading.files import as_path, digest
from yotokit.audio.reading.finding import Candidate, Submission, find_audio
from yotokit.audio.writing.encode import ENDINGS
from yotokit.audio.writing.limiter import plan_limited
from yotokit.audio.writing.render import Rendered, render
from yotokit.audio.writing.target import GainPlan, Target, as_target, plan_album, plan_track
from yotokit.errors import SettingError

if TYPE_CHECKING:
    from yotokit.audio.measuring.loudness import Loudness

__all__ = ["Normalized", "normalize"]


@dataclass(frozen=True, slots=True)
class Normalized:
    """A file, the gain it got, and where the result is.

    Attributes
    ----------
    before : Loudness
        Of the source.
    plan : GainPlan
        The gain, and what limited it.
    rendered : Rendered
        The result; the source itself where it needed no change.
    """

    before: Loudness
    plan: GainPlan
    rendered: Rendered

    @property
    def integrated_lufs(self) -> float:
        """Loudness of the result, LUFS: a linear gain moves it by exactly its amount."""
        if self.rendered.integrated_lufs is not None:
            return self.rendered.integrated_lufs
        return self.before.integrated_lufs + (0.0 if self.rendered.untouched else self.plan.gain_db)

    def plot(self, ax: Any = None, *, target_lufs: float | None = None) -> Any:
        """Draw the loudness before and after, and the limiter's gain where there was one."""
        from yotokit.audio.plot import plot_normalized  # noqa: PLC0415 - matplotlib takes a second

        return plot_normalized(self, ax, target_lufs=target_lufs)


def normalize(
    what: Submission,
    folder: str | os.PathLike[str],
    *,
    target: Target | None = None,
    mode: Literal["track", "album"] = "track",
    dual_mono: bool = False,
    overwrite: bool = False,
    workers: int = 1,
    progress: bool | None = None,
) -> list[Normalized]:
    """Write files at the target loudness into a folder, as FLAC (or WAV, see `render`).

    Parameters
    ----------
    what : path-like or iterable of path-like
        Files, folders and patterns, as `Session.submit` takes them; each file once.
    folder : path-like
        Where the results go; it is made if it is not there.
    target : Target, optional
        -16 LUFS under -1.5 dBTP where it is missing.
    mode : {"track", "album"}
        A gain for each file, or one for all.
    dual_mono : bool
        Count single channels twice; see `measure`.
    overwrite : bool
        Replace files of the same name that hold something else. What is the same stays anyway,
        so running this twice does no harm.
    workers : int
        How many files are worked on side by side, in threads. The result does not depend on it.
    progress : bool, optional
        Show a bar; where it is missing, in a notebook and in a terminal.

    Returns
    -------
    list of Normalized
        In the order of the files. A file that needs no change is not written again.

    Raises
    ------
    InputError, AudioError
        One of the files cannot be used. What was written before stays.
    SettingError
        The mode is neither, or there is no worker, or no path; or a file would be replaced.
    """
    if mode not in ("track", "album"):
        raise SettingError(f'mode={mode!r}: give "track" or "album"')
    target, folder = as_target(target), as_path(folder)
    sources = _usable(find_audio(what, tags=False))
    _make(folder)
    taken = {_identity(source) for source in sources}
    outputs = [_free_name(folder, source.stem, taken) for source in sources]
    task = _Task(target, dual_mono, overwrite)
    run = partial(side_by_side, workers=workers, progress=progress)
    if mode == "track":
        pairs = list(zip(sources, outputs, strict=True))
        return run(task.whole, pairs, cost=lambda pair: _size(pair[0]), verb="normalizing")
    parts = run(task.measured, sources, cost=_size, verb="measuring")
    album = plan_album(parts, target)
    return run(
        partial(task.written, album=album),
        list(zip(parts, outputs, strict=True)),
        cost=lambda pair: pair[0].duration_s,
        verb="normalizing",
    )


@dataclass(frozen=True)
class _Task:
    target: Target
    dual_mono: bool
    overwrite: bool

    def measured(self, source: Path) -> Loudness:
        return measure(source, dual_mono=self.dual_mono)

    def whole(self, pair: tuple[Path, Path]) -> Normalized:
        return self.written((self.measured(pair[0]), pair[1]))

    def written(self, pair: tuple[Loudness, Path], album: GainPlan | None = None) -> Normalized:
        part, output = pair
        plan = album or (plan_limited if self.target.limiter else plan_track)(part, self.target)
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=".yotokit-") as inner:
            rendered = render(
                part.path,
                Path(inner, output.name),
                plan.gain_db,
                limiter_dbtp=plan.limiter_dbtp,
                dual_mono=self.dual_mono,
            )
            if not rendered.untouched:
                rendered = _placed(rendered, output.parent, overwrite=self.overwrite)
        return Normalized(part, plan, rendered)


def _size(path: Path) -> float:
    return path.stat().st_size


def _placed(rendered: Rendered, folder: Path, *, overwrite: bool) -> Rendered:
    """Move a result to its folder, unless something else of its name is there."""
    path = folder / rendered.path.name
    if path.exists() and not overwrite and digest(path) != rendered.sha256:
        raise SettingError(
            f"{path}: is there already and holds something else; name another folder, or give "
            "overwrite=True"
        )
    rendered.path.replace(path)
    return replace(rendered, path=path)


def _usable(found: list[Candidate]) -> list[Path]:
    for candidate in found:
        if candidate.error is not None:
            raise candidate.error
    return [candidate.path for candidate in found]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(13, "nothing may be written to it")
    except (OSError, ValueError) as error:
        raise SettingError(f"folder={str(folder)!r} cannot be used ({error})") from error


def _identity(path: Path) -> str:
    """Return the same text for the same file, however it is named, on any disk."""
    return str(path.resolve()).casefold()


def _free_name(folder: Path, stem: str, taken: set[str]) -> Path:
    """Return a FLAC path that is neither a source nor the result of one before.

    What is written may get another ending, so the stem must be free with each of them.
    """
    number = 1
    candidate = folder / f"{stem}.flac"
    while taken & _identities(candidate):
        number += 1
        candidate = folder / f"{stem} ({number}).flac"
    taken |= _identities(candidate)
    return candidate


def _identities(path: Path) -> set[str]:
    return {_identity(path.with_suffix(ending)) for ending in ENDINGS}
