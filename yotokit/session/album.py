"""The one gain of an album: computed once for a set of files, from all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yotokit.audio import plan_album
from yotokit.session.work import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from yotokit.audio import GainPlan, Loudness, Target
    from yotokit.engine import JobRecord
    from yotokit.session.work import Work

__all__ = ["Album"]


class Album:
    """The set of files that a gain was computed for, and the gain.

    Parameters
    ----------
    target : Target
        How loud the album is to be.

    Attributes
    ----------
    computations : int
        How often a gain was computed: once for each set.
    """

    def __init__(self, target: Target) -> None:
        self.computations = 0
        self._target = target
        self._known: tuple[frozenset[Loudness], GainPlan] | None = None

    @property
    def planned(self) -> bool:
        """Whether there is a gain."""
        return self._known is not None

    @property
    def plan(self) -> GainPlan:
        """The gain.

        Raises
        ------
        RuntimeError
            There is none yet, which the barrier before rendering rules out.
        """
        if self._known is None:
            raise RuntimeError("a file was rendered before the album's gain was known")
        return self._known[1]

    @staticmethod
    def parts(order: Iterable[JobRecord[Work]]) -> list[Loudness]:
        """Return what makes the album: every file that was measured and is not cancelled."""
        return [
            record.payload.loudness
            for record in order
            if record.payload.loudness is not None and record.state != JobState.CANCELLED
        ]

    def is_due(self, order: Sequence[JobRecord[Work]]) -> bool:
        """Say whether files wait for the gain, or the one there is was made for other files."""
        parts = self.parts(order)
        return bool(parts) and (any(r.held for r in order) or not self.covers(parts))

    def covers(self, parts: list[Loudness]) -> bool:
        """Say whether the gain is that of exactly these files."""
        return self._known is not None and self._known[0] == frozenset(parts)

    def compute(self, parts: list[Loudness]) -> GainPlan:
        """Return the gain of a set of files, computing it if it is another set than before."""
        if not self.covers(parts):
            self._known = frozenset(parts), plan_album(parts, self._target)
            self.computations += 1
        return self.plan
