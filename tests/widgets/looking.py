"""Looks at a dashboard without a browser, and makes snapshots without a session."""

from __future__ import annotations

import html
import re
import time
from pathlib import Path

import ipywidgets
import numpy as np

from yotokit.audio import GainPlan, Loudness
from yotokit.engine import EngineSnapshot, GroupSnapshot, Lane, LaneSnapshot
from yotokit.session import Depth, JobSnapshot, JobState, Progress, SessionSnapshot

HOSTILE = "<b>&\"'</b><script>alert(1)</script>"


def settle(condition, within_s=10.0):
    """Wait until a condition holds."""
    end = time.monotonic() + within_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def text_of(piece):
    """Return the words of a piece of HTML."""
    bare = re.sub(r"<style>.*?</style>|<[^>]+>", " ", piece, flags=re.DOTALL)
    return " ".join(html.unescape(bare).split())


def words(dashboard):
    """Return what a dashboard says, beside its table."""
    return text_of(" ".join(html_of(dashboard.widget)))


def html_of(widget):
    """Return all pieces of HTML of a widget and those in it."""
    own = [widget.value] if isinstance(widget, ipywidgets.HTML) else []
    for child in getattr(widget, "children", ()):
        own += html_of(child)
    return own


def states(dashboard):
    """Return the words for the files' states, in their order."""
    return [row["state"] for row in dashboard._table.rows]


def tell(dashboard, do, job, **more):
    """Send the table of a dashboard what a browser would send."""
    data = {"method": "custom", "content": {"do": do, "job": job, **more}}
    dashboard._table._handle_msg({"content": {"data": data}, "buffers": []})


def loudness(path="moon.wav", seconds=20.0, lufs=-20.0, **changes):
    """Return a loudness that rises and falls."""
    momentary = np.linspace(lufs - 10, lufs + 5, round(seconds * 10) - 3).astype(np.float32)
    values = {
        "path": Path(path),
        "integrated_lufs": lufs,
        "range_lu": 6.0,
        "range_low_lufs": lufs - 8,
        "range_high_lufs": lufs + 2,
        "true_peak_dbtp": lufs + 14,
        "true_peak_s": seconds / 2,
        "sample_peak_dbfs": lufs + 13,
        "max_momentary_lufs": lufs + 5,
        "max_short_term_lufs": lufs + 4,
        "duration_s": seconds,
        "sample_rate_hz": 44_100,
        "channels": 2,
        "momentary_lufs": momentary,
        "short_term_lufs": momentary[: max(0, len(momentary) - 26)].copy(),
        "step_power": 10 ** (np.float64(momentary) / 10),
        "clipped_s": np.zeros((0, 2)),
    }
    return Loudness(**{**values, **changes})


def job(position=1, state=JobState.QUEUED, **changes):
    """Return a snapshot of a file."""
    values = {
        "position": position,
        "title": f"Story {position}",
        "path": Path(f"/stories/{position:03} story.mp3"),
        "state": state,
        "progress": 0.0,
        "attempt": 1,
        "loudness": None,
        "gain_db": None,
        "after_lufs": None,
        "plan": None,
        "untouched": False,
        "error": None,
        "job_id": f"c0ffee-{position:08x}",
        "size_bytes": 1_000_000,
    }
    return JobSnapshot(**{**values, **changes})


def measured(position=1, state=JobState.DONE, gain_db=4.0, limited_by=None, **changes):
    """Return a snapshot of a file whose loudness is known."""
    sound = changes.pop("loudness", None) or loudness()
    known = {
        "loudness": sound,
        "gain_db": gain_db,
        "after_lufs": sound.integrated_lufs + gain_db,
        "plan": GainPlan(gain_db, limited_by),
        "duration_s": sound.duration_s,
        "curve_lufs": sound.momentary_lufs,
    }
    return job(position, state, **{**known, **changes})


def session(*jobs, paused=False, working=True, closed=False, **changes):
    """Return a snapshot of a session."""
    lane = LaneSnapshot(0, 0, 2, 0)
    queue = GroupSnapshot(
        paused, {Lane.CPU: 3}, {Lane.CPU: int(working)}, 0, {}, retries=0, done_per_s=0.5
    )
    values = {
        "title": "Bedtime",
        "jobs": tuple(jobs),
        "engine": EngineSnapshot(LaneSnapshot(5, 2, 2, 9), lane, 0, 4, 8, closed=False, ask=lane),
        "target_lufs": -16.0,
        "finalizing": False,
        "card_id": "",
        "log": (),
        "closed": closed,
        "queue": queue,
    }
    return SessionSnapshot(**{**values, **changes})


def progress(share=0.0, left_s=None, **changes):
    """Return how far a session is."""
    values = {"files_per_s": 0.5, "sent_bytes_per_s": 1.5e6, "history": (Depth(3, 1, 0, 2),)}
    return Progress(share, left_s, **{**values, **changes})
