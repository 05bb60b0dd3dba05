"""The second step: where the files are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import ipywidgets

from yotokit.widgets.app.showing import part_html
from yotokit.widgets.app.state import Step
from yotokit.widgets.app.steps.pane import Pane
from yotokit.widgets.making import button, dropdown, offer, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yotokit.widgets.app.conductor import Conductor
    from yotokit.widgets.app.painting import Painting

__all__ = ["FilesStep"]

_INTAKE = (
    "For files that are on another computer than this program. They are copied here first, so a "
    "large one takes a while."
)


class FilesStep(Pane):
    """From a folder, from the browser, made-up ones, or those of a card of an earlier visit.

    Parameters
    ----------
    chooser, intake : ipywidgets.Widget
        Where folders and files are chosen.
    """

    step = Step.FILES

    def __init__(
        self, conductor: Conductor, chooser: ipywidgets.Widget, intake: ipywidgets.Widget
    ) -> None:
        self._chooser, self._intake = chooser, intake
        super().__init__(conductor)

    def _built(self, conductor: Conductor) -> Sequence[ipywidgets.Widget]:
        self._unfinished = dropdown("Card", ())
        self._resume = button(
            "Go on with it", "Go on where the last visit ended", partial(self._go_on, conductor)
        )
        self._earlier = ipywidgets.VBox(
            [
                ipywidgets.HTML(
                    part_html("Go on with a card", "An earlier visit did not come to its end.")
                ),
                ipywidgets.HBox([self._unfinished, self._resume]),
            ]
        )
        self._examples = button(
            "Use the made-up examples", "Twelve short tracks, made by computing", conductor.examples
        )
        self._chosen = ipywidgets.HTML()
        self._clear = button("Choose none of them", "Begin to choose anew", conductor.clear)
        self._onward = button("Next", "Go to the next step", conductor.onward, style="primary")
        return [
            self._earlier,
            ipywidgets.HTML(part_html("From a folder on this computer")),
            self._chooser,
            ipywidgets.HTML(part_html("From this browser", _INTAKE)),
            self._intake,
            ipywidgets.HTML(part_html("Nothing at hand?")),
            self._examples,
            ipywidgets.HTML(part_html("Chosen")),
            self._chosen,
            ipywidgets.HBox([self._onward, self._clear]),
        ]

    def _go_on(self, conductor: Conductor) -> None:
        title = self._unfinished.value
        if title is not None:
            conductor.resume(title)

    def _filled(self, painting: Painting) -> None:
        offer(self._unfinished, painting.unfinished)
        show(self._earlier, bool(painting.unfinished))
        self._chosen.value = painting.chosen
        self._onward.description = painting.onward
        self._onward.disabled = not painting.can_go_on
        self._examples.disabled = self._resume.disabled = not painting.is_free
        show(self._clear, painting.can_clear)
