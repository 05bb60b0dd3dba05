"""From a snapshot to what the widgets show; pure, so it is tested without kernel or thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from yotokit.markup import Html, definitions, escape, fragment
from yotokit.session import JobState, jobs_table

if TYPE_CHECKING:
    from yotokit.engine import LaneSnapshot
    from yotokit.session import SessionSnapshot

__all__ = ["Painting", "paint"]

_LOG_LINES = 12


@dataclass(frozen=True, slots=True)
class Painting:
    """The value of each trait that the painter may set."""

    heading: str
    status: str
    queues: str
    table: str
    log: str
    progress: float
    bar_style: str
    can_cancel: bool
    can_retry: bool
    can_finalize: bool


def paint(snapshot: SessionSnapshot) -> Painting:
    """Return what the dashboard shows of a session."""
    counts = snapshot.counts
    total, settled = len(snapshot.jobs), snapshot.settled
    failed = counts.get(JobState.FAILED, 0)
    return Painting(
        heading=fragment(Html("<h4>"), snapshot.title, Html("</h4>")),
        status=fragment(Html('<p role="status">'), _status(snapshot), Html("</p>")),
        queues=fragment(_queues(snapshot)),
        table=fragment(jobs_table(snapshot.jobs, snapshot.target_lufs)) if total else "",
        log=fragment(_log(snapshot)),
        progress=settled / total if total else 0.0,
        bar_style="danger" if failed else "success" if total and settled == total else "info",
        can_cancel=settled < total and not snapshot.closed,
        can_retry=bool(failed or counts.get(JobState.CANCELLED, 0)) and not snapshot.closed,
        can_finalize=bool(total) and not snapshot.finalizing and not snapshot.closed,
    )


def _status(snapshot: SessionSnapshot) -> str:
    total = len(snapshot.jobs)
    if not total:
        return "No files yet: submit some."
    files = "file" if total == 1 else "files"
    ends = [
        f"{snapshot.counts[state]} {state.value}"
        for state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)
        if state in snapshot.counts
    ]
    text = f"{total} {files}: {', '.join(ends) or 'none done yet'}"
    left = total - snapshot.settled
    if left:
        text += f", {left} to go"
    if snapshot.finalizing:
        text += "; the card is written when all have ended"
    elif snapshot.card_id:
        text += f"; card {snapshot.card_id}"
    return text + "."


def _queues(snapshot: SessionSnapshot) -> Html:
    engine, counts = snapshot.engine, snapshot.counts
    return definitions(
        [
            ("measure and render", _lane(engine.cpu)),
            ("upload", _lane(engine.net)),
            ("ask the service", _lane(engine.ask)),
            ("transcoding at Yoto", counts.get(JobState.TRANSCODING, 0)),
            ("rendered ahead", f"{engine.slots - engine.slots_free} of {engine.slots}"),
        ]
    )


def _lane(lane: LaneSnapshot) -> str:
    workers = "worker" if lane.workers == 1 else "workers"
    return f"{lane.depth} waiting, {lane.in_flight} of {lane.workers} {workers} busy"


def _log(snapshot: SessionSnapshot) -> Html:
    lines = (f"<li>{escape(line)}</li>" for line in snapshot.log[-_LOG_LINES:])
    return Html(f'<ol role="log">{"".join(lines)}</ol>')
