"""Plain text for terminals, logs, screen readers and ``repr``."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["plain", "text_table"]

_NUMBER = re.compile(r"[+-]?[\d.:∞]*|silent")


def text_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows under headers; columns that hold only numbers are aligned right.

    Examples
    --------
    >>> print(text_table(["title", "LUFS"], [["Moon", "-16.0"], ["Sun and sea", "-9.5"]]))
    title         LUFS
    -----------  -----
    Moon         -16.0
    Sun and sea   -9.5
    """
    cells = [[plain(" ".join(str(cell).split())) for cell in row] for row in rows]
    columns = list(zip(*([list(headers), *cells]), strict=True))
    widths = [max(_width(cell) for cell in column) for column in columns]
    numeric = [all(_is_number(cell) for cell in column[1:]) for column in columns]

    def line(row: Sequence[str]) -> str:
        parts = [
            " " * (width - _width(cell)) + cell if right else cell + " " * (width - _width(cell))
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ]
        return "  ".join(parts).rstrip()

    rule = "  ".join("-" * width for width in widths)
    return "\n".join([line(list(headers)), rule, *(line(row) for row in cells)])


def plain(text: str) -> str:
    """Return a text in which nothing gives orders to a terminal.

    Examples
    --------
    >>> plain("a" + chr(27) + "[2Jb")
    'a\ufffd[2Jb'
    """
    return "".join("\ufffd" if unicodedata.category(char) == "Cc" else char for char in text)


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None
