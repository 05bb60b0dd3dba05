from __future__ import annotations

import math
import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from yotokit.markup import (
    Html,
    curve,
    definitions,
    escape,
    fragment,
    page_fragment,
    sparkline,
    table,
    text_table,
)

NASTY = "<b>&\"'</script>"
levels = st.lists(st.floats(-120, 20) | st.just(-math.inf), max_size=400)


@given(levels, st.none() | st.floats(-40, 40))
def test_a_sparkline_is_well_formed_whatever_the_curve(values, gain_db):
    drawing = sparkline(values, gain_db=gain_db, target_lufs=-16.0)

    if drawing:
        ElementTree.fromstring(drawing)
        assert "nan" not in drawing
        assert "inf" not in drawing


@given(levels)
def test_a_curve_is_well_formed_and_says_its_numbers_in_words(values):
    drawing = curve(values, values, duration_s=61.0, integrated_lufs=-20.04, target_lufs=-16.0)

    ElementTree.fromstring(drawing)
    assert "Loudness over 1:01: integrated -20.0 LUFS, target -16.0 LUFS" in drawing


def test_the_drawing_of_a_long_file_is_no_larger_than_that_of_a_short_one():
    short, long = (sparkline([-20.0, -30.0] * n) for n in (300, 100_000))

    assert len(long) < 1.2 * len(short)


def test_what_is_no_markup_is_escaped_everywhere():
    for piece in (
        table([NASTY], [[NASTY]], caption=NASTY),
        definitions([(NASTY, NASTY)]),
        fragment(NASTY),
        escape(NASTY),
    ):
        assert "<b>" not in piece
        assert "</script>" not in piece
    assert escape(Html(NASTY)) == NASTY


def test_a_fragment_is_well_formed_loads_nothing_and_runs_nothing():
    piece = page_fragment(
        table(["a"], [["b"]]),
        sparkline([-20.0]),
        curve([], [], duration_s=0, integrated_lufs=-math.inf),
    )

    ElementTree.fromstring(f"<div>{piece}</div>")
    assert not re.search(r"https?://|<script|url\(|@import", piece)


def test_the_same_values_give_the_same_string():
    first, second = (page_fragment(sparkline([-20.0, -10.0])) for _ in range(2))

    assert first == second


def test_a_text_table_keeps_each_row_on_one_line():
    text = text_table(
        ["title", "LUFS"], [["two\nlines", "-16.0"], ["\u6708\u306e\u6b4c", "silent"]]
    )

    assert len(text.splitlines()) == 4
    assert text.splitlines()[2].endswith("-16.0")
