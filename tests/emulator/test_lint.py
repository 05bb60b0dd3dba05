"""What the emulator says a player would make of a card; nothing makes it fall over."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yotokit.emulator.content import write_card
from yotokit.emulator.lint import lint_card
from yotokit.emulator.page import cards_page, page_response
from yotokit.emulator.uploads import Media
from yotokit.emulator.wire import RefusedError

SHA256 = "A" * 43
INFO = {"duration": 60, "fileSize": 500_000, "format": "opus", "channels": "stereo"}
TRACK = "content.chapters.0.tracks.0"


@pytest.fixture
def state(emulator):
    emulator._state.media[SHA256] = Media(Path("none"), INFO)
    return emulator._state


@pytest.fixture
def card(state):
    """Return a card that has nothing wrong."""
    display = {"icon16x16": f"yoto:#{next(iter(state.pictures.public))}"}
    track = {
        "key": "01",
        "title": "The Moon",
        "trackUrl": f"yoto:#{SHA256}",
        "type": "audio",
        "overlayLabel": "1",
        "display": display,
        **INFO,
    }
    chapter = {"key": "a", "title": "T", "overlayLabel": "1", "display": display, "tracks": [track]}
    return {
        "cardId": "AbCdE",
        "title": "Bedtime",
        "content": {"version": "1", "chapters": [chapter, {**deepcopy(chapter), "key": "b"}]},
        "metadata": {"media": {"duration": 120, "fileSize": 1_000_000}},
    }


def changed(card, path, value):
    """Return a copy with another value; None takes the entry away."""
    card = deepcopy(card)
    *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    holder = card
    for step in parents:
        holder = holder.setdefault(step, {}) if isinstance(holder, dict) else holder[step]
    if value is None:
        del holder[last]
    else:
        holder[last] = value
    return card


def test_nothing_is_said_of_a_card_that_has_nothing_wrong(state, card):
    verdict = lint_card(state, card)

    assert (verdict.words, verdict.findings) == ("plays", ())
    assert (verdict.card_id, verdict.title) == ("AbCdE", "Bedtime")


CHOKES = [
    ("format", f"{TRACK}.format", "aac"),
    ("overlay-label", f"{TRACK}.overlayLabel", None),
    ("overlay-label", f"{TRACK}.overlayLabel", 1),
    ("channels", f"{TRACK}.channels", 2),
    ("channels", f"{TRACK}.channels", None),
    ("media", f"{TRACK}.trackUrl", "yoto:#" + "B" * 43),
    ("type", f"{TRACK}.type", "video"),
    ("version", "content.version", 1),
    ("online-only", "content.config.onlineOnly", True),
    ("key-length", "content.chapters.0.key", "k" * 21),
    ("key-length", f"{TRACK}.key", "k" * 43),
    ("key-twice", "content.chapters.0.key", "b"),
    ("key", "content.chapters.0.key", ""),
    ("empty", "content.chapters.0.tracks", []),
]
REMARKS = [
    ("duration", f"{TRACK}.duration", 70),
    ("duration", f"{TRACK}.duration", "60"),
    ("duration", f"{TRACK}.duration", None),
    ("file-size", f"{TRACK}.fileSize", 500_001),
    ("totals", "metadata.media.duration", 0),
    ("totals", "metadata.media.fileSize", None),
    ("icon", f"{TRACK}.display.icon16x16", "yoto:#" + "C" * 43),
    ("overlay-label", "content.chapters.0.overlayLabel", None),
    ("title-length", "title", "t" * 101),
    ("goto", f"{TRACK}.events.onEnd", {"cmd": "goto", "params": {"chapterKey": "nowhere"}}),
    ("address", "metadata.cover.imageL", "data:image/png;base64,AAAA"),
    ("address", "metadata.cover.imageL", "javascript:alert(1)"),
]


@pytest.mark.parametrize(("rule", "path", "value"), CHOKES)
def test_what_does_not_play_is_a_reason_to_choke(state, card, rule, path, value):
    verdict = lint_card(state, changed(card, path, value))

    found = [f for f in verdict.findings if f.rule == rule and f.severity == "choke"]
    assert verdict.words == "a player would choke"
    assert [f.where for f in found] == [path], verdict.findings


@pytest.mark.parametrize(("rule", "path", "value"), REMARKS)
def test_what_plays_all_the_same_is_a_remark(state, card, rule, path, value):
    verdict = lint_card(state, changed(card, path, value))

    assert verdict.words == "plays with remarks"
    assert (rule, path) in [(f.rule, f.where) for f in verdict.findings], verdict.findings


def test_a_length_in_milliseconds_is_called_so(state, card):
    verdict = lint_card(state, changed(card, f"{TRACK}.duration", 60_000))

    assert "milliseconds" in verdict.findings[0].problem


def test_a_fraction_of_a_second_is_nothing_to_remark(state, card):
    assert lint_card(state, changed(card, f"{TRACK}.duration", 60.4)).words == "plays"


def test_a_chapter_without_any_icon_is_remarked_once(state, card):
    bare = changed(changed(card, "content.chapters.0.display", None), f"{TRACK}.display", None)

    assert [f.rule for f in lint_card(state, bare).findings] == ["icon"]


def test_several_tracks_in_a_chapter_are_remarked_with_their_keys(state, card):
    track = card["content"]["chapters"][0]["tracks"][0]
    card["content"]["chapters"][0]["tracks"] = [track, dict(track)]
    card["metadata"]["media"] = {"duration": 180, "fileSize": 1_500_000}

    assert {f.rule for f in lint_card(state, card).findings} == {"one-track", "key-twice"}


def test_streams_are_to_be_online_only_and_their_address_is_to_last(state, card):
    for chapter in card["content"]["chapters"]:
        chapter["tracks"][0] |= {"type": "stream", "trackUrl": "https://radio.example/a.mp3"}
    online = changed(card, "content.config.onlineOnly", True)
    signed_url = "https://radio.example/a.mp3?Expires=1&Signature=hush"
    signed = lint_card(state, changed(online, f"{TRACK}.trackUrl", signed_url))

    assert lint_card(state, online).words == "plays"
    assert [f.rule for f in lint_card(state, card).findings] == ["online-only"]
    assert [(f.rule, f.where) for f in signed.findings] == [("address", f"{TRACK}.trackUrl")]
    assert "hush" not in repr(signed)


def test_words_that_only_look_like_an_address_are_no_address(state, card):
    told = changed(card, "metadata.description", "Data: a story. See ?Signature=")

    assert lint_card(state, told).words == "plays"


def test_long_and_large_cards_are_remarked(state, card):
    state.media[SHA256] = Media(Path("none"), INFO | {"duration": 9_001, "fileSize": 3 * 10**8})
    for chapter in card["content"]["chapters"]:
        chapter["tracks"][0] |= {"duration": 9_001, "fileSize": 3 * 10**8}
    card["metadata"]["media"] = {"duration": 18_002, "fileSize": 6 * 10**8}
    findings = lint_card(state, card).findings

    assert {f.rule for f in findings} == {"limits"}
    assert len(findings) == 6


def test_the_emulator_tells_a_program_that_asks(emulator):
    body = {"title": "Empty", "content": {"chapters": []}}
    headers = {"Authorization": f"Bearer {emulator.token}"}
    made = httpx.post(f"{emulator.url}/content", json=body, headers=headers).json()["card"]
    one = httpx.get(f"{emulator.url}/emulator/lint/{made['cardId']}").json()

    assert one["verdict"] == "a player would choke"
    assert one["findings"][0] == {
        "rule": "empty",
        "where": "content.chapters",
        "problem": "there is no track: nothing plays",
        "severity": "choke",
    }
    assert httpx.get(f"{emulator.url}/emulator/lint").json() == {"cards": [one]}
    assert httpx.get(f"{emulator.url}/emulator/lint/none").status_code == 404
    httpx.delete(f"{emulator.url}/content/{made['cardId']}", headers=headers)
    assert httpx.get(f"{emulator.url}/emulator/lint").json() == {"cards": []}


ODD_TEXT = st.one_of(
    st.text(st.characters(), max_size=12),
    st.sampled_from(["<script>", '"', "'><img src=x>", "\ud800", "\u202eabc", "data:a/b"]),
    st.sampled_from(["http://[", "http://127.0.0.1:x/icons/", "http://localhost/icons/x" * 9]),
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ODD_TEXT | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_TEXT, inner, max_size=3),
    max_leaves=6,
)
REFERENCES = st.sampled_from([SHA256, "B" * 43]).map("yoto:#".__add__)
DISPLAY = st.fixed_dictionaries({"icon16x16": st.none() | REFERENCES}) | ODD
KINDS = st.fixed_dictionaries(
    {"type": st.just("stream"), "trackUrl": ODD_TEXT}
) | st.fixed_dictionaries({"type": ODD_TEXT, "trackUrl": st.just(f"yoto:#{SHA256}")})
ODD_FIELDS = st.fixed_dictionaries(
    {
        "key": ODD_TEXT,
        "title": ODD_TEXT,
        "format": ODD_TEXT,
    },
    optional={
        "duration": ODD,
        "fileSize": ODD,
        "channels": ODD,
        "overlayLabel": ODD,
        "display": DISPLAY,
        "events": st.dictionaries(ODD_TEXT, ODD, max_size=2) | ODD,
    },
)
ODD_TRACK = st.builds(lambda fields, kind: fields | kind, ODD_FIELDS, KINDS)
ODD_CHAPTER = st.fixed_dictionaries(
    {"key": ODD_TEXT, "title": ODD_TEXT, "tracks": st.lists(ODD_TRACK, max_size=2)},
    optional={"overlayLabel": ODD, "display": DISPLAY},
)
ODD_CARD = st.fixed_dictionaries(
    {
        "title": ODD_TEXT.map("t".__add__),
        "content": st.fixed_dictionaries(
            {"chapters": st.lists(ODD_CHAPTER, max_size=3)},
            optional={"version": ODD, "config": ODD},
        ),
    },
    optional={
        "metadata": ODD
        | st.fixed_dictionaries(
            {}, optional={"media": ODD, "cover": ODD, "author": ODD, "description": ODD}
        )
        | st.fixed_dictionaries({"cover": st.fixed_dictionaries({"imageL": ODD_TEXT})}),
    },
)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(ODD_CARD)
def test_whatever_the_service_takes_can_be_judged_and_shown(state, odd):
    state.cards.clear()
    try:
        write_card(state, odd)
    except RefusedError:
        return
    card = next(iter(state.cards.values()))

    json.dumps(lint_card(state, card).as_json()).encode()
    page = cards_page(state)
    assert page.count("<script>") == 1
    assert "<img src=x>" not in page
    assert page_response(state, None).body == page.encode()
