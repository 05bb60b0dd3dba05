"""Cards on the wire: what is kept, what is counted anew, and what is not sent."""

from __future__ import annotations

import copy
import json
import math
import pickle
from dataclasses import asdict, replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yoto.shapes import ICON, SENDABLE, SHA, at, full, put, ways

from yotokit.errors import SettingError, UnexpectedAnswerError
from yotokit.yoto import Card, Chapter, Media, Track, card_from_json, card_to_json, wire
from yotokit.yoto.http.answers import parsed


@given(st.data())
def test_whatever_stands_beside_what_we_know_is_sent_back_as_it_came(data):
    card, added = full(), []
    for _ in range(data.draw(st.integers(1, 4))):
        way = data.draw(
            st.sampled_from([way for way in ways(card) if isinstance(at(card, way), dict)])
        )
        key = data.draw(st.text("xyz", min_size=1, max_size=4))
        added.append((*way, f"new-{key}"))
        put(card, added[-1], data.draw(SENDABLE))

    sent = wire.card_to_wire(wire.card_from_wire({"card": card}))
    for way in added:
        assert at(sent, way) == at(card, way)
    for way in ways(sent):
        assert at(sent, way) == at(card, way)


@given(
    st.builds(
        Media,
        st.just(SHA),
        st.integers(0, 9999),
        st.integers(0, 10**9),
        st.just("opus"),
        st.sampled_from(["mono", "stereo"]),
    ),
    st.text(max_size=9),
    st.text(max_size=9),
)
def test_a_card_is_the_same_after_the_way_there_and_back(media, title, label):
    track = Track("01", title, media, label, icon=None, extra={"events": {"onEnd": None}})
    there = Card(title, (Chapter("k", title, (track, track), label),), "abcde")
    back = wire.card_from_wire({"card": wire.card_to_wire(there)})

    assert back.chapters == there.chapters
    assert wire.card_from_wire({"card": wire.card_to_wire(back)}) == back


@pytest.mark.parametrize("odd", [math.nan, math.inf, -1, True, "533", None, [], 10**400, 1e300])
def test_what_is_no_number_counts_as_none(odd):
    card = full()
    chapter = card["content"]["chapters"][0]
    chapter["tracks"][0] |= {"duration": odd, "fileSize": odd}
    read = wire.card_from_wire({"card": card})

    assert read.chapters[0].tracks[0].media.duration_s == 0.0
    assert read.chapters[0].tracks[0].media.size_bytes == 0


def test_a_card_with_nan_in_a_corner_can_still_be_changed_and_no_nan_is_sent():
    card = full()
    card["metadata"]["rating"] = card["content"]["config"]["x"] = math.nan
    card["content"]["chapters"][0]["gain"] = [math.inf]
    sent = wire.card_to_wire(wire.card_from_wire({"card": card}))
    own = wire.card_to_wire(Card("Own", metadata={"rating": math.nan}))

    assert sent["metadata"]["rating"] is sent["content"]["config"]["x"] is None
    assert sent["content"]["chapters"][0]["gain"] == [None]
    assert own["metadata"]["rating"] is None


def test_what_the_service_could_not_read_is_not_sent_whoever_wrote_it():
    odd = {"huge": 10**400, "half": "\ud83d", "pair": "\ud83d\ude00", "\ud83d": 1, 5: ("x",)}
    for read in (
        Card("\ud83d", metadata=odd),
        wire.card_from_wire({"card": full() | {"title": "\ud83d", "metadata": odd}}),
    ):
        sent = wire.card_to_wire(read)
        json.dumps(sent, allow_nan=False, ensure_ascii=False).encode()
        told = {key: value for key, value in sent["metadata"].items() if key != "media"}

        assert sent["title"] == "�"
        assert told == {"huge": None, "half": "�", "pair": "😀", "�": 1, "5": ["x"]}


def test_what_json_cannot_carry_is_refused_by_its_place():
    with pytest.raises(SettingError, match=r"metadata\.tags.* holds a set"):
        wire.card_to_wire(Card("x", metadata={"tags": {"a"}}))
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(SettingError, match="deep"):
        wire.card_to_wire(Card("x", metadata={"deep": deep}))
    with pytest.raises(UnexpectedAnswerError, match="deep"):
        wire.card_from_wire({"card": {"cardId": "abcde", "content": {"deep": deep}}})


def test_totals_are_right_after_an_edit_on_every_level_that_has_them():
    card = full()
    read = wire.card_from_wire({"card": card})
    first, *rest = read.chapters
    fewer = wire.card_to_wire(
        replace(read, chapters=(replace(first, tracks=first.tracks[:1]), *rest))
    )
    chapter = fewer["content"]["chapters"][0]

    assert (chapter["duration"], chapter["fileSize"]) == (61, 600_000)
    assert "duration" not in fewer["content"]["chapters"][1]
    media = fewer["metadata"]["media"]
    assert (media["duration"], media["fileSize"], media["readableFileSize"]) == (61, 600_000, 0.6)
    assert media["new"] == 1
    assert "readableDuration" not in media


def test_totals_are_those_of_the_lengths_as_they_are_written():
    media = Media(SHA, 0.4, 10, "opus", "mono")
    tracks = tuple(Track(f"{n}", "x", media, "1") for n in range(10))
    sent = wire.card_to_wire(Card("x", (Chapter("k", "x", tracks, "1"),)))

    written = [track["duration"] for track in sent["content"]["chapters"][0]["tracks"]]
    assert written == [1] * 10  # a sound of a moment is none of nothing
    assert sent["metadata"]["media"]["duration"] == 10


