"""What can be seen of a session, from any thread; steering it is the `Session`'s own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from yotokit.session.drawing import session_text, static_view
from yotokit.session.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.engine import EngineBase
    from yotokit.session.flow import Flow
    from yotokit.session.report import Report
    from yotokit.session.snapshot import SessionSnapshot
    from yotokit.yoto import YotoClient

__all__ = ["SessionView"]


class SessionView:
    """A session, to look at."""

    live_view: ClassVar[Callable[[Any], dict[str, Any]] | None] = None
    """What shows a session in a notebook; set by the package to its dashboard."""

    isolates: bool = False
    """Whether each file is read in a process of its own."""

    _flow: Flow
    _before_return: tuple[Callable[[], object], ...] = ()

    @property
    def title(self) -> str:
        """The card's title."""
        return self._flow.title

    @property
    def engine(self) -> EngineBase:
        """Who works for the session."""
        return self._flow.engine

    @property
    def yoto(self) -> YotoClient:
        """The account."""
        return self._flow.yoto

    @property
    def jobs(self) -> list[Job]:
        """The submitted files, in the order of the card."""
        with self._flow.engine.lock:
            return [Job(self._flow, record) for record in self._flow.order]

    def job(self, job_id: str) -> Job | None:
        """Return the file of this id, which snapshots and log lines name; None if there is none."""
        with self._flow.engine.lock:
            order = self._flow.order
            found = next((record for record in order if record.payload.job_id == job_id), None)
        return None if found is None else Job(self._flow, found)

    @property
    def report(self) -> Report | None:
        """What the last finalize told, whoever asked for it; None where it wrote nothing."""
        outcome = self._flow.publisher.outcome
        return None if isinstance(outcome, Exception) else outcome

    @property
    def error(self) -> Exception | None:
        """Why the last finalize wrote nothing; None where it did, or there was none."""
        outcome = self._flow.publisher.outcome
        return outcome if isinstance(outcome, Exception) else None

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have a function called after each change of this session; see `Engine.subscribe`."""
        return self._flow.subscribe(callback)

    def before_return(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have a function called before `Session.finalize`, or its twin, returns or raises.

        It is called on the thread that has waited, without any lock: the place to show the last
        state while the notebook's cell still runs.

        Returns
        -------
        callable
            Ends this.
        """
        with self._flow.engine.lock:
            self._before_return = (*self._before_return, callback)

        def end() -> None:
            with self._flow.engine.lock:
                left = (one for one in self._before_return if one is not callback)
                self._before_return = tuple(left)

        return end

    def snapshot(self) -> SessionSnapshot:
        """Return a frozen picture of files, queues and events."""
        return self._flow.snapshot()

    def _show_last(self) -> None:
        for callback in self._before_return:
            callback()

    def __repr__(self) -> str:
        return session_text(self.snapshot())

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        static = static_view(self.snapshot())
        view = type(self).live_view
        return static if view is None else {**view(self), **static}
