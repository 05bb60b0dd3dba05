"""`Dashboard`: a session as it works, to look at and to steer."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

from yotokit.session import Pace
from yotokit.session.drawing import static_view
from yotokit.widgets.card import CardView
from yotokit.widgets.errands import Errands
from yotokit.widgets.face import Face
from yotokit.widgets.icons import IconPicker
from yotokit.widgets.painter import Painter
from yotokit.widgets.painting import Memo, is_over, is_working, paint
from yotokit.widgets.preview import Preview
from yotokit.widgets.steering import Steering

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.session import Session, SessionSnapshot

__all__ = ["Dashboard"]

_TICK_S = 1.0  # for the time left, and for the history of the queues


class Dashboard(Face):
    """Queue depth, progress, a row per file and its details, live. A session shows itself as this.

    The number of widgets does not depend on the number of files. Only the painter's thread
    changes them; a click only tells the session what is wanted.

    Parameters
    ----------
    session : Session
        What is shown.

    Attributes
    ----------
    widget : ipywidgets.VBox
        All of it, to be put into a view of your own.

    Examples
    --------
    >>> import yotokit as yk
    >>> with yk.YotoEmulator() as emulator, emulator.client() as yoto:
    ...     with yk.Session("Moon", yoto) as session:
    ...         dashboard = yk.Dashboard.of(session)
    ...         dashboard is yk.Dashboard.of(session), dashboard.flush()
    (True, True)
    """

    _shown: ClassVar[WeakKeyDictionary[Session, Dashboard]] = WeakKeyDictionary()
    _shown_lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, session: Session) -> None:
        self._session: Session | None = session
        self._pace, self._memo = Pace(), Memo()
        self._last = session.snapshot()
        self._how_far = self._pace.look(self._last)
        self._errands = Errands(session.engine)
        # What the parts and the session hold is not the dashboard, but its painter, which does not
        # hold it either.
        self._painter = painter = Painter(self._repaint, begins=False)
        self._steering = Steering(session, painter.mark_soon)
        self._icons = IconPicker(
            session.yoto.icons, self._errands, painter.mark_soon, self._steering.choose_icon
        )
        self._preview = Preview(self._errands, painter.mark_soon)
        self._card = CardView(session.yoto, self._errands, painter.mark)
        self._steering.hand_on(icon=self._icons.open, listen=self._preview.listen)
        self._build(
            self._steering,
            icons=self._icons.widget,
            preview=self._preview.widget,
            card=self._card.widget,
        )
        self.widget.dashboard = self  # as long as somebody may look at it, it is painted
        self._leave: tuple[Callable[[], object], ...] = (
            session.subscribe(painter.mark),
            session.before_return(painter.flush),
        )
        self._shown.setdefault(session, self)
        painter.begin()

    @classmethod
    def of(cls, session: Session) -> Dashboard:
        """Return the session's dashboard; the same one however often it is shown."""
        with cls._shown_lock:
            return cls._shown.get(session) or cls(session)

    def view(self) -> dict[str, Any]:
        """Return what a notebook needs to show the widgets."""
        bundle: dict[str, Any] = self.widget._repr_mimebundle_()
        return bundle

    def flush(self, timeout_s: float = 1.0) -> bool:
        """Have the state as it is now painted, and wait for that; return whether it was.

        Parameters
        ----------
        timeout_s : float
            How long to wait at most, seconds.
        """
        return self._painter.flush(timeout_s)

    def close(self) -> None:
        """Let go of the session. What is shown stays, and each file of it can be looked at."""
        session = self._session
        if session is None:
            return
        last = replace(session.snapshot(), closed=True)
        with self._shown_lock:
            if self._session is None:
                return
            self._last, self._session = last, None
            if self._shown.get(session) is self:
                del self._shown[session]
        leaving, self._leave = self._leave, ()
        for leave in leaving:
            leave()
        self._steering.let_go()
        self._preview.close()
        self._errands.close()
        self._painter.mark_soon()

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {**self.view(), **static_view(self._look())}

    def _look(self) -> SessionSnapshot:
        session = self._session
        return session.snapshot() if session is not None else self._last

    def _repaint(self) -> bool | float:
        """Take a picture of the session and show it; called by the painter alone."""
        snapshot = self._look()
        if self._session is not None:
            self._how_far = self._pace.look(snapshot)
            self._steering.forget()
        if is_over(snapshot):
            self.close()
        painting = paint(snapshot, self._how_far, self._steering.chosen, self._memo)
        self._apply(painting)
        self._steering.paused = painting.buttons.paused
        self._card.show(snapshot)
        self._icons.only_for(() if is_over(snapshot) else (job.job_id for job in snapshot.jobs))
        for part in (self._card, self._icons, self._preview):
            part.repaint()
        if is_over(snapshot):
            return False
        return _TICK_S if is_working(snapshot) else True
