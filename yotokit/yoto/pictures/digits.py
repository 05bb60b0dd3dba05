"""Numbers for the display: digits of points, larger where there are fewer of them."""

from __future__ import annotations

from yotokit.loading import load
from yotokit.yoto.pictures.convert import SIDE, png_of

__all__ = ["LARGEST_NUMBER", "number_png"]

LARGEST_NUMBER = 999
"""The largest number with an icon: the display has room for three digits."""

# Width, height and stroke of a digit, and the gap to the next, for one, two and three of them.
_SIZES = {1: (8, 12, 2, 0), 2: (6, 10, 2, 2), 3: (4, 8, 1, 1)}
# The bars of a digit: top, middle, bottom; left and right of the upper and of the lower half.
_BARS = {
    "0": "tblrxy",
    "2": "tmbrx",
    "3": "tmbry",
    "4": "mlry",
    "5": "tmbly",
    "6": "tmblxy",
    "7": "try",
    "8": "tmblrxy",
    "9": "tmblry",
}
# Where two bars meet in an angle; elsewhere they meet in a curve.
_ANGLES = frozenset({"2bx", "5tl", "7tr"})
# As bright on black as they are dark on white.
_COLORS = (
    (234, 78, 132),
    (236, 92, 52),
    (222, 138, 0),
    (64, 168, 72),
    (20, 160, 166),
    (56, 140, 230),
    (146, 108, 240),
    (204, 84, 206),
)


def number_png(number: int) -> bytes:
    """Return the icon of a number from 1 to 999, as PNG; neighbors differ in color.

    Examples
    --------
    >>> number_png(1)[1:4]
    b'PNG'
    """
    load("PIL.Image")
    from PIL import Image  # noqa: PLC0415 - takes its time

    digits = str(number)
    width, height, stroke, gap = _SIZES[len(digits)]
    image = Image.new("RGBA", (SIDE, SIDE))
    left = (SIDE - len(digits) * (width + gap) + gap) // 2
    for place, digit in enumerate(digits):
        for x, y in _points(digit, width, height, stroke):
            point = left + place * (width + gap) + x, (SIDE - height) // 2 + y
            image.putpixel(point, (*_COLORS[number % len(_COLORS)], 255))
    return png_of(image)


def _points(digit: str, width: int, height: int, stroke: int) -> set[tuple[int, int]]:
    if digit == "1":
        return _one(width, height, stroke)
    middle = (height - stroke) // 2
    bars = {
        "t": _box(0, width, 0, stroke),
        "m": _box(stroke if digit == "3" else 0, width, middle, middle + stroke),
        "b": _box(0, width, height - stroke, height),
        "l": _box(0, stroke, 0, middle + stroke),
        "r": _box(width - stroke, width, 0, middle + stroke),
        "x": _box(0, stroke, middle, height),
        "y": _box(width - stroke, width, middle, height),
    }
    corners = {
        "tl": (0, 0),
        "tr": (width - 1, 0),
        "bx": (0, height - 1),
        "by": (width - 1, height - 1),
    }
    used = set(_BARS[digit])
    round_ones = {
        corner
        for pair, corner in corners.items()
        if set(pair) <= used and digit + pair not in _ANGLES
    }
    return set().union(*(bars[bar] for bar in used)) - round_ones


def _one(width: int, height: int, stroke: int) -> set[tuple[int, int]]:
    left = (width - stroke) // 2
    stem = _box(left, left + stroke, 0, height)
    flag = _box(left - stroke, left, stroke // 2, stroke // 2 + stroke)
    foot = _box(left - stroke, left + 2 * stroke, height - stroke, height)
    return stem | flag | foot


def _box(left: int, right: int, top: int, bottom: int) -> set[tuple[int, int]]:
    return {(x, y) for x in range(left, right) for y in range(top, bottom)}
