"""What loudness is wanted, and the gain that brings a file or an album there."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from yotokit.audio.loudness import programme_lufs
from yotokit.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yotokit.audio.loudness import Loudness

__all__ = ["GainPlan", "Target", "plan_album", "plan_track"]

_LOUDEST_LUFS = -5.0
_QUIETEST_LUFS = -40.0


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
        Highest true peak, at most 0 dBTP.

    Raises
    ------
    SettingError
        A value is out of range.

    Examples
    --------
    >>> Target(lufs=-18.0)
    Target(lufs=-18.0, ceiling_dbtp=-1.5)
    """

    lufs: float = -16.0
    ceiling_dbtp: float = -1.5

    def __post_init__(self) -> None:
        if not _QUIETEST_LUFS <= self.lufs <= _LOUDEST_LUFS:
            raise SettingError(f"lufs={self.lufs}: give a target between -40 and -5 LUFS")
        if not -20.0 <= self.ceiling_dbtp <= 0.0:  # noqa: PLR2004 - told in the message
            raise SettingError(f"ceiling_dbtp={self.ceiling_dbtp}: give -20 to 0 dBTP")


@dataclass(frozen=True, slots=True)
class GainPlan:
    """The gain to apply, and why it is not more.

    Attributes
    ----------
    gain_db : float
        Linear gain, dB.
    limited_by : {"true_peak", "silence", None}
        ``true_peak``: the ceiling allowed only this much. ``silence``: there is no loudness to
        start from, so nothing is changed.
    album : bool
        The gain is that of a set of files.
    """

    gain_db: float
    limited_by: Literal["true_peak", "silence"] | None = None
    album: bool = False


def plan_track(loudness: Loudness, target: Target) -> GainPlan:
    """Return the gain for one file, in steps of 0.01 dB.

    The steps make the gain, and so the rendered bytes, the same on machines whose arithmetic
    differs in the last digit.
    """
    return _plan(loudness.integrated_lufs, loudness.true_peak_dbtp, target, step_db=0.01)


def plan_album(parts: Sequence[Loudness], target: Target) -> GainPlan:
    """Return the one gain for a set of files, in steps of 0.1 dB.

    The set is measured as one programme, and the highest peak of all decides about the ceiling,
    so the files keep their differences. The steps let a set change a little without changing
    every file of it.
    """
    peak = max((part.true_peak_dbtp for part in parts), default=-math.inf)
    return replace(_plan(programme_lufs(parts), peak, target, step_db=0.1), album=True)


def _plan(integrated_lufs: float, peak_dbtp: float, target: Target, *, step_db: float) -> GainPlan:
    if not math.isfinite(integrated_lufs):
        return GainPlan(0.0, "silence")
    wanted = round((target.lufs - integrated_lufs) / step_db)
    # Nearly a whole step counts as one: the peak is a rounded number itself.
    allowed = math.floor((target.ceiling_dbtp - peak_dbtp) / step_db + 1e-6)
    if wanted > allowed:
        return GainPlan(round(allowed * step_db, 2), "true_peak")
    return GainPlan(round(wanted * step_db, 2))
