"""`Dashboard`: a session as it works. Builds the widgets and turns clicks into commands."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

import ipywidgets

from yotokit.errors import YotokitError
from yotokit.logs import get_logger
from yotokit.markup import STYLE
from yotokit.widgets.paint import Painting, paint
from yotokit.widgets.painter import Painter

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.session import Session

__all__ = ["Dashboard"]

_log = get_logger("yotokit.widgets")


class Dashboard:
    """Queue depth, progress and a row per file, live. A session shows itself as this.

    The number of widgets does not depend on the number of files. Only the painter's thread
    changes them; a click only tells the session what is wanted.

    Parameters
    ----------
    session : Session
        What is shown.
    """

    _shown: ClassVar[WeakKeyDictionary[Session, Dashboard]] = WeakKeyDictionary()
    _shown_lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._heading = ipywidgets.HTML()
        self._status = ipywidgets.HTML()
        self._queues = ipywidgets.HTML()
        self._progress = ipywidgets.FloatProgress(
            min=0.0, max=1.0, layout=ipywidgets.Layout(width="100%")
        )
        self._table = ipywidgets.HTML(layout=ipywidgets.Layout(overflow="auto"))
        self._log = ipywidgets.HTML()
        self._cancel = self._button("Cancel", "stop", "Stop working on every file", session.cancel)
        self._retry = self._button(
            "Retry", "refresh", "Try failed and cancelled files again", session.retry
        )
        self._finalize = self._button(
            "Finalize", "check", "Write the card when all files have ended", session.begin_finalize
        )
        self.widget = self._laid_out()
        self._unsubscribe: Callable[[], None] = lambda: None
        self._painter = Painter(self._repaint)
        self._unsubscribe = session.subscribe(self._painter.mark)
        self._shown.setdefault(session, self)

    @classmethod
    def of(cls, session: Session) -> Dashboard:
        """Return the session's dashboard; the same one however often it is shown."""
        with cls._shown_lock:
            return cls._shown.get(session) or cls(session)

    def view(self) -> dict[str, Any]:
        """Return what a notebook needs to show the widgets."""
        bundle: dict[str, Any] = self.widget._repr_mimebundle_()
        return bundle

    def close(self) -> None:
        """Stop painting. What is shown stays as it is."""
        self._unsubscribe()
        self._painter.stop()
        with self._shown_lock:
            if self._shown.get(self._session) is self:
                del self._shown[self._session]

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        static = self._session._repr_mimebundle_()
        return {**self.view(), **{k: v for k, v in static.items() if k.startswith("text/")}}

    def _repaint(self) -> bool:
        """Take a picture of the session and show it; called by the painter alone."""
        snapshot = self._session.snapshot()
        self._apply(paint(snapshot))
        if snapshot.closed:
            self.close()
        return not snapshot.closed

    def _apply(self, painting: Painting) -> None:
        """Set the traits; one that has its value already sends nothing to the browser."""
        self._heading.value = painting.heading
        self._status.value = painting.status
        self._queues.value = painting.queues
        self._table.value = painting.table
        self._log.value = painting.log
        self._progress.value = painting.progress
        self._progress.bar_style = painting.bar_style
        self._cancel.disabled = not painting.can_cancel
        self._retry.disabled = not painting.can_retry
        self._finalize.disabled = not painting.can_finalize

    def _button(
        self, label: str, icon: str, tooltip: str, command: Callable[[], object]
    ) -> ipywidgets.Button:
        """Make a button whose click only posts a command: it may come on any thread."""

        def clicked(_: object) -> None:
            try:
                command()
            except YotokitError as error:
                _log.warning("%s: %s", label, error)

        button = ipywidgets.Button(
            description=label,
            icon=icon,
            tooltip=tooltip,
            disabled=True,
            layout=ipywidgets.Layout(width="auto"),
        )
        button.on_click(clicked)
        return button

    def _laid_out(self) -> ipywidgets.VBox:
        events = ipywidgets.Accordion(children=[self._log], titles=("Latest events",))
        buttons = ipywidgets.HBox([self._finalize, self._retry, self._cancel])
        return ipywidgets.VBox(
            [
                ipywidgets.HTML(STYLE),
                self._heading,
                self._status,
                self._progress,
                self._queues,
                buttons,
                self._table,
                events,
            ]
        )
