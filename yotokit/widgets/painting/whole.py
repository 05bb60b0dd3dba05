"""A session as the whole dashboard shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yotokit.markup import Html, badge, escape, fragment, page_fragment
from yotokit.session import JobState
from yotokit.session.work import ENDED_BADLY
from yotokit.widgets.painting.details import details, shown_curve
from yotokit.widgets.painting.memo import Memo
from yotokit.widgets.painting.overview import overview
from yotokit.widgets.painting.rows import HEADERS, compact_curves, table_rows
from yotokit.widgets.painting.values import Buttons, Chosen, Painting
from yotokit.widgets.painting.words import announcement

if TYPE_CHECKING:
    from yotokit.session import JobSnapshot, SessionSnapshot
    from yotokit.session.pace import Progress

__all__ = ["is_over", "paint"]

_LOG_LINES = 12


def paint(
    snapshot: SessionSnapshot,
    progress: Progress,
    chosen: Chosen | None = None,
    memo: Memo | None = None,
) -> Painting:
    """Return what the dashboard shows of a session; the same of the same.

    Parameters
    ----------
    snapshot : SessionSnapshot
        The session.
    progress : Progress
        How far it is.
    chosen : Chosen, optional
        What a person has chosen.
    memo : Memo, optional
        Of the same dashboard; makes it cheaper.
    """
    chosen = chosen or Chosen()
    memo = memo or Memo()
    memo.turn()
    jobs, over = snapshot.jobs, is_over(snapshot)
    shown = _shown(jobs, chosen.shown)
    return Painting(
        overview=overview(snapshot, progress, memo),
        message=_message(chosen),
        progress=round(progress.share, 3),
        bar_style=_bar_style(snapshot),
        label=f"Files of the card {snapshot.title}",
        headers=HEADERS,
        rows=table_rows(jobs, memo, over=over),
        curves=compact_curves(jobs, snapshot.target_lufs, memo),
        shown=shown.job_id if shown is not None else "",
        announcement=announcement(snapshot, progress),
        details=details(shown, snapshot.target_lufs) if shown is not None else "",
        curve=shown_curve(shown, snapshot.target_lufs, memo) if shown is not None else "",
        log=_log(snapshot),
        buttons=_buttons(snapshot, over=over),
    )


def is_over(snapshot: SessionSnapshot) -> bool:
    """Say whether session or engine are closed: nothing changes any more."""
    return snapshot.closed or snapshot.engine.closed


def _shown(jobs: tuple[JobSnapshot, ...], job_id: str) -> JobSnapshot | None:
    first = jobs[0] if jobs else None
    return next((job for job in jobs if job.job_id == job_id), first) if job_id else first


def _message(chosen: Chosen) -> str:
    parts = []
    if chosen.problem:
        # Numbered: the same problem again is another message, and is read out again.
        parts.append(
            f'<p role="alert" class="yk-wrap" data-command="{chosen.commands}">'
            f"{badge('not done', 'red')}: {escape(chosen.problem)}</p>"
        )
    if chosen.outcome:
        parts.append(f'<p class="yk-wrap">{escape(chosen.outcome)}</p>')
    return page_fragment(*map(Html, parts))  # with the style, for all pieces


def _bar_style(snapshot: SessionSnapshot) -> str:
    failed = snapshot.counts.get(JobState.FAILED, 0)
    if failed:
        return "danger" if failed == len(snapshot.jobs) else "warning"
    return "success" if snapshot.jobs and snapshot.settled == len(snapshot.jobs) else "info"


def _buttons(snapshot: SessionSnapshot, *, over: bool) -> Buttons:
    counts, files, busy = snapshot.counts, bool(snapshot.jobs), snapshot.finalizing
    return Buttons(
        finalize=files and not busy and not over,
        pause=not over,
        retry=not over and any(counts.get(state) for state in ENDED_BADLY),
        cancel=not over and (busy or snapshot.settled < len(snapshot.jobs)),
        paused=snapshot.queue is not None and snapshot.queue.paused,
    )


def _log(snapshot: SessionSnapshot) -> str:
    lines = "".join(f"<li>{escape(line)}</li>" for line in snapshot.log[-_LOG_LINES:])
    # Not live: the table's announcement tells what is worth it, and this moves all the time.
    head = '<div role="log" aria-label="Latest events" aria-live="off">'
    return fragment(Html(f'{head}<ol style="list-style:none;padding:0">{lines}</ol></div>'))
