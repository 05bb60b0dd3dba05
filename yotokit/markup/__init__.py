"""Strings only: escaped HTML, accessible SVG curves, figures with their units.

The live dashboard, the saved report and a single measurement draw with the same hand. This
floor needs nothing but the standard library, and nothing here has a clock or a random number:
the same values give the same string.
"""

from yotokit.markup import figures
from yotokit.markup.html import (
    STYLE,
    Html,
    badge,
    definitions,
    escape,
    fragment,
    page_fragment,
    table,
)
from yotokit.markup.svg import curve, sparkline
from yotokit.markup.text import plain, text_table

__all__ = [
    "STYLE",
    "Html",
    "badge",
    "curve",
    "definitions",
    "escape",
    "figures",
    "fragment",
    "page_fragment",
    "plain",
    "sparkline",
    "table",
    "text_table",
]
