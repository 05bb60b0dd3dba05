"""Background work: a fair queue, worker threads, a timer. Knows neither sound nor Yoto.

The engine moves *jobs* through *stages*. A `Group` holds the jobs of one owner (a session); the
groups share the workers: the one that has the fewest goes first, equals turn by turn. A unit of
work is one stage of one job; it never waits for another, so one worker per lane is enough for
everything to come to its end.
"""

from yotokit.engine.base import EngineBase
from yotokit.engine.group import Group
from yotokit.engine.inline import InlineEngine
from yotokit.engine.metrics import Quantiles, StageMetrics
from yotokit.engine.record import CANCELLED, DONE, FAILED, FINAL_STATES, QUEUED, JobRecord
from yotokit.engine.snapshot import EngineSnapshot, GroupSnapshot, LaneSnapshot
from yotokit.engine.stage import Goto, Hold, Lane, Outcome, Stage, StageContext, Wait
from yotokit.engine.threads import Engine

__all__ = [
    "CANCELLED",
    "DONE",
    "FAILED",
    "FINAL_STATES",
    "QUEUED",
    "Engine",
    "EngineBase",
    "EngineSnapshot",
    "Goto",
    "Group",
    "GroupSnapshot",
    "Hold",
    "InlineEngine",
    "JobRecord",
    "Lane",
    "LaneSnapshot",
    "Outcome",
    "Quantiles",
    "Stage",
    "StageContext",
    "StageMetrics",
    "Wait",
]
