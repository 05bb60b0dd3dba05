"""`Job`: the user's handle on one submitted file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from yotokit.errors import JobCancelledError
from yotokit.session.snapshot import JobSnapshot, job_snapshot
from yotokit.session.work import JobState

if TYPE_CHECKING:
    from pathlib import Path

    from yotokit.audio import Loudness
    from yotokit.engine import JobRecord
    from yotokit.session.flow import Flow
    from yotokit.session.work import Work

__all__ = ["Job"]


class Job:
    """One file on its way, as `Session.submit` returns it. Safe to use from any thread.

    Two handles on the same file of the same session are equal.
    """

    __slots__ = ("_flow", "_record")

    def __init__(self, flow: Flow, record: JobRecord[Work]) -> None:
        self._flow = flow
        self._record = record

    @property
    def path(self) -> Path:
        """The submitted file; for a chapter that was on the card, ``card:<id>/<key>``."""
        return self._record.payload.path

    @property
    def title(self) -> str:
        """What the card calls it."""
        return self._record.payload.title

    @property
    def icon(self) -> str:
        """The display icon that was chosen: its reference, or ``"default"``; empty if none was."""
        return self._record.payload.icon

    @property
    def is_kept(self) -> bool:
        """Whether it is no file, but a chapter that was on the card already."""
        return self._record.payload.kept is not None

    @property
    def job_id(self) -> str:
        """What log lines about it name; the same in every run."""
        return self._record.payload.job_id

    @property
    def state(self) -> JobState:
        """Where it is on its way."""
        return JobState(self._record.state)

    @property
    def loudness(self) -> Loudness | None:
        """Loudness of the file, once it is measured."""
        return self._record.payload.loudness

    @property
    def gain_db(self) -> float | None:
        """The gain that was applied, dB, once it is rendered."""
        return self.snapshot().gain_db

    @property
    def error(self) -> Exception | None:
        """Why it failed, if it did."""
        return self._record.error

    def snapshot(self) -> JobSnapshot:
        """Return a frozen picture of the job."""
        with self._flow.engine.lock:
            order = self._flow.order
            position = order.index(self._record) + 1 if self._record in order else 0
            return job_snapshot(position, self._record)

    def done(self) -> bool:
        """Whether it has come to an end: done, failed or cancelled."""
        return self._record.settled

    def result(self, timeout_s: float | None = None) -> JobSnapshot:
        """Wait for the end, and return what came of it.

        In album mode no file comes to its end before `Session.finalize` is called.

        Raises
        ------
        TimeoutError
            It has not ended in that time, in seconds.
        JobCancelledError
            It was cancelled.
        YotokitError
            It failed: the same as ``error``.
        """
        if not self._flow.engine.wait_for(self.done, timeout_s):
            raise TimeoutError(f"{self.path}: not done yet ({self.state}); it goes on")
        if self.error is not None:
            raise self.error
        if self.state is JobState.CANCELLED:
            raise JobCancelledError(f"{self.path}: cancelled; retry() makes a new attempt")
        return self.snapshot()

    def exception(self, timeout_s: float | None = None) -> Exception | None:
        """Wait for the end, and return why it failed, or None.

        Raises
        ------
        TimeoutError
            It has not ended in that time, in seconds.
        """
        if not self._flow.engine.wait_for(self.done, timeout_s):
            raise TimeoutError(f"{self.path}: not done yet ({self.state}); it goes on")
        return self.error

    def cancel(self) -> bool:
        """Stop working on it; return False if it had ended already."""
        return self._flow.cancel([self._record]) > 0

    def retry(self) -> bool:
        """Make a new attempt if it failed or was cancelled; return False if it was not."""
        return self._flow.retry(self._record)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Job lives in its session and is neither copied nor pickled; snapshot()")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and other._record is self._record

    def __hash__(self) -> int:
        return hash(self._record)

    def __repr__(self) -> str:
        return f"Job({self.title!r}, {self.state.value})"
