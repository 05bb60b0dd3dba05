"""A look-ahead true-peak limiter: turns down around the peaks that would pass the ceiling.

Every stretch of 64 samples gets the gain that its true peak allows. The gain falls at most
1 dB per millisecond towards a peak that lies ahead, and rises again by 0.06 dB per millisecond
behind it. From stretch to stretch it runs in a straight line, never above what either allows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from yotokit.audio.measuring.measure import LoudnessMeter
from yotokit.audio.measuring.power import STEPS_PER_S
from yotokit.audio.measuring.true_peak import STRETCH, StretchPeaks
from yotokit.audio.reading.source import open_source
from yotokit.audio.writing.target import (
    LIMITER_MARGIN_DB,
    LIMITER_MOST_DB,
    GainPlan,
    Target,
    most_limited_gain_db,
    plan_track,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from yotokit.audio.measuring.loudness import Loudness
    from yotokit.audio.reading.info import AudioInfo

__all__ = ["Limiter", "find_limited_gain", "plan_limited"]

_FALL_DB_PER_S = 1000.0
_RISE_DB_PER_S = 60.0
_FIRST_NODE = -STRETCH // 4  # where the first stretch begins, in samples
_NEAR_ENOUGH_LU = 0.05
_TRIALS = 4


class Limiter:
    """Takes a stream in pieces, and gives it back with its peaks below a ceiling, a little later.

    Parameters
    ----------
    info : AudioInfo
        What the samples are.
    ceiling_dbtp : float
        The true peak to stay below, dBTP.
    """

    def __init__(self, info: AudioInfo, ceiling_dbtp: float) -> None:
        self._rate = info.sample_rate_hz
        self._ceiling_dbtp = ceiling_dbtp
        self._peaks = StretchPeaks(info.channels, 10 ** (ceiling_dbtp / 20))
        self._fall_db = _FALL_DB_PER_S * STRETCH / self._rate
        self._rise_db = _RISE_DB_PER_S * STRETCH / self._rate
        self._ahead = math.ceil((LIMITER_MOST_DB + 1.0) / self._fall_db) + 1
        self._allowed_db = np.zeros(0)  # by the stretches that are not settled yet
        self._last_db = 0.0
        self._node_db = 0.0  # at the border behind which nothing was given back yet
        self._node_frame = _FIRST_NODE
        self._waiting = np.zeros((0, info.channels), dtype=np.float32)
        self._frame = 0  # of the first sample that waits
        self._settled = 0  # stretches
        self._lowest_db: list[float] = []  # in each 100 ms

    def limited(self, blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
        """Yield the samples of a whole stream, limited; as many as came in."""
        for block in blocks:
            self._peaks.add(block)
            self._waiting = np.concatenate([self._waiting, block])
            yield self._settle(self._ahead)
        self._peaks.finish()
        yield self._settle(0)
        rest = self._waiting
        self._waiting = rest[:0]
        yield rest * np.float32(10 ** (self._node_db / 20))

    def gain_db(self) -> NDArray[np.float32]:
        """Return the lowest gain of each 100 ms, dB, none above 0."""
        return np.array(self._lowest_db, dtype=np.float32)

    def _settle(self, ahead: int) -> NDArray[np.float32]:
        """Decide the gain of all stretches but the last few, and give back what it covers."""
        peaks = np.maximum(self._peaks.take(), 1e-9).astype(np.float64)
        wanted = np.minimum(self._ceiling_dbtp - 20 * np.log10(peaks), 0.0)
        allowed = np.concatenate([self._allowed_db, wanted])
        settled = len(allowed) - ahead
        if settled <= 0:
            self._allowed_db = allowed
            return self._waiting[:0]
        self._allowed_db = allowed[settled:]
        return self._apply(self._eased(allowed)[:settled])

    def _eased(self, allowed: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the highest gains below the allowed ones that fall and rise only so fast."""
        place = np.arange(len(allowed))
        falling = np.minimum.accumulate((allowed + self._fall_db * place)[::-1])[::-1]
        gains = falling - self._fall_db * place
        before = np.concatenate(([self._last_db], gains)) - self._rise_db * np.arange(
            len(gains) + 1
        )
        rising = np.minimum.accumulate(before)[1:] + self._rise_db * (place + 1)
        return np.asarray(np.minimum(rising, 0.0))

    def _apply(self, gains_db: NDArray[np.float64]) -> NDArray[np.float32]:
        self._remember(gains_db)
        last = np.concatenate(([self._last_db], gains_db))
        nodes_db = np.concatenate(([self._node_db], np.minimum(last[:-1], last[1:])))
        frames = self._node_frame + STRETCH * np.arange(-1, len(gains_db))
        self._last_db, self._node_db = float(gains_db[-1]), float(nodes_db[-1])
        self._node_frame = int(frames[-1]) + STRETCH
        count = max(min(int(frames[-1]) - self._frame, len(self._waiting)), 0)
        gain = np.interp(self._frame + np.arange(count), frames, 10 ** (nodes_db / 20))
        given = self._waiting[:count] * gain.astype(np.float32)[:, None]
        self._waiting = self._waiting[count:]
        self._frame += count
        return given

    def _remember(self, gains_db: NDArray[np.float64]) -> None:
        """Keep the lowest gain of each 100 ms: a curve of all stretches would grow large."""
        places = self._settled + np.arange(len(gains_db))
        self._settled += len(gains_db)
        steps = places * (STRETCH * STEPS_PER_S) // self._rate
        starts = np.flatnonzero(np.diff(steps, prepend=-1))
        lowest = np.minimum.reduceat(gains_db, starts).tolist()
        if self._lowest_db and len(self._lowest_db) > steps[0]:
            self._lowest_db[-1] = min(self._lowest_db[-1], lowest.pop(0))
        self._lowest_db += lowest


