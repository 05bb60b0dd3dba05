"""The colors of dots and lines; words are written in the page's own.

No color of text has enough contrast (4.5:1) on white and on dark grounds alike, so none is used.
Each of these has at least 3:1 on white, and on the dark grounds of JupyterLab and VS Code.
"""

from __future__ import annotations

__all__ = ["AMBER", "BLUE", "GREEN", "GREY", "PURPLE", "RED"]

AMBER = "#b26a00"
BLUE = "#1976d2"
GREEN = "#388e3c"
GREY = "#767676"
PURPLE = "#8e5bd0"
RED = "#d32f2f"
