from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotokit.widgets.painting import compact_curve

VALUES = st.lists(
    st.floats(-120.0, 20.0, width=32) | st.just(-math.inf) | st.just(math.nan), max_size=500
)


def levels(text):
    """Return the pairs of a compact curve, as its drawer reads them."""
    columns = text.partition("|")[0].rstrip(" ")
    codes = [ord(char) - 35 for char in columns]
    return list(zip(codes[::2], codes[1::2], strict=True))


@given(VALUES)
def test_a_curve_has_at_most_60_columns_each_of_them_a_low_and_a_high_on_the_scale(values):
    pairs = levels(compact_curve(np.float32(values)))

    assert len(pairs) == min(60, len(values))
    assert all(0 <= low <= high <= 63 for low, high in pairs)


@given(VALUES.filter(bool))
def test_no_peak_and_no_pause_is_lost_however_long_the_file(values):
    known = [value for value in values if not math.isnan(value)]
    pairs = levels(compact_curve(np.float32(known)))

    def level(value):
        return round(min(max((value + 50) / 50 * 63, 0), 63)) if value > -math.inf else 0

    if known:
        assert abs(max(high for _, high in pairs) - level(max(known))) <= 1
        assert abs(min(low for low, _ in pairs) - level(min(known))) <= 1


@given(VALUES.filter(bool), st.integers(1, 2_000))
def test_columns_that_are_there_stay_as_they_are_while_the_curve_grows(values, more):
    expected = len(values) + more
    growing = [
        compact_curve(np.float32(values[:count]), expected=expected)
        for count in range(len(values) + 1)
    ]

    assert {len(text) for text in growing} == {2 * min(60, expected)}
    for before, after in pairwise(growing):
        assert after.startswith(before.rstrip(" "))


@pytest.mark.parametrize(
    ("gain_db", "target_lufs", "tail"),
    [
        (None, None, ""),
        (3.25, None, "|3.2"),
        (-2.0, -16.0, "|-2.0|-16.0"),
        (None, -18.0, "||-18.0"),
    ],
)
def test_gain_and_target_stand_behind_the_curve(gain_db, target_lufs, tail):
    assert compact_curve(np.float32([-50, 0]), gain_db, target_lufs) == "##bb" + tail


def test_a_curve_is_as_short_for_ten_hours_as_for_ten_seconds():
    long = np.random.default_rng(1).normal(-20, 6, 360_000).astype(np.float32)

    assert len(compact_curve(long, 3.0, -16.0)) == len(compact_curve(long[:100], 3.0, -16.0))


def test_nothing_measured_is_nothing_to_draw():
    assert compact_curve(np.float32([])) == ""
