"""How much of a limit is used: in words, with a thin bar."""

from __future__ import annotations

import math

from yotokit.markup import colors
from yotokit.markup.html import Html, escape

__all__ = ["meter"]

_WIDTH_PX, _HEIGHT_PX = 64, 5
_NEAR = 0.9


def meter(value: float, most: float, *, words: str = "") -> Html:
    """Return a number beside its limit, with a bar; near the limit and over it, a word says so.

    Parameters
    ----------
    value, most : float
        What is used, and what there is; in the same unit.
    words : str
        Stands in the place of the two numbers, where they have a unit.

    Examples
    --------
    >>> "12 of 100<" in meter(12, 100), "12 of 100, nearly full" in meter(12, 100)
    (True, False)
    >>> "95 of 100, nearly full" in meter(95, 100), "5.2 of 5.0 h, over" in meter(
    ...     5.2, 5, words="5.2 of 5.0 h"
    ... )
    (True, True)
    """
    share = value / most if most > 0 else math.inf if value > 0 else 0.0
    word, color = _judged(share)
    text = (words or f"{value:g} of {most:g}") + (f", {word}" if word else "")
    filled = _WIDTH_PX * min(max(share, 0.0), 1.0)
    bar = (
        f'<svg aria-hidden="true" width="{_WIDTH_PX}" height="{_HEIGHT_PX}">'
        f'<rect width="{_WIDTH_PX}" height="{_HEIGHT_PX}" rx="2" fill="{colors.GREY}" '
        f'fill-opacity=".35"/><rect width="{filled:.1f}" height="{_HEIGHT_PX}" rx="2" '
        f'fill="{color}"/></svg>'
    )
    return Html(
        '<span class="yk-meter" style="display: inline-flex; align-items: center; gap: 8px">'
        f"<span>{escape(text)}</span>{bar}</span>"
    )


def _judged(share: float) -> tuple[str, str]:
    if share > 1.0:
        return "over", colors.RED
    if share == 1.0:
        return "full", colors.AMBER
    return ("nearly full", colors.AMBER) if share >= _NEAR else ("", colors.BLUE)
