"""The matplotlib figures: the only module that knows matplotlib, in the caller's thread only."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from yotokit.audio.measuring.power import MOMENTARY_S, SHORT_TERM_S, STEPS_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from yotokit.audio.measuring.loudness import Loudness
    from yotokit.audio.writing.normalize import Normalized

__all__ = ["plot_comparison", "plot_loudness", "plot_moves", "plot_normalized"]

_STEP_S = 1 / STEPS_PER_S
_FLOOR_LUFS = -80.0
_SILENT_LUFS = -60.0  # where silence is drawn
_FEW_ROWS, _ARROW_LU = 30, 0.25
_GREY, _BLUE, _PURPLE, _AMBER, _RED, _TEAL = (
    "#8a8f98",
    "#1769aa",
    "#7b4fbf",
    "#b26a00",
    "#c62828",
    "#00796b",
)


def plot_loudness(
    loudness: Loudness,
    ax: Any = None,
    *,
    target_lufs: float | None = None,
    after: Loudness | None = None,
) -> Any:
    """Draw loudness over time with what the numbers mean, and return the figure."""
    own = ax is None
    ax = ax if ax is not None else _new_axes(9.0, 3.8)
    _draw_range(ax, loudness)
    momentary, short_term = loudness.momentary_lufs, loudness.short_term_lufs
    _draw_curve(ax, momentary, MOMENTARY_S, color=_GREY, linewidth=0.7, label="momentary (0.4 s)")
    _draw_curve(ax, short_term, SHORT_TERM_S, color=_BLUE, linewidth=1.8, label="short-term (3 s)")
    if after is not None:
        levels = after.short_term_lufs
        _draw_curve(ax, levels, SHORT_TERM_S, color=_TEAL, linewidth=1.8, label="short-term after")
    if math.isfinite(loudness.integrated_lufs):
        label = f"integrated {loudness.integrated_lufs:.1f} LUFS"
        ax.axhline(loudness.integrated_lufs, color=_PURPLE, linewidth=1.4, label=label)
    if after is not None and math.isfinite(after.integrated_lufs):
        label = f"integrated after {after.integrated_lufs:.1f} LUFS"
        ax.axhline(after.integrated_lufs, color=_TEAL, linewidth=1.0, label=label)
    if target_lufs is not None:
        label = f"target {target_lufs:.1f} LUFS"
        ax.axhline(target_lufs, color=_AMBER, linestyle="--", linewidth=1.4, label=label)
    both = [loudness] if after is None else [loudness, after]
    low, high = _span(
        [level for part in both for level in [*part.momentary_lufs, part.integrated_lufs]],
        target_lufs,
    )
    _draw_peaks(ax, loudness, high)
    ax.set(xlabel="time", ylabel="loudness (LUFS)", ylim=(low, high))
    ax.set_xlim(0, max(loudness.duration_s, _STEP_S))
    ax.set_title(_plain(loudness.path.name), fontsize="medium", loc="left", pad=12)
    ax.grid(visible=True, alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    ax.locator_params(axis="x", nbins=9, steps=[1, 2, 3, 5, 6, 10], integer=True)
    ax.xaxis.set_major_formatter(lambda seconds, _: f"{int(seconds) // 60}:{seconds % 60:02.0f}")
    _legend_below(ax, own_figure=own)
    return ax.figure


def plot_normalized(result: Normalized, ax: Any = None, *, target_lufs: float | None = None) -> Any:
    """Draw a file before and after it was normalized, with the limiter's gain, if any."""
    from yotokit.audio.measuring.measure import measure  # noqa: PLC0415 - only what is drawn is measured

    figure = plot_loudness(
        result.before, ax, target_lufs=target_lufs, after=measure(result.rendered.path)
    )
    curve = result.rendered.limiter_gain_db
    if curve is not None:
        gains = (ax if ax is not None else figure.axes[0]).twinx()
        times = _STEP_S * np.arange(len(curve))
        gains.fill_between(times, curve, 0.0, step="post", color=_RED, alpha=0.35, linewidth=0)
        gains.set(ylim=(4.0 * min(float(curve.min()), -3.0), 0.0))
        gains.set_ylabel("limiter (dB)", color=_RED)
        gains.tick_params(axis="y", colors=_RED)
    return figure


