"""The loudness of a file, as a plain value, and of several files together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from yotokit.audio.measuring import gating
from yotokit.audio.measuring.power import MOMENTARY_S, SHORT_TERM_S, STEPS_PER_S
from yotokit.markup import Html, curve, definitions, escape, figures, page_fragment, plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["MOMENTARY_STEPS", "SHORT_TERM_STEPS", "Loudness", "programme_lufs"]

MOMENTARY_STEPS = round(MOMENTARY_S * STEPS_PER_S)
SHORT_TERM_STEPS = round(SHORT_TERM_S * STEPS_PER_S)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Loudness:
    """The loudness of one file, as measured: a plain value that never changes.

    Attributes
    ----------
    path : Path
        The file.
    integrated_lufs : float
        Gated loudness of the whole, LUFS; -inf for silence, and for less than 0.4 s of sound.
    range_lu : float
        Loudness range (LRA), LU.
    range_low_lufs, range_high_lufs : float
        The quiet and the loud end of that range, LUFS; -inf where there is none.
    true_peak_dbtp, sample_peak_dbfs : float
        Highest point of the curve between the samples, and highest sample; -inf for silence.
    true_peak_s : float
        When the highest point comes, seconds.
    max_momentary_lufs, max_short_term_lufs : float
        Loudest 400 ms and loudest 3 s, in steps of 10 ms; -inf where the file is shorter.
    duration_s : float
        Length, seconds.
    sample_rate_hz, channels : int
        As decoded.
    momentary_lufs, short_term_lufs : ndarray of float32
        The curves, a value each 100 ms; the first is that of the first whole window.
    step_power : ndarray of float64
        Mean K-weighted power of each 100 ms: what loudness over several files is made of.
    clipped_s : ndarray of float64, shape (spans, 2)
        From when to when three samples in a row are at full scale, seconds, to a tenth.
    dual_mono : bool
        A single channel was counted twice.
    notes : tuple of str
        What a reader should know, such as that the file is silent.
    """

    path: Path
    integrated_lufs: float
    range_lu: float
    range_low_lufs: float
    range_high_lufs: float
    true_peak_dbtp: float
    true_peak_s: float
    sample_peak_dbfs: float
    max_momentary_lufs: float
    max_short_term_lufs: float
    duration_s: float
    sample_rate_hz: int
    channels: int
    momentary_lufs: NDArray[np.float32]
    short_term_lufs: NDArray[np.float32]
    step_power: NDArray[np.float64]
    clipped_s: NDArray[np.float64]
    dual_mono: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for array in (self.momentary_lufs, self.short_term_lufs, self.step_power, self.clipped_s):
            array.flags.writeable = False

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers, without the curves: a row for a table or a data frame."""
        return {
            "path": str(self.path),
            "integrated_lufs": self.integrated_lufs,
            "range_lu": self.range_lu,
            "range_low_lufs": self.range_low_lufs,
            "range_high_lufs": self.range_high_lufs,
            "true_peak_dbtp": self.true_peak_dbtp,
            "true_peak_s": self.true_peak_s,
            "sample_peak_dbfs": self.sample_peak_dbfs,
            "max_momentary_lufs": self.max_momentary_lufs,
            "max_short_term_lufs": self.max_short_term_lufs,
            "duration_s": self.duration_s,
            "sample_rate_hz": self.sample_rate_hz,
            "channels": self.channels,
            "clipped_s": self.clipped_duration_s,
        }

    @property
    def clipped_duration_s(self) -> float:
        """How much of the file holds clipped samples, seconds, to a tenth."""
        return float((self.clipped_s[:, 1] - self.clipped_s[:, 0]).sum())

    def plot(
        self, ax: Any = None, *, target_lufs: float | None = None, after: Loudness | None = None
    ) -> Any:
        """Draw loudness over time with matplotlib, and return its figure.

        Both curves, the integrated line, the band of the loudness range, the highest true peak
        (a mark at the top), and where samples were clipped (red at the top).

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure is made where it is missing.
        target_lufs : float, optional
            Drawn as a dashed line.
        after : Loudness, optional
            The same file after it was normalized, drawn beside it.
        """
        from yotokit.audio.plot import plot_loudness  # noqa: PLC0415 - matplotlib takes a second

        return plot_loudness(self, ax, target_lufs=target_lufs, after=after)

    def __repr__(self) -> str:
        name = plain(self.path.name.encode("utf-8", "replace").decode("utf-8"))
        words = (
            f"range {figures.db(self.range_lu)} LU",
            f"true peak {figures.db(self.true_peak_dbtp)} dBTP",
            figures.duration(self.duration_s),
            *self.notes,
        )
        return f"Loudness({name}: {figures.lufs_words(self.integrated_lufs)}, {', '.join(words)})"

    def _repr_html_(self) -> str:
        return page_fragment(
            definitions(
                [
                    ("integrated", figures.lufs_words(self.integrated_lufs)),
                    ("range", f"{figures.db(self.range_lu)} LU"),
                    ("true peak", f"{figures.db(self.true_peak_dbtp)} dBTP"),
                    ("loudest 3 s", figures.lufs_words(self.max_short_term_lufs)),
                    ("length", figures.duration(self.duration_s)),
                    ("file", self.path.name),
                ]
            ),
            curve(
                self.short_term_lufs.tolist(),
                self.momentary_lufs.tolist(),
                duration_s=self.duration_s,
                integrated_lufs=self.integrated_lufs,
                true_peak_s=self.true_peak_s,
                true_peak_dbtp=self.true_peak_dbtp,
                image=True,
            ),
            *(Html(f"<p>{escape(note)}</p>") for note in self.notes),
        )


def programme_lufs(parts: Iterable[Loudness]) -> float:
    """Return the integrated loudness of several files as one programme, LUFS.

    It is computed from the files' steps of 100 ms, one behind the other, so it differs from
    measuring them joined only by what is left of a step at the end of each file.
    """
    steps = [part.step_power for part in parts]
    if not steps:
        return -math.inf
    return gating.integrated(gating.windowed(np.concatenate(steps), MOMENTARY_STEPS))
