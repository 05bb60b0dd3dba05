"""Depth of the queues over the last two minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yotokit.markup import colors
from yotokit.markup.drawing import Drawing, Label
from yotokit.markup.html import Html

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["history"]

_SECONDS = 120
_GAP_PX, _SPACE_PX, _LETTER_PX = 8, 12, 7
_SOFT = f'stroke="{colors.GREY}" stroke-opacity=".5"'


def history(
    series: Sequence[Sequence[int]],
    *,
    labels: Sequence[str],
    notes: Sequence[str] = (),
    width: int = 240,
    height: int = 22,
) -> Html:
    """Draw how many waited and were worked on, second by second, a small chart for each queue.

    Each has its own scale, from 0 to its greatest number.

    Parameters
    ----------
    series : sequence of sequence of int
        For each queue, a number a second, the latest last; the last 120 are drawn.
    labels : sequence of str
        What the queues are called.
    notes : sequence of str, optional
        What is written beside each; its latest and its greatest number where they are missing.
    width, height : int
        Of each chart, pixels; the words beside it take some more.
    """
    shown = [[max(0, value) for value in values[-_SECONDS:]] for values in series]
    if not any(shown):
        return Html("")
    shapes: list[str] = []
    words: list[tuple[Label, ...]] = []
    told: list[str] = []
    for row, (values, label) in enumerate(zip(shown, labels, strict=True)):
        bottom = row * (height + _GAP_PX) + height
        most = max(values, default=0)
        shapes.append(_area(values, most, width, height, bottom))
        middle = bottom - height / 2
        count = notes[row] if notes else f"{values[-1] if values else 0} now, {most} at most"
        beside = Label(width + _SPACE_PX, middle, count)
        words.append((Label(-_SPACE_PX, middle, label, "end"), beside))
        told.append(f"{label} {count}")
    tall = len(shown) * (height + _GAP_PX)
    words.append((Label(0, tall + 4, "2 minutes ago"), Label(width, tall + 4, "now", "end")))
    seconds = max(map(len, shown))
    return Drawing(
        f"queues over the last {seconds} s: {'; '.join(told)}",
        width,
        tall,
        "".join(shapes),
        tuple(words),
        left=_SPACE_PX + _room(words, 0),
        right=_SPACE_PX + _room(words, 1),
        top=2,
        bottom=14,
    ).svg()


def _area(values: Sequence[int], most: int, width: int, height: int, bottom: int) -> str:
    """Return steps, the latest at the right, over a base line."""
    base = f'<path d="M0 {bottom}H{width}" fill="none" {_SOFT}/>'
    if not most:
        return base
    pitch = width / _SECONDS
    x = width - len(values) * pitch
    line, y = f"M{x:.1f} {bottom}", float(bottom)
    for at, value in enumerate(values):
        level = bottom - height * value / most
        if level != y:
            line += f"H{x + at * pitch:.1f}V{level:.1f}"
            y = level
    line += f"H{width}"
    return (
        f'{base}<path d="{line}V{bottom}Z" fill="{colors.BLUE}" fill-opacity=".3"/>'
        f'<path d="{line}" fill="none" stroke="{colors.BLUE}" stroke-width="1.5"/>'
    )


def _room(words: Sequence[tuple[Label, ...]], side: int) -> int:
    return max(len(row[side].text) for row in words[:-1]) * _LETTER_PX
