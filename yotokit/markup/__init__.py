"""Strings only: escaped HTML, accessible SVG curves, figures with their units.

The live dashboard, the saved report and a single measurement draw with the same hand. This
floor needs nothing but the standard library, and nothing here has a clock or a random number:
the same values give the same string.
"""

from yotokit.markup import figures
from yotokit.markup.curves import curve, growing_curve
from yotokit.markup.histories import history
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
from yotokit.markup.meters import meter
from yotokit.markup.sparklines import sparkline
from yotokit.markup.styles import style
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
    "growing_curve",
    "history",
    "meter",
    "page_fragment",
    "plain",
    "sparkline",
    "style",
    "table",
    "text_table",
]
