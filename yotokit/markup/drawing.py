"""A small drawing: shapes and labels, as inline SVG or as an image with its labels beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import quote

from yotokit.markup.html import Html, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Anchor", "Drawing", "Label", "apart", "silhouette"]

Anchor: TypeAlias = Literal["start", "middle", "end"]

_FONT_PX, _LINE_PX, _WIDE_PX = 11, 14, 160
# Whatever has a meaning in markup or in an address is written as a number.
_HARMLESS = " !()*,-.:;=@_'"


@dataclass(frozen=True, slots=True)
class Label:
    """A few words in a drawing: `y` is their middle."""

    x: float
    y: float
    text: str
    anchor: Anchor = "start"


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes and labels around a plot, whose upper left corner is the origin.

    Attributes
    ----------
    name : str
        What there is to see, for those who do not see it.
    width, height : int
        Of the plot, pixels.
    shapes : str
        SVG, without text.
    labels : tuple of tuple of Label
        What is written, in groups that read well in a line.
    left, top, right, bottom : int
        Room around the plot, pixels.
    """

    name: str
    width: int
    height: int
    shapes: str
    labels: tuple[tuple[Label, ...], ...] = ()
    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    @property
    def _size(self) -> tuple[int, int]:
        return self.left + self.width + self.right, self.top + self.height + self.bottom

    def svg(self) -> Html:
        """Return inline SVG: for what is live."""
        name = escape(self.name)
        texts = "".join(
            f'<text x="{_short(label.x)}" y="{_short(label.y + _FONT_PX * 0.36)}" '
            f'text-anchor="{label.anchor}">{escape(label.text)}</text>'
            for group in self.labels
            for label in group
        )
        if texts:
            texts = f'<g fill="currentColor" font-size="{_FONT_PX}">{texts}</g>'
        return Html(
            f'<svg role="img" aria-label="{name}" {self._box()} '
            f'style="max-width: 100%">{self.shapes}{texts}</svg>'
        )

    def image(self) -> Html:
        """Return an image and its labels: for what is saved.

        JupyterLab, for a notebook that it does not trust yet, and code hosts take inline SVG
        out, and leave images.
        """
        drawn = f"<svg xmlns='http://www.w3.org/2000/svg' {self._box()}>{self.shapes}</svg>"
        source = quote(drawn.replace('"', "'"), safe=_HARMLESS)
        width, height = self._size
        image = f'<img alt="{escape(self.name)}" width="{width}" height="{height}"'
        source = f'src="data:image/svg+xml,{source}"'
        if not self.labels:
            return Html(f'{image} style="max-width: none" {source}/>')
        # A group is a line where positions are dropped.
        groups = "".join(
            f"<div>{' '.join(map(self._beside, group))}</div>" for group in self.labels
        )
        return Html(
            f'<div style="position: relative; max-width: {width}px">{image} '
            f'style="width: 100%; height: auto; max-width: none; margin: 0; display: block" '
            f'{source}/><div style="font-size: {_FONT_PX}px; line-height: {_LINE_PX}px; '
            f'white-space: nowrap" aria-hidden="true">{groups}</div></div>'
        )

    def _box(self) -> str:
        width, height = self._size
        return (
            f'width="{width}" height="{height}" viewBox="{-self.left} {-self.top} {width} {height}"'
        )

    def _beside(self, label: Label) -> str:
        """Return a label as HTML, which lies over the image where it may."""
        width, height = self._size
        x, y = (self.left + label.x) / width, (self.top + label.y) / height
        side = {
            "start": f"left: {x:.2%}",
            "middle": f"left: {x:.2%}; width: {_WIDE_PX}px; margin-left: {-_WIDE_PX // 2}px; "
            "text-align: center",
            "end": f"right: {1 - x:.2%}",
        }[label.anchor]
        place = f"position: absolute; top: {y:.2%}; margin-top: {-_LINE_PX // 2}px; {side}"
        return f'<span style="{place}">{escape(label.text)}</span>'


def apart(places: list[float], distance: float, low: float, high: float) -> list[float]:
    """Move places away from each other, as little as it takes, between two ends.

    Examples
    --------
    >>> apart([50.0, 48.0, 3.0], 13.0, 6.0, 100.0)
    [55.5, 42.5, 6.0]
    """
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = [min(max(places[at], low), high) for at in order]
    for at in range(1, len(moved)):
        lacking = distance - (moved[at] - moved[at - 1])
        if lacking > 0:
            moved[at - 1] -= lacking / 2
            moved[at] += lacking / 2
    for at, _ in enumerate(moved):
        moved[at] = max(moved[at], low if at == 0 else moved[at - 1] + distance)
    for at in reversed(range(len(moved))):
        moved[at] = min(moved[at], high if at == len(moved) - 1 else moved[at + 1] - distance)
    return [moved[order.index(at)] for at in range(len(places))]


def silhouette(
    values: Sequence[float], left: float, right: float, y_of: Callable[[float], float]
) -> str:
    """Return path data of a curve, with at most a low and a high point per pixel column.

    Parameters
    ----------
    values : sequence of float
        Side by side, at equal distances.
    left, right : float
        Between which they are drawn, pixels.
    y_of : callable
        Says where a value is drawn, pixels; only asked for the least and the greatest of a column.
    """
    count = len(values)
    columns = min(count, max(1, round(right - left)))
    pitch = (right - left) / max(columns, 1)
    pieces: list[str] = []
    for column in range(columns):
        chunk = values[column * count // columns : (column + 1) * count // columns]
        x = _short(left + (column + 0.5) * pitch)
        ys = sorted({y_of(min(chunk)), y_of(max(chunk))})
        pieces.extend(f"{x} {_short(y)}" for y in (ys if column % 2 else reversed(ys)))
    return "M" + "L".join(pieces) if pieces else ""


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
