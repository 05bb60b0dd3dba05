"""The labels that a player draws over its icons: letters of three by five points."""

from __future__ import annotations

__all__ = ["label_path"]

_SIZE = 16
_WIDTH, _HEIGHT = 3, 5
_MOST_LETTERS = 4
_LARGE_LETTERS = 2
# A row of points is an octal digit; five of them, from the top, are a letter.
_DRAWN = """
0=75557 1=26227 2=71747 3=71717 4=55711 5=74717 6=74757 7=71111 8=75757 9=75717
A=25755 B=65656 C=34443 D=65556 E=74647 F=74644 G=34553 H=55755 I=72227 J=11152
K=55655 L=44447 M=57755 N=65555 O=25552 P=65644 Q=25563 R=65655 S=34216 T=72222
U=55557 V=55552 W=55775 X=55255 Y=55222 Z=71247 -=00700 .=00002 !=22202 ?=71202
"""
_GLYPHS = dict(part.split("=") for part in _DRAWN.split())
_OTHER = "52525"


def label_path(label: str, *, alone: bool) -> str:
    """Return a label as an SVG path over 16 by 16 points, at most four letters of it.

    Parameters
    ----------
    label : str
        What the card says; letters that a player of three by five points does not have become
        a pattern.
    alone : bool
        Large and in the middle, as where there is no icon; otherwise small, below on the right.

    Examples
    --------
    >>> label_path(".", alone=False)
    'M13 14h1v1h-1z'
    """
    letters = "".join(label.upper().split())[:_MOST_LETTERS]
    scale = 2 if alone and len(letters) <= _LARGE_LETTERS else 1
    width = len(letters) * (_WIDTH + 1) * scale - scale
    left = (_SIZE - width) // 2 if alone else _SIZE - 1 - width
    top = (_SIZE - _HEIGHT * scale) // 2 if alone else _SIZE - 1 - _HEIGHT
    return "".join(
        f"M{left + x * scale} {top + y * scale}h{scale}v{scale}h-{scale}z"
        for x, y in _points(letters)
    )


def _points(letters: str) -> list[tuple[int, int]]:
    return [
        (place * (_WIDTH + 1) + x, y)
        for y in range(_HEIGHT)
        for place, letter in enumerate(letters)
        for x in range(_WIDTH)
        if int(_GLYPHS.get(letter, _OTHER)[y], 8) >> (_WIDTH - 1 - x) & 1
    ]
