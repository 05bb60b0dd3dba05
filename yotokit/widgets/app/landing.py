"""`Landing`: where the keys go on after a step, for who uses no mouse or hears the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import anywidget

from yotokit.widgets.app.state import Step

if TYPE_CHECKING:
    from yotokit.widgets.app.state import State

__all__ = ["Landing"]


class Landing(anywidget.AnyWidget):
    """Shows nothing. A button that ends a step is hidden with it, and its focus would be lost."""

    _esm = Path(__file__).with_name("landing.js")

    def follow(self, before: State, after: State) -> None:
        """Go to the head of the step that has opened, if one has; called by the painter alone."""
        if after.is_closed:
            return
        if after.step is not before.step:
            self.send({"step": int(after.step)})
        elif after.report is not None and after.report is not before.report:
            self.send({"step": int(Step.RESULT)})
