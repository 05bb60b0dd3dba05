"""How much a card would hold, as far as is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yotokit.session.limits import BYTES_PER_S
from yotokit.session.work import ENDED_BADLY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yotokit.engine import JobRecord
    from yotokit.session.work import Work

__all__ = ["NO_TOTALS", "Totals", "totals_of"]


@dataclass(frozen=True, slots=True)
class Totals:
    """What the files of a session come to, to be set beside its `Limits`.

    Attributes
    ----------
    tracks : int
        Files, failed ones too, and tracks of the chapters that stay: what counts when more are
        submitted.
    duration_s : float
        Length of those that were measured or are there already, seconds. Here and below, files
        that failed or were cancelled do not count.
    size_bytes : float
        What the service makes of them: of what it has not made yet, the least that is known.
    unmeasured : int
        How many files are not counted in length and size, for they are not measured yet.
    """

    tracks: int
    duration_s: float
    size_bytes: float
    unmeasured: int


NO_TOTALS = Totals(0, 0.0, 0.0, 0)
"""What an empty card holds."""


def totals_of(records: Iterable[JobRecord[Work]]) -> Totals:
    """Add up the files of a session; called with the engine's lock."""
    tracks = unmeasured = 0
    durations_s: list[float] = []
    size_bytes = 0.0
    for record in records:
        work = record.payload
        tracks += len(work.kept.tracks) if work.kept is not None else 1
        if record.state in ENDED_BADLY:
            continue
        duration_s, made_bytes = _sound_of(work)
        if duration_s is None:
            unmeasured += 1
        else:
            durations_s.append(duration_s)
            size_bytes += made_bytes
    return Totals(tracks, math.fsum(durations_s), size_bytes, unmeasured)


def _sound_of(work: Work) -> tuple[float | None, float]:
    """Return length and size of a file, or of a chapter; None while they are not known."""
    if work.kept is not None:
        return work.kept.duration_s, work.kept.size_bytes
    if work.media is not None:
        return work.media.duration_s, work.media.size_bytes
    if work.loudness is not None:
        return work.loudness.duration_s, work.loudness.duration_s * BYTES_PER_S
    return None, 0.0
