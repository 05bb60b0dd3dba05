"""The plot that loudness is drawn in: the scale of EBU meters, time, and what is marked there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from yotokit.markup import colors
from yotokit.markup.drawing import Anchor, Drawing, Label, apart, silhouette
from yotokit.markup.figures import duration, lufs_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from yotokit.markup.html import Html

__all__ = ["Plot", "level"]

# Wide enough for quiet speech and loud pop alike.
_TOP_LUFS, _BOTTOM_LUFS = 0.0, -50.0
_TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800)
_TICK_PX, _NEAR_PX = 80, 44
_LEFT_PX, _TOP_PX, _RIGHT_PX, _BOTTOM_PX = 40, 20, 84, 22
_LETTER_PX, _LINE_PX = 6.2, 13.0


def level(height: int, gain_db: float = 0.0) -> Callable[[float], float]:
    """Return where a loudness is drawn in a plot: pixels from the top; silence at the bottom.

    Examples
    --------
    >>> y_of = level(100)
    >>> [y_of(lufs) for lufs in (9.0, 0.0, -25.0, float("-inf"), float("nan"))]
    [0.0, 0.0, 50.0, 100.0, 100.0]
    """
    pixels_per_lu = height / (_TOP_LUFS - _BOTTOM_LUFS)

    def y_of(lufs: float) -> float:
        shown = lufs + gain_db
        # What is no number is not above the bottom, either.
        if not shown > _BOTTOM_LUFS:
            return float(height)
        return (_TOP_LUFS - min(shown, _TOP_LUFS)) * pixels_per_lu

    return y_of


class Plot:
    """A drawing of loudness over time, while it is made.

    Parameters
    ----------
    width, height : int
        Of the plot itself, pixels.
    length_s : float
        What its width stands for, seconds.
    below : int
        Room for a key below it, pixels.
    """

    def __init__(self, width: int, height: int, length_s: float, below: int = 0) -> None:
        self._width, self._height, self._length_s, self._below = width, height, length_s, below
        self._pixels_per_s = width / length_s
        self._shapes: list[str] = []
        self._labels: list[tuple[Label, ...]] = []

    def drawing(self, name: str, *, image: bool = False) -> Html:
        """Return all of it, with its name for those who do not see it."""
        drawing = Drawing(
            name,
            self._width,
            self._height,
            "".join(self._shapes),
            tuple(self._labels),
            left=_LEFT_PX,
            top=_TOP_PX,
            right=_RIGHT_PX,
            bottom=_BOTTOM_PX + self._below,
        )
        return drawing.image() if image else drawing.svg()

    def draw_scale(self) -> None:
        """Draw the scale and the times."""
        y_of = level(self._height)
        values = range(int(_TOP_LUFS), int(_BOTTOM_LUFS) - 1, -10)
        lines = "".join(f"M0 {y_of(value):.1f}H{self._width}" for value in values)
        self._line(lines, colors.GREY, 1, ' stroke-opacity=".3"')
        numbers = (Label(-8, y_of(value), str(value), "end") for value in values)
        self._labels += [(Label(-8, -12, "LUFS", "end"), *numbers), tuple(self._times())]

    def draw(
        self,
        lufs: Sequence[float],
        from_s: float,
        color: str,
        thick: float,
        *,
        gain_db: float = 0.0,
        until_s: float | None = None,
    ) -> None:
        """Draw a curve, as it is after a gain."""
        left = from_s * self._pixels_per_s
        right = self._width if until_s is None else until_s * self._pixels_per_s
        self._line(silhouette(lufs, left, right, level(self._height, gain_db)), color, thick)

    def draw_levels(self, integrated_lufs: float | None, target_lufs: float | None) -> None:
        """Draw the level of the whole and the target, each with its words at the right."""
        levels = [
            (value, word, color, dash)
            for value, word, color, dash in (
                (target_lufs, "target {:g}", colors.AMBER, ' stroke-dasharray="6 4"'),
                (integrated_lufs, "{:.1f} LUFS", colors.PURPLE, ""),
            )
            if value is not None and math.isfinite(value)
        ]
        ys = [level(self._height)(value) for value, *_ in levels]
        places = apart(ys, _LINE_PX, 0.0, self._height)
        for (value, word, color, dash), y, place in zip(levels, ys, places, strict=True):
            self._line(f"M0 {y:.1f}H{self._width}", color, 1.5, dash)
            self._line(f"M{self._width} {y:.1f}L{self._width + 7} {place:.1f}", color, 1.5)
            self._labels.append((Label(self._width + 10, place, word.format(round(value, 1))),))
        if integrated_lufs is not None and not math.isfinite(integrated_lufs):
            middle = self._width / 2, self._height / 2
            self._labels.append((Label(*middle, lufs_words(integrated_lufs), "middle"),))

    def draw_peak(self, at_s: float, dbtp: float) -> None:
        """Mark the highest true peak at the top."""
        x = min(max(at_s * self._pixels_per_s, 0.0), self._width)
        self._shapes.append(f'<path d="M{x:.1f} -2l-5 -9h10Z" fill="{colors.RED}"/>')
        words = f"{dbtp:.1f} dBTP"
        beyond = x + 9 + len(words) * _LETTER_PX > self._width + _RIGHT_PX
        side: tuple[float, Anchor] = (-9, "end") if beyond else (9, "start")
        self._labels.append((Label(x + side[0], -8, words, side[1]),))

    def draw_key(self, entries: Iterable[tuple[str, float, str]]) -> None:
        """Say below the plot what the lines are, by color, thickness and words."""
        x, y = 0.0, self._height + _BOTTOM_PX + 8.5
        labels: list[Label] = []
        for color, thick, words in entries:
            end = x + 22 + len(words) * _LETTER_PX
            if end > self._width + _RIGHT_PX:
                break
            self._line(f"M{x:.1f} {y}h16", color, thick)
            labels.append(Label(x + 22, y, words))
            x = end + 14
        self._labels.append(tuple(labels))

    def write(self, words: str) -> None:
        """Write a few words above the plot."""
        self._labels.append((Label(0, -12, words),))

    def _line(self, path: str, color: str, thick: float, how: str = "") -> None:
        if path:
            self._shapes.append(
                f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{thick:g}" '
                f'stroke-linejoin="round"{how}/>'
            )

    def _times(self) -> Iterator[Label]:
        y, width, length_s = self._height + 13, self._width, self._length_s
        yield Label(0, y, duration(0))
        most = max(width / _TICK_PX, 1)
        longest_s = _TICKS_S[-1] * math.ceil(length_s / most / _TICKS_S[-1])
        step_s = next((step for step in _TICKS_S if length_s / step <= most), longest_s)
        end, at_s = duration(length_s), step_s
        while at_s * self._pixels_per_s < width - _NEAR_PX and duration(at_s) != end:
            yield Label(at_s * self._pixels_per_s, y, duration(at_s), "middle")
            at_s += step_s
        yield Label(width, y, end, "end")
