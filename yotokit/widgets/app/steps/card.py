"""The third step: title, loudness, icons, and whether it is a new card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets

from yotokit.widgets.app.choices import ICONS, LEVELS, NEW, NORMALIZE, PLACES, Wish, card_labels
from yotokit.widgets.app.state import Step
from yotokit.widgets.app.steps.pane import Pane
from yotokit.widgets.making import NAMES_WIDTH, button, dropdown, offer, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yotokit.widgets.app.conductor import Conductor
    from yotokit.widgets.app.painting import Painting

__all__ = ["CardStep"]


class CardStep(Pane):
    """Title, loudness, icons, and whether it is a new card."""

    step = Step.CARD

    def _built(self, conductor: Conductor) -> Sequence[ipywidgets.Widget]:
        self._round = 0
        self._title = ipywidgets.Text(
            description="Title",
            # Letter by letter, the last one may come after the click on the button.
            continuous_update=False,
            style={"description_width": NAMES_WIDTH},
            layout=ipywidgets.Layout(width="min(40em, 100%)"),
        )
        self._card = dropdown("Card", card_labels(()))
        self._card.observe(lambda _: conductor.mark(), "value")
        self._existing = dropdown("What is on it", PLACES)
        self._normalize = dropdown("Loudness", NORMALIZE)
        self._level = dropdown("How loud", LEVELS)
        self._icons = dropdown("Icons", ICONS)
        self._trouble_of_cards = ipywidgets.HTML()
        self._start = button(
            "Start",
            "Measure, adjust and upload the files",
            lambda: conductor.start(self.wish()),
            style="primary",
        )
        return [
            self._card,
            self._trouble_of_cards,
            self._existing,
            self._title,
            self._normalize,
            self._level,
            self._icons,
            self._start,
        ]

    def wish(self) -> Wish:
        """Return what was chosen."""
        return Wish(
            self._title.value,
            self._card.value or NEW,
            self._existing.value,
            self._normalize.value,
            self._level.value,
            self._icons.value,
        )

    def _filled(self, painting: Painting) -> None:
        if self._round != painting.round and not painting.steps[self.step].is_open:
            # Nobody writes into what is not shown.
            self._round, self._title.value, self._card.index = painting.round, "", 0
        offer(self._card, painting.cards)
        self._trouble_of_cards.value = painting.cards_trouble
        self._title.placeholder = painting.suggestion
        show(self._existing, self._card.value not in (NEW, None))
        self._start.disabled = not painting.is_free
