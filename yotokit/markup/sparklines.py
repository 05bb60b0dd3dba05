"""Small curves for the cells of a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from yotokit.markup import colors
from yotokit.markup.drawing import Drawing, silhouette
from yotokit.markup.figures import lufs_words
from yotokit.markup.html import Html
from yotokit.markup.levels import level

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["sparkline"]


def sparkline(
    values: Sequence[float],
    *,
    gain_db: float | None = None,
    target_lufs: float | None = None,
    width: int = 150,
    height: int = 26,
) -> Html:
    """Draw a small curve for a table cell; all have the same scale, so they can be compared.

    It is an image, and so survives where inline SVG is taken out.

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
    name = f"loudness from {min(finite):.1f} to {lufs_words(max(finite))}"
    gain_db = gain_db if gain_db is not None and math.isfinite(gain_db) else 0.0
    before = target = ""
    if gain_db:
        name += f", then {gain_db:+.1f} dB"
        before = _stroke(silhouette(values, 0, width, level(height)), colors.GREY, "1.2")
    line = silhouette(values, 0, width, level(height, gain_db))
    # The first and the last point stand half a column inside.
    area = f'<path d="{line}V{height}H0Z" fill="{colors.BLUE}" fill-opacity=".3"/>'
    if target_lufs is not None and math.isfinite(target_lufs):
        y = level(height)(target_lufs)
        dash = ' stroke-dasharray="2 3"'
        target = _stroke(f"M0 {y:.1f}H{width}", colors.AMBER, "1.5", dash)
    shapes = area + _stroke(line, colors.BLUE, "1.2") + before + target
    return Drawing(name, width, height, shapes).image()


def _stroke(path: str, color: str, thick: str, how: str = "") -> str:
    return f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{thick}"{how}/>'
