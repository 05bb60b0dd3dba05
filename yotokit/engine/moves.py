"""How a job gets from stage to stage. All of it happens under the engine's lock but the stages."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from yotokit.engine.metrics import Ending, Meter, recent_times
from yotokit.engine.record import CANCELLED, DONE, FAILED
from yotokit.engine.stage import Goto, Hold, Stage, StageContext, Wait
from yotokit.engine.subscribers import Subscribers
from yotokit.engine.task import Task
from yotokit.errors import EngineClosedError
from yotokit.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from yotokit.engine.base import EngineBase
    from yotokit.engine.record import JobRecord
    from yotokit.engine.stage import Outcome

__all__ = ["OWN_TASKS_RANK", "Moves"]

P = TypeVar("P")

OWN_TASKS_RANK = 1_000  # barriers and the like: before any stage
_keys = itertools.count()
_log = get_logger("yotokit.engine")


class Moves(ABC, Generic[P]):
    """The half of a `Group` that the engine's workers call; its parameters are those of a group."""

    def __init__(
        self,
        engine: EngineBase,
        stages: Sequence[Stage[P]],
        *,
        on_change: Callable[[JobRecord[P]], None],
        on_rest: Callable[[P], None],
    ) -> None:
        self.subscribers = Subscribers()
        self._engine = engine
        # Not id(self): what the queues know a group by must not pass to a later one.
        self._key = next(_keys)
        self._stages = tuple(stages)
        self._index = {stage.name: number for number, stage in enumerate(stages)}
        self._on_change = on_change
        self._on_rest = on_rest
        self._unsettled: set[JobRecord[P]] = set()
        self._own: set[Task] = set()
        self._paused = False
        self._slots_held = 0
        self._meters = [Meter() for _ in stages]
        self._done_at_s = recent_times()

    def begin(self, task: Task) -> None:
        """Note that a worker has taken a task; called with the lock."""
        if task.rank == OWN_TASKS_RANK:
            self._own.discard(task)
            return
        record: JobRecord[P] = task.subject
        record.task = None
        record.running = True
        record.context = StageContext(self._engine.lock, partial(self._tell, record))
        if task.needs_slot:
            self._hold_slot(record)
        self._set(record, self._stages[task.rank].running)

    def run(self, task: Task) -> Ending:
        """Do the work; called without the lock, once and only after `begin`."""
        if task.rank == OWN_TASKS_RANK:
            task.subject()
            return Ending.PLAIN
        record: JobRecord[P] = task.subject
        stage, context = self._stages[task.rank], record.context
        outcome: Outcome = None
        error: Exception | None = None
        try:
            outcome = stage.run(record.payload, cast("StageContext", context))
        except Exception as caught:
            error = caught
        except SystemExit as caught:
            # It would end the worker's thread without a word, and the job with it.
            error = RuntimeError(f"the stage {stage.name!r} asked the interpreter to exit")
            error.__cause__ = caught
        with self._engine.lock:
            record.context = None
            ending = self._ending(record, outcome, error)
            now_s = self._engine.clock.now_s()
            self._meters[task.rank].note(task.ready_s, task.taken_s, now_s, ending)
            self._land(record, stage, outcome, error)
            over = record.settled or record.restart_at is not None
        if over:
            self._clear(record)
        return ending

    @abstractmethod
    def close(self) -> None:
        """Cancel every job that is not settled, and let go of the engine."""

    def _enqueue(self, record: JobRecord[P], number: int, delay_s: float = 0.0) -> None:
        stage = self._stages[number]
        needs_slot = stage.takes_slot and not record.has_slot
        task = Task(self._key, stage.lane, self, record, rank=number, needs_slot=needs_slot)
        self._engine.post(task, delay_s)
        record.stage, record.task = number, task

    def _go_on(self, record: JobRecord[P], number: int, delay_s: float = 0.0) -> None:
        """Queue a stage of a job under way; on an engine that closes, the job ends here."""
        try:
            self._enqueue(record, number, delay_s)
        except EngineClosedError:
            self._settle(record, CANCELLED)

    @staticmethod
    def _ending(record: JobRecord[P], outcome: Outcome, error: Exception | None) -> Ending:
        if error is not None:
            cancelled = record.settled or record.restart_at is not None
            return Ending.PLAIN if cancelled else Ending.FAILED
        return Ending.POLL if isinstance(outcome, Wait) else Ending.PLAIN

    def _land(
        self, record: JobRecord[P], stage: Stage[P], outcome: Outcome, error: Exception | None
    ) -> None:
        """Decide what follows a stage that has ended; a settled job is cleared next."""
        if record.settled or record.restart_at is not None:
            return
        if error is not None:
            record.error = error
            self._settle(record, FAILED)
        elif isinstance(outcome, Wait):
            record.running = False
            self._go_on(record, record.stage, outcome.seconds)
        elif isinstance(outcome, Goto):
            self._jump(record, stage, outcome)
        else:
            self._advance(record, stage, hold=isinstance(outcome, Hold))

    def _jump(self, record: JobRecord[P], stage: Stage[P], outcome: Goto) -> None:
        number = self._index.get(outcome.stage)
        if number is None:
            known = ", ".join(self._index)
            record.error = LookupError(
                f"the stage {stage.name!r} answered {outcome}; the stages are {known}"
            )
            self._settle(record, FAILED)
            return
        if stage.frees_slot:
            self._free_slot(record)
        record.running = False
        if number > record.stage:  # what it waits for may be long in coming
            self._set(record, stage.finished)
        self._go_on(record, number)

    def _advance(self, record: JobRecord[P], stage: Stage[P], *, hold: bool) -> None:
        if stage.frees_slot:
            self._free_slot(record)
        if record.stage + 1 == len(self._stages):
            self._settle(record, DONE)
            return
        record.running = False
        record.held = hold
        self._set(record, stage.finished)
        if not hold:
            self._go_on(record, record.stage + 1)

    def _settle(self, record: JobRecord[P], state: str) -> None:
        record.held = False
        self._unsettled.discard(record)
        if state == DONE:
            self._done_at_s.append(self._engine.clock.now_s())
        self._set(record, state)

    def _set(self, record: JobRecord[P], state: str) -> None:
        record.state = state
        record.progress = 0.0
        try:
            self._on_change(record)
        except Exception:
            _log.exception("the owner of a job could not be told of its change")
        self._engine.changed(self)

    def _clear(self, record: JobRecord[P]) -> None:
        """Have what a settled job left cleared away; only then may a new attempt begin."""
        if self._engine.forked:
            return
        try:
            self._on_rest(record.payload)
        except Exception:
            _log.exception("what a settled job left could not be cleared away")
        with self._engine.lock:
            record.running = False
            self._free_slot(record)
            if record.restart_at is not None:
                self._begin_again(record)
            self._engine.changed(self)

    def _begin_again(self, record: JobRecord[P]) -> None:
        number, record.restart_at = record.restart_at, None
        if number is not None:
            self._go_on(record, number)

    def _hold_slot(self, record: JobRecord[P]) -> None:
        record.has_slot = True
        self._slots_held += 1
        if self._paused:
            self._engine.free_slots(1)

    def _free_slot(self, record: JobRecord[P]) -> None:
        if record.has_slot:
            record.has_slot = False
            self._slots_held -= 1
            if not self._paused:
                self._engine.free_slots(1)

    def _tell(self, record: JobRecord[P], fraction: float) -> None:
        record.progress = min(max(fraction, 0.0), 1.0)
        with self._engine.lock:
            self._engine.changed(self)
