"""The jobs of one owner, on their way through the stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from yotokit.engine.metrics import rate_per_s
from yotokit.engine.moves import OWN_TASKS_RANK, Moves
from yotokit.engine.record import CANCELLED, DONE, FAILED, QUEUED, JobRecord
from yotokit.engine.snapshot import GroupSnapshot
from yotokit.engine.stage import Lane
from yotokit.engine.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from yotokit.engine.base import EngineBase
    from yotokit.engine.stage import Stage

__all__ = ["Group"]

P = TypeVar("P")


class Group(Moves[P]):
    """Moves jobs from stage to stage.

    Parameters
    ----------
    engine : EngineBase
        Whose workers run the stages.
    stages : sequence of Stage
        The way of every job.
    on_change : callable
        Called with a record, under the engine's lock, after each change of its state. The place
        to count down towards a barrier. Must return at once, and not raise.
    on_rest : callable
        Called with the payload of a settled job when no stage of it runs any more, so that what
        it left lying can be cleared away. Not called in a fork's child: what lies there belongs
        to the parent.
    on_close : callable
        Called once, when the group was closed, by its owner or with the engine.
    """

    def __init__(
        self,
        engine: EngineBase,
        stages: Sequence[Stage[P]],
        *,
        on_change: Callable[[JobRecord[P]], None],
        on_rest: Callable[[P], None],
        on_close: Callable[[], None],
    ) -> None:
        super().__init__(engine, stages, on_change=on_change, on_rest=on_rest)
        self._on_close = on_close
        self._closed = False
        self._retries = 0
        self._started_s = engine.clock.now_s()
        engine.adopt(self)

    def add(
        self, payload: P, *, error: Exception | None = None, done: bool = False
    ) -> JobRecord[P]:
        """Put a new job at the start of its way, or at its end: it failed, or is done already."""
        record = JobRecord(payload)
        with self._engine.lock:
            if done:
                self._set(record, DONE)
            elif error is None:
                self._enqueue(record, 0)
                self._unsettled.add(record)
                self._set(record, QUEUED)
            else:
                record.error = error
                self._settle(record, FAILED)
        return record

    def cancel(self, record: JobRecord[P]) -> bool:
        """End a job; return False if it had ended already. What it is doing stops soon after."""
        with self._engine.lock:
            if record.settled:
                return False
            if self._engine.forked:
                # What runs, and what it leaves, is the parent's; so may be the event's lock.
                self._settle(record, CANCELLED)
                return True
            if record.context is not None:
                record.context.end()
            if record.task is not None:
                self._engine.retract(record.task)
                record.task = None
            record.restart_at = None
            self._settle(record, CANCELLED)
            idle, record.running = not record.running, True
        if idle:
            self._clear(record)
        return True

    def release(self, record: JobRecord[P]) -> None:
        """Let a held job go on with its next stage."""
        with self._engine.lock:
            if record.held:
                self._enqueue(record, record.stage + 1)
                record.held = False
                self._set(record, record.state)

    def restart(self, record: JobRecord[P], stage: str) -> bool:
        """Make a new attempt of a settled job, from a stage on; return False if it is not settled.

        A stage of the old attempt that still runs is let out first.

        Raises
        ------
        EngineClosedError
            The engine is closed.
        KeyError
            There is no stage of that name.
        """
        number = self._index[stage]
        with self._engine.lock:
            if not record.settled:
                return False
            self._engine.check_open()
            record.attempt += 1
            self._retries += 1
            record.error = None
            record.held = False
            self._unsettled.add(record)
            self._set(record, QUEUED)
            if record.running:
                record.restart_at = number
            else:
                self._enqueue(record, number)
            return True

    def post(self, run: Callable[[], None], *, lane: Lane = Lane.CPU, delay_s: float = 0.0) -> None:
        """Queue a piece of work of the owner's own, before its jobs' stages.

        It is dropped if the group closes before a worker has taken it; so is what is posted to a
        group that is closed.

        Parameters
        ----------
        run : callable
            The work. An exception is logged.
        lane : Lane
            Which workers may take it.
        delay_s : float
            How long to wait before it is queued; no worker is held meanwhile.

        Raises
        ------
        EngineClosedError
            The engine is closed.
        """
        with self._engine.lock:
            self._engine.check_open()
            if not self._closed:
                task = Task(self._key, lane, self, run, rank=OWN_TASKS_RANK)
                self._engine.post(task, delay_s)
                self._own.add(task)

    @property
    def paused(self) -> bool:
        """Whether the group is paused; one that is closed never is."""
        return self._paused

    def pause(self) -> None:
        """Let no worker take up anything of this group until `unpause`; do so at any time.

        What runs goes on to its stage's end. Jobs are added, cancelled, released and tried again
        as ever; what falls due stays queued. The slots of the group's jobs are lent to other
        groups meanwhile, so that none waits for this one.
        """
        with self._engine.lock:
            if not self._paused and not self._closed:
                self._paused = True
                self._engine.park(self._key)
                self._engine.free_slots(self._slots_held)
                self._engine.changed(self)

    def unpause(self) -> None:
        """Go on after `pause`; do so at any time."""
        with self._engine.lock:
            if self._paused:
                self._paused = False
                self._engine.free_slots(-self._slots_held)
                self._engine.unpark(self._key)
                self._engine.changed(self)

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have a function called after each change of this group; return one that ends this.

        As `EngineBase.subscribe`, which tells of every group, and under the same rules.
        """
        return self._engine.subscribe(callback, owner=self)

    def changed(self) -> None:
        """Tell everyone who waits or watches that the owner changed something of its own."""
        with self._engine.lock:
            self._engine.changed(self)

    def snapshot(self) -> GroupSnapshot:
        """Return a frozen picture of the group's work."""
        with self._engine.lock:
            depth, in_flight, waiting = self._engine.counts_of(self._key)
            now_s = self._engine.clock.now_s()
            return GroupSnapshot(
                self._paused,
                depth,
                in_flight,
                waiting,
                {
                    stage.name: meter.metrics()
                    for stage, meter in zip(self._stages, self._meters, strict=True)
                },
                self._retries,
                rate_per_s(self._done_at_s, now_s, self._started_s),
            )

    def close(self) -> None:
        """Cancel every job that is not settled, and let go of the engine."""
        with self._engine.lock:
            was_closed, self._closed = self._closed, True
            left = list(self._unsettled)
            while self._own:
                self._engine.retract(self._own.pop())
            self._engine.forget(self)
        for record in left:
            self.cancel(record)
        # Not before the jobs have ended, lest a worker take one.
        self.unpause()
        if not was_closed:
            self._on_close()
