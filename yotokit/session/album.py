"""The one gain of an album: computed once for a set of files, from all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yotokit.audio import plan_album
from yotokit.session.ledger import set_key
from yotokit.session.work import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from yotokit.audio import GainPlan, Loudness, Target
    from yotokit.engine import JobRecord
    from yotokit.session.ledger import Ledger
    from yotokit.session.work import Work

__all__ = ["Album"]


class Album:
    """The sets of files that a gain was computed for, and the gain of the present one.

    Parameters
    ----------
    target : Target
        How loud the album is to be.
    ledger : Ledger
        Remembers the gains of earlier runs.

    Attributes
    ----------
    computations : int
        How often a gain was computed here: once for each set.
    """

    def __init__(self, target: Target, ledger: Ledger) -> None:
        self.computations = 0
        self._target = target
        self._ledger = ledger
        self._known: dict[str, GainPlan] = {}
        self._key = ""

    @property
    def plan(self) -> GainPlan:
        """The gain of the present set.

        Raises
        ------
        RuntimeError
            There is none yet, which the barrier before rendering rules out.
        """
        if self._key not in self._known:
            raise RuntimeError("a file was rendered before the album's gain was known")
        return self._known[self._key]

    @staticmethod
    def parts(order: Iterable[JobRecord[Work]]) -> list[tuple[str, Loudness]]:
        """Return what makes the album: every file that was measured and is not cancelled."""
        return [
            (record.payload.sha256, record.payload.loudness)
            for record in order
            if record.payload.loudness is not None and record.state != JobState.CANCELLED
        ]

    def is_due(self, order: Sequence[JobRecord[Work]]) -> bool:
        """Say whether files wait for the gain, or the one there is was made for other files."""
        parts = self.parts(order)
        return bool(parts) and (
            any(record.held for record in order) or set_key(sha for sha, _ in parts) != self._key
        )

    def compute(self, parts: Sequence[tuple[str, Loudness]]) -> GainPlan:
        """Return the gain of a set of files, computing it if that was never done before."""
        key = set_key(sha256 for sha256, _ in parts)
        plan = self._known.get(key) or self._ledger.plan(key, "album", self._target)
        if plan is None:
            # By content, not by place: the order of the files must not change their gain.
            ordered = [loudness for _, loudness in sorted(parts, key=lambda part: part[0])]
            plan = plan_album(ordered, self._target)
            self.computations += 1
            self._ledger.keep_plan(key, "album", self._target, plan)
        self._known[key], self._key = plan, key
        return plan
