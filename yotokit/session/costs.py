"""What a file costs on its way: worker's seconds for each stage, typical ones or measured."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from yotokit.session.work import JobState

__all__ = ["EACH_MIB", "RUNNING", "WHOLE_WAY", "Costs", "Measured", "Way", "typical_transcode_s"]

# What a file costs beyond its bytes, as if it had so many more.
EACH_MIB = 0.25
# Of the service no two looks are alike: seconds for a song, minutes for an hour.
_TRANSCODE_S, _TRANSCODE_PER_S = 10.0, 1 / 60
_LATELY_S, _MARK_S = 60.0, 5.0
# How many of measure, render and upload a file has behind it.
_PASSED = {
    JobState.QUEUED: 0,
    JobState.MEASURING: 0,
    JobState.MEASURED: 1,
    JobState.RENDERING: 1,
    JobState.RENDERED: 2,
    JobState.UPLOADING: 2,
    JobState.TRANSCODING: 3,
}
RUNNING = {
    JobState.MEASURING: "measure",
    JobState.RENDERING: "render",
    JobState.UPLOADING: "upload",
}
"""The stage that a worker is at, by the state of its file."""


class Way(NamedTuple):
    """What lies before a file: how much of each stage, 0 to 1.

    Attributes
    ----------
    measure, render, upload, transcode : float
        The stages.
    transcoding_s : float
        For how long the service is at it already, seconds.

    Examples
    --------
    >>> Way.of(JobState.RENDERING, 0.25)
    Way(measure=0.0, render=0.75, upload=1.0, transcode=1.0, transcoding_s=0.0)
    """

    measure: float = 0.0
    render: float = 0.0
    upload: float = 0.0
    transcode: float = 0.0
    transcoding_s: float = 0.0

    @classmethod
    def of(
        cls, state: JobState, progress: float, transcoding_s: float = 0.0, *, measured: bool = False
    ) -> Way:
        """Return the way that is left from a state on, whose stage has come so far, 0 to 1."""
        if state not in _PASSED:
            return cls()
        passed = _PASSED[state]
        measure, render, upload = (float(number >= passed) for number in range(3))
        way = cls(0.0 if measured else measure, render, upload, 1.0)
        if state is JobState.TRANSCODING:
            return way._replace(transcoding_s=transcoding_s)
        return way._replace(**{RUNNING[state]: 1.0 - progress}) if state in RUNNING else way


WHOLE_WAY = Way(1.0, 1.0, 1.0, 1.0)


class Costs(NamedTuple):
    """What the stages cost.

    Attributes
    ----------
    measure_s, render_s, upload_s : float
        A worker's seconds for a MiB of the source.
    slowness : float
        How much longer than typical ones the service's transcodes take, nine of ten at most.
    overdue : float
        One that takes longer than expected takes so much longer still, of what it took so far.
    cpu_workers, net_workers : float
        So many workers the session has for itself, about; above 0.
    files : int
        How many files there are: their transcodes run side by side.
    """

    measure_s: float
    render_s: float
    upload_s: float
    slowness: float
    overdue: float
    cpu_workers: float
    net_workers: float
    files: int

    def cpu_s(self, way: Way) -> float:
        """Return the worker's seconds of computing that are left on a way, for a MiB."""
        return way.measure * self.measure_s + way.render * self.render_s

    def wait_s(self, way: Way, typical_s: float) -> float:
        """Return for how long the service will be at work on a file, once it has it."""
        if not way.transcode:
            return 0.0
        whole_s = self.slowness * typical_s
        return max(whole_s - way.transcoding_s, self.overdue * way.transcoding_s)

    def weight_s(self, way: Way, mib: float, typical_s: float) -> float:
        """Return by how much a way makes the whole session longer, about."""
        whole_s = self.slowness * typical_s
        # Not less than a tenth: whether it has ended the service alone can tell.
        wait_s = way.transcode * max(0.1 * whole_s, whole_s - way.transcoding_s)
        compute_s, send_s = mib * self.cpu_s(way), mib * way.upload * self.upload_s
        return compute_s / self.cpu_workers + send_s / self.net_workers + wait_s / self.files


def typical_transcode_s(duration_s: float) -> float:
    """Return how long the service is at work on so many seconds of sound, as a rule.

    Examples
    --------
    >>> typical_transcode_s(180.0)
    13.0
    """
    return _TRANSCODE_S + _TRANSCODE_PER_S * duration_s


class Measured:
    """What a stage has cost: over the last minute, as far as there is something to go by.

    Parameters
    ----------
    typical_s : float
        A worker's seconds for a MiB, as long as nothing is measured.

    Attributes
    ----------
    cost_s : float
        A worker's seconds for a MiB.
    mib : float
        From how many MiB that is known in all.

    Examples
    --------
    >>> upload = Measured(1.0)
    >>> upload.look(10.0, busy_s=400.0, mib=100.0)
    >>> round(upload.cost_s, 1)
    4.0
    """

    def __init__(self, typical_s: float) -> None:
        self.cost_s = typical_s
        self.mib = 0.0
        self._typical_s = typical_s
        self._marks = deque([(0.0, 0.0, 0.0)])

    def look(self, now_s: float, busy_s: float, mib: float) -> None:
        """Take in how long workers were busy with how much, since the session began."""
        if now_s - self._marks[-1][0] >= _MARK_S:
            self._marks.append((now_s, busy_s, mib))
        while len(self._marks) > 1 and self._marks[1][0] <= now_s - _LATELY_S:
            self._marks.popleft()
        _, busy_then_s, mib_then = self._marks[0]
        mean_s = (busy_s + EACH_MIB * self._typical_s) / (mib + EACH_MIB)
        # The mean of all stands in where there is little that is fresh.
        old_mib = EACH_MIB + 0.1 * mib
        fresh_s, fresh_mib = max(0.0, busy_s - busy_then_s), max(0.0, mib - mib_then)
        self.cost_s = (fresh_s + old_mib * mean_s) / (fresh_mib + old_mib)
        self.mib = mib
