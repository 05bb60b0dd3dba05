"""What loudness is wanted, and the gain that brings a file or an album there."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from yotokit.audio.measuring.loudness import programme_lufs
from yotokit.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yotokit.audio.measuring.loudness import Loudness

__all__ = [
    "LIMITER_MARGIN_DB",
    "LIMITER_MOST_DB",
    "GainPlan",
    "Target",
    "as_target",
    "check_gain",
    "most_limited_gain_db",
    "plan_album",
    "plan_track",
]

LIMITER_MOST_DB = 12.0
"""How far a limiter turns peaks down at most; more would be another sound."""

LIMITER_MARGIN_DB = 0.35
"""How far below the ceiling it works: other meters read up to 0.3 dB more than ours on noise."""

_LOUDEST_LUFS = -5.0
_QUIETEST_LUFS = -40.0
_LOWEST_DBTP = -20.0
_MOST_GAIN_DB = 120.0


@dataclass(frozen=True, slots=True)
class Target:
    """The loudness to reach, and the peak that is not to be passed.

    The defaults are what the Yoto service appears to level to, so that its own step changes
    nothing.

    Parameters
    ----------
    lufs : float
        Integrated loudness, -40 to -5 LUFS.
    ceiling_dbtp : float
        Highest true peak, -20 to 0 dBTP.
    limiter : bool
        Let a limiter turn the peaks down, by 12 dB at most, where the ceiling keeps a file from
        reaching the loudness. Without it such a file stays quieter, and sounds as it did.

    Raises
    ------
    SettingError
        A value is out of range.

    Examples
    --------
    >>> Target(lufs=-18.0)
    Target(lufs=-18.0, ceiling_dbtp=-1.5, limiter=False)
    """

    lufs: float = -16.0
    ceiling_dbtp: float = -1.5
    limiter: bool = False

    def __post_init__(self) -> None:
        try:
            fits = _QUIETEST_LUFS <= self.lufs <= _LOUDEST_LUFS
            below = _LOWEST_DBTP <= self.ceiling_dbtp <= 0.0
        except (TypeError, ValueError):
            raise SettingError(f"{self!r}: give numbers") from None
        if not isinstance(self.limiter, bool):
            raise SettingError(f"limiter={self.limiter!r}: give True or False")
        if not fits:
            raise SettingError(f"lufs={self.lufs}: give a target between -40 and -5 LUFS")
        if not below:
            raise SettingError(f"ceiling_dbtp={self.ceiling_dbtp}: give -20 to 0 dBTP")


@dataclass(frozen=True, slots=True)
class GainPlan:
    """The gain to apply, and why it is not more.

    Attributes
    ----------
    gain_db : float
        Linear gain, dB.
    limited_by : {"true_peak", "silence", "limiter", None}
        ``true_peak``: the ceiling allowed only this much. ``silence``: there is no loudness to
        start from. ``limiter``: a limiter turns down what would pass the ceiling, by 12 dB at
        most; where that is not enough, the gain is less than wanted.
    album : bool
        The gain is that of a set of files.
    limiter_dbtp : float or None
        What the limiter keeps the true peak below, dBTP; None where there is no limiter.
    """

    gain_db: float
    limited_by: Literal["true_peak", "silence", "limiter"] | None = None
    album: bool = False
    limiter_dbtp: float | None = None


def as_target(target: Target | None) -> Target:
    """Return a target, or the default one.

    Raises
    ------
    SettingError
        It is something else.
    """
    if target is None:
        return Target()
    if not isinstance(target, Target):
        raise SettingError(f"target={target!r}: give one like yk.Target(lufs=-16)")
    return target


def check_gain(gain_db: float, limiter_dbtp: float | None) -> None:
    """Raise if a gain, or what a limiter is to keep the result below, makes no sense.

    Raises
    ------
    SettingError
        It is no number of -120 to 120 dB, or of -20 to 0 dBTP.
    """
    try:
        usable = abs(gain_db) <= _MOST_GAIN_DB
        below = limiter_dbtp is None or _LOWEST_DBTP <= limiter_dbtp <= 0.0
    except TypeError as error:
        raise SettingError(f"gain and limiter are numbers: {error}") from None
    if not usable:
        raise SettingError(f"gain_db={gain_db}: give -120 to 120 dB")
    if not below:
        raise SettingError(f"limiter_dbtp={limiter_dbtp}: give -20 to 0 dBTP")


def plan_track(loudness: Loudness, target: Target) -> GainPlan:
    """Return the linear gain for one file, in steps of 0.01 dB.

    The steps make the gain, and so the rendered bytes, the same on machines whose arithmetic
    differs in the last digit. Where ``limited_by`` is ``true_peak``, `plan_limited` goes further.
    """
    return _plan(loudness.integrated_lufs, loudness.true_peak_dbtp, target, step_db=0.01)


def plan_album(parts: Sequence[Loudness], target: Target) -> GainPlan:
    """Return the one gain for a set of files, in steps of 0.1 dB.

    The set is measured as one programme, and the highest peak of all decides about the ceiling,
    so the files keep their differences. The steps let a set change a little without changing
    every file of it. With ``target.limiter`` the peaks of single files are turned down instead;
    what that takes from the loudness is not made up for, so the album ends a little below.
    """
    peak_dbtp = max((part.true_peak_dbtp for part in parts), default=-math.inf)
    programme = programme_lufs(parts)
    plan = replace(_plan(programme, peak_dbtp, target, step_db=0.1), album=True)
    if not target.limiter or plan.limited_by != "true_peak":
        return plan
    gain_db = min(target.lufs - programme, most_limited_gain_db(peak_dbtp, target))
    return replace(
        plan,
        gain_db=round(gain_db, 1),
        limited_by="limiter",
        limiter_dbtp=target.ceiling_dbtp,
    )


def most_limited_gain_db(peak_dbtp: float, target: Target) -> float:
    """Return the gain at which a limiter must turn the highest peak down by as much as it may."""
    return target.ceiling_dbtp - LIMITER_MARGIN_DB - peak_dbtp + LIMITER_MOST_DB


def _plan(integrated_lufs: float, peak_dbtp: float, target: Target, *, step_db: float) -> GainPlan:
    # Nearly a whole step counts as one: the peak is a rounded number itself.
    headroom_db = target.ceiling_dbtp - peak_dbtp
    allowed = math.floor(headroom_db / step_db + 1e-6) if math.isfinite(headroom_db) else math.inf
    silent = not math.isfinite(integrated_lufs)
    wanted = 0 if silent else round((target.lufs - integrated_lufs) / step_db)
    if wanted > allowed:
        return GainPlan(round(allowed * step_db, 2), "true_peak")
    return GainPlan(round(wanted * step_db, 2), "silence" if silent else None)
