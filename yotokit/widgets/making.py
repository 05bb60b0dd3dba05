"""Small widgets, all made in one way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets

from yotokit.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["NAMES_WIDTH", "button", "close_all", "dropdown", "offer", "show"]

_log = get_logger("yotokit.widgets")
NAMES_WIDTH = "9em"
"""How much room the names of fields have."""


def button(
    label: str,
    tooltip: str,
    command: Callable[[], object],
    *,
    style: str = "",
    icon: str = "",
    disabled: bool = False,
) -> ipywidgets.Button:
    """Return a button whose click only says what is wanted: it may come on any thread."""

    def clicked(_: object) -> None:
        try:
            command()
        except Exception:
            _log.exception("%s: the click could not be taken up", label)

    made = ipywidgets.Button(
        description=label,
        tooltip=tooltip,
        button_style=style,
        icon=icon,
        disabled=disabled,
        layout=ipywidgets.Layout(width="auto"),
    )
    made.on_click(clicked)
    return made


def dropdown(label: str, options: Iterable[tuple[str, object]]) -> ipywidgets.Dropdown:
    """Return a list to choose one of."""
    return ipywidgets.Dropdown(
        description=label,
        options=tuple(options),
        style={"description_width": NAMES_WIDTH},
        layout=ipywidgets.Layout(width="min(40em, 100%)"),
    )


def offer(
    box: ipywidgets.Dropdown | ipywidgets.Select, options: Iterable[tuple[str, object]]
) -> None:
    """Set what can be chosen, if it is something else, and mark the first.

    In a dropdown, what was chosen stays so if it is still there. Called by the painter alone.
    While the list is off, the browser does not write into it.
    """
    told = tuple(options)
    if box.options != told:
        chosen = box.value if isinstance(box, ipywidgets.Dropdown) else None
        values = [value for _, value in told]
        box.disabled = True
        box.options = told
        box.index = values.index(chosen) if chosen in values else (0 if told else None)
        box.disabled = False


def show(widget: ipywidgets.DOMWidget, shown: bool) -> None:  # noqa: FBT001
    """Show a widget or hide it."""
    widget.layout.display = None if shown else "none"


def close_all(widget: ipywidgets.Widget) -> None:
    """Close a widget and all that is in it: ipywidgets keeps each one until then."""
    for child in getattr(widget, "children", ()):
        close_all(child)
    for part in ("layout", "style"):
        kept = getattr(widget, part, None)
        if isinstance(kept, ipywidgets.Widget):
            kept.close()
    widget.close()