def plan_limited(
    loudness: Loudness,
    target: Target,
    *,
    progress: Callable[[float], object] | None = None,
    find: Callable[..., GainPlan] | None = None,
) -> GainPlan:
    """Return the gain that brings a file to the target with its peaks limited.

    Where the ceiling allows the target anyway, this is `plan_track`. Otherwise the file is read
    again, up to four times, for limiting takes some loudness away that more gain gives back.

    Parameters
    ----------
    loudness : Loudness
        Of the file; its path is read.
    target : Target
        The loudness to reach, and the ceiling.
    progress : callable, optional
        Called with how much of a reading is done, 0 to 1. What it raises ends the work.
    find : callable, optional
        What reads the file, in place of `find_limited_gain`.
    """
    linear = plan_track(loudness, target)
    if linear.limited_by != "true_peak":
        return linear
    search = find or find_limited_gain
    return search(
        loudness.path,
        linear_gain_db=linear.gain_db,
        integrated_lufs=loudness.integrated_lufs,
        most_gain_db=most_limited_gain_db(loudness.true_peak_dbtp, target),
        target_lufs=target.lufs,
        ceiling_dbtp=target.ceiling_dbtp,
        dual_mono=loudness.dual_mono,
        progress=progress,
    )


def find_limited_gain(
    path: str | os.PathLike[str],
    *,
    linear_gain_db: float,
    integrated_lufs: float,
    most_gain_db: float,
    target_lufs: float,
    ceiling_dbtp: float,
    dual_mono: bool = False,
    progress: Callable[[float], object] | None = None,
) -> GainPlan:
    """Return the gain at which a limited file comes nearest to the target, found by trying.

    More gain is more limiting, and a file that is mostly peaks gets no louder by it. Where no
    trial comes nearer than the linear gain, that is returned.

    Parameters
    ----------
    path : path-like
        The file.
    linear_gain_db, most_gain_db : float
        What the ceiling allows without a limiter, and the most to try, dB.
    integrated_lufs, target_lufs : float
        The loudness that there is, and the one to reach.
    ceiling_dbtp : float
        The true peak to stay below.
    dual_mono : bool
        Count a single channel twice; see `measure`.
    progress : callable, optional
        Called with how much of a reading is done, 0 to 1. What it raises ends the work.
    """
    best = abs(target_lufs - integrated_lufs - linear_gain_db), linear_gain_db
    gain_db = min(target_lufs - integrated_lufs, most_gain_db)
    for _ in range(_TRIALS):
        missing_lu = target_lufs - _limited_lufs(
            path, gain_db, ceiling_dbtp, dual_mono=dual_mono, progress=progress
        )
        helped = abs(missing_lu) < best[0] - _NEAR_ENOUGH_LU
        best = min(best, (abs(missing_lu), gain_db))
        if not helped or missing_lu < _NEAR_ENOUGH_LU or gain_db >= most_gain_db:
            break
        gain_db = min(gain_db + missing_lu, most_gain_db)
    if best[1] == linear_gain_db:
        return GainPlan(linear_gain_db, "true_peak")
    return GainPlan(round(best[1], 2), "limiter", limiter_dbtp=ceiling_dbtp)


def _limited_lufs(
    path: str | os.PathLike[str],
    gain_db: float,
    ceiling_dbtp: float,
    *,
    dual_mono: bool,
    progress: Callable[[float], object] | None,
) -> float:
    """Return the loudness of a file at a gain and limited, LUFS; nothing is written."""
    with open_source(path) as source:
        limiter = Limiter(source.info, ceiling_dbtp - LIMITER_MARGIN_DB)
        meter = LoudnessMeter(source.info, dual_mono=dual_mono)
        factor = np.float32(10 ** (gain_db / 20))
        for block in limiter.limited(block * factor for block in source.blocks()):
            if len(block):
                meter.add(block)
            if progress is not None:
                progress(source.share())
        return meter.finish(source.path).integrated_lufs
