"""Loudness curves as inline SVG, readable without color.

A matplotlib figure may not be drawn outside the caller's thread; what moves is drawn here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from yotokit.markup.figures import duration, lufs
from yotokit.markup.html import Html, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["curve", "sparkline"]

# The scale of EBU meters, wide enough for quiet speech and loud pop alike.
_TOP_LUFS = 0.0
_BOTTOM_LUFS = -50.0
_MOMENTARY_S, _SHORT_TERM_S = 0.4, 3.0


def sparkline(
    values: Sequence[float],
    *,
    gain_db: float | None = None,
    target_lufs: float | None = None,
    width: int = 150,
    height: int = 26,
) -> Html:
    """Draw a small curve for a table cell; all have the same scale, so they can be compared.

    Parameters
    ----------
    values : sequence of float
        Loudness over time, LUFS; -inf is silence.
    gain_db : float, optional
        Where it is given, the curve is drawn as it is after this gain, before it a thin line.
    target_lufs : float, optional
        Drawn as a dashed line.
    width, height : int
        Pixels.
    """
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return Html("")
    label = f"loudness from {lufs(min(finite))} to {lufs(max(finite))} LUFS"
    before = target = ""
    if gain_db:
        label += f", then {gain_db:+.1f} dB"
        before = (
            f'<path d="{_path(values, width, height)}" fill="none" stroke="#767676" '
            'stroke-width="1"/>'
        )
        values = [value + gain_db for value in values]
    line = _path(values, width, height)
    after = (
        f'<path d="{line}V{height}H0Z" fill="#1976d2" fill-opacity=".3"/>'
        f'<path d="{line}" fill="none" stroke="#1976d2" stroke-width="1.2"/>'
    )
    if target_lufs is not None:
        y = _y(target_lufs, height)
        target = (
            f'<line x1="0" x2="{width}" y1="{y}" y2="{y}" stroke="currentColor" '
            'stroke-opacity=".7" stroke-dasharray="2 3"/>'
        )
    return Html(
        f'<svg role="img" aria-label="{escape(label)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{after}{before}{target}</svg>'
    )


def curve(
    short_term_lufs: Sequence[float],
    momentary_lufs: Sequence[float],
    *,
    duration_s: float,
    integrated_lufs: float,
    target_lufs: float | None = None,
    width: int = 640,
    height: int = 180,
) -> Html:
    """Draw short-term and momentary loudness over time, with scale, integrated line and target.

    Parameters
    ----------
    short_term_lufs, momentary_lufs : sequence of float
        LUFS, the first one at the end of the first whole window; -inf is silence.
    duration_s : float
        Length of the programme, seconds.
    integrated_lufs, target_lufs : float
        Drawn as a solid and a dashed line; not drawn where not finite or None.
    width, height : int
        Pixels of the plot itself; the scale takes some more.
    """
    label = f"Loudness over {duration(duration_s)}: integrated {lufs(integrated_lufs)} LUFS" + (
        f", target {lufs(target_lufs)} LUFS" if target_lufs is not None else ""
    )
    grid = "".join(_grid_line(value, width, height) for value in range(-50, 1, 10))
    lines = ""
    if math.isfinite(integrated_lufs):
        lines += _level(integrated_lufs, width, height, color="#8e5bd0", dash="")
    if target_lufs is not None:
        lines += _level(target_lufs, width, height, color="#b26a00", dash="6 4")
    pixels_per_s = width / max(duration_s, _SHORT_TERM_S)
    momentary = _path(momentary_lufs, width, height, left=_MOMENTARY_S * pixels_per_s)
    short_term = _path(short_term_lufs, width, height, left=_SHORT_TERM_S * pixels_per_s)
    ends = (
        f'<text x="0" y="{height + 16}">0:00</text>'
        f'<text x="{width}" y="{height + 16}" text-anchor="end">{duration(duration_s)}</text>'
    )
    return Html(
        f'<svg role="img" aria-label="{escape(label)}" width="{width + 46}" height="{height + 26}" '
        f'viewBox="-40 -6 {width + 46} {height + 26}" style="max-width:100%" '
        f'font-size="11" fill="currentColor"><title>{escape(label)}</title>{grid}{ends}'
        f'<path d="{momentary}" fill="none" stroke="#767676" stroke-width="1"/>'
        f'<path d="{short_term}" fill="none" stroke="#1976d2" stroke-width="2" '
        f'stroke-linejoin="round"/>{lines}</svg>'
    )


def _grid_line(value: int, width: int, height: int) -> str:
    y = _y(value, height)
    return (
        f'<line x1="0" x2="{width}" y1="{y}" y2="{y}" stroke="currentColor" stroke-opacity=".15"/>'
        f'<text x="-8" y="{y + 4}" text-anchor="end">{value}</text>'
    )


def _level(value: float, width: int, height: int, *, color: str, dash: str) -> str:
    y = _y(value, height)
    pattern = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="0" x2="{width}" y1="{y}" y2="{y}" stroke="{color}" '
        f'stroke-width="1.5"{pattern}/>'
    )


def _y(value: float, height: int) -> float:
    clamped = min(max(value, _BOTTOM_LUFS), _TOP_LUFS)
    return round(height * (clamped - _TOP_LUFS) / (_BOTTOM_LUFS - _TOP_LUFS), 1)


def _path(values: Sequence[float], width: int, height: int, *, left: float = 0.0) -> str:
    """Return path data with at most a low and a high point per pixel column."""
    count = len(values)
    columns = min(count, width)
    pitch = (width - left) / max(columns, 1)
    pieces: list[str] = []
    for column in range(columns):
        start, stop = column * count // columns, (column + 1) * count // columns
        chunk = values[start:stop]
        x = round(left + (column + 0.5) * pitch, 1)
        ys = sorted({_y(float(min(chunk)), height), _y(float(max(chunk)), height)})
        pieces.extend(f"{x} {y}" for y in (ys if column % 2 else reversed(ys)))
    return "M" + "L".join(pieces) if pieces else ""
