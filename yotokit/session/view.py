"""What can be seen of a session, from any thread; steering it is the `Session`'s own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from yotokit.session.drawing import static_view
from yotokit.session.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.engine import EngineBase
    from yotokit.session.flow import Flow
    from yotokit.session.snapshot import SessionSnapshot

__all__ = ["SessionView"]


class SessionView:
    """A session, to look at."""

    live_view: ClassVar[Callable[[Any], dict[str, Any]] | None] = None
    """What shows a session in a notebook; set by the package to its dashboard."""

    _flow: Flow

    @property
    def title(self) -> str:
        """The card's title."""
        return self._flow.title

    @property
    def engine(self) -> EngineBase:
        """Who works for the session."""
        return self._flow.engine

    @property
    def jobs(self) -> list[Job]:
        """The submitted files, in the order of the card."""
        with self._flow.engine.lock:
            return [Job(self._flow, record) for record in self._flow.order]

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have a function called after each change of this session; see `Engine.subscribe`."""
        return self._flow.subscribe(callback)

    def snapshot(self) -> SessionSnapshot:
        """Return a frozen picture of files, queues and events."""
        return self._flow.snapshot()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until no file moves any more; return whether that is so.

        In album mode measured files rest until `finalize`.
        """
        return self._flow.engine.wait_for(lambda: not self._flow.is_moving, timeout_s)

    def __repr__(self) -> str:
        snapshot = self.snapshot()
        counts = ", ".join(f"{count} {state.value}" for state, count in snapshot.counts.items())
        return f"Session({self.title!r}: {counts or 'no files yet'})"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        static = static_view(repr(self), self.snapshot())
        view = type(self).live_view
        return static if view is None else {**view(self), **static}
