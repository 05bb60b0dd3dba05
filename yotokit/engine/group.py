"""The jobs of one owner, on their way through the stages."""

from __future__ import annotations

import logging
import threading
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from yotokit.engine.ready import Task
from yotokit.engine.record import CANCELLED, DONE, FAILED, QUEUED, JobRecord
from yotokit.engine.stage import Goto, Hold, Lane, Outcome, Stage, StageContext, Wait
from yotokit.errors import EngineClosedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from yotokit.engine.base import EngineBase

__all__ = ["Group"]

P = TypeVar("P")

_OWN_TASKS_RANK = 1_000  # barriers and the like: before any stage
_log = logging.getLogger("yotokit.engine")


class Group(Generic[P]):
    """Moves jobs from stage to stage.

    Parameters
    ----------
    engine : EngineBase
        Whose workers run the stages.
    stages : sequence of Stage
        The way of every job.
    on_change : callable
        Called with a record, under the engine's lock, after each change of its state. The place
        to count down towards a barrier. Must return at once.
    on_rest : callable
        Called with the payload of a settled job when no stage of it runs any more, so that what
        it left lying can be cleared away.
    on_close : callable
        Called when the group was closed, by its owner or with the engine.
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
        self._engine = engine
        self._stages = tuple(stages)
        self._index = {stage.name: number for number, stage in enumerate(stages)}
        self._on_change = on_change
        self._on_rest = on_rest
        self._on_close = on_close
        self._unsettled: set[JobRecord[P]] = set()
        engine.adopt(cast("Group[object]", self))

    def add(self, payload: P, *, error: Exception | None = None) -> JobRecord[P]:
        """Put a new job at the start of its way, or at its end if it failed before it began."""
        record = JobRecord(payload)
        with self._engine.lock:
            if error is None:
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
            if record.stop is not None:
                record.stop.set()
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
        """
        with self._engine.lock:
            if not record.settled:
                return False
            if self._engine.closed:
                raise EngineClosedError("the engine is closed; nothing is tried again in it")
            record.attempt += 1
            record.error = None
            record.held = False
            self._unsettled.add(record)
            self._set(record, QUEUED)
            if record.running:
                record.restart_at = self._index[stage]
            else:
                self._enqueue(record, self._index[stage])
            return True

    def post(self, run: Callable[[], None], *, lane: Lane = Lane.CPU) -> None:
        """Queue a piece of work of the owner's own, before its jobs' stages."""
        self._engine.post(Task(id(self), lane, lambda _: run(), rank=_OWN_TASKS_RANK))

    def close(self) -> None:
        """Cancel every job that is not settled, and let go of the engine."""
        with self._engine.lock:
            left = list(self._unsettled)
            self._engine.forget(cast("Group[object]", self))
        for record in left:
            self.cancel(record)
        self._on_close()

    def _enqueue(self, record: JobRecord[P], number: int, delay_s: float = 0.0) -> None:
        stage = self._stages[number]
        task = Task(
            id(self),
            stage.lane,
            partial(self._execute, record, stage),
            rank=number,
            needs_slot=stage.takes_slot and not record.has_slot,
        )
        self._engine.post(task, delay_s)
        record.stage, record.task = number, task

    def _go_on(self, record: JobRecord[P], number: int, delay_s: float = 0.0) -> None:
        """Queue a stage of a job under way; on an engine that closes, the job ends here."""
        try:
            self._enqueue(record, number, delay_s)
        except EngineClosedError:
            self._settle(record, CANCELLED)

    def _execute(self, record: JobRecord[P], stage: Stage[P], task: Task) -> None:
        with self._engine.lock:
            if record.task is not task:
                # Cancelled after a worker took it, and perhaps started anew since.
                if task.needs_slot:
                    self._engine.free_slot()
                return
            record.task = None
            record.has_slot = record.has_slot or task.needs_slot
            record.running = True
            stop = record.stop = threading.Event()
            self._set(record, stage.running)
        outcome: Outcome = None
        error: Exception | None = None
        try:
            outcome = stage.run(record.payload, StageContext(stop, self._teller(record)))
        except Exception as caught:
            error = caught
        with self._engine.lock:
            record.stop = None
            self._land(record, stage, outcome, error)
            settled = record.settled
        if settled:
            self._clear(record)

    def _land(
        self, record: JobRecord[P], stage: Stage[P], outcome: Outcome, error: Exception | None
    ) -> None:
        """Decide what follows a stage that has ended; a settled job is cleared next."""
        if record.settled:
            return
        if error is not None and record.restart_at is None:
            record.error = error
            self._settle(record, FAILED)
            return
        record.running = False
        if record.restart_at is not None:
            self._begin_again(record)
        elif isinstance(outcome, Wait):
            self._go_on(record, record.stage, outcome.seconds)
        elif isinstance(outcome, Goto):
            self._go_on(record, self._index[outcome.stage])
        else:
            self._advance(record, stage, hold=isinstance(outcome, Hold))

    def _advance(self, record: JobRecord[P], stage: Stage[P], *, hold: bool) -> None:
        if stage.frees_slot:
            self._free_slot(record)
        if record.stage + 1 == len(self._stages):
            record.running = True  # until it is cleared
            self._settle(record, DONE)
            return
        record.held = hold
        self._set(record, stage.finished)
        if not hold:
            self._go_on(record, record.stage + 1)

    def _settle(self, record: JobRecord[P], state: str) -> None:
        record.held = False
        self._unsettled.discard(record)
        self._set(record, state)

    def _set(self, record: JobRecord[P], state: str) -> None:
        record.state = state
        record.progress = 0.0
        self._on_change(record)
        self._engine.changed()

    def _clear(self, record: JobRecord[P]) -> None:
        """Have what a settled job left cleared away; only then may a new attempt begin."""
        try:
            self._on_rest(record.payload)
        except Exception:
            _log.exception("what a settled job left could not be cleared away")
        with self._engine.lock:
            record.running = False
            self._free_slot(record)
            if record.restart_at is not None:
                self._begin_again(record)
            self._engine.changed()

    def _begin_again(self, record: JobRecord[P]) -> None:
        number, record.restart_at = record.restart_at, None
        if number is not None:
            self._go_on(record, number)

    def _free_slot(self, record: JobRecord[P]) -> None:
        if record.has_slot:
            record.has_slot = False
            self._engine.free_slot()

    def _teller(self, record: JobRecord[P]) -> Callable[[float], None]:
        def tell(fraction: float) -> None:
            record.progress = min(max(fraction, 0.0), 1.0)
            with self._engine.lock:
                self._engine.changed()

        return tell
