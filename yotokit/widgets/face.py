"""The widgets of a dashboard: built once, then set by the painter and by nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets

from yotokit.widgets.making import button
from yotokit.widgets.table import FileTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.widgets.painting import Painting
    from yotokit.widgets.steering import Steering

__all__ = ["Face"]

_PAUSE = (
    "Pause",
    "pause",
    "Take no more work from the queue; what runs goes on to the end of its stage",
)
_GO_ON = ("Go on", "play", "Take work from the queue again")


class Face:
    """What a dashboard looks like. The number of widgets does not depend on the number of files.

    Attributes
    ----------
    widget : ipywidgets.VBox
        All of it.
    """

    def _build(
        self,
        steering: Steering,
        *,
        icons: ipywidgets.Widget,
        preview: ipywidgets.Widget,
        card: ipywidgets.Widget,
    ) -> None:
        """Make the widgets, and put the parts that others have made between them."""
        self._overview = ipywidgets.HTML()
        self._message = ipywidgets.HTML()
        self._details = ipywidgets.HTML()
        self._curve = ipywidgets.HTML(layout=ipywidgets.Layout(overflow="auto"))
        self._log = ipywidgets.HTML()
        self._progress = ipywidgets.FloatProgress(
            min=0.0, max=1.0, layout=ipywidgets.Layout(width="100%")
        )
        self._finalize = _button(
            "Finalize", "check", "Write the card when all files have ended", steering.finalize
        )
        self._pause = _button(*_PAUSE, steering.pause_or_go_on)
        self._retry = _button(
            "Retry all", "refresh", "Try failed and cancelled files again", steering.retry_all
        )
        self._cancel = _button(
            "Cancel all", "stop", "Stop working on every file", steering.cancel_all
        )
        self._table = FileTable(on_command=steering.command)
        buttons = [self._finalize, self._pause, self._retry, self._cancel]
        self.widget = ipywidgets.VBox(
            [
                self._overview,
                self._progress,
                ipywidgets.HBox(buttons, layout=ipywidgets.Layout(flex_flow="row wrap")),
                self._message,
                self._table,
                icons,
                self._details,
                self._curve,
                preview,
                # No accordion: its headings cannot be reached by keys.
                ipywidgets.Tab(children=[self._log, card], titles=("Latest events", "The card")),
            ]
        )

    def _apply(self, painting: Painting) -> None:
        """Set the traits that have changed, those of a widget in one message."""
        buttons = painting.buttons
        _set(self._overview, value=painting.overview)
        _set(self._progress, value=painting.progress, bar_style=painting.bar_style)
        _set(self._finalize, disabled=not buttons.finalize)
        _set(self._retry, disabled=not buttons.retry)
        _set(self._cancel, disabled=not buttons.cancel)
        label, icon, tooltip = _GO_ON if buttons.paused else _PAUSE
        _set(
            self._pause,
            disabled=not buttons.pause,
            description=label,
            icon=icon,
            tooltip=tooltip,
        )
        _set(self._log, value=painting.log)
        _set(
            self._table,
            label=painting.label,
            headers=list(painting.headers),
            rows=list(painting.rows),
            curves=dict(painting.curves),
            shown=painting.shown,
            announcement=painting.announcement,
        )
        _set(self._message, value=painting.message)
        _set(self._details, value=painting.details)
        _set(self._curve, value=painting.curve)


def _button(
    label: str, icon: str, tooltip: str, clicked: Callable[[], object]
) -> ipywidgets.Button:
    """Make a button that is off until the painter has looked at the session."""
    return button(label, tooltip, clicked, icon=icon, disabled=True)


def _set(widget: ipywidgets.Widget, **values: Any) -> None:
    """Set traits that have other values; whatever is equal is neither checked nor sent."""
    changed = {name: value for name, value in values.items() if getattr(widget, name) != value}
    if not changed:
        return
    with widget.hold_sync():
        for name, value in changed.items():
            setattr(widget, name, value)
