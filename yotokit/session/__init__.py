"""Where sound, service and engine meet: a file's way, the order, the card, the report."""

from yotokit.session.drawing import jobs_table, jobs_text
from yotokit.session.job import Job
from yotokit.session.report import Report
from yotokit.session.saved import SavedSession, SavedSessions, sessions
from yotokit.session.session import Session
from yotokit.session.snapshot import JobSnapshot, SessionSnapshot
from yotokit.session.work import JobState

__all__ = [
    "Job",
    "JobSnapshot",
    "JobState",
    "Report",
    "SavedSession",
    "SavedSessions",
    "Session",
    "SessionSnapshot",
    "jobs_table",
    "jobs_text",
    "sessions",
]
