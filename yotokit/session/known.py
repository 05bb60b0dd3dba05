"""What is known of a file so far, read from the work that was done on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from yotokit.audio import LIMITER_MOST_DB

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from yotokit.audio import Loudness
    from yotokit.session.work import Work

__all__ = [
    "Origin",
    "Sound",
    "after_lufs",
    "media_sha256",
    "notes_of",
    "origin_of",
    "size_bytes",
    "sound_of",
]

Origin: TypeAlias = Literal["new", "resumed", "unchanged", "kept"]


class Sound(NamedTuple):
    """What is known of a source's sound: its loudness, its curve so far, and its length."""

    loudness: Loudness | None
    curve_lufs: NDArray[np.float32] | None
    duration_s: float | None


def sound_of(work: Work) -> Sound:
    """Return what is known of the source's sound so far."""
    # In this order: a worker sets the loudness first and then lets go of the curve.
    growing, loudness = work.curve, work.loudness
    if loudness is not None:
        return Sound(loudness, loudness.momentary_lufs, loudness.duration_s)
    if growing is not None:
        return Sound(None, growing.values, growing.duration_s)
    if work.kept is not None:
        return Sound(None, None, work.kept.duration_s)
    return Sound(None, None, None)


def size_bytes(work: Work) -> int:
    """Return the size of the source, or of a chapter that stays; 0 if it is not known."""
    if work.kept is not None:
        return work.kept.size_bytes
    return work.stamp.size_bytes if work.stamp is not None else 0


def origin_of(work: Work) -> Origin:
    """Return where what is on the card comes from."""
    if work.kept is not None:
        return "kept"
    return "resumed" if work.resumed else "new"


def media_sha256(work: Work) -> str:
    """Return the service's name for what it made of a file; empty before that."""
    if work.kept is not None:
        return work.kept.tracks[0].media.sha256 if work.kept.tracks else ""
    return work.media.sha256 if work.media is not None else ""


def after_lufs(work: Work, gain_db: float | None) -> float | None:
    """Return the loudness after the gain, as far as it can be told."""
    if work.rendered is not None and work.rendered.integrated_lufs is not None:
        return work.rendered.integrated_lufs
    if work.loudness is None or gain_db is None:
        return None
    return work.loudness.integrated_lufs + gain_db


def notes_of(work: Work) -> tuple[str, ...]:
    """Return what was found odd when a file was measured and rendered."""
    measured = work.loudness.notes if work.loudness is not None else ()
    if work.rendered is None:
        return measured
    curve = work.rendered.limiter_gain_db
    lowest_db = float(curve.min(initial=0.0)) if curve is not None else 0.0
    most = ", the most that is done" if lowest_db < -LIMITER_MOST_DB else ""
    limited = (f"peaks turned down by up to {-lowest_db:.1f} dB{most}",) if lowest_db < 0 else ()
    return (*limited, *work.rendered.notes, *measured)
