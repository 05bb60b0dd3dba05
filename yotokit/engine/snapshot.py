"""Frozen pictures of the engine, safe to look at from any thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from yotokit.engine.metrics import Quantiles, StageMetrics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yotokit.engine.stage import Lane

__all__ = ["EngineSnapshot", "GroupSnapshot", "LaneSnapshot"]


@dataclass(frozen=True, slots=True)
class LaneSnapshot:
    """One lane.

    Attributes
    ----------
    depth : int
        Tasks that wait for a worker, those of paused groups included.
    in_flight : int
        Tasks that a worker has taken.
    workers : int
        Workers that the lane may have.
    completed : int
        Tasks that have ended since the engine began.
    failed, polls : int
        Those of them that raised, and those that answered `Wait`.
    completed_per_s : float
        Tasks that ended per second, over the last 60 s or the last 256 tasks.
    wait_s, run_s : Quantiles
        Seconds from ready to taken by a worker, and seconds that a worker was busy, over the last
        256 tasks.
    """

    depth: int
    in_flight: int
    workers: int
    completed: int
    failed: int = 0
    polls: int = 0
    completed_per_s: float = 0.0
    wait_s: Quantiles = field(default_factory=Quantiles)
    run_s: Quantiles = field(default_factory=Quantiles)


@dataclass(frozen=True, slots=True)
class EngineSnapshot:
    """The whole engine.

    Attributes
    ----------
    cpu, net, ask : LaneSnapshot
        The three lanes.
    waiting : int
        Tasks that the timer holds until their time comes.
    slots_free, slots : int
        How many more files may be rendered ahead of the uploads, and how many in all. The slots
        of paused groups count as free: they are lent to the others.
    closed : bool
        No work goes on any more.
    """

    cpu: LaneSnapshot
    net: LaneSnapshot
    waiting: int
    slots_free: int
    slots: int
    closed: bool
    ask: LaneSnapshot = LaneSnapshot(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class GroupSnapshot:
    """The work of one group.

    Attributes
    ----------
    paused : bool
        None of its queued tasks is taken.
    depth, in_flight : mapping of Lane to int
        Its tasks that wait for a worker, and those that a worker has taken.
    waiting : int
        Its tasks that the timer holds until their time comes.
    stages : mapping of str to StageMetrics
        What became of the runs of each stage, by its name, in the order of the stages.
    retries : int
        Attempts beyond the first, of all its jobs.
    done_per_s : float
        Jobs that were done per second, over the last 60 s or the last 256 jobs.
    """

    paused: bool
    depth: Mapping[Lane, int]
    in_flight: Mapping[Lane, int]
    waiting: int
    stages: Mapping[str, StageMetrics]
    retries: int
    done_per_s: float
