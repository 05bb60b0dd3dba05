"""Each rule finds what it is about, and nothing where nothing is wrong."""

from __future__ import annotations

import copy
import logging
import math
import pickle
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yoto.shapes import JSON, full, put, ways

import yotokit
from yotokit.errors import CardLintError, UnexpectedAnswerError
from yotokit.yoto import Card, Chapter, Media, Track, lint, wire
from yotokit.yoto.lint import check

SHA = "A" * 43
MEDIA = Media(SHA, 61.0, 600_000, "opus", "stereo")
TRACK = Track("01", "Moon", MEDIA, "1")
CHAPTER = Chapter("k1", "Moon", (TRACK,), "1")
CARD = Card("Bedtime", (CHAPTER,))
DOCUMENT = Path(yotokit.__file__).parents[1] / "docs/lint.md"


def with_track(**changes):
    return replace(CARD, chapters=(replace(CHAPTER, tracks=(replace(TRACK, **changes),)),))


def with_media(**changes):
    return with_track(media=replace(MEDIA, **changes))


def with_chapter(**changes):
    return replace(CARD, chapters=(replace(CHAPTER, **changes),))


def with_count(count):
    chapters = [replace(CHAPTER, key=f"{n}", overlay_label=f"{n}") for n in range(count)]
    return replace(CARD, chapters=tuple(chapters))


def large(duration_s, size_bytes):
    media = Media(SHA, duration_s, size_bytes, "opus", "mono")
    chapters = [
        replace(CHAPTER, key=f"{n}", overlay_label=f"{n}", tracks=(replace(TRACK, media=media),))
        for n in range(6)
    ]
    return replace(CARD, chapters=tuple(chapters))


def goto(**params):
    return {"events": {"onEnd": {"cmd": "goto", "params": params}}}


RADIO = Track(
    "01", "Radio", Media("https://r.example/", 0, 0, "mp3", "stereo"), "1", extra={"type": "stream"}
)
ONLINE = {"config": {"onlineOnly": True}}

