"""Escaped HTML: tables, definition lists, state badges.

Colors come from the notebook's own theme where it has one, and no background is ever set, so
light and dark work alike. What a color says, a word says too.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["STYLE", "Html", "badge", "definitions", "escape", "fragment", "page_fragment", "table"]

# Classes stand twice where a notebook's own rules for tables and lists must give way.
# Contrast at least 3:1 for marks and 4:1 for text, on white and on JupyterLab's dark ground.
_STYLE_TEXT = """<style>
.yotokit { color: var(--jp-ui-font-color1, var(--vscode-foreground, currentColor));
  font: 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif); --yk-blue: #1976d2;
  --yk-green: #388e3c; --yk-amber: #b26a00; --yk-red: #d32f2f; --yk-grey: #767676; }
.yotokit.yotokit table { border-collapse: collapse; width: 100%; margin: 0; border: 0;
  table-layout: auto; font-size: 13px; }
.yotokit.yotokit caption { text-align: left; padding: 4px 0; font-weight: 600;
  caption-side: top; color: inherit; }
.yotokit.yotokit th, .yotokit.yotokit td { padding: 4px 14px 4px 0; text-align: left;
  vertical-align: middle; border: 0; border-bottom: 1px solid rgba(128, 128, 128, .25);
  white-space: nowrap; max-width: none; }
.yotokit.yotokit tr { background: transparent; }
.yotokit.yotokit th { font-weight: 600; }
.yotokit.yotokit .yk-wrap { white-space: normal; min-width: 12em; width: 100%;
  overflow-wrap: anywhere; }
.yotokit.yotokit .yk-num { text-align: right; font-variant-numeric: tabular-nums; }
.yotokit.yotokit svg { display: block; overflow: visible; }
.yotokit.yotokit dl { display: flex; flex-wrap: wrap; gap: 2px 26px; margin: 4px 0; }
.yotokit.yotokit dl div { display: flex; gap: 6px; }
.yotokit.yotokit dt, .yotokit.yotokit dd { float: none; width: auto; margin: 0; padding: 0; }
.yotokit.yotokit dt { opacity: .75; font-weight: 400; }
.yotokit.yotokit dd { font-weight: 600; font-variant-numeric: tabular-nums; }
.yotokit.yotokit h4 { font-size: 15px; margin: 6px 0 2px; font-weight: 600; }
.yotokit.yotokit p { margin: 4px 0; }
.yotokit.yotokit ol { margin: 0; padding-left: 2.4em; }
.yotokit .yk-badge { font-weight: 600; }
.yotokit .yk-blue { color: var(--yk-blue); } .yotokit .yk-green { color: var(--yk-green); }
.yotokit .yk-amber { color: var(--yk-amber); } .yotokit .yk-red { color: var(--yk-red); }
.yotokit .yk-grey { color: var(--yk-grey); }
.yotokit .yk-note { display: block; opacity: .85; font-size: 12px; }
</style>"""


class Html(str):
    """A string that is markup already; everything else is escaped."""

    __slots__ = ()


STYLE = Html(_STYLE_TEXT)
"""What the pieces look like; a page needs it once."""


def escape(value: object) -> Html:
    """Return the value as markup, escaped unless it is markup already.

    Examples
    --------
    >>> escape('<b>&"'), escape(Html("<b>x</b>"))
    ('&lt;b&gt;&amp;&quot;', '<b>x</b>')
    """
    return value if isinstance(value, Html) else Html(html.escape(str(value)))


def badge(word: str, color: str) -> Html:
    """Return a word in one of the five theme colors (blue, green, amber, red, grey)."""
    return Html(f'<span class="yk-badge yk-{escape(color)}">{escape(word)}</span>')


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
    classes = dict.fromkeys(numeric, "yk-num") | dict.fromkeys(wrap, "yk-wrap")
    head = "".join(
        f'<th scope="col"{_class(classes.get(index))}>{escape(name)}</th>'
        for index, name in enumerate(headers)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{_class(classes.get(index))}>{escape(cell)}</td>" for index, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return Html(f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def fragment(*parts: object) -> Html:
    """Wrap parts as a piece for a page that holds `STYLE` already."""
    return Html(f'<div class="yotokit">{"".join(escape(part) for part in parts)}</div>')


def page_fragment(*parts: object) -> str:
    """Wrap parts as one self-contained piece: its style is inside, nothing is loaded."""
    return STYLE + fragment(*parts)


def _class(name: str | None) -> str:
    return f' class="{name}"' if name else ""
