"""`Pane`: what all steps of the page have in common."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import ipywidgets

from yotokit.widgets.making import button, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yotokit.widgets.app.conductor import Conductor
    from yotokit.widgets.app.painting import Painting
    from yotokit.widgets.app.state import Step

__all__ = ["Pane"]


class Pane:
    """A step of the page: its head, its widgets, and what is said of them.

    Attributes
    ----------
    widget : ipywidgets.Widget
        All of it.
    """

    step: Step

    def __init__(self, conductor: Conductor) -> None:
        self._head, self._trouble, self._doing = (ipywidgets.HTML() for _ in range(3))
        self._change = button("Change", "Go back", partial(conductor.back, self.step))
        self._body = ipywidgets.VBox(self._built(conductor))
        self.widget = ipywidgets.VBox(
            [
                ipywidgets.HBox([self._head, self._change]),
                self._body,
                self._doing,
                self._trouble,
            ]
        )
        self.widget.add_class("ya-step")

    def paint(self, painting: Painting) -> None:
        """Set the traits; called by the painter alone."""
        told = painting.steps[self.step]
        self._head.value = told.head
        for line, value in ((self._trouble, told.trouble), (self._doing, told.doing)):
            line.value = value
            show(line, bool(value))
        self._change.description = told.change or "Change"
        show(self._change, bool(told.change))
        show(self._body, told.is_open)
        mark = self.widget.add_class if told.is_open else self.widget.remove_class
        mark("ya-open")
        self._filled(painting)

    def _built(self, conductor: Conductor) -> Sequence[ipywidgets.Widget]:
        raise NotImplementedError

    def _filled(self, painting: Painting) -> None:
        raise NotImplementedError
