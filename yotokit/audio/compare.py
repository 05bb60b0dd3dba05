"""`compare`: many files on one loudness scale, with those named that stand out."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yotokit.audio.measuring import measure
from yotokit.markup import figures, page_fragment, sparkline, table, text_table

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from pathlib import Path

    from yotokit.audio.loudness import Loudness

__all__ = ["Comparison", "compare"]

OUTLIER_LU = 4.0
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
    """

    parts: tuple[Loudness, ...]
    median_lufs: float

    @property
    def outliers(self) -> dict[Path, float]:
        """The files more than 4 LU from the median, with their distance in LU."""
        distances = {part.path: part.integrated_lufs - self.median_lufs for part in self.parts}
        return {
            path: distance
            for path, distance in distances.items()
            if math.isfinite(distance) and abs(distance) > OUTLIER_LU
        }

    def to_dict(self) -> list[dict[str, Any]]:
        """Return a row of numbers per file, as a data frame takes them."""
        return [part.to_dict() for part in self.parts]

    def plot(self, ax: Any = None, *, target_lufs: float | None = -16.0) -> Any:
        """Draw all files on one scale with matplotlib, and return its figure."""
        from yotokit.audio.plot import plot_comparison  # noqa: PLC0415 - matplotlib takes a second

        return plot_comparison(self.parts, ax, target_lufs=target_lufs)

    def __repr__(self) -> str:
        rows = [[*_cells(part), _remark(self.outliers.get(part.path))] for part in self.parts]
        return text_table([*_HEADERS, "stands out"], rows)

    def _repr_html_(self) -> str:
        rows = [
            [
                *_cells(part),
                _remark(self.outliers.get(part.path)),
                sparkline(part.momentary_lufs.tolist()),
            ]
            for part in self.parts
        ]
        headers = [*_HEADERS, "stands out", "loudness over time"]
        return page_fragment(table(headers, rows, numeric=(1, 2, 3, 4), wrap=(0,)))


def compare(paths: Iterable[str | os.PathLike[str]]) -> Comparison:
    """Measure several files, one after the other.

    Parameters
    ----------
    paths : iterable of path-like
        Audio files.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError, AudioError
        One of the files cannot be used.
    """
    parts = tuple(measure(path) for path in paths)
    levels = [part.integrated_lufs for part in parts if math.isfinite(part.integrated_lufs)]
    return Comparison(parts, statistics.median(levels) if levels else -math.inf)


def _cells(part: Loudness) -> list[str]:
    return [
        part.path.name,
        figures.lufs(part.integrated_lufs),
        figures.db(part.range_lu),
        figures.db(part.true_peak_dbtp),
        figures.duration(part.duration_s),
    ]


def _remark(distance: float | None) -> str:
    if distance is None:
        return ""
    return f"{abs(distance):.1f} LU {'louder' if distance > 0 else 'quieter'}"
