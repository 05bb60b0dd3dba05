"""The last steps: the work, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets

from yotokit.widgets.app.showing import plain_html, result_html, where_html
from yotokit.widgets.app.state import Step
from yotokit.widgets.app.steps.pane import Pane
from yotokit.widgets.making import button

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yotokit.session import Report
    from yotokit.widgets.app.conductor import Conductor
    from yotokit.widgets.app.painting import Painting

__all__ = ["ResultStep", "WorkStep"]

_STAY = (
    "The files are measured, brought to their loudness and uploaded. When they are done and in the "
    "order that you like, “Finalize” writes the card. Keep this page open until then: if it is "
    "closed, the work stops; what is done is kept, and the next visit offers to go on."
)


class WorkStep(Pane):
    """The work; ``board`` is where its dashboard is shown."""

    step = Step.WORK

    def _built(self, conductor: Conductor) -> Sequence[ipywidgets.Widget]:  # noqa: ARG002
        self.board = ipywidgets.VBox()
        return [ipywidgets.HTML(plain_html(_STAY)), self.board]

    def _filled(self, painting: Painting) -> None:
        """Do nothing: the dashboard paints itself."""


class ResultStep(Pane):
    """What came of it."""

    step = Step.RESULT

    def _built(self, conductor: Conductor) -> Sequence[ipywidgets.Widget]:
        self._report: Report | None = None
        self._where, self._told = ipywidgets.HTML(), ipywidgets.HTML()
        self._told.add_class("ya-wide")
        again = button(
            "Make another card", "This one stays as it is", conductor.again, style="primary"
        )
        return [self._where, again, self._told]

    def _filled(self, painting: Painting) -> None:
        if self._report is not painting.report:
            self._report = painting.report
            self._where.value = where_html(painting.report, painting.account)
            self._told.value = result_html(painting.report)
