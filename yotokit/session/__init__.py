"""Where sound, service and engine meet: a file's way, the order, the card, the report."""

from yotokit.session.backup import Backup, SavedCards, backups
from yotokit.session.diff import Change, Diff
from yotokit.session.drawing import jobs_table, jobs_text
from yotokit.session.job import Job
from yotokit.session.limits import Limits
from yotokit.session.pace import Depth, Pace, Progress
from yotokit.session.report import Report
from yotokit.session.saved import SavedSession, SavedSessions, sessions
from yotokit.session.session import Session
from yotokit.session.snapshot import JobSnapshot, SessionSnapshot
from yotokit.session.verification import Verification
from yotokit.session.verified import VerifiedTrack
from yotokit.session.work import JobState

__all__ = [
    "Backup",
    "Change",
    "Depth",
    "Diff",
    "Job",
    "JobSnapshot",
    "JobState",
    "Limits",
    "Pace",
    "Progress",
    "Report",
    "SavedCards",
    "SavedSession",
    "SavedSessions",
    "Session",
    "SessionSnapshot",
    "Verification",
    "VerifiedTrack",
    "backups",
    "jobs_table",
    "jobs_text",
    "sessions",
]
