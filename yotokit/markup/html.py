"""Escaped HTML: tables, definition lists, state badges.

Colors come from the notebook's own theme where it has one, and no background is ever set, so
light and dark work alike. What a color says, a word says too.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from yotokit.markup import colors
from yotokit.markup.styles import RULES, style

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["STYLE", "Html", "badge", "definitions", "escape", "fragment", "page_fragment", "table"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


class Html(str):
    """A string that is markup already; everything else is escaped."""

    __slots__ = ()


STYLE = Html(style(RULES))
"""What the pieces look like; a page needs it once."""

# A border is kept by printers and by forced colors; written out, it is kept by viewers that
# drop style elements, as JupyterLab does with a notebook that it does not trust yet.
_DOT = "display: inline-block; border: 4px solid {}; border-radius: 50%; margin-right: 7px"
_COLORS = {
    "amber": colors.AMBER,
    "blue": colors.BLUE,
    "green": colors.GREEN,
    "grey": colors.GREY,
    "red": colors.RED,
}


def escape(value: object) -> Html:
    """Return the value as markup of one line, escaped unless it is markup already.

    Examples
    --------
    >>> escape('<b>&"'), escape(Html("<b>x</b>"))
    ('&lt;b&gt;&amp;&quot;', '<b>x</b>')
    """
    if isinstance(value, Html):
        return value
    # An empty line would end the piece where it stands in Markdown; XML has no control characters.
    return Html(html.escape(_CONTROL.sub(_shown, str(value))))


def badge(word: str, color: str) -> Html:
    """Return a word behind a dot of a color; nothing without a word.

    The dot is seen and not read out. The word has the color of the text around it.

    Parameters
    ----------
    word : str
        What the color says.
    color : {"blue", "green", "amber", "red", "grey"}
        Of the dot.

    Examples
    --------
    >>> badge("done", "green").endswith('aria-hidden="true"></span>done</span></span>')
    True
    """
    if not word:
        return Html("")
    dot = f'<span class="yk-dot" style="{_DOT.format(_COLORS[color])}" aria-hidden="true"></span>'
    first, space, rest = word.partition(" ")
    begin = f'<span style="white-space: nowrap">{dot}{escape(first)}</span>'
    return Html(f'<span class="yk-badge">{begin}{space}{escape(rest)}</span>')


def definitions(pairs: Iterable[tuple[str, object]]) -> Html:
    """Return names with their values in one row."""
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in pairs
    )
    return Html(f"<dl>{items}</dl>")


def table(
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    caption: str = "",
    numeric: Iterable[int] = (),
    wrap: Iterable[int] = (),
) -> Html:
    """Return a real table, with a header cell for each column.

    Parameters
    ----------
    headers : sequence of str
        One per column.
    rows : iterable of sequences
        Cells; what is not `Html` is escaped.
    caption : str
        Stands above the table.
    numeric, wrap : iterable of int
        Columns that are aligned right, and columns whose text may wrap.
    """
    # Written out, as some viewers align all to the right and drop style elements.
    looks = [' style="text-align: left"'] * len(headers)
    wrapped = list(wrap)
    for index in wrapped:
        width = f"text-align: left; width: {100 // len(wrapped)}%"
        looks[index] = f' class="yk-wrap" style="{width}"'
    for index in numeric:
        looks[index] = ' class="yk-num"'
    head = "".join(
        f'<th scope="col"{look}>{escape(name)}</th>'
        for name, look in zip(headers, looks, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{look}>{escape(cell)}</td>" for cell, look in zip(row, looks, strict=True))
        + "</tr>"
        for row in rows
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return Html(f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def fragment(*parts: object) -> Html:
    """Wrap parts as a piece for a page that holds `STYLE` already."""
    return Html(f'<div class="yotokit">{"".join(escape(part) for part in parts)}</div>')


def page_fragment(*parts: object) -> str:
    """Wrap parts as one self-contained piece: its style is inside, nothing is loaded.

    The style comes last: some viewers show its rules as text.
    """
    return fragment(*parts) + STYLE


def _shown(control: re.Match[str]) -> str:
    return " " if control[0] in "\t\n\r" else "\ufffd"
