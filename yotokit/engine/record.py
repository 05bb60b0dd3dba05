"""The machine's record of one job. Only the engine writes to it, under its lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from yotokit.engine.stage import StageContext
    from yotokit.engine.task import Task

__all__ = ["CANCELLED", "DONE", "FAILED", "FINAL_STATES", "QUEUED", "JobRecord"]

P = TypeVar("P")

QUEUED = "queued"
DONE = "done"
FAILED = "failed"
CANCELLED = "cancelled"
FINAL_STATES = frozenset({DONE, FAILED, CANCELLED})


class JobRecord(Generic[P]):
    """Where a job stands.

    Attributes
    ----------
    payload : object
        What the stages work on; the owner's.
    state : str
        ``queued``, a stage's word, or one of the final three.
    error : Exception or None
        Why it failed.
    attempt : int
        1, and one more for each retry.
    progress : float
        How much of the running stage is done, 0 to 1.
    held : bool
        It waits for its owner to release it.
    running : bool
        A stage of it runs, or what it left is being cleared away.
    """

    __slots__ = (
        "attempt",
        "context",
        "error",
        "has_slot",
        "held",
        "payload",
        "progress",
        "restart_at",
        "running",
        "stage",
        "state",
        "task",
    )

    def __init__(self, payload: P) -> None:
        self.payload = payload
        self.state = QUEUED
        self.error: Exception | None = None
        self.attempt = 1
        self.progress = 0.0
        self.held = False
        self.stage = 0
        self.running = False
        self.has_slot = False
        self.restart_at: int | None = None
        self.task: Task | None = None
        self.context: StageContext | None = None

    @property
    def settled(self) -> bool:
        """Whether the job has come to one of the three ends."""
        return self.state in FINAL_STATES
