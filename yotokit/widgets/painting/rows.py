"""The files as `FileTable` takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yotokit.audio.measuring.power import STEPS_PER_S
from yotokit.engine import FINAL_STATES
from yotokit.markup import figures
from yotokit.session import JobState
from yotokit.session.drawing import state_color, state_words
from yotokit.session.work import ENDED_BADLY, WITH_PROGRESS
from yotokit.widgets.painting.compact import compact_curve
from yotokit.widgets.painting.words import limit_words, note_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yotokit.session import JobSnapshot
    from yotokit.widgets.painting.memo import Memo
    from yotokit.widgets.painting.values import Row

__all__ = ["HEADERS", "compact_curves", "table_rows"]

HEADERS = (
    "no.",
    "title",
    "state",
    "LUFS before",
    "after",
    "LRA",
    "dBTP",
    "gain dB",
    "limited by",
    "loudness over time",
)
"""Names of the table's columns."""

_PERCENT = 100
# All curves are sent when one has changed: with more files than this, whole ones only.
_FEW = 50
_STEPS = 12


def table_rows(jobs: Sequence[JobSnapshot], memo: Memo, *, over: bool) -> tuple[Row, ...]:
    """Return a row for each file, in the order of the card.

    Parameters
    ----------
    over : bool
        The session is closed, so that nothing can be done any more.
    """
    last = len(jobs)
    return tuple(_kept_row(job, memo, job.position == last, over) for job in jobs)


def compact_curves(
    jobs: Sequence[JobSnapshot], target_lufs: float, memo: Memo
) -> tuple[tuple[str, str], ...]:
    """Return the ids and the curves of the files that have one."""
    few = len(jobs) <= _FEW
    pairs = ((job.job_id, _kept_curve(job, target_lufs, memo, few)) for job in jobs)
    return tuple(pair for pair in pairs if pair[1])


def _kept_row(job: JobSnapshot, memo: Memo, last: bool, over: bool) -> Row:  # noqa: FBT001
    made_of = (
        job.position,
        job.title,
        job.state,
        round(_PERCENT * job.progress),
        job.loudness,
        job.gain_db,
        job.after_lufs,
        job.plan,
        job.untouched,
        job.error,
        job.notes,
        job.trouble,
        job.origin,
        last,
        over,
    )
    return memo.kept(("row", job.job_id), made_of, lambda: _row(job, last=last, over=over))


def _row(job: JobSnapshot, *, last: bool, over: bool) -> Row:
    loudness = job.loudness
    return {
        "id": job.job_id,
        "position": job.position,
        "title": job.title,
        "note": note_words(job),
        "state": state_words(job),
        "color": state_color(job.state),
        "progress": round(job.progress, 2) if job.state in WITH_PROGRESS else None,
        "cells": [
            figures.lufs(loudness.integrated_lufs if loudness else None),
            figures.lufs(job.after_lufs),
            figures.db(loudness.range_lu if loudness else None),
            figures.db(loudness.true_peak_dbtp if loudness else None),
            figures.signed_db(job.gain_db),
            limit_words(job),
        ],
        "can": [] if over else _can(job, last=last),
    }


def _can(job: JobSnapshot, *, last: bool) -> list[str]:
    possible = {
        "up": job.position > 1,
        "down": not last,
        "cancel": job.state not in FINAL_STATES,
        "retry": job.state in ENDED_BADLY,
        "remove": True,
        "edit": True,
        "icon": True,
        "listen": job.loudness is not None and job.origin != "kept",
    }
    return [command for command, is_possible in possible.items() if is_possible]


def _kept_curve(job: JobSnapshot, target_lufs: float, memo: Memo, few: bool) -> str:  # noqa: FBT001
    values, key = job.curve_lufs, ("curve", job.job_id)
    if job.loudness is not None:
        whole = job.loudness.momentary_lufs
        made_of: tuple[object, ...] = (job.loudness, job.gain_db, target_lufs)
        return memo.kept(key, made_of, lambda: compact_curve(whole, job.gain_db, target_lufs))
    if not few or values is None or not job.duration_s or job.state is not JobState.MEASURING:
        return ""
    expected = int(job.duration_s * STEPS_PER_S)
    shown = len(values) * _STEPS // max(expected, 1) * expected // _STEPS
    if not shown:
        return ""
    made_of = (shown, expected, target_lufs)
    return memo.kept(
        key,
        made_of,
        lambda: compact_curve(values[:shown], None, target_lufs, expected=expected),
    )
