"""All that is known about one file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from yotokit.audio.measuring.power import STEPS_PER_S
from yotokit.markup import Html, badge, curve, definitions, escape, figures, fragment, growing_curve
from yotokit.session import JobState
from yotokit.session.drawing import state_color, state_words
from yotokit.widgets.painting.remedies import remedy
from yotokit.widgets.painting.words import limit_words

if TYPE_CHECKING:
    from yotokit.audio import Loudness
    from yotokit.session import JobSnapshot
    from yotokit.widgets.painting.memo import Memo

__all__ = ["details", "shown_curve"]

_STEPS = 160  # a curve that grows is drawn so many times, however long the file
_ORIGINS = {
    "new": "sent by this session",
    "resumed": "with the service from an earlier run",
    "unchanged": "on the card already",
    "kept": "a chapter that was on the card",
}


def details(job: JobSnapshot, target_lufs: float) -> str:
    """Say what is known about a file."""
    attempt = f", attempt {job.attempt}" if job.attempt > 1 else ""
    parts: list[object] = [
        Html("<h4>"),
        f"{job.position}. {job.title}",
        Html("</h4><p>"),
        badge(state_words(job), state_color(job.state)),
        attempt,
        Html("</p>"),
        _error(job.error, job.attempt) if job.error is not None else "",
        _before(job.loudness) if job.loudness is not None else "",
        _after(job, target_lufs),
        _file(job),
        *(Html(f"<p>{escape(note)}</p>") for note in _notes(job)),
    ]
    return fragment(*parts)


def _error(error: Exception, attempt: int) -> Html:
    """Draw an error in full: what it is, what happened, what to do."""
    return Html(
        f'<p class="yk-wrap">{badge(type(error).__name__, "red")}: {escape(error)}</p>'
        f"<p>What to do: {escape(remedy(error))} (This was attempt {attempt}.)</p>"
    )


def _notes(job: JobSnapshot) -> list[str]:
    if job.error is None:
        return [job.note] if job.note else []
    return list(job.notes)


def shown_curve(job: JobSnapshot, target_lufs: float, memo: Memo) -> str:
    """Draw a file's loudness over time; a piece of its own, for it is large and seldom changes."""
    key, values = "shown curve", job.curve_lufs
    loudness = job.loudness
    if loudness is not None:
        made_of: tuple[object, ...] = (loudness, job.gain_db, target_lufs)
        return memo.kept(key, made_of, lambda: _whole(loudness, job.gain_db, target_lufs))
    if values is None or job.state is not JobState.MEASURING:
        return ""
    expected = int((job.duration_s or 0.0) * STEPS_PER_S)
    step = max(1, expected // _STEPS)
    count = len(values) // step * step
    made_of = (job.job_id, job.attempt, count, expected, target_lufs)
    return memo.kept(
        key,
        made_of,
        lambda: fragment(
            growing_curve(
                values[:count].tolist(), duration_s=job.duration_s, target_lufs=target_lufs
            )
        ),
    )


def _whole(loudness: Loudness, gain_db: float | None, target_lufs: float) -> str:
    return fragment(
        curve(
            loudness.short_term_lufs.tolist(),
            loudness.momentary_lufs.tolist(),
            duration_s=loudness.duration_s,
            integrated_lufs=loudness.integrated_lufs,
            target_lufs=target_lufs,
            true_peak_s=loudness.true_peak_s,
            true_peak_dbtp=loudness.true_peak_dbtp,
            gain_db=gain_db,
        )
    )


def _before(loudness: Loudness) -> Html:
    low, high = figures.lufs(loudness.range_low_lufs), figures.lufs(loudness.range_high_lufs)
    at = f" at {figures.duration(loudness.true_peak_s)}"
    facts: list[tuple[str, object]] = [
        ("before: integrated", figures.lufs_words(loudness.integrated_lufs)),
        ("true peak", f"{figures.db(loudness.true_peak_dbtp)} dBTP{at}"),
    ]
    # A short file has none of these.
    if math.isfinite(loudness.range_low_lufs):
        facts.insert(1, ("range", f"{figures.db(loudness.range_lu)} LU, {low} to {high} LUFS"))
    for name, loudest in (
        ("loudest 400 ms", loudness.max_momentary_lufs),
        ("loudest 3 s", loudness.max_short_term_lufs),
    ):
        if math.isfinite(loudest):
            facts.append((name, f"{figures.lufs(loudest)} LUFS"))
    if loudness.clipped_duration_s:
        facts.append(("clipped", f"{loudness.clipped_duration_s:.1f} s"))
    return definitions(facts)


def _after(job: JobSnapshot, target_lufs: float) -> Html:
    if job.gain_db is None:
        return Html("")
    facts: list[tuple[str, object]] = [
        ("after: integrated", figures.lufs_words(job.after_lufs)),
        ("target", f"{figures.lufs(target_lufs)} LUFS"),
        ("gain", f"{figures.signed_db(job.gain_db)} dB"),
    ]
    if limit_words(job):
        facts.append(("limited by", limit_words(job)))
    limited = job.plan is not None and job.plan.limiter_dbtp is not None
    if job.loudness is not None and not limited:
        facts.append(("true peak", f"{figures.db(job.loudness.true_peak_dbtp + job.gain_db)} dBTP"))
    if job.untouched:
        facts.append(("sent", "as it was"))
    return definitions(facts)


def _file(job: JobSnapshot) -> Html:
    facts: list[tuple[str, object]] = []
    if job.duration_s is not None:
        facts.append(("length", figures.duration(job.duration_s)))
    if job.size_bytes:
        facts.append(("size", figures.bytes_size(job.size_bytes)))
    if job.loudness is not None:
        channels = {1: "mono", 2: "stereo"}.get(
            job.loudness.channels, f"{job.loudness.channels} channels"
        )
        facts.append(("sound", f"{job.loudness.sample_rate_hz / 1000:g} kHz, {channels}"))
    if job.sent_bytes:
        facts.append(("sent", figures.bytes_size(job.sent_bytes)))
    if job.origin != "new":
        facts.append(("origin", _ORIGINS[job.origin]))
    if job.icon:
        facts.append(("icon", "the default" if job.icon == "default" else "a chosen one"))
    path = Html(f'<p class="yk-wrap">File: {escape(job.path)}</p>')
    return Html(definitions(facts) + path)