def plot_comparison(parts: Sequence[Loudness], ax: Any = None, *, target_lufs: float | None) -> Any:
    """Draw each file on one scale, with the distribution of all above it."""
    axes = [ax] if ax is not None else _new_axes(9.0, 2.4 + 0.34 * len(parts), rows=len(parts))
    files = axes[-1]
    places = np.arange(len(parts))
    levels = np.array([max(part.integrated_lufs, -60.0) for part in parts])
    low = np.array([max(part.range_low_lufs, -60.0) for part in parts])
    high = np.array([max(part.range_high_lufs, -60.0) for part in parts])
    loudest = np.array([max(part.max_short_term_lufs, -60.0) for part in parts])
    files.barh(
        places, high - low, left=low, height=0.56, color=_BLUE, alpha=0.25, label="range (LRA)"
    )
    files.plot(loudest, places, "|", color=_GREY, markersize=11, label="loudest 3 s")
    files.plot(levels, places, "o", color=_PURPLE, label="integrated")
    files.set(yticks=places, yticklabels=[_plain(_short(part.path.name)) for part in parts])
    files.set_xlabel("loudness (LUFS)")
    files.set_ylim(len(parts) - 0.4, -0.6)
    if len(axes) > 1:
        _draw_distribution(axes[0], levels[[math.isfinite(p.integrated_lufs) for p in parts]])
    for axis in axes:
        if target_lufs is not None:
            label = f"target {target_lufs:.1f} LUFS" if axis is files else None
            axis.axvline(target_lufs, color=_AMBER, linestyle="--", linewidth=1.4, label=label)
        axis.grid(visible=True, axis="x", alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    shown = [*low, *high, *levels, *loudest, *([] if target_lufs is None else [target_lufs])]
    files.set_xlim(min(shown, default=-60.0) - 1.0, max(shown, default=0.0) + 1.0)
    _legend_below(files, own_figure=ax is None)
    return files.figure


def plot_moves(
    rows: Sequence[tuple[str, float, float | None]], ax: Any = None, *, target_lufs: float
) -> Any:
    """Draw for each name from which loudness to which it was moved, and return the figure.

    Parameters
    ----------
    rows : sequence of (name, before, after)
        LUFS; None where nobody knows what it is afterwards.
    target_lufs : float
        Drawn as a dashed line.
    """
    own = ax is None
    pitch = 0.34 if len(rows) <= _FEW_ROWS else 0.19
    ax = ax if ax is not None else _new_axes(9.0, 1.7 + pitch * len(rows))
    before = np.array([_shown_lufs(row[1]) for row in rows])
    after = np.array([math.nan if row[2] is None else _shown_lufs(row[2]) for row in rows])
    places, missing = np.arange(len(rows)), np.isnan(after)
    ax.axvline(
        target_lufs, color=_AMBER, linestyle="--", linewidth=1.4, label=f"target {target_lufs:.1f}"
    )
    for place, (start, end) in enumerate(zip(before, after, strict=True)):
        if abs(end - start) > _ARROW_LU:
            line = {"arrowstyle": "-|>", "color": _PURPLE, "linewidth": 1.4, "shrinkB": 3}
            ax.annotate("", (end, place), (start, place), arrowprops=line)
    ax.plot(before, places, "o", color=_GREY, fillstyle="none", markersize=8, label="as sent")
    ax.plot(after, places, "o", color=_PURPLE, markersize=5, label="as the service made it")
    if missing.any():
        ax.plot(before[missing], places[missing], "x", color=_RED, label="not known")
    ax.set_yticks(places, [_plain(_short(row[0])) for row in rows])
    ax.tick_params(axis="y", labelsize="medium" if len(rows) <= _FEW_ROWS else "x-small")
    shown = [*before, *after[~missing], target_lufs]
    ax.set(xlabel="integrated loudness (LUFS)", ylim=(max(len(rows), 1) - 0.4, -0.6))
    ax.set_xlim(min(shown) - 1.5, max(shown) + 1.5)
    ax.grid(visible=True, axis="x", alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    _legend_below(ax, own_figure=own)
    return ax.figure


def _shown_lufs(value: float) -> float:
    return max(value, _SILENT_LUFS)


def _draw_range(ax: Any, loudness: Loudness) -> None:
    if math.isfinite(loudness.range_low_lufs) and loudness.range_lu > 0:
        ax.axhspan(
            loudness.range_low_lufs,
            loudness.range_high_lufs,
            color=_PURPLE,
            alpha=0.10,
            linewidth=0,
            label=f"range (LRA) {loudness.range_lu:.1f} LU",
        )


def _draw_curve(ax: Any, values: NDArray[np.float32], window_s: float, **style: Any) -> None:
    times = window_s + _STEP_S * np.arange(len(values))
    ax.plot(times, np.maximum(values, _FLOOR_LUFS), **style)


def _draw_peaks(ax: Any, loudness: Loudness, top: float) -> None:
    """Mark where the highest peak lies, and where samples were cut off."""
    if math.isfinite(loudness.true_peak_dbtp):
        label = f"true peak {loudness.true_peak_dbtp:.1f} dBTP"
        ax.plot(
            [loudness.true_peak_s], [top], "v", color=_RED, markersize=9, clip_on=False, label=label
        )
    if len(loudness.clipped_s):
        spans = [(start_s, end_s - start_s) for start_s, end_s in loudness.clipped_s]
        label = f"clipped, {loudness.clipped_duration_s:.1f} s"
        bars = ax.broken_barh(spans, (0.96, 0.04), color=_RED, alpha=0.8, label=label)
        bars.set_transform(ax.get_xaxis_transform())


def _draw_distribution(ax: Any, levels: NDArray[np.float64]) -> None:
    """Draw how many files lie where, in steps of 1 LU around whole numbers."""
    if not len(levels):
        return
    edges = np.arange(round(levels.min()) - 0.5, round(levels.max()) + 1.0)
    ax.hist(levels, bins=edges, color=_PURPLE, alpha=0.55, rwidth=0.92)
    ax.yaxis.get_major_locator().set_params(integer=True)
    ax.set_ylabel("files")
    ax.set_title(
        f"{len(levels)} files, median {np.median(levels):.1f} LUFS, "
        f"from {levels.min():.1f} to {levels.max():.1f}",
        fontsize="medium",
        loc="left",
    )
    ax.tick_params(labelbottom=False)


def _legend_below(ax: Any, *, own_figure: bool) -> None:
    """Explain the colors below a figure of ours, and inside the axes of others."""
    if own_figure:
        ax.figure.legend(loc="outside lower left", fontsize="small", ncols=4, frameon=False)
    else:
        ax.legend(loc="best", fontsize="small")


def _span(levels: Sequence[float], target_lufs: float | None) -> tuple[float, float]:
    """Return the limits of a loudness axis: all but the pauses, with some air."""
    finite = [level for level in levels if math.isfinite(level)] or [-20.0]
    named = [] if target_lufs is None else [target_lufs]
    quiet = min([float(np.percentile(finite, 10)), *named])
    return max(quiet - 8.0, -75.0), max(max([*finite, *named]) + 3.0, -60.0)


def _short(name: str, longest: int = 36) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}\u2026"


def _plain(text: str) -> str:
    """Return text that matplotlib takes as it is, not as a formula, and can draw."""
    shown = "".join(char if char.isprintable() else "\u2423" for char in text)
    return shown.encode("utf-8", "replace").decode("utf-8").replace("$", r"\$")


def _new_axes(width: float, height: float, rows: int | None = None) -> Any:
    """Return axes on a figure of its own; with ``rows``, a flat one above a tall one."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - takes a second

    class ShownFigure(Figure):
        """A figure that a notebook shows without pyplot, which would keep it and show it twice."""

        def _repr_png_(self) -> bytes:
            buffer = io.BytesIO()
            self.savefig(buffer, format="png", dpi=110)
            return buffer.getvalue()

    figure = ShownFigure(figsize=(width, height), layout="constrained")
    if rows is None:
        return figure.add_subplot()
    ratios = {"height_ratios": [1.1, max(0.34 * rows, 0.7)]}
    return list(figure.subplots(2, 1, sharex=True, gridspec_kw=ratios))
