"""`FileTable`: a row per file, and what a person may do with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets

from yotokit.widgets.commands import Commanded, joined, text

__all__ = ["FileTable"]

_HERE = Path(__file__).parent
_SCRIPTS = ("table", "row", "toolbar", "drag", "curve")
_PLAIN = frozenset({"select", "up", "down", "cancel", "retry", "remove", "icon", "listen"})
_LONGEST_ID = 200
_LONGEST_TITLE = 100
_LAST_POSITION = 100_000


class FileTable(Commanded):
    """The files in the order of the card. Everything in it is shown as text, nothing as markup.

    The traits are written by the painter alone, the browser writes none of them.

    Parameters
    ----------
    on_command : callable, optional
        Given what a person asks for: a dict with ``do`` (``select``, ``up``, ``down``, ``move``,
        ``cancel``, ``retry``, ``remove``, ``edit``, ``icon`` or ``listen``), ``job`` (the id of
        the row), for ``move`` a ``position`` counted from 1, and for ``edit`` a ``title`` of at
        most 100 characters. It may be called on any thread; what it raises is logged.

    Attributes
    ----------
    caption, label : str
        The line above the table, and what a screen reader calls it.
    headers : list of str
        Names of the columns: position, title, state, one for each of a row's cells, and the
        curve. The last of the cells is set as words, those before it as figures.
    rows : list of dict
        One per file: ``id``, ``position``, ``title``, ``note``, ``state`` in words, its
        ``color`` (green, red, amber, blue or grey), ``progress`` from 0 to 1 or None for no
        bar, ``cells``, and in ``can`` the commands that are possible: up, down, cancel, retry,
        remove, edit, icon, listen. A file that can go up or down can be dragged.
    curves : dict of str to str
        Its compact curve by a row's id: two characters per column, low and high,
        ``chr(35 + level)`` with a level from 0 to 63 over -50 to 0 LUFS, at most 60 columns;
        then, each behind a ``|``, the gain in dB and the target in LUFS, where there are any.
        Columns of two spaces at its end are still to come.
    shown : str
        Id of the file whose details are shown beside the table.
    announcement : str
        Is read out by a screen reader when it changes.

    Examples
    --------
    >>> table = FileTable(on_command=print, headers=["no.", "title", "state"])
    >>> table.rows = [
    ...     {"id": "a", "position": 1, "title": "Moon", "note": "", "state": "done",
    ...      "color": "green", "progress": None, "cells": [], "can": ["edit"]}
    ... ]
    >>> table.close()
    """

    _esm = joined(*(_HERE / f"{name}.js" for name in _SCRIPTS))
    _css = _HERE / "table.css"

    caption = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode("Files").tag(sync=True)
    headers = traitlets.List(traitlets.Unicode()).tag(sync=True)
    rows = traitlets.List(traitlets.Dict()).tag(sync=True)
    curves = traitlets.Dict().tag(sync=True)
    shown = traitlets.Unicode().tag(sync=True)
    announcement = traitlets.Unicode().tag(sync=True)

    def checked(self, content: dict[str, Any]) -> dict[str, Any] | None:
        """Return what is a command in a message, and nothing beside it; None if none is."""
        do, job = content.get("do"), text(content.get("job"), _LONGEST_ID)
        if job is None or not isinstance(do, str):
            return None
        if do in _PLAIN:
            return {"do": do, "job": job}
        if do == "move":
            position = content.get("position")
            usable = type(position) is int and 1 <= position <= _LAST_POSITION
            return {"do": do, "job": job, "position": position} if usable else None
        if do == "edit":
            title = text(content.get("title"), _LONGEST_TITLE)
            named = " ".join(title.split()) if title else ""
            return {"do": do, "job": job, "title": named} if named else None
        return None
