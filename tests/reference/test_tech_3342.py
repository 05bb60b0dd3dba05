"""EBU Tech 3342: loudness range."""

from __future__ import annotations

from reference.cases import CASES, RECORDING, T3342, at_every_rate


def test_the_table_holds_every_case_and_all_but_the_two_recordings_are_made():
    cases = [case for case in CASES if case.document == T3342]

    assert [int(case.name) for case in cases] == list(range(1, 7))
    assert [case.name for case in cases if case.make is RECORDING] == ["5", "6"]


@at_every_rate(T3342, "[123]")
def test_the_range_is_the_distance_of_two_tones(measured, case, rate):
    assert not case.wrong(measured(case, rate))


@at_every_rate(T3342, "4")
def test_the_range_leaves_out_what_is_far_below_the_programme(measured, case, rate):
    assert not case.wrong(measured(case, rate))
