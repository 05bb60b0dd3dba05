"""Every case of the standards: its signal, what a meter must read, and how far off it may be.

From EBU Tech 3341 (2023) and 3342 (2023), table 1 of each, and from Report ITU-R BS.2217-2. Where
an EBU case has several signals, they are numbered as in its test set ("10-1"); the cases of the
report are called as its files are, without ``1770-2_Comp_``. The report says of its signals what
they are for rather than what they are, so these are made anew to that purpose.

Authentic programmes are recordings, which no code can make: cases 7 and 8 of Tech 3341, which are
5 and 6 of Tech 3342 as well, and the report's ``Conf`` files, which are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pytest
from reference.levels import WEIGHTS, peak_dbfs
from reference.signals import (
    SILENT,
    delayed_tone,
    live_tones,
    peak_burst,
    peak_tone,
    sine,
    sweep,
    tones,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

RATES = (44_100, 48_000, 96_000, 192_000)
T3341, T3342, BS2217 = "EBU Tech 3341", "EBU Tech 3342", "ITU-R BS.2217-2"
RECORDING = None


class Reading(NamedTuple):
    """What is read, how far below and above the expected value the standard lets it lie.

    ``ours`` is how far off it is at most, as docs/loudness.md says.
    """

    names: tuple[str, ...]
    below: float
    above: float
    ours: float


INTEGRATED = Reading(("integrated_lufs",), 0.1, 0.1, 0.05)
MOMENTARY = Reading(("max_momentary_lufs",), 0.1, 0.1, 0.05)
SHORT_TERM = Reading(("max_short_term_lufs",), 0.1, 0.1, 0.05)
ALL_THREE = Reading(MOMENTARY.names + SHORT_TERM.names + INTEGRATED.names, 0.1, 0.1, 0.05)
RANGE = Reading(("range_lu",), 1.0, 1.0, 0.01)
PEAK = Reading(("true_peak_dbtp",), 0.4, 0.2, 0.15)


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the table."""

    document: str
    name: str
    reading: Reading
    expected: float
    make: Callable[[int], NDArray] | None

    def allows(self, value):
        """Say whether a value is near enough to the expected one: to the standard, and to us."""
        if value == self.expected:  # silence is -inf, and so far from nothing
            return True
        low, high = self.expected - self.reading.below, self.expected + self.reading.above
        return low <= value <= high and abs(value - self.expected) <= self.reading.ours

    def wrong(self, loudness):
        """Return those readings that are not."""
        values = {name: getattr(loudness, name) for name in self.reading.names}
        return {name: value for name, value in values.items() if not self.allows(value)}


def in_5_1(lkfs, *speakers):
    """Return a maker of a tone in some channels of 5.1, that reads so much in all of them."""
    level = peak_dbfs(lkfs, 1000, sum(WEIGHTS[name] for name in speakers) or 1.0)
    return sine(level, 1000, 2, [0.0 if name in speakers else SILENT for name in WEIGHTS])


def channel_check(lkfs, name):
    """Return the case where one channel of 5.1 plays; the low-frequency one reads nothing."""
    expected = lkfs if WEIGHTS[name] else SILENT
    return Case(BS2217, f"{-lkfs}LKFS_ChannelCheck{name}", INTEGRATED, expected, in_5_1(lkfs, name))


_QUIET = ((-72, 10), (-36, 10))
_FIVE = (-28.0, -28.0, -24.0, -30.0, -30.0)
_FIVE_AND_LFE = (*_FIVE[:3], SILENT, *_FIVE[3:])

# Five seconds each of a loud tone (L), one 14 dB below it and one 15 dB below it. Together they
# have a mean of L - 4.47, so that the gate, at L - 14.47, lets the second pass and not the third.
# Those that pass have a mean of L - 2.84: -10.0 for L = -7.16. Without the gate, all would read
# -11.6; with one at -8 LU, as it was until 2011, the loud tone alone would: -7.2.
_LOUD = peak_dbfs(-7.16, 1000)
_RELATIVE_GATE = tones((_LOUD - 15, 5), (_LOUD, 5), (_LOUD - 14, 5))
# Half a decibel on either side of -70: without the gate, both would read -70.0 together. Two of
# the blocks that hold some of both pass, and take 0.01 off.
_AUDIBLE = peak_dbfs(-69.5, 1000)
_ABSOLUTE_GATE = tones((_AUDIBLE - 1, 5), (_AUDIBLE, 5))
_SWEEP = sweep(partial(peak_dbfs, -18.0, weight=1.0), 20)