def test_a_card_says_whether_it_has_streams_where_it_said_so_and_where_it_must():
    read = wire.card_from_wire({"card": full()})
    without = wire.card_to_wire(replace(read, chapters=read.chapters[:1]))
    plain = wire.card_to_wire(Card("Plain", read.chapters[:1]))
    stream = Track(
        "s",
        "Radio",
        Media("https://radio.example/", 0, 0, "mp3", "stereo"),
        "1",
        extra={"type": "stream"},
    )
    own = wire.card_to_wire(Card("Radio", (Chapter("s", "Radio", (stream,), "1"),)))

    assert wire.card_to_wire(read)["metadata"]["media"]["hasStreams"] is True
    assert without["metadata"]["media"]["hasStreams"] is False
    assert without["content"]["chapters"][0]["hasStreams"] is False
    assert "hasStreams" not in plain["metadata"]["media"]
    assert own["metadata"]["media"]["hasStreams"] is True
    assert own["content"]["chapters"][0]["tracks"][0]["trackUrl"] == "https://radio.example/"


def test_addresses_that_end_are_not_sent_back_beside_an_icon_and_not_shown():
    card = full()
    display = card["content"]["chapters"][0]["display"]
    display |= {
        "iconUrl16x16": "https://x.example/i",
        "a": "data:image/png;base64,x",
        "b": "https://x.example/?Signature=CANARY",
        "c": 1,
    }
    stream = card["content"]["chapters"][1]["tracks"][0]
    stream["trackUrl"] = "https://radio.example/?token=CANARY"
    read = wire.card_from_wire({"card": card})

    assert wire.card_to_wire(read)["content"]["chapters"][0]["display"] == {
        "icon16x16": ICON,
        "c": 1,
    }
    assert "CANARY" not in repr(read) + str(read) + read._repr_html_()
    assert wire.card_to_wire(read)["content"]["chapters"][1]["tracks"][0] == stream
    assert pickle.loads(pickle.dumps(read)) == read


def test_a_signed_address_loses_its_signature_and_a_streams_goes_back_as_it_came():
    signed = "https://a.example/c.jpg?Expires=1&Signature=CANARY"
    track = {"key": "01", "title": "Radio", "type": "stream", "format": "mp3", "trackUrl": signed}
    sent = {
        "cardId": "x",
        "title": "Card",
        "content": {"chapters": [{"key": "k", "title": "Radio", "tracks": [track]}]},
        "metadata": {"cover": {"imageL": signed}, "description": f"See {signed} for more?"},
    }
    handed_over = SimpleNamespace(json=lambda **options: json.loads(json.dumps(sent), **options))
    card = wire.card_from_wire({"card": parsed(handed_over)})
    written = wire.card_to_wire(card)

    assert card.cover == "https://a.example/c.jpg"
    assert card.metadata["description"] == "See https://a.example/c.jpg for more?"
    assert (
        written["content"]["chapters"][0]["tracks"][0] | track
        == (written["content"]["chapters"][0]["tracks"][0])
    )
    assert "CANARY" not in json.dumps(written["metadata"]) + repr(card)
    assert pickle.loads(pickle.dumps(card)) == copy.deepcopy(card) == card
    assert asdict(card)["metadata"] == card.metadata


def test_a_stream_goes_back_key_by_key_and_what_replaces_it_as_what_it_is():
    card = full()
    stream = card["content"]["chapters"][1]["tracks"][0]
    del stream["channels"], stream["fileSize"]
    stream["duration"] = 1.5
    read = wire.card_from_wire({"card": card})
    track = replace(read.chapters[1].tracks[0], media=Media(SHA, 3, 4, "opus", "mono"))
    other = wire.card_to_wire(Card("x", (replace(read.chapters[1], tracks=(track,)),)))

    assert wire.card_to_wire(read)["content"]["chapters"][1]["tracks"][0] == stream
    assert other["content"]["chapters"][0]["tracks"][0]["trackUrl"] == f"yoto:#{SHA}"


def test_values_of_a_wrong_type_become_usable_ones():
    card = full()
    card["title"] = 1984
    chapter = card["content"]["chapters"][0]
    chapter |= {"title": ["x"], "overlayLabel": 0, "display": "x"}
    chapter["tracks"][0] |= {"channels": 2, "format": None, "display": None}
    read = wire.card_from_wire({"card": card})
    first = read.chapters[0]

    assert read.title == "1984"
    assert wire.card_from_wire({"card": card | {"title": None}}).title == ""
    assert wire.card_from_wire({"card": card | {"title": ["x"]}}).title == ""
    assert (first.title, first.overlay_label, first.icon) == ("", "0", None)
    assert first.tracks[0].media.channels == "stereo"
    assert first.tracks[0].media.format == ""


def test_of_the_top_only_what_may_be_sent_is_sent():
    card = full() | {
        "userId": "u",
        "createdAt": "2026",
        "deleted": False,
        "slug": "s",
        "tags": ["t"],
    }
    sent = wire.card_to_wire(wire.card_from_wire({"card": card}))

    assert set(sent) == {"cardId", "title", "content", "metadata", "slug", "tags"}


def test_a_card_of_a_list_is_read_whatever_its_chapters_are():
    (listed,) = wire.cards_from_wire({"cards": [full() | {"content": {"chapters": "none"}}]})
    assert listed.chapters == ()


def test_a_card_is_kept_in_a_file_and_comes_back_even_without_an_id():
    for kept in (wire.card_from_wire({"card": full()}), Card("Not written yet")):
        text = json.dumps(card_to_json(kept))
        assert card_to_json(card_from_json(json.loads(text))) == json.loads(text)
