"""`compare`: many files on one loudness scale, with those named that stand out."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from yotokit.audio.measuring.loudness import Loudness
from yotokit.audio.measuring.measure import measure
from yotokit.audio.measuring.power import MOMENTARY_S
from yotokit.audio.parallel import side_by_side
from yotokit.audio.reading.finding import Candidate, Submission, find_audio
from yotokit.errors import YotokitError
from yotokit.markup import figures, page_fragment, sparkline, table, text_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Comparison", "compare"]

OUTLIER_LU = 4.0
"""Where a difference from the middle is worth a word: most people reach for the volume."""

_ROOM_DB = 6.0
_CLIPPED_S = 0.5
_WIDE_LU = 18.0
_HEADERS = ("file", "LUFS", "LRA", "dBTP", "length")


@dataclass(frozen=True, slots=True)
class Comparison:
    """The loudness of several files.

    Attributes
    ----------
    parts : tuple of Loudness
        In the order given.
    median_lufs : float
        The middle of their integrated loudness; -inf where all are silent.
    failed : dict of Path to YotokitError
        The files that could not be measured, and why.
    """

    parts: tuple[Loudness, ...]
    median_lufs: float
    failed: dict[Path, YotokitError] = field(default_factory=dict)

    @property
    def outliers(self) -> dict[Path, str]:
        """The files that stand out, and why: what a listener would notice, and where it is from."""
        reasons = {part.path: "; ".join(self._reasons(part)) for part in self.parts}
        return {path: reason for path, reason in reasons.items() if reason}

    def _reasons(self, part: Loudness) -> Iterator[str]:
        if not math.isfinite(part.integrated_lufs):
            yield "silent" if part.duration_s >= MOMENTARY_S else "too short to measure"
            return
        distance_lu = part.integrated_lufs - self.median_lufs
        if distance_lu > OUTLIER_LU:
            yield f"{distance_lu:.1f} LU louder than the middle"
        elif distance_lu < -OUTLIER_LU:
            low = part.true_peak_dbtp < -_ROOM_DB
            yield f"{-distance_lu:.1f} LU quieter than the middle, " + (
                f"recorded low: {-part.true_peak_dbtp:.0f} dB of room above its peaks"
                if low
                else "though its peaks are high: gain alone cannot lift it much"
            )
        if part.clipped_duration_s >= _CLIPPED_S:
            yield f"clipped in {part.clipped_duration_s:.1f} s of it"
        if part.range_lu > _WIDE_LU:
            yield f"changes by {part.range_lu:.0f} LU: quiet places may be lost in a noisy room"

    def to_dict(self) -> list[dict[str, Any]]:
        """Return a row of numbers per file, as a data frame takes them."""
        return [part.to_dict() for part in self.parts]

    def plot(self, ax: Any = None, *, target_lufs: float | None = -16.0) -> Any:
        """Draw all files on one scale with matplotlib, and return its figure."""
        from yotokit.audio.plot import plot_comparison  # noqa: PLC0415 - matplotlib takes a second

        return plot_comparison(self.parts, ax, target_lufs=target_lufs)

    def __repr__(self) -> str:
        outliers = self.outliers
        rows = [[*_cells(part), outliers.get(part.path, "")] for part in self.parts]
        return text_table([*_HEADERS, "stands out"], [*rows, *self._failed_rows()])

    def _failed_rows(self) -> list[list[str]]:
        nothing = [""] * (len(_HEADERS) - 1)
        return [
            [_shown(path), *nothing, f"FAILED: {getattr(error, 'problem', error)}"]
            for path, error in self.failed.items()
        ]

    def _repr_html_(self) -> str:
        outliers = self.outliers
        rows = [
            [
                *_cells(part),
                outliers.get(part.path, ""),
                sparkline(part.momentary_lufs.tolist()),
            ]
            for part in self.parts
        ]
        rows += [[*row, ""] for row in self._failed_rows()]
        headers = [*_HEADERS, "stands out", "loudness over time"]
        return page_fragment(table(headers, rows, numeric=(1, 2, 3, 4), wrap=(0, 5)))


def compare(
    what: Submission,
    *,
    dual_mono: bool = False,
    workers: int = 1,
    progress: bool | None = None,
) -> Comparison:
    """Measure several files and show them on one scale.

    Parameters
    ----------
    what : path-like or iterable of path-like
        Files, folders and patterns, as `Session.submit` takes them; each file once.
    dual_mono : bool
        Count single channels twice; see `measure`.
    workers : int
        How many files are measured side by side, in threads. The result does not depend on it.
    progress : bool, optional
        Show a bar; where it is missing, in a notebook and in a terminal.

    Returns
    -------
    Comparison
        A file that cannot be used as audio is named in it, and does not end the work.

    Raises
    ------
    InputError
        A file that was named is not there, or a folder or pattern holds no audio.
    SettingError
        There is no worker, or no path.
    """
    found = find_audio(what, tags=False)

    def look(candidate: Candidate) -> Loudness | YotokitError:
        if candidate.error is not None:
            return candidate.error
        try:
            return measure(candidate.path, dual_mono=dual_mono)
        except YotokitError as error:
            return error

    def size_bytes(candidate: Candidate) -> float:
        return candidate.stamp.size_bytes if candidate.stamp is not None else 0

    answers = side_by_side(
        look, found, workers, cost=size_bytes, progress=progress, verb="measuring"
    )
    parts = tuple(answer for answer in answers if isinstance(answer, Loudness))
    levels = [part.integrated_lufs for part in parts if math.isfinite(part.integrated_lufs)]
    return Comparison(
        parts,
        statistics.median(levels) if levels else -math.inf,
        {
            candidate.path: answer
            for candidate, answer in zip(found, answers, strict=True)
            if isinstance(answer, YotokitError)
        },
    )


def _cells(part: Loudness) -> list[str]:
    return [
        _shown(part.path),
        figures.lufs(part.integrated_lufs),
        figures.db(part.range_lu),
        figures.db(part.true_peak_dbtp),
        figures.duration(part.duration_s),
    ]


def _shown(path: Path) -> str:
    """Return a name that can be printed, whatever bytes it is made of."""
    return path.name.encode("utf-8", "replace").decode("utf-8")
