"""Curves of loudness over time, readable without color.

A matplotlib figure may not be drawn outside the caller's thread; what moves is drawn here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeGuard

from yotokit.markup import colors
from yotokit.markup.figures import duration, lufs_words, signed_db
from yotokit.markup.levels import Plot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from yotokit.markup.html import Html

__all__ = ["curve", "growing_curve"]

_MOMENTARY_S, _SHORT_TERM_S, _STEP_S = 0.4, 3.0, 0.1
_KEY_PX = 20
_PERCENT = 100


def curve(
    short_term_lufs: Sequence[float],
    momentary_lufs: Sequence[float],
    *,
    duration_s: float,
    integrated_lufs: float,
    target_lufs: float | None = None,
    true_peak_s: float | None = None,
    true_peak_dbtp: float | None = None,
    gain_db: float | None = None,
    width: int = 640,
    height: int = 180,
    image: bool = False,
) -> Html:
    """Draw short-term and momentary loudness over time, with what the numbers mean.

    Parameters
    ----------
    short_term_lufs, momentary_lufs : sequence of float
        LUFS, a value each 100 ms, the first one at the end of the first whole window; -inf is
        silence.
    duration_s : float
        Length of the programme, seconds.
    integrated_lufs, target_lufs : float
        Drawn as a solid and a dashed line; not drawn where not finite or None.
    true_peak_s, true_peak_dbtp : float, optional
        When the highest true peak comes, seconds, and how high it is, dBTP; a mark at the top.
    gain_db : float, optional
        Short-term loudness and the integrated line are drawn as they are after this gain, and
        short-term loudness before it as a thin line, in the place of the momentary one. The
        true peak stays that of the file as it was.
    width, height : int
        Pixels of the plot itself; its labels take some more.
    image : bool
        Draw for what is saved rather than for what is live: see `Drawing.image`.
    """
    gain_db = gain_db if _is_number(gain_db) else 0.0
    length_s = _length_s(duration_s, len(momentary_lufs))
    integrated = integrated_lufs + gain_db
    words = _words(integrated, target_lufs, true_peak_s, true_peak_dbtp, gain_db)
    plot = Plot(width, height, length_s, _KEY_PX)
    plot.draw_scale()
    if gain_db:
        plot.draw(short_term_lufs, _SHORT_TERM_S, colors.GREY, 1.2)
    else:
        plot.draw(momentary_lufs, _MOMENTARY_S, colors.GREY, 1)
    plot.draw(short_term_lufs, _SHORT_TERM_S, colors.BLUE, 2, gain_db=gain_db)
    plot.draw_levels(integrated, target_lufs)
    if _is_number(true_peak_s) and _is_number(true_peak_dbtp):
        plot.draw_peak(true_peak_s, true_peak_dbtp)
    plot.draw_key(_key(gain_db, integrated))
    return plot.drawing(f"Loudness over {duration(length_s)}: {', '.join(words)}", image=image)


def growing_curve(
    momentary_lufs: Sequence[float],
    *,
    duration_s: float | None = None,
    target_lufs: float | None = None,
    width: int = 640,
    height: int = 180,
) -> Html:
    """Draw the loudness of a file while it is being measured.

    Parameters
    ----------
    momentary_lufs : sequence of float
        LUFS, a value each 100 ms, as far as it is measured; may be empty.
    duration_s : float, optional
        How long the file is expected to be, seconds; where that is not known, the plot is as
        long as what is measured.
    target_lufs : float, optional
        Drawn as a dashed line.
    width, height : int
        Pixels of the plot itself; its labels take some more.
    """
    so_far_s = _MOMENTARY_S + _STEP_S * (len(momentary_lufs) - 1) if len(momentary_lufs) else 0.0
    expected_s = duration_s if duration_s is not None and 0 < duration_s < math.inf else None
    length_s = max(expected_s or 0.0, so_far_s, _MOMENTARY_S)
    name = "being measured"
    if expected_s is not None:
        name += f", {min(so_far_s / expected_s, 1.0) * _PERCENT:.0f} %"
    elif so_far_s:
        name += f", {duration(so_far_s)} so far"
    plot = Plot(width, height, length_s)
    plot.draw_scale()
    plot.draw(momentary_lufs, _MOMENTARY_S, colors.BLUE, 1.5, until_s=so_far_s)
    plot.draw_levels(None, target_lufs)
    plot.write(name)
    return plot.drawing(name)


def _length_s(duration_s: float, steps: int) -> float:
    if not math.isfinite(duration_s):
        duration_s = _STEP_S * steps
    return max(duration_s, _MOMENTARY_S)


def _words(
    integrated_lufs: float,
    target_lufs: float | None,
    true_peak_s: float | None,
    true_peak_dbtp: float | None,
    gain_db: float,
) -> Iterator[str]:
    after = f" after a gain of {signed_db(gain_db)} dB" if gain_db else ""
    yield f"integrated {lufs_words(integrated_lufs)}{after}"
    if _is_number(target_lufs):
        yield f"target {lufs_words(target_lufs)}"
    if _is_number(true_peak_s) and _is_number(true_peak_dbtp):
        yield f"highest true peak {true_peak_dbtp:.1f} dBTP at {duration(true_peak_s)}"


def _key(gain_db: float, integrated_lufs: float) -> Iterator[tuple[str, float, str]]:
    if gain_db:
        yield colors.BLUE, 2, f"short-term (3 s) after {signed_db(gain_db)} dB"
        yield colors.GREY, 1.2, "before"
    else:
        yield colors.BLUE, 2, "short-term (3 s)"
        yield colors.GREY, 1, "momentary (0.4 s)"
    if _is_number(integrated_lufs):
        yield colors.PURPLE, 1.5, "integrated"


def _is_number(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)
