"""What an engine has for each lane."""

from __future__ import annotations

from yotokit.engine.metrics import Meter
from yotokit.engine.ready import ReadyQueue
from yotokit.engine.snapshot import LaneSnapshot

__all__ = ["LaneState"]


class LaneState:
    """Queue, workers and numbers of one lane; the engine's lock guards them."""

    __slots__ = ("meter", "queue", "since_s", "workers")

    def __init__(self, workers: int, since_s: float) -> None:
        self.workers = workers
        self.since_s = since_s
        self.queue = ReadyQueue()
        self.meter = Meter()

    def snapshot(self, now_s: float) -> LaneSnapshot:
        """Return a frozen picture."""
        metrics = self.meter.metrics()
        return LaneSnapshot(
            depth=len(self.queue),
            in_flight=self.queue.in_flight,
            workers=self.workers,
            completed=metrics.ended,
            failed=metrics.failed,
            polls=metrics.polls,
            completed_per_s=self.meter.ended_per_s(now_s, self.since_s),
            wait_s=metrics.wait_s,
            run_s=metrics.run_s,
        )
