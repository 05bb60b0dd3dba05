"""A session's files as tables: the same in the live dashboard and in what is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from yotokit.markup import Html, badge, escape, figures, page_fragment, sparkline, table, text_table
from yotokit.session.work import WITH_PROGRESS, JobState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from yotokit.session.snapshot import JobSnapshot, SessionSnapshot

__all__ = [
    "Color",
    "jobs_table",
    "jobs_text",
    "session_text",
    "state_color",
    "state_words",
    "static_view",
]

Color: TypeAlias = Literal["amber", "blue", "green", "grey", "red"]

_HEADERS = ("no.", "title", "state", "LUFS before", "after", "LRA", "dBTP", "gain dB")
_COLORS: dict[JobState, Color] = {
    JobState.DONE: "green",
    JobState.FAILED: "red",
    JobState.CANCELLED: "grey",
    JobState.QUEUED: "grey",
    JobState.MEASURED: "amber",
}
_PERCENT = 100
_CURVE_COLUMNS = _CURVE_PX = 120


def session_text(snapshot: SessionSnapshot) -> str:
    """Say in a line which session it is, and how many of its files are where."""
    counts = ", ".join(f"{count} {state.value}" for state, count in snapshot.counts.items())
    return f"Session({snapshot.title!r}: {counts or 'no files yet'})"


def static_view(snapshot: SessionSnapshot) -> dict[str, str]:
    """Return a session as it is at this moment, for where nothing is live."""
    summary = session_text(snapshot)
    rows = jobs_table(snapshot.jobs, snapshot.target_lufs, caption=summary)
    text = f"{summary}\n\n{jobs_text(snapshot.jobs)}" if snapshot.jobs else summary
    return {"text/plain": text, "text/html": page_fragment(rows)}


def jobs_table(jobs: Iterable[JobSnapshot], target_lufs: float, *, caption: str = "") -> Html:
    """Draw the files of a session, the same in the live dashboard and in the saved report."""
    rows = [
        [
            job.position,
            _title_cell(job),
            _state_cell(job),
            *_numbers(job),
            _curve_cell(job, target_lufs),
        ]
        for job in jobs
    ]
    headers = [*_HEADERS, "loudness over time"]
    return table(headers, rows, caption=caption, numeric=(0, 3, 4, 5, 6, 7), wrap=(1,))


def jobs_text(jobs: Iterable[JobSnapshot]) -> str:
    """Write the files of a session as plain text."""
    rows = [
        [str(job.position), job.title, job.state.value, *_numbers(job), job.note] for job in jobs
    ]
    return text_table([*_HEADERS, "note"], rows)


def _numbers(job: JobSnapshot) -> list[str]:
    loudness = job.loudness
    return [
        figures.lufs(loudness.integrated_lufs if loudness else None),
        figures.lufs(job.after_lufs),
        figures.db(loudness.range_lu if loudness else None),
        figures.db(loudness.true_peak_dbtp if loudness else None),
        figures.signed_db(job.gain_db),
    ]


def _title_cell(job: JobSnapshot) -> Html:
    note = f'<div class="yk-note">{escape(job.note)}</div>' if job.note else ""
    return Html(escape(job.title) + note)


def state_words(job: JobSnapshot) -> str:
    """Say where a file is on its way."""
    if job.state in WITH_PROGRESS and job.progress > 0:
        return f"{job.state.value} {job.progress * _PERCENT:.0f} %"
    if job.state is JobState.DONE and job.untouched:
        return f"{job.state.value}, as it was"
    return job.state.value


def state_color(state: JobState) -> Color:
    """Return the color of a state; `state_words` says the same in words."""
    return _COLORS.get(state, "blue")


def _state_cell(job: JobSnapshot) -> Html:
    return badge(state_words(job), state_color(job.state))


def _curve_cell(job: JobSnapshot, target_lufs: float) -> Html:
    if job.loudness is None:
        return Html("")
    values = _thinned(job.loudness.momentary_lufs).tolist()
    return sparkline(values, gain_db=job.gain_db, target_lufs=target_lufs, width=_CURVE_PX)


def _thinned(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the lows and highs of a long curve, in order, few enough to draw many times."""
    if len(values) <= 2 * _CURVE_COLUMNS:
        return values
    borders = np.linspace(0, len(values), _CURVE_COLUMNS, endpoint=False).astype(np.int64)
    lows, highs = np.minimum.reduceat(values, borders), np.maximum.reduceat(values, borders)
    return np.stack([lows, highs], axis=1).ravel()
