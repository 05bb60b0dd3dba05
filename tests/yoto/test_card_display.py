"""What a card looks like in a notebook: all of it escaped, nothing loaded, and never too large."""

from __future__ import annotations

import base64
import math
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from yotokit.yoto import Card, Chapter, Media, Track

MEDIA = Media("A" * 43, 61.0, 600_000, "opus", "stereo")
PNG, GIF, JPEG = b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0"
COVER = "https://covers.example/x.jpg"
NASTY = "<script>alert(1)</script>\"' onload='x"


def chapter(number, title="Moon", icon=None, tracks=1):
    made = tuple(
        Track(f"{n}", f"Part {n}" if tracks > 1 else title, MEDIA, str(n), icon=icon)
        for n in range(1, tracks + 1)
    )
    return Chapter(f"k{number}", title, made, str(number), icon=icon)


def icon(letter):
    return f"yoto:#{letter * 43}"


class Page(HTMLParser):
    """What a browser makes of it: tags with their attributes, and texts."""

    VOID = frozenset({"img"})

    def __init__(self, card):
        super().__init__()
        self.tags, self.texts, self.open = [], [], []
        self.feed(card._repr_html_())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in self.VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip() and self.open[-1] != "style":
            self.texts.append(data.strip())

    def images(self):
        return [attributes for tag, attributes in self.tags if tag == "img"]


def test_it_shows_cover_title_facts_and_chapters_with_icon_number_title_and_length():
    pictures = {COVER: JPEG + b"c", icon("a"): PNG + b"a", icon("b"): GIF + b"b"}
    chapters = (chapter(1, "Moon", icon("a")), chapter(2, "Sun", icon("b")))
    card = Card("Bedtime", chapters, "31yYU", metadata={"cover": {"imageL": COVER}})
    page = Page(replace(card, pictures=pictures))
    sources = [image["src"] for image in page.images()]

    assert page.texts == [
        *("Bedtime", "chapters", "2", "length", "2:02", "size", "1.1 MiB", "card", "31yYU"),
        *("1", "Moon", "1:01", "2", "Sun", "1:01"),
    ]
    assert sources == [
        f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
        for kind, data in zip(("jpeg", "png", "gif"), pictures.values(), strict=True)
    ]
    assert page.images()[0]["alt"] == "cover of Bedtime"
    assert "image-rendering: pixelated" in card._repr_html_()


def test_without_pictures_the_title_stands_on_a_tile_and_the_number_in_the_icons_place():
    page = Page(Card("Bedtime", (chapter(1, icon=icon("a")),)))
    squares = [attributes for tag, attributes in page.tags if attributes.get("class") == "yk-icon"]
    tiles = [attributes for tag, attributes in page.tags if attributes.get("class") == "yk-cover"]

    assert page.images() == []
    assert page.texts.count("Bedtime") == 2
    assert page.texts[-3:] == ["1", "Moon", "1:01"]
    assert "not written yet" in page.texts
    assert len(squares) == len(tiles) == 1
    assert tiles[0]["aria-hidden"] == "true"


def test_a_chapter_of_several_tracks_lists_them_with_the_icons_that_are_their_own():
    several = chapter(1, icon=icon("a"), tracks=3)
    own = (*several.tracks[:2], replace(several.tracks[2], icon=icon("b")))
    card = Card("Bedtime", (replace(several, tracks=own), chapter(2)))
    page = Page(replace(card, pictures={icon("a"): PNG, icon("b"): GIF}))

    assert page.texts[page.texts.index("Moon") :] == [
        *("Moon", "3:03", "1", "Part 1", "1:01", "2", "Part 2", "1:01", "3", "Part 3", "1:01"),
        *("2", "Moon", "1:01"),
    ]
    assert [image["src"].partition(";")[0] for image in page.images()] == [
        "data:image/png",
        "data:image/gif",
    ]
    assert ("tracks", "4") in zip(page.texts, page.texts[1:], strict=False)


