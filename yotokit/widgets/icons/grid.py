"""`IconGrid`: pictures of 16x16 dots, one of which is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets

from yotokit.widgets.commands import Commanded, joined, text

__all__ = ["IconGrid"]

_HERE = Path(__file__).parent
_LONGEST_ID = 1000


class IconGrid(Commanded):
    """Display icons on black, as on the player, of which a person chooses one.

    The traits are written by the painter alone, the browser writes none of them.

    Parameters
    ----------
    on_command : callable, optional
        Given ``{"do": "choose", "icon": id}``. It may be called on any thread; what it raises
        is logged.

    Attributes
    ----------
    icons : list of dict
        One per picture: ``id``, its reference; ``name``; and ``png``, the file in base64.
    chosen : str
        Id of the chosen one, or nothing.
    label : str
        What a screen reader calls the grid.

    Examples
    --------
    >>> grid = IconGrid(on_command=print, label="Icons for Moon")
    >>> grid.close()
    """

    _esm = joined(_HERE / "grid.js")
    _css = _HERE / "grid.css"

    icons = traitlets.List(traitlets.Dict()).tag(sync=True)
    chosen = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode("Icons").tag(sync=True)

    def checked(self, content: dict[str, Any]) -> dict[str, Any] | None:
        """Return what is a command in a message, and nothing beside it; None if none is."""
        icon = text(content.get("icon"), _LONGEST_ID)
        if content.get("do") != "choose" or icon is None:
            return None
        return {"do": "choose", "icon": icon}
