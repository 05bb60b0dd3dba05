"""Curves, queues and meters: well-formed whatever the numbers, told in words, and never large."""

from __future__ import annotations

import html
import itertools
import math
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotokit.markup import curve, growing_curve, history, meter, sparkline

LEVELS = [-20.0 - at % 7 for at in range(600)]
odd = st.just(math.nan) | st.just(math.inf) | st.just(-math.inf)
levels = st.lists(st.floats(-120, 20) | odd, max_size=400)
numbers = st.floats(-1e3, 1e15) | odd
maybe = st.none() | numbers


def whole(**changed):
    given = {"duration_s": 61.0, "integrated_lufs": -20.04, "target_lufs": -16.0}
    return curve(LEVELS, LEVELS, **given | {"true_peak_s": 5.0, "true_peak_dbtp": -0.31} | changed)


def name(drawing):
    """Return what is said to those who do not see it."""
    (said,) = re.findall(r'<svg role="img" aria-label="([^"]*)"|<img alt="([^"]*)"', drawing)
    return html.unescape("".join(said))


def texts(drawing):
    return [
        element.text for element in ElementTree.fromstring(drawing).iter() if element.tag == "text"
    ]


def places(drawing):
    """Return x, y and anchor of each text of inline SVG."""
    return {
        element.text: (float(element.get("x")), float(element.get("y")), element.get("text-anchor"))
        for element in ElementTree.fromstring(drawing).iter("text")
    }


def check(drawing):
    """Hold that a piece is one that a page can take, and that it is drawn with numbers."""
    root = ElementTree.fromstring(f"<div>{drawing}</div>")
    drawn = [element.get("d") for element in root.iter("path")]
    for image in root.iter("img"):
        data = image.get("src").removeprefix("data:image/svg+xml,")
        drawn += [e.get("d") for e in ElementTree.fromstring(unquote(data)).iter() if e.get("d")]
    for path in drawn:
        assert re.fullmatch(r"(?:[MLHVhvlZ](?:-?\d+(?:\.\d+)?[ ]?)*(?: -?\d+(?:\.\d+)?)*)*", path)
    assert "\n" not in drawing
    assert not re.search(r"\b(nan|inf)\b", drawing)
    assert not re.search(r'https?://|<script|url\(|\bid="', drawing)
    assert re.search(r'role="img"|<img alt|aria-hidden', drawing)


@given(levels, maybe, maybe)
def test_a_sparkline_is_well_formed_whatever_the_curve(values, gain_db, target_lufs):
    drawing = sparkline(values, gain_db=gain_db, target_lufs=target_lufs)

    if drawing:
        check(drawing)
    assert bool(drawing) == any(map(math.isfinite, values))


@given(
    levels,
    levels,
    st.fixed_dictionaries(
        {"duration_s": numbers, "integrated_lufs": numbers},
        optional=dict.fromkeys(("target_lufs", "true_peak_s", "true_peak_dbtp", "gain_db"), maybe)
        | {"image": st.booleans()},
    ),
)
def test_a_curve_is_well_formed_whatever_the_numbers(short_term, momentary, about):
    check(curve(short_term, momentary, **about))


@given(levels, maybe, maybe)
def test_a_curve_that_grows_is_well_formed_whatever_there_is_of_it(values, duration_s, target):
    check(growing_curve(values, duration_s=duration_s, target_lufs=target))


@given(st.lists(st.lists(st.integers(-5, 10**6), max_size=200), max_size=5))
def test_a_history_is_well_formed_whatever_waited(series):
    drawing = history(series, labels=[f"<{at}>" for at in range(len(series))])

    if drawing:
        check(drawing)
    assert bool(drawing) == any(series)


@given(st.floats(-10, 1e9), st.floats(-10, 1e9))
def test_a_meter_is_well_formed_and_its_bar_stays_inside(value, most):
    piece = meter(value, most)
    track, bar = ElementTree.fromstring(piece).iter("rect")

    assert 0 <= float(bar.get("width")) <= float(track.get("width"))


def test_a_curve_says_its_numbers_in_words():
    said = (
        "Loudness over 1:01: integrated -20.0 LUFS, target -16.0 LUFS, highest true peak -0.3 dBTP"
    )

    assert name(whole()) == name(whole(image=True)) == f"{said} at 0:05"
    assert name(whole(gain_db=4.04)).startswith(
        "Loudness over 1:01: integrated -16.0 LUFS after a gain of +4.0 dB, target -16.0 LUFS"
    )
    assert name(whole(integrated_lufs=-math.inf, target_lufs=None, true_peak_dbtp=-math.inf)) == (
        "Loudness over 1:01: integrated silent"
    )


def test_a_curve_is_labeled_where_it_is_looked_at():
    said = texts(whole())

    for words in ("-20.0 LUFS", "target -16", "-0.3 dBTP", "LUFS", "-50", "0", "0:00", "1:01"):
        assert words in said
    assert said[-3:] == ["short-term (3 s)", "momentary (0.4 s)", "integrated"]
    after = texts(whole(gain_db=4.04))
    assert after[-3:] == ["short-term (3 s) after +4.0 dB", "before", "integrated"]
    assert "-16.0 LUFS" in after
    assert "silent" in texts(whole(integrated_lufs=-math.inf))