BROKEN = {
    "no title": ("title", replace(CARD, title="")),
    "a title that is none": ("title", replace(CARD, title=None)),
    "141 characters": ("title", replace(CARD, title="x" * 141)),
    "101 tracks": ("too-many-tracks", with_count(101)),
    "a version that is a number": ("version", replace(CARD, content={"version": 1})),
    "a chapter without a key": ("key", with_chapter(key="")),
    "two chapters of one key": (
        "key",
        replace(CARD, chapters=(CHAPTER, replace(CHAPTER, overlay_label="2"))),
    ),
    "a track without a key": ("key", with_track(key="")),
    "two tracks of one key": ("key", with_chapter(tracks=(TRACK, TRACK))),
    "an icon that is an address": ("icon", with_chapter(icon="https://i.example/x?Signature=s")),
    "an icon that is a picture": ("icon", with_track(icon="data:image/png;base64,x")),
    "an icon of 42 characters": ("icon", with_track(icon="yoto:#" + "A" * 42)),
    "a signed address": ("address", with_media(sha256="https://m.example/x?Signature=s")),
    "an address": ("address", with_media(sha256="https://m.example/x")),
    "a picture's data as sound": ("address", with_media(sha256="data:audio/ogg;base64,x")),
    "media of 42 characters": ("media", with_media(sha256="A" * 42)),
    "media with a plus": ("media", with_media(sha256="+" + "A" * 42)),
    "media that are none": ("media", with_media(sha256=None)),
    "no format": ("format", with_media(format="")),
    "a length of NaN": ("duration", with_media(duration_s=math.nan)),
    "a length of infinity": ("duration", with_media(duration_s=math.inf)),
    "a negative length": ("duration", with_media(duration_s=-1.0)),
    "a length that is a text": ("duration", with_media(duration_s="61")),
    "a size of NaN": ("size", with_media(size_bytes=math.nan)),
    "a stream that leads nowhere": (
        "address",
        replace(with_chapter(tracks=(replace(RADIO, media=MEDIA),)), content=ONLINE),
    ),
}
CHOKES = {
    "no label": ("label", with_track(overlay_label="")),
    "channels in digits": ("channels", with_media(channels="6")),
    "channels that are a number": ("channels", with_media(channels=2)),
}
ODD = {
    "101 characters": ("title", replace(CARD, title="x" * 101)),
    "no chapters": ("no-chapters", replace(CARD, chapters=())),
    "no tracks": ("empty-chapter", with_chapter(tracks=())),
    "no title of a chapter": ("no-title", with_chapter(title="")),
    "no title of a track": ("no-title", with_track(title="")),
    "a key of 21 characters": ("long-key", with_chapter(key="k" * 21)),
    "one label twice": (
        "label-twice",
        replace(CARD, chapters=(CHAPTER, replace(CHAPTER, key="k2"))),
    ),
    "a format that is made of nothing": ("format", with_media(format="wav")),
    "a format that nobody knows": ("format", with_media(format="m4a")),
    "a type that nobody knows": ("type", with_track(extra={"type": "podcast"})),
    "milliseconds": ("duration", with_media(duration_s=10_000.0, size_bytes=100_000)),
    "kilobytes": ("duration", with_media(size_bytes=600_000 // 1024 // 30)),
    "bits": ("duration", with_media(size_bytes=90_000_000, duration_s=61.0)),
    "a length of nothing": ("duration", with_media(duration_s=0.0)),
    "more than an hour": ("too-long", with_media(duration_s=3601.0, size_bytes=40_000_000)),
    "more than 100 MB": ("too-large", with_media(duration_s=3000.0, size_bytes=100_000_001)),
    "never downloaded": ("online-only", replace(CARD, content=ONLINE)),
    "a stream that is to be downloaded": ("online-only", with_chapter(tracks=(RADIO,))),
    "a shuffle beyond the end": (
        "shuffle",
        replace(CARD, content={"config": {"shuffle": [{"start": 0, "end": 1, "limit": 1}]}}),
    ),
    "a shuffle beyond all numbers": (
        "shuffle",
        replace(CARD, content={"config": {"shuffle": [{"start": 0, "end": 1 << 53}]}}),
    ),
    "a goto to no chapter": ("goto", with_track(extra=goto(chapterKey="k9"))),
    "a goto to no track": ("goto", with_track(extra=goto(chapterKey="k1", trackKey="09"))),
    "a length of the card that is not its": (
        "totals",
        replace(CARD, metadata={"media": {"duration": 5}}),
    ),
    "a size of the card that is none": (
        "totals",
        replace(CARD, metadata={"media": {"fileSize": math.nan}}),
    ),
    "500 MB": ("too-large", large(2_500.0, 90_000_000)),
    "five hours": ("too-long", large(3_500.0, 30_000_000)),
}
RIGHT = {
    "a card": CARD,
    "100 tracks and characters": replace(with_count(100), title="x" * 100),
    "no icon": with_chapter(icon=None),
    "an older card": with_media(format="aac", size_bytes=61 * 16_000),
    "a long key": with_chapter(key="k" * 20),
    "totals": replace(CARD, metadata={"media": {"duration": 61, "fileSize": 600_000}}),
    "a text for a version": replace(CARD, content={"version": "1"}),
    "a stream": replace(with_chapter(tracks=(RADIO,)), content=ONLINE),
    "a goto that leads somewhere": with_track(extra=goto(chapterKey="k1", trackKey="01")),
    "a goto to a chapter": with_track(extra=goto(chapterKey="k1")),
    "tracks labeled like their chapter": with_chapter(tracks=(TRACK, replace(TRACK, key="02"))),
    "no size known": with_media(size_bytes=0),
    "a shuffle to no number": replace(
        CARD, content={"config": {"shuffle": [{"end": 2**1024 - 1}, {"end": True}, {}, 5]}}
    ),
    "a shuffle": replace(CARD, content={"config": {"shuffle": [{"start": 0, "end": 0}]}}),
}


def found(card):
    return {(finding.rule, finding.severity) for finding in lint(card)}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("card_id", ["", "abcde"])
def test_what_the_service_refuses_is_an_error_always(case, card_id):
    rule, card = BROKEN[case]

    assert found(replace(card, card_id=card_id)) == {(rule, "error")}


@pytest.mark.parametrize("case", CHOKES)
def test_what_a_player_chokes_on_is_an_error_on_a_new_card_and_a_warning_on_one_that_is_there(case):
    rule, card = CHOKES[case]

    assert found(card) == {(rule, "error")}
    assert found(replace(card, card_id="abcde")) == {(rule, "warning")}


@pytest.mark.parametrize("case", ODD)
def test_what_can_be_lived_with_is_a_warning(case):
    rule, card = ODD[case]

    assert found(card) == {(rule, "warning")}


@pytest.mark.parametrize("case", RIGHT)
def test_where_nothing_is_wrong_nothing_is_found(case):
    assert RIGHT[case].lint() == ()


def test_a_finding_says_where_and_what_to_do_and_shows_no_address():
    signed = with_media(sha256="https://m.example/x?Signature=CANARY")
    icon = with_track(icon="https://m.example/x?Signature=CANARY")
    findings = [*lint(signed), *lint(icon)]

    assert {finding.where for finding in findings} == {"chapter 1 'Moon', track 1"}
    assert all(finding.remedy in str(finding) for finding in findings)
    assert "CANARY" not in repr(findings)


def test_errors_come_first_and_at_most_ten_are_named():
    chapters = (replace(CHAPTER, overlay_label="", icon="x", tracks=()),) * 8
    card = replace(CARD, chapters=chapters, title="x" * 141)
    with pytest.raises(CardLintError) as caught:
        check(card)
    severities = [finding.severity for finding in lint(card)]

    assert severities == sorted(severities)
    assert len(caught.value.findings) == severities.count("error") == 16
    assert "and 6 more" in str(caught.value)
    assert str(caught.value).count("\n") == 11
    assert pickle.loads(pickle.dumps(caught.value)).findings == caught.value.findings


def test_warnings_are_logged_but_for_what_writing_sets_right(caplog):
    check(replace(with_media(format="wav"), metadata={"media": {"duration": 5}}))

    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.job == "-"
    assert "'wav'" in record.getMessage()


@given(st.data())
def test_a_card_with_anything_anywhere_is_linted_without_an_error_of_pythons(data):
    card = {"card": copy.deepcopy(full())}
    put(card, data.draw(st.sampled_from(list(ways(card)))), data.draw(JSON))
    try:
        read = wire.card_from_wire(card)
    except UnexpectedAnswerError:
        return
    assert all(str(finding) for finding in read.lint())


def test_the_document_lists_the_rules_that_there_are_and_how_grave_each_is():
    table = re.findall(
        r"^\| `([a-z-]+)` \| ([a-z, ]+) \|", DOCUMENT.read_text("utf-8"), re.MULTILINE
    )
    severities = {}
    for kind, cases in (
        ("error", BROKEN),
        ("error", CHOKES),
        ("warning", CHOKES),
        ("warning", ODD),
    ):
        for rule, _ in cases.values():
            severities.setdefault(rule, set()).add(kind)

    assert [rule for rule, _ in table] == sorted({rule for rule, _ in table})
    assert {rule: set(told.split(", ")) for rule, told in table} == severities
