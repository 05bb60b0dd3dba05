"""The head of the dashboard: how far it is, what the card would hold, how the lanes stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yotokit.engine import Lane
from yotokit.markup import (
    Html,
    badge,
    definitions,
    escape,
    figures,
    fragment,
    history,
    meter,
)
from yotokit.session import JobState
from yotokit.widgets.painting.words import is_working, status_words

if TYPE_CHECKING:
    from yotokit.engine import LaneSnapshot
    from yotokit.session import SessionSnapshot
    from yotokit.session.pace import Depth, Progress
    from yotokit.widgets.painting.memo import Memo

__all__ = ["overview"]

_MINUTE_S = 60.0
_MEGABYTE = 1e6
_HISTORY_PX = 14
_CPU, _NET, _ASK, _AWAY = "measure and render", "upload", "ask the service", "transcoding at Yoto"


def overview(snapshot: SessionSnapshot, progress: Progress, memo: Memo) -> str:
    """Draw the head of the dashboard."""
    trouble, lanes = snapshot.journal_trouble, _lanes(snapshot)
    return fragment(
        Html("<h4>"),
        snapshot.title,
        Html("</h4><p>"),
        status_words(snapshot, progress),
        Html("</p>"),
        definitions(_totals(snapshot)),
        memo.kept("lanes", (progress.history, lanes), lambda: _history(progress.history, lanes)),
        definitions(_throughput(snapshot, progress)),
        Html(f"<p>{badge('not remembered', 'amber')}: {escape(trouble)}</p>") if trouble else "",
    )


def _totals(snapshot: SessionSnapshot) -> list[tuple[str, Html]]:
    """Set what the files come to beside what the card may hold."""
    totals, limits = snapshot.totals, snapshot.limits
    length, most = figures.duration(totals.duration_s), figures.duration(limits.card_duration_s)
    size, room = _megabytes(totals.size_bytes), _megabytes(limits.card_size_bytes or 0.0)
    pairs = [
        ("tracks", _beside(totals.tracks, limits.tracks, str(totals.tracks), str(limits.tracks))),
        ("length", _beside(totals.duration_s, limits.card_duration_s, length, most)),
        ("size, about", _beside(totals.size_bytes, limits.card_size_bytes, size, room, " MB")),
    ]
    if totals.unmeasured:
        pairs.append(("not measured yet", escape(totals.unmeasured)))
    return pairs


def _beside(value: float, limit: float | None, text: str, most: str, unit: str = "") -> Html:
    if limit is None:
        return escape(text + unit)
    return meter(value, limit, words=f"{text} of {most}{unit}")


def _lanes(snapshot: SessionSnapshot) -> tuple[str, ...]:
    """Say what waits and what is under way: of this session, then of all that share the workers."""
    engine, away = snapshot.engine, snapshot.counts.get(JobState.TRANSCODING, 0)
    ahead = f"; {engine.slots - engine.slots_free} of {engine.slots} rendered ahead"
    return (
        _lane(snapshot, Lane.CPU, engine.cpu),
        _lane(snapshot, Lane.NET, engine.net) + ahead,
        _lane(snapshot, Lane.ASK, engine.ask),
        str(away),
    )


def _lane(snapshot: SessionSnapshot, lane: Lane, of_all: LaneSnapshot) -> str:
    workers = "worker" if of_all.workers == 1 else "workers"
    busy = f"{of_all.in_flight} of {of_all.workers} {workers} busy"
    queue = snapshot.queue
    waiting = queue.depth.get(lane, 0) if queue is not None else of_all.depth
    others = of_all.depth - waiting
    own = f"{waiting} waiting, " + (f"{others} for others, " if others > 0 else "")
    return own + busy


def _history(depths: tuple[Depth, ...], lanes: tuple[str, ...]) -> Html:
    """Draw this session's part of the queues over the last two minutes, with how they stand."""
    series = [
        [depth.cpu for depth in depths],
        [depth.net for depth in depths],
        [depth.ask for depth in depths],
        [depth.transcoding for depth in depths],
    ]
    return history(series, labels=(_CPU, _NET, _ASK, _AWAY), notes=lanes, height=_HISTORY_PX)


def _throughput(snapshot: SessionSnapshot, progress: Progress) -> list[tuple[str, str]]:
    sent = ("sent", figures.bytes_size(snapshot.sent_bytes))
    if not is_working(snapshot):
        return [sent]  # what is not painted any more must not look as if it went on
    facts = [("files done", f"{progress.files_per_s * _MINUTE_S:.1f} a minute")]
    lengths_s = [
        job.duration_s
        for job in snapshot.jobs
        if job.state is JobState.DONE and job.origin != "kept" and job.duration_s
    ]
    if lengths_s and progress.files_per_s:
        speed = progress.files_per_s * sum(lengths_s) / len(lengths_s)
        facts.append(("sound", f"{speed:.1f} times real time"))
    return [*facts, ("sending", f"{progress.sent_bytes_per_s / _MEGABYTE:.1f} MB/s"), sent]


def _megabytes(size_bytes: float) -> str:
    """Write a size in the unit in which the limits are told."""
    return f"{size_bytes / _MEGABYTE:,.0f}"
