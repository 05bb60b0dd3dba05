"""What is left to do for a session's files, and how long that will take."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from yotokit.engine import Lane
from yotokit.session.costs import (
    EACH_MIB,
    RUNNING,
    WHOLE_WAY,
    Costs,
    Measured,
    Way,
    typical_transcode_s,
)
from yotokit.session.stages import MEASURE, RENDER, UPLOAD
from yotokit.session.work import ENDED_BADLY, JobState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from yotokit.engine import LaneSnapshot, StageMetrics
    from yotokit.session.snapshot import JobSnapshot, SessionSnapshot

__all__ = ["Effort"]

_MIB = float(1 << 20)
# Until it is measured: a worker's seconds for a MiB of the source.
_TYPICAL_S = {MEASURE: 0.2, RENDER: 0.3, UPLOAD: 1.0}
_SHARING_S = 15.0
_RECENT_TRANSCODES, _RECENT_FILES = 32, 8
# What a file costs that the journal knows, of what it would cost otherwise.
_KNOWN, _DOUBT = 0.02, 0.25
_OVERDUE_AT_FIRST, _OVERDUE = 0.5, 0.25
_ORDER = {state: number for number, state in enumerate(JobState)}
_AFTER = {MEASURE: JobState.MEASURED, RENDER: JobState.RENDERED, UPLOAD: JobState.TRANSCODING}
_MOVING = frozenset({*RUNNING, JobState.TRANSCODING})


class Effort:
    """Follows a session's files.

    Attributes
    ----------
    renewed : bool
        At the last look files were new, tried again or gone.
    fresh_share : float
        How much of all that was to do is done, 0 to 1, as if nobody had looked before.
    shrinkage : float
        How much there is left of what was left at the look before, 0 to 1.
    left_s : float
        Seconds until all files have ended.
    is_measured : bool
        Uploads have shown how long they take, or there are none to come.
    """

    def __init__(self) -> None:
        self.renewed = False
        self.fresh_share = 0.0
        self.shrinkage = 1.0
        self.left_s = 0.0
        self.is_measured = False
        self._files: dict[Path, _File] = {}
        self._measured = {stage: Measured(typical_s) for stage, typical_s in _TYPICAL_S.items()}
        self._own_part = {Lane.CPU: 1.0, Lane.NET: 1.0}
        self._slowness: deque[float] = deque(maxlen=_RECENT_TRANSCODES)
        self._told: deque[_File] = deque(maxlen=_RECENT_FILES)
        self._worked_s = 0.0

    def look(self, jobs: Sequence[JobSnapshot], snapshot: SessionSnapshot, since_s: float) -> None:
        """Take in where the files are now.

        Parameters
        ----------
        jobs : sequence of JobSnapshot
            Those that something is to be done for, one at least.
        snapshot : SessionSnapshot
            Of the whole session.
        since_s : float
            For how long work went on since the look before, seconds.
        """
        self._worked_s += since_s
        self._follow(jobs, since_s)
        files = list(self._files.values())
        self._time_stages(files, snapshot.queue.stages if snapshot.queue is not None else {})
        costs = self._costs(snapshot, since_s)
        known = sum(file.is_known for file in self._told) / (len(self._told) + _DOUBT)
        for file in files:
            file.weigh(1.0 - (1.0 - _KNOWN) * known)
        self._shrink(files, costs)
        self.left_s = _left_s(files, costs)
        self.is_measured = (
            self._measured[UPLOAD].mib > 0
            or known > 0
            or not any(file.way.upload for file in files)
        )

    def _shrink(self, files: Sequence[_File], costs: Costs) -> None:
        before = after = 0.0
        for file in files:
            weight_s = file.weight_s(costs, file.way)
            after += weight_s
            before += weight_s if file.before is file.way else file.weight_s(costs, file.before)
        self.shrinkage = min(1.0, after / before) if before > 0 else 1.0
        if self.renewed:
            whole = sum(file.weight_s(costs, WHOLE_WAY) for file in files)
            self.fresh_share = 1.0 - min(1.0, after / whole)

    def _follow(self, jobs: Sequence[JobSnapshot], since_s: float) -> None:
        sizes = [job.size_bytes / _MIB for job in jobs if job.size_bytes]
        usual_mib = sum(sizes) / len(sizes) if sizes else 1.0
        files, self._files = self._files, {}
        self.renewed = len(files) != len(jobs)
        for job in jobs:
            file = files.get(job.path)
            if file is None or file.job.attempt != job.attempt:
                self.renewed, file = True, _File(job)
            file.mib = EACH_MIB + (job.size_bytes / _MIB or usual_mib)
            # As long as it is not known: MP3 has about a minute in a MiB.
            file.typical_s = typical_transcode_s(job.duration_s or 60.0 * file.mib)
            self._files[job.path] = file
            took_s = file.go_on(job, since_s)
            if took_s is not None and not file.is_known:
                self._slowness.append(took_s / file.typical_s)
            if not file.is_told and (file.is_known or file.has_passed_look_up):
                file.is_told = True
                self._told.append(file)

    def _time_stages(self, files: Iterable[_File], stages: Mapping[str, StageMetrics]) -> None:
        """See what the stages have cost: all that was done so far, and how long that took."""
        # What the journal knows passes in no time, and says nothing of the others.
        files = [file for file in files if not file.is_known]
        for stage, measured in self._measured.items():
            busy_s = stages[stage].busy_s if stage in stages else 0.0
            mib = 0.0
            for file in files:
                if RUNNING.get(file.state) == stage:
                    busy_s += file.in_state_s
                    mib += file.mib * file.job.progress
                elif file.has_passed(stage):
                    mib += file.mib
            measured.look(self._worked_s, busy_s, mib)

    def _costs(self, snapshot: SessionSnapshot, since_s: float) -> Costs:
        seen = sorted(self._slowness)
        return Costs(
            measure_s=self._measured[MEASURE].cost_s,
            render_s=self._measured[RENDER].cost_s,
            upload_s=self._measured[UPLOAD].cost_s,
            # Nine of ten, not the middle one: what comes last decides, and that is no quick one.
            slowness=max(0.01, seen[(9 * len(seen) - 1) // 10]) if seen else 1.0,
            overdue=_OVERDUE if seen else _OVERDUE_AT_FIRST,
            cpu_workers=self._workers(Lane.CPU, snapshot, since_s),
            net_workers=self._workers(Lane.NET, snapshot, since_s),
            files=len(self._files),
        )

    def _workers(self, lane: Lane, snapshot: SessionSnapshot, since_s: float) -> float:
        """Return how many workers of a lane the session has, where others want them too."""
        state: LaneSnapshot = getattr(snapshot.engine, lane.value)
        own = snapshot.queue.in_flight.get(lane, 0) if snapshot.queue is not None else 0
        part = own / state.in_flight if state.in_flight >= max(1, state.workers) else 1.0
        self._own_part[lane] += (part - self._own_part[lane]) * min(1.0, since_s / _SHARING_S)
        return max(0.1, min(state.workers * self._own_part[lane], len(self._files)))


class _File:
    """One file, as it was at the look before and is now."""

    __slots__ = (
        "_is_whole",
        "before",
        "chance",
        "in_state_s",
        "is_told",
        "job",
        "mib",
        "typical_s",
        "way",
    )

    def __init__(self, job: JobSnapshot) -> None:
        self.job = job
        self.mib = self.typical_s = self.chance = 1.0
        self.is_told = False
        self.in_state_s = 0.0
        # When the transcode began is not known of one that is seen in the middle of it.
        self._is_whole = job.state is not JobState.TRANSCODING
        self.before = self.way = Way.of(self.state, job.progress, measured=job.loudness is not None)

    @property
    def state(self) -> JobState:
        """Where it is; measured as soon as its loudness is known, though it waits for a slot."""
        is_measured = self.job.state is JobState.MEASURING and self.job.loudness is not None
        return JobState.MEASURED if is_measured else self.job.state

    @property
    def is_known(self) -> bool:
        """Whether an earlier run has sent its bytes, as far as that is known."""
        return self.job.origin == "resumed"

    @property
    def has_passed_look_up(self) -> bool:
        """Whether it has shown by now that it is known, if it is."""
        return (
            self.job.state not in ENDED_BADLY
            and _ORDER[self.job.state] >= _ORDER[JobState.RENDERING]
        )

    def has_passed(self, stage: str) -> bool:
        """Say whether a stage is behind it."""
        if stage == MEASURE and self.job.loudness is not None:
            return True
        return self.job.state not in ENDED_BADLY and _ORDER[self.state] >= _ORDER[_AFTER[stage]]

    def go_on(self, job: JobSnapshot, since_s: float) -> float | None:
        """Go on to what it is now; return how long its transcode took, if it has just ended."""
        was, self.job = self.state, job
        waited_s, took_s = self.way.transcoding_s, None
        if was is self.state:
            self.in_state_s += since_s
            waited_s += since_s
        else:
            # Somewhere between the two looks: in the middle, for all that is known.
            self.in_state_s = since_s / 2
            waited_s += since_s / 2
            if job.state is JobState.DONE and self._is_whole:
                took_s = waited_s
        self.before = self.way
        if was is not self.state or was in _MOVING:
            self.way = Way.of(self.state, job.progress, waited_s, measured=job.loudness is not None)
        return took_s

    def weight_s(self, costs: Costs, way: Way) -> float:
        """Return by how much a way of this file makes the session longer, about."""
        return self.chance * costs.weight_s(way, self.mib, self.typical_s) if any(way) else 0.0

    def weigh(self, chance: float) -> None:
        """Reckon with what the journal may know, from what it knew of the files before."""
        if self.is_known:
            self.chance = _KNOWN
        else:
            early = _ORDER[self.state] <= _ORDER[JobState.MEASURED]
            self.chance = chance if early else 1.0


def _left_s(files: Iterable[_File], costs: Costs) -> float:
    """Return how long the files take together: the slowest lane, or the slowest file.

    The last file of a lane has the stages after it still before it.
    """
    cpu_s = net_s = longest_s = sending_s = waiting_s = 0.0
    for file in files:
        compute_s = file.chance * file.mib * costs.cpu_s(file.way)
        send_s = file.chance * file.mib * file.way.upload * costs.upload_s
        wait_s = file.chance * costs.wait_s(file.way, file.typical_s)
        cpu_s += compute_s
        net_s += send_s
        longest_s = max(longest_s, compute_s + send_s + wait_s)
        if send_s:
            waiting_s = max(waiting_s, wait_s)
        if compute_s:
            sending_s = max(sending_s, send_s)
    computing_s = cpu_s / costs.cpu_workers + sending_s + waiting_s if cpu_s else 0.0
    return max(longest_s, computing_s, net_s / costs.net_workers + waiting_s)