@pytest.mark.parametrize("integrated", [-60.0, -50.0, -49.9, -16.4, -16.0, -15.9, -0.1, 3.0])
@pytest.mark.parametrize("target", [-50.0, -16.0, 0.0])
def test_the_labels_at_the_right_keep_apart_and_inside(integrated, target):
    at = places(whole(integrated_lufs=integrated, target_lufs=target))
    ys = [at[f"{integrated:.1f} LUFS"][1], at[f"target {target:g}"][1]]

    assert abs(ys[0] - ys[1]) >= 12.9
    assert min(ys) >= 0
    assert max(ys) <= 180 + 6


@pytest.mark.parametrize("at_s", [-1.0, 0.0, 1.0, 30.0, 58.0, 60.9, 61.0, 99.0])
def test_the_mark_of_the_true_peak_and_its_words_stay_in_the_picture(at_s):
    drawing = whole(true_peak_s=at_s, true_peak_dbtp=-10.04)
    x, _, anchor = places(drawing)["-10.0 dBTP"]
    (mark,) = re.findall(r"M([\d.]+) -2l-5 -9h10Z", drawing)
    left, right = (x - 65, x) if anchor == "end" else (x, x + 65)

    assert float(mark) == pytest.approx(640 * min(max(at_s, 0), 61) / 61, abs=0.1)
    assert left >= -40
    assert right <= 640 + 84


def test_times_below_a_curve_are_round_and_keep_apart():
    for duration_s in (1.0, 4.4, 9.0, 61.0, 200.4, 3599.0, 20_000.0, 400_000.0, 1e12):
        drawing = whole(duration_s=duration_s, width=400)
        xs = sorted(x for text, (x, _, _) in places(drawing).items() if ":" in text)

        assert 2 <= len(xs) <= 7
        assert len(xs) == sum(":" in text for text in texts(drawing))
        assert all(b - a >= 40 for a, b in itertools.pairwise(xs))


@pytest.mark.parametrize(
    ("steps", "duration_s", "said"),
    [
        (0, None, "being measured"),
        (0, 100.0, "being measured, 0 %"),
        (397, 100.0, "being measured, 40 %"),
        (397, None, "being measured, 0:40 so far"),
        (397, math.nan, "being measured, 0:40 so far"),
        (397, 20.0, "being measured, 100 %"),
    ],
)
def test_a_curve_that_grows_says_how_far_it_is(steps, duration_s, said):
    drawing = growing_curve([-20.0] * steps, duration_s=duration_s)

    assert name(drawing) == said
    assert said in texts(drawing)


@pytest.mark.parametrize(("duration_s", "share"), [(100.0, 0.4), (None, 1.0), (20.0, 1.0)])
def test_a_curve_that_grows_ends_where_the_measuring_is(duration_s, share):
    drawing = growing_curve([-20.0] * 397, duration_s=duration_s)
    (path,) = (path for path in re.findall(r'd="M([^"]*)"', drawing) if "L" in path)

    assert float(path.split("L")[-1].split()[0]) == pytest.approx(640 * share, abs=2)


def drawn(values):
    return curve(values, values, duration_s=9.0, integrated_lufs=-20.0)


@pytest.mark.parametrize("draw", [drawn, growing_curve, sparkline])
def test_the_drawing_of_a_long_file_is_no_larger_than_that_of_a_short_one(draw):
    short, long = (draw([-20.0, -30.0] * n) for n in (600, 100_000))

    assert len(long) < 1.2 * len(short)


def test_the_same_numbers_give_the_same_drawing():
    assert whole() == whole()
    assert whole(image=True) == whole(image=True)


def test_an_image_says_beside_it_what_the_drawing_says_inside():
    beside = re.sub(r"<[^>]*>", " ", whole(image=True)).split()

    assert "<text" not in whole(image=True)
    assert beside == " ".join(texts(whole())).split()


def test_a_history_tells_now_and_the_most_of_each_queue_and_draws_two_minutes():
    drawing = history([[9, 3, 1], [0, 0, 2]], labels=["upload", "ask <>"])

    assert name(drawing) == (
        "queues over the last 3 s: upload 1 now, 9 at most; ask <> 2 now, 2 at most"
    )
    assert texts(drawing) == [
        *("upload", "1 now, 9 at most", "ask <>", "2 now, 2 at most", "2 minutes ago", "now")
    ]
    assert history([range(500)], labels=["a"]) == history([range(380, 500)], labels=["a"])


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, ""), (89, ""), (90, ", nearly full"), (100, ", full"), (101, ", over")],
)
def test_a_meter_says_in_words_what_its_color_says(value, said):
    assert re.sub(r"<[^>]*>", "", meter(value, 100)) == f"{value} of 100{said}"
    assert re.sub(r"<[^>]*>", "", meter(value, 100, words="<a>")) == f"&lt;a&gt;{said}"
