"""Waiting for the service to be done with an upload: how long, and what its signs of life mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yotokit.engine import Wait
from yotokit.errors import TranscodeError

if TYPE_CHECKING:
    from yotokit.session.work import Work
    from yotokit.yoto import Media, Transcode

__all__ = ["begin", "begin_anew", "check_length", "next_look"]

_FIRST_POLL_S, _POLL_GROWTH, _LONGEST_POLL_S = 0.5, 1.4, 5.0
# The service takes seconds for a song and minutes for an hour; past these it has forgotten it.
_LEAST_BUDGET_S, _MOST_BUDGET_S, _BUDGET_PER_S = 360.0, 1200.0, 0.5
# What it says of how far it is changes every few seconds; at the start it may take its time.
_PATIENT_S, _STILL_S = 120.0, 240.0


def begin(work: Work) -> None:
    """Begin to wait for an upload."""
    work.sent_anew = False
    _begin(work)


def begin_anew(work: Work) -> None:
    """Begin to wait for the second upload of what the first one came to nothing with."""
    work.sent_anew = True
    _begin(work)


def next_look(work: Work, transcode: Transcode) -> Wait | None:
    """Return how long to wait until the next look; None if it is better sent once more.

    A transcode that shows the same for four minutes, two minutes after it began, is one that the
    service has lost; that is found out once for each attempt.

    Raises
    ------
    TranscodeError
        It has taken longer than anything that ended well.
    """
    sign = f"{transcode.phase} {transcode.percent}"
    if sign != work.sign_of_life:
        work.sign_of_life, work.still_since_s = sign, work.waited_s
    still_s = work.waited_s - max(work.still_since_s, _PATIENT_S)
    if still_s >= _STILL_S and not work.sent_anew:
        return None
    duration_s = work.loudness.duration_s if work.loudness else 0.0
    budget_s = min(max(_LEAST_BUDGET_S, _BUDGET_PER_S * duration_s), _MOST_BUDGET_S)
    if work.waited_s > budget_s:
        raise TranscodeError(
            f"{work.path}: the service has not finished with it in {budget_s / 60:.0f} "
            "minutes; retry the job"
        )
    pause_s = min(_FIRST_POLL_S * _POLL_GROWTH**work.polls, _LONGEST_POLL_S)
    work.polls += 1
    work.waited_s += pause_s
    return Wait(pause_s)


def check_length(work: Work, media: Media) -> None:
    """Make sure that the service's audio is as long as ours: it would not say so itself.

    Raises
    ------
    TranscodeError
        It is not.
    """
    if work.loudness is None:
        return
    duration_s = work.loudness.duration_s
    if abs(media.duration_s - duration_s) > max(1.5, 0.01 * duration_s):
        raise TranscodeError(
            f"{work.path}: the service made {media.duration_s:.0f} s of it, not "
            f"{duration_s:.0f} s; convert the file to WAV and submit it again"
        )


def _begin(work: Work) -> None:
    work.polls, work.waited_s = 0, 0.0
    work.sign_of_life, work.still_since_s = "", 0.0
