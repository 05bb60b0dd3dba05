"""The first step: without an account, or with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets

from yotokit.widgets.app.showing import plain_html
from yotokit.widgets.app.state import Step
from yotokit.widgets.app.steps.pane import Pane
from yotokit.widgets.making import button, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yotokit.widgets.app.conductor import Conductor
    from yotokit.widgets.app.painting import Painting

__all__ = ["AccountStep"]

_ACCOUNTS = (
    "To look around you need no account: a stand-in for Yoto runs on this computer, and nothing "
    "leaves it. With your own account the card is in the Yoto app afterwards."
)


class AccountStep(Pane):
    """Without an account, or with one; ``signing`` is where a person signs in."""

    step = Step.ACCOUNT

    def _built(self, conductor: Conductor) -> Sequence[ipywidgets.Widget]:
        self._try = button(
            "Try it without an account",
            "The card goes to a small stand-in for Yoto on this computer",
            conductor.try_out,
            style="primary",
        )
        self._own = button("My Yoto account", "Sign in at Yoto", conductor.sign_in)
        self._stay = button("Stay", "Go on with the account as it is", conductor.onward)
        self._not_now = button("Not now", "Do not sign in", conductor.stop_waiting)
        self.signing = ipywidgets.VBox()
        return [
            ipywidgets.HTML(plain_html(_ACCOUNTS)),
            ipywidgets.HBox([self._try, self._own, self._stay, self._not_now]),
            self.signing,
        ]

    def _filled(self, painting: Painting) -> None:
        self._try.disabled = self._own.disabled = not painting.is_free
        self._stay.description = painting.stays or "Stay"
        show(self._stay, bool(painting.stays) and painting.is_free)
        show(self._not_now, painting.asks)
