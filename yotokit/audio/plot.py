"""The matplotlib figures: the only module that knows matplotlib, in the caller's thread only."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yotokit.audio.loudness import Loudness

__all__ = ["plot_comparison", "plot_loudness"]

_STEP_S = 0.1


def plot_loudness(loudness: Loudness, ax: Any = None, *, target_lufs: float | None = None) -> Any:
    """Draw momentary and short-term loudness over time, and return the figure."""
    ax = ax if ax is not None else _new_axes(8.0, 3.2)
    for values, window_s, color, label, width in (
        (loudness.momentary_lufs, 0.4, "#9e9e9e", "momentary", 0.8),
        (loudness.short_term_lufs, 3.0, "#1976d2", "short-term", 1.8),
    ):
        times = window_s + _STEP_S * np.arange(len(values))
        ax.plot(times, np.maximum(values, -80.0), color=color, linewidth=width, label=label)
    if math.isfinite(loudness.integrated_lufs):
        ax.axhline(
            loudness.integrated_lufs,
            color="#8e5bd0",
            label=f"integrated {loudness.integrated_lufs:.1f} LUFS",
        )
    if target_lufs is not None:
        ax.axhline(
            target_lufs, color="#b26a00", linestyle="--", label=f"target {target_lufs:.1f} LUFS"
        )
    ax.set(
        title=f"{loudness.path.name}: range {loudness.range_lu:.1f} LU, "
        f"true peak {loudness.true_peak_dbtp:.1f} dBTP",
        xlabel="time (s)",
        ylabel="loudness (LUFS)",
        xlim=(0, max(loudness.duration_s, 0.1)),
        ylim=_span([*loudness.momentary_lufs, loudness.integrated_lufs, target_lufs]),
    )
    ax.grid(visible=True, alpha=0.25)
    ax.legend(loc="lower right", fontsize="small", ncols=2)
    return ax.figure


def plot_comparison(parts: Sequence[Loudness], ax: Any = None, *, target_lufs: float | None) -> Any:
    """Draw the integrated loudness and the range of each file on one scale."""
    ax = ax if ax is not None else _new_axes(8.0, 1.0 + 0.32 * len(parts))
    names = [part.path.name for part in parts]
    places = np.arange(len(parts))
    levels = np.array([max(part.integrated_lufs, -60.0) for part in parts])
    spread = np.array([part.range_lu for part in parts])
    ax.barh(places, spread, left=levels - spread / 2, height=0.55, color="#1976d2", alpha=0.25)
    ax.plot(levels, places, "o", color="#1976d2", label="integrated, with its range")
    if target_lufs is not None:
        ax.axvline(target_lufs, color="#b26a00", linestyle="--", label="target")
    ax.set(yticks=places, yticklabels=names, xlabel="loudness (LUFS)")
    ax.invert_yaxis()
    ax.grid(visible=True, axis="x", alpha=0.25)
    ax.legend(loc="best", fontsize="small")
    return ax.figure


def _span(levels: Sequence[float | None]) -> tuple[float, float]:
    """Return the limits of a loudness axis: all but the pauses, with some air."""
    finite = [level for level in levels if level is not None and math.isfinite(level)] or [-20.0]
    quiet = float(np.percentile(finite, 10))
    return max(quiet - 8.0, -75.0), min(max(finite) + 4.0, 3.0)


def _new_axes(width: float, height: float) -> Any:
    from matplotlib.figure import Figure  # noqa: PLC0415 - takes a second

    class ShownFigure(Figure):
        """A figure that a notebook shows without pyplot, which would keep it and show it twice."""

        def _repr_png_(self) -> bytes:
            buffer = io.BytesIO()
            self.savefig(buffer, format="png", dpi=110)
            return buffer.getvalue()

    return ShownFigure(figsize=(width, height), layout="constrained").add_subplot()
