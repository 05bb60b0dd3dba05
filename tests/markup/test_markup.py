from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest

from yotokit.markup import (
    Html,
    badge,
    curve,
    definitions,
    escape,
    fragment,
    page_fragment,
    sparkline,
    style,
    table,
    text_table,
)

NASTY = "<b>&\"'</script>"


def test_what_is_no_markup_is_escaped_everywhere():
    for piece in (
        badge(NASTY, "red"),
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


@pytest.mark.parametrize("breaks", ["\n\n", "\r\r", "\x0b", "\x0c", "\x85", "\u2028\u2029", "\x00"])
def test_what_is_shown_stays_on_one_line_as_an_empty_one_would_end_it_in_markdown(breaks):
    title = f"a{breaks}# b"
    piece = page_fragment(table([title], [[title]], caption=title), title, badge(title, "red"))

    assert len(piece.splitlines()) == 1
    ElementTree.fromstring(f"<div>{piece}</div>")


def test_a_style_element_is_one_line_and_comes_last():
    assert len(style("a {\n\n}").splitlines()) == 1
    assert page_fragment("a").startswith('<div class="yotokit">a</div><style>')


def test_a_badge_without_a_word_is_nothing():
    assert badge("", "red") == ""


def test_only_columns_of_text_may_wrap_and_they_share_the_room():
    piece = table(["a", "b", "c"], [["1", "2", "3"]], numeric=(0,), wrap=(1, 2))

    assert piece.count('class="yk-num"') == 2
    assert piece.count('style="text-align: left; width: 50%"') == 4
