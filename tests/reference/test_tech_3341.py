"""EBU Tech 3341: momentary, short-term and integrated loudness, and true peak."""

from __future__ import annotations

import numpy as np
import pytest
from reference.cases import CASES, RECORDING, T3341, at_every_rate


def test_the_table_holds_every_case_and_all_but_the_two_recordings_are_made():
    cases = [case for case in CASES if case.document == T3341]

    assert {int(case.name.split("-")[0]) for case in cases} == set(range(1, 24))
    assert [case.name for case in cases if case.make is RECORDING] == ["7", "8"]


@at_every_rate(T3341, "[12]")
def test_a_steady_tone_reads_its_level_on_all_three_time_scales_and_throughout(
    measured, case, rate
):
    loudness = measured(case, rate)

    assert not case.wrong(loudness)
    assert loudness.momentary_lufs == pytest.approx(case.expected, abs=0.1)
    assert loudness.short_term_lufs == pytest.approx(case.expected, abs=0.1)


@at_every_rate(T3341, "[345]")
def test_quiet_passages_count_for_the_programme_as_far_as_the_gates_let_them(measured, case, rate):
    assert not case.wrong(measured(case, rate))


@at_every_rate(T3341, "6-.*")
def test_surround_channels_weigh_more_with_and_without_a_low_frequency_channel(
    measured, case, rate
):
    assert not case.wrong(measured(case, rate))


@at_every_rate(T3341, "9")
def test_short_term_loudness_is_constant_after_three_seconds(measured, case, rate):
    loudness = measured(case, rate)

    assert not case.wrong(loudness)
    assert loudness.short_term_lufs == pytest.approx(case.expected, abs=0.1)


@at_every_rate(T3341, "12")
def test_momentary_loudness_is_constant_after_one_second(measured, case, rate):
    loudness = measured(case, rate)
    first = 6  # the window that ends at 1 s: the first of them ends at 0.4 s

    assert not case.wrong(loudness)
    assert loudness.momentary_lufs[first:] == pytest.approx(case.expected, abs=0.1)


@at_every_rate(T3341, "10-.*")
def test_the_loudest_three_seconds_are_found_wherever_they_begin(measured, case, rate):
    assert not case.wrong(measured(case, rate))


@at_every_rate(T3341, "13-.*")
def test_the_loudest_400_ms_are_found_wherever_they_begin(measured, case, rate):
    assert not case.wrong(measured(case, rate))


@at_every_rate(T3341, "11-.*")
def test_the_short_term_maximum_follows_a_live_signal_from_segment_to_segment(measured, case, rate):
    assert not case.wrong(measured(case, rate))


@at_every_rate(T3341, "14-.*")
def test_the_momentary_maximum_follows_a_live_signal_from_segment_to_segment(measured, case, rate):
    assert not case.wrong(measured(case, rate))


@at_every_rate(T3341, "1[5-9]|2[0-3]")
def test_the_true_peak_is_that_of_the_curve_between_the_samples(measured, case, rate):
    assert not case.wrong(measured(case, rate))


@at_every_rate(T3341, "1[6-9]|2[1-3]")
def test_no_sample_of_the_true_peak_signals_would_do(case, rate):
    assert not case.allows(20 * np.log10(np.abs(case.make(rate)).max()))
