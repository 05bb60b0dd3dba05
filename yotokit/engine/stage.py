"""What a job is made of: stages, and what a stage may answer."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from yotokit.errors import JobCancelledError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Goto", "Hold", "Lane", "Outcome", "Stage", "StageContext", "Wait"]

P = TypeVar("P")


class Lane(StrEnum):
    """The three kinds of workers.

    Attributes
    ----------
    CPU
        Those that compute: measure and render.
    NET
        Those that send audio, for as long as that takes.
    ASK
        Those that ask short questions: polls, look-ups, the write of a card; no bytes of audio.
        So none of these waits behind an upload, nor does an upload wait for them.
    """

    CPU = "cpu"
    NET = "net"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Wait:
    """Run this stage again after so many seconds; no worker is held meanwhile."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Goto:
    """Go to another stage, by name, instead of the next one."""

    stage: str


@dataclass(frozen=True, slots=True)
class Hold:
    """End the stage; go on with the next only when the owner releases the job."""


Outcome: TypeAlias = Wait | Goto | Hold | None
"""None: go on with the next stage, or be done after the last."""


class StageContext:
    """What a running stage may ask and tell."""

    __slots__ = ("_ended", "_lock", "_stop", "_tell")

    def __init__(self, lock: threading.RLock, tell: Callable[[float], None]) -> None:
        self._lock = lock
        self._tell = tell
        self._ended = False
        # Made when it is asked for: an event takes as long as a fifth of what else the engine
        # does for a stage.
        self._stop: threading.Event | None = None

    @property
    def stop(self) -> threading.Event:
        """Set when the job is cancelled or the engine closes.

        Sleep with ``stop.wait(seconds)``.
        """
        with self._lock:
            if self._stop is None:
                self._stop = threading.Event()
                if self._ended:
                    self._stop.set()
            return self._stop

    def end(self) -> None:
        """Ask the stage to stop; called by the engine with its lock."""
        self._ended = True
        if self._stop is not None:
            self._stop.set()

    def progress(self, fraction: float) -> None:
        """Tell how much of this stage is done, 0 to 1; end the stage if it was cancelled.

        Raises
        ------
        JobCancelledError
            The job was cancelled, or the engine is closing.
        """
        self._tell(fraction)
        self.raise_if_stopped()

    def raise_if_stopped(self) -> None:
        """End the stage if it was cancelled.

        Raises
        ------
        JobCancelledError
            The job was cancelled, or the engine is closing.
        """
        if self._ended:
            raise JobCancelledError("cancelled while it was worked on; retry it to go on")


@dataclass(frozen=True, slots=True)
class Stage(Generic[P]):
    """One step of a job.

    Parameters
    ----------
    name : str
        Unique among a job's stages.
    lane : Lane
        Which workers run it.
    running, finished : str
        The job's state while the stage runs, and after it.
    run : callable
        Takes the job's payload and a `StageContext`; an exception fails the job.
    takes_slot, frees_slot : bool
        A stage that takes a slot starts only when one is free, and its job keeps it until a
        stage that frees it has ended, or the job has. Bounds what lies between the two.
    """

    name: str
    lane: Lane
    running: str
    finished: str
    run: Callable[[P, StageContext], Outcome]
    takes_slot: bool = False
    frees_slot: bool = False
