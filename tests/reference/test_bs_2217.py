"""ITU-R BS.2217: weighting, gates and channels."""

from __future__ import annotations

import pytest
from reference.cases import BS2217, at_every_rate
from reference.levels import k_gain_db


def test_the_published_filter_makes_up_for_the_offset_at_997_hz():
    assert k_gain_db(997) == pytest.approx(0.691, abs=0.001)


@at_every_rate(BS2217, ".*Hz_2ch")
def test_tones_of_every_pitch_read_what_the_published_filter_makes_of_them(measured, case, rate):
    assert not case.wrong(measured(case, rate))


@at_every_rate(BS2217, ".*Sweep")
def test_a_sweep_that_follows_the_filter_reads_the_same_at_every_pitch(measured, case, rate):
    loudness = measured(case, rate)

    assert not case.wrong(loudness)
    assert loudness.momentary_lufs == pytest.approx(case.expected, abs=0.1)


@at_every_rate(BS2217, "RelGateTest")
def test_the_relative_gate_parts_what_lies_half_a_decibel_on_either_side(measured, case, rate):
    assert not case.wrong(measured(case, rate))


@at_every_rate(BS2217, "AbsGateTest")
def test_the_absolute_gate_parts_what_lies_half_a_decibel_on_either_side(measured, case, rate):
    assert not case.wrong(measured(case, rate))


@at_every_rate(BS2217, ".*ChannelCheck(?!LFE).*")
def test_each_channel_of_5_1_counts_with_its_own_weight(measured, case, rate):
    assert not case.wrong(measured(case, rate))


@at_every_rate(BS2217, ".*LFE")
def test_the_low_frequency_channel_counts_nothing(measured, case, rate):
    assert not case.wrong(measured(case, rate))


@at_every_rate(BS2217, ".*SummingTest")
def test_the_powers_of_all_channels_add_up(measured, case, rate):
    assert not case.wrong(measured(case, rate))