def test_whatever_it_says_is_text_and_nothing_is_loaded_or_run():
    hostile = replace(chapter(1, NASTY, icon=NASTY, tracks=2), overlay_label=NASTY)
    metadata = {"cover": {"imageL": "https://x.example/cover.svg"}}
    card = Card(NASTY, (hostile,), card_id=NASTY, metadata=metadata)
    card = replace(
        card, pictures={NASTY: b"<svg onload='x'>", "https://x.example/cover.svg": b"<svg>"}
    )
    page = Page(card)

    assert page.texts.count(NASTY) == 4  # the tile, the title, the id, the chapter
    assert {tag for tag, _ in page.tags} <= {
        *("style", "div", "span", "h4", "dl", "dt", "dd", "ol", "li"),
    }
    assert {name for _, attributes in page.tags for name in attributes} <= {
        *("class", "style", "aria-hidden", "tabindex", "aria-label"),
    }
    for word in ("http:", "https:", "url(", "@import", "src=", "href="):
        assert word not in card._repr_html_()


def test_a_picture_that_is_too_large_or_none_is_not_shown():
    def shown(data):
        card = Card("x", (chapter(1, icon=icon("a")),), pictures={icon("a"): data})
        return len(Page(card).images())

    assert shown(PNG + bytes(300_000 - len(PNG))) == 1
    assert shown(PNG + bytes(300_001 - len(PNG))) == 0
    assert shown(b"") == shown(b"GIF") == shown(b"<svg>") == shown(b"RIFF....WEBP") == 0


def test_the_page_of_the_largest_card_stays_small_enough_to_be_saved():
    pictures = {icon("a"): PNG + bytes(290_000)}
    card = Card("x" * 140, tuple(chapter(n, "y" * 140, icon("a")) for n in range(100)))
    html = replace(card, pictures=pictures)._repr_html_()

    assert 1 <= html.count("<img") < 100
    assert len(html) < 3_000_000
    assert len(card._repr_html_()) < 60_000


@pytest.mark.parametrize(("tracks", "focus"), [(12, 0), (13, 1)])
def test_a_list_that_scrolls_is_within_reach_of_the_keyboard(tracks, focus):
    for chapters in (tuple(map(chapter, range(tracks))), (chapter(1, tracks=tracks),)):
        page = Page(Card("x", chapters))
        assert sum("tabindex" in attributes for _, attributes in page.tags) == focus


def test_a_card_of_a_list_tells_the_totals_that_came_with_it():
    metadata = {"media": {"duration": 4000, "fileSize": 45_000_000}}
    assert Page(Card("x", card_id="abcde", metadata=metadata)).texts[2:] == [
        *("length", "1:06:40", "size", "42.9 MiB", "card", "abcde")
    ]
    odd = {"media": {"duration": math.nan, "fileSize": "x"}, "cover": {"imageL": 5}}
    assert Page(Card("x", card_id="abcde", metadata=odd)).texts[2:] == ["card", "abcde"]


def test_numbers_that_are_none_are_shown_as_nothing():
    media = Media("A" * 43, math.nan, -1, "opus", "mono")
    card = Card("x", (Chapter("k", "y", (Track("01", "z", media, "1"),), "1"),))

    assert Page(card).texts[-2:] == ["1", "y"]
    assert "nan" not in str(card)
    assert "length" not in Page(card).texts


def test_pictures_are_no_part_of_what_a_card_is():
    card = Card("x", (chapter(1),))
    shown = replace(card, pictures={"a": PNG + b"CANARY"})

    assert shown == card
    assert hash(shown) == hash(card)
    assert "CANARY" not in repr(shown) + str(shown)


def test_as_text_it_is_a_table():
    card = Card("Bedtime", (chapter(1, tracks=2), chapter(2, "Sun")), "31yYU")

    assert str(card).splitlines() == [
        "Bedtime · card 31yYU · 2 chapters, 3 tracks, 3:03, 1.7 MiB",
        "",
        "no.  title  length",
        "---  -----  ------",
        "  1  Moon     2:02",
        "  2  Sun      1:01",
    ]
