"""Frozen pictures of the engine, safe to look at from any thread."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EngineSnapshot", "LaneSnapshot"]


@dataclass(frozen=True, slots=True)
class LaneSnapshot:
    """One lane.

    Attributes
    ----------
    depth : int
        Tasks that wait for a worker.
    in_flight : int
        Tasks that a worker has taken.
    workers : int
        Workers that the lane may have.
    completed : int
        Tasks that have ended since the engine began.
    """

    depth: int
    in_flight: int
    workers: int
    completed: int


@dataclass(frozen=True, slots=True)
class EngineSnapshot:
    """The whole engine.

    Attributes
    ----------
    cpu, net : LaneSnapshot
        The two lanes.
    waiting : int
        Tasks that the timer holds until their time comes.
    slots_free, slots : int
        How many more files may be rendered ahead of the uploads, and how many in all.
    closed : bool
        No work goes on any more.
    """

    cpu: LaneSnapshot
    net: LaneSnapshot
    waiting: int
    slots_free: int
    slots: int
    closed: bool