CASES = (
    Case(T3341, "1", ALL_THREE, -23.0, tones((-23, 20))),
    Case(T3341, "2", ALL_THREE, -33.0, tones((-33, 20))),
    Case(T3341, "3", INTEGRATED, -23.0, tones((-36, 10), (-23, 60), (-36, 10))),
    Case(T3341, "4", INTEGRATED, -23.0, tones(*_QUIET, (-23, 60), *reversed(_QUIET))),
    Case(T3341, "5", INTEGRATED, -23.0, tones((-26, 20), (-20, 20.1), (-26, 20))),
    Case(T3341, "6-5.0", INTEGRATED, -23.0, tones((0, 20), channels=_FIVE)),
    Case(T3341, "6-5.1", INTEGRATED, -23.0, tones((0, 20), channels=_FIVE_AND_LFE)),
    Case(T3341, "7", INTEGRATED, -23.0, RECORDING),
    Case(T3341, "8", INTEGRATED, -23.0, RECORDING),
    Case(T3341, "9", SHORT_TERM, -23.0, tones(*((-20, 1.34), (-30, 1.66)) * 5)),
    *(Case(T3341, f"10-{n + 1}", SHORT_TERM, -23.0, delayed_tone(n, 0.15, 3)) for n in range(20)),
    *(Case(T3341, f"11-{n + 1}", SHORT_TERM, n - 38.0, live_tones(n, 0.15, 3)) for n in range(20)),
    Case(T3341, "12", MOMENTARY, -23.0, tones(*((-20, 0.18), (-30, 0.22)) * 25)),
    *(Case(T3341, f"13-{n + 1}", MOMENTARY, -23.0, delayed_tone(n, 0.02, 0.4)) for n in range(20)),
    *(Case(T3341, f"14-{n + 1}", MOMENTARY, n - 38.0, live_tones(n, 0.02, 0.4)) for n in range(20)),
    Case(T3341, "15", PEAK, -6.0, peak_tone(4, 0.5, 0)),
    Case(T3341, "16", PEAK, -6.0, peak_tone(4, 0.5, 45)),
    Case(T3341, "17", PEAK, -6.0, peak_tone(6, 0.5, 60)),
    Case(T3341, "18", PEAK, -6.0, peak_tone(8, 0.5, 67.5)),
    Case(T3341, "19", PEAK, 3.0, peak_tone(4, 1.41, 45)),
    *(Case(T3341, f"{20 + offset}", PEAK, 0.0, peak_burst(offset)) for offset in range(4)),
    Case(T3342, "1", RANGE, 10.0, tones((-20, 20), (-30, 20))),
    Case(T3342, "2", RANGE, 5.0, tones((-20, 20), (-15, 20))),
    Case(T3342, "3", RANGE, 20.0, tones((-40, 20), (-20, 20))),
    Case(T3342, "4", RANGE, 15.0, tones(*((level, 20) for level in (-50, -35, -20, -35, -50)))),
    Case(T3342, "5", RANGE, 5.0, RECORDING),
    Case(T3342, "6", RANGE, 15.0, RECORDING),
    *(
        Case(BS2217, f"{-k}LKFS_{hertz}Hz_2ch", INTEGRATED, k, sine(peak_dbfs(k, hertz), hertz, 3))
        for k in (-23, -24)
        for hertz in (25, 100, 500, 1000, 2000, 10_000)
    ),
    Case(BS2217, "18LKFS_FrequencySweep", INTEGRATED, -18.0, _SWEEP),
    Case(BS2217, "RelGateTest", INTEGRATED, -10.0, _RELATIVE_GATE),
    Case(BS2217, "AbsGateTest", INTEGRATED, -69.5, _ABSOLUTE_GATE),
    *(channel_check(k, name) for k in (-23, -24) for name in WEIGHTS),
    Case(BS2217, "23LKFS_SummingTest", INTEGRATED, -23.0, in_5_1(-23, *WEIGHTS)),
    Case(BS2217, "24LKFS_SummingTest", INTEGRATED, -24.0, in_5_1(-24, *WEIGHTS)),
)


def at_every_rate(document, names):
    """Run a test for the cases whose names match, at every sample rate."""
    chosen = [
        case
        for case in CASES
        if case.document == document and case.make and re.fullmatch(names, case.name)
    ]
    if not chosen:
        raise LookupError(f"no case of {document} is called {names}")
    return pytest.mark.parametrize(
        ("case", "rate"),
        [pytest.param(case, rate, id=f"{case.name}-{rate}") for case in chosen for rate in RATES],
    )
