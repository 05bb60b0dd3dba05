"""Cards over real sockets: made, changed, deleted, and looked through before they are sent."""

from __future__ import annotations

import io
import math
import threading
import time
from dataclasses import replace

import pytest
from PIL import Image
from yoto.shapes import full

import yotokit as yk
from yotokit.emulator import Fault
from yotokit.errors import (
    ApiError,
    CardLintError,
    NotFoundError,
    SettingError,
    TransportError,
    UnexpectedAnswerError,
)
from yotokit.yoto import Card, Chapter, Media, Track, wire

RADIO = Media("https://radio.example/live", 0.0, 0, "mp3", "stereo")
ONLINE = {"config": {"onlineOnly": True}}


pytestmark = pytest.mark.usefixtures("short_pauses")


def chapters(count):
    """Return chapters of a stream each: nothing needs to be uploaded for them."""
    return tuple(
        Chapter(
            f"k{n}",
            f"Station {n}",
            (Track("01", f"Station {n}", RADIO, str(n), icon=None, extra={"type": "stream"}),),
            str(n),
            icon=None,
        )
        for n in range(1, count + 1)
    )


def radio(count=1, **changes):
    return replace(Card("Radio", chapters(count), content=ONLINE), **changes)


def jpeg(width, height):
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "JPEG")
    return out.getvalue()


def test_a_card_is_made_listed_read_changed_and_deleted(yoto, emulator):
    made = yoto.write_card(radio(2))
    renamed = yoto.write_card(replace(made, title="Wireless", chapters=made.chapters[::-1]))

    assert renamed.card_id == made.card_id
    assert renamed.updated_at > made.updated_at
    assert [card.title for card in yoto.cards()] == ["Wireless"]
    assert [c.key for c in yoto.card(made.card_id).chapters] == ["k2", "k1"]
    yoto.delete_card(made.card_id)
    assert yoto.cards() == ()
    with pytest.raises(NotFoundError, match="was deleted"):
        yoto.card(made.card_id)
    counters = emulator.counters
    assert (counters.card_creates, counters.card_updates, counters.card_deletes) == (1, 1, 1)


def test_a_deleted_card_is_not_restored_and_the_error_says_how_to_make_another(yoto, emulator):
    made = yoto.write_card(radio())
    yoto.delete_card(made.card_id)
    with pytest.raises(NotFoundError, match=r'for good.*card_id=""') as caught:
        yoto.write_card(made)
    again = yoto.write_card(replace(made, card_id=""))

    assert isinstance(caught.value.__cause__, ApiError)
    assert made.card_id in str(caught.value)
    assert again.card_id != made.card_id
    assert again.chapters == made.chapters


@pytest.mark.parametrize("card_id", ["aaaaa", "a/../b", "?", "ü", "x" * 300])
def test_an_id_that_is_none_of_the_account_is_not_found(yoto, emulator, card_id):
    with pytest.raises(NotFoundError):
        yoto.write_card(radio(card_id=card_id))
    for ask in (yoto.card, yoto.delete_card) if card_id == "aaaaa" else ():
        with pytest.raises(NotFoundError):
            ask(card_id)
    assert emulator.counters.content_writes == 0


def test_a_hundred_tracks_are_written_and_one_more_is_stopped_before_it_is_sent(yoto, emulator):
    assert len(yoto.write_card(radio(100)).chapters) == 100
    before = yoto.traffic.requests
    with pytest.raises(CardLintError, match="101 tracks") as caught:
        yoto.write_card(radio(101))

    assert [finding.rule for finding in caught.value.findings] == ["too-many-tracks"]
    assert yoto.traffic.requests == before
    assert (emulator.counters.content_writes, emulator.counters.refused) == (1, 0)


def test_a_card_with_errors_is_never_sent_and_one_with_warnings_is_taken(yoto, emulator):
    broken = {
        "title": replace(radio(), title=""),
        "version": radio(content={**ONLINE, "version": 1}),
        "icon": replace(radio(), chapters=(replace(chapters(1)[0], icon="https://i.example/"),)),
        "key": radio(chapters=chapters(1) * 2),
        "media": radio(chapters=(_with_media(Media("A" * 42, 1.0, 9000, "opus", "mono")),)),
        "duration": radio(chapters=(_with_media(Media("A" * 43, math.nan, 1, "opus", "mono")),)),
    }
    for rule, card in broken.items():
        with pytest.raises(CardLintError) as caught:
            yoto.write_card(card)
        assert {finding.rule for finding in caught.value.findings} == {rule}
    with pytest.raises(SettingError, match="JSON"):
        yoto.write_card(radio(metadata={"tags": {1}}))
    assert yoto.traffic.requests == 0

    odd = radio(3, content={}, title="x" * 140)
    assert [finding.rule for finding in odd.lint()] == ["title", "online-only"]
    assert yoto.write_card(odd).card_id
    assert emulator.counters.content_writes == 1


def _with_media(media):
    return Chapter("k", "x", (Track("01", "x", media, "1"),), "1")


def test_a_session_does_not_look_for_a_card_that_was_not_sent(
    yoto, emulator, tones, threads, monkeypatch
):
    def refuse(card):
        raise CardLintError("not sent")

    with yk.Session("Bedtime", yoto, engine=threads, journal=False) as session:
        session.submit(tones(1))
        with monkeypatch.context() as patch:
            patch.setattr("yotokit.yoto.client.check", refuse)
            with pytest.raises(CardLintError):
                session.finalize()
        looks = emulator.counters.card_lists
        assert session.finalize().written

    assert emulator.counters.card_lists == looks + 1
    assert emulator.counters.content_writes == 1


def test_warnings_are_logged_once_for_each_write_and_stop_nothing(yoto, caplog):
    yoto.write_card(radio(content={}))

    assert [record.name for record in caplog.records if "onlineOnly" in record.getMessage()] == [
        "yotokit.yoto.lint"
    ]


def test_whatever_others_keep_on_a_card_is_there_after_it_was_changed(yoto, emulator):
    theirs = full()
    for chapter in theirs["content"]["chapters"]:
        for track in chapter["tracks"]:
            track |= {"trackUrl": "https://radio.example/live", "type": "stream", "odd": [1, {}]}
        chapter |= {"odd": {"x": None}}
    theirs["content"]["odd"], theirs["metadata"]["odd"] = 1.5, "x"
    theirs["metadata"]["media"] |= {"odd": True, "duration": 183, "fileSize": 0}
    theirs["content"]["config"]["onlineOnly"] = True
    made = yoto.write_card(replace(wire.card_from_wire({"card": theirs}), card_id=""))
    before = emulator.cards[0]

    yoto.write_card(replace(yoto.card(made.card_id), title="Renamed"))
    after = emulator.cards[0]
    assert after == before | {"title": "Renamed", "updatedAt": after["updatedAt"]}
    sent = theirs["content"]["chapters"]
    assert after["content"]["chapters"][0]["tracks"][0] == sent[0]["tracks"][0]
    assert after["content"]["odd"] == 1.5
    assert after["metadata"]["media"]["odd"] is True


def test_a_creation_whose_answer_was_lost_is_not_sent_again_and_a_change_is(yoto, emulator):
    lost = Fault("POST", "/content", lose_answer=True)
    emulator.faults.append(lost)
    with pytest.raises(TransportError) as caught:
        yoto.write_card(radio())
    (made,) = yoto.cards()
    whole = yoto.card(made.card_id)
    emulator.faults.append(Fault("POST", "/content", lose_answer=True))
    yoto.write_card(replace(whole, title="Twice"))

    assert caught.value.may_have_arrived
    counters = emulator.counters
    assert (counters.card_creates, counters.card_updates) == (1, 2)
    assert [card.title for card in yoto.cards()] == ["Twice"]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_creation_that_failed_at_the_service_is_not_sent_again(yoto, emulator, status):
    emulator.faults.append(Fault("POST", "/content", status=status, times=9))
    with pytest.raises(ApiError):
        yoto.write_card(radio())

    assert emulator.faults[0].times == 8


def test_an_answer_that_is_no_card_is_a_typed_error_and_the_card_is_there(yoto, emulator):
    emulator.faults.append(Fault("POST", "/content", status=200, body='{"card":{"title":"x"}}'))
    with pytest.raises(UnexpectedAnswerError, match="cardId"):
        yoto.write_card(radio())


def test_what_was_written_is_what_is_returned_even_while_reads_are_stale():
    with yk.YotoEmulator(stale_read_s=2.0) as emulator, emulator.client() as yoto:
        made = yoto.write_card(radio(1))
        written = yoto.write_card(replace(made, title="New", chapters=chapters(2)))
        stale = _read(yoto, made.card_id)
        further = yoto.write_card(replace(written, title="Newer"))
        end = time.monotonic() + 10
        while _read(yoto, made.card_id) != further and time.monotonic() < end:
            time.sleep(0.02)

        assert (written.title, len(written.chapters)) == ("New", 2)
        assert stale is None or stale.title != "New"
        assert _read(yoto, made.card_id) == further
        assert len(further.chapters) == 2


def _read(yoto, card_id):
    try:
        return yoto.card(card_id)
    except NotFoundError:
        return None


def test_a_card_is_illustrated_with_its_cover_and_each_icon_once(yoto, emulator):
    icons = yoto.icons.all()[:2]
    cover = yoto.covers.upload(jpeg(900, 700))
    many = tuple(
        replace(chapter, icon=icons[n % 2].reference) for n, chapter in enumerate(chapters(100))
    )
    card = yoto.write_card(radio(chapters=many, metadata={"cover": {"imageL": cover}}))
    before = yoto.traffic.requests
    shown = yoto.illustrated(card)

    assert shown == card
    assert set(shown.pictures) == {cover, *(icon.reference for icon in icons)}
    assert shown.pictures[cover].startswith(b"\xff\xd8")
    assert shown.pictures[icons[0].reference].startswith(b"\x89PNG")
    assert yoto.traffic.requests - before == 3
    assert shown._repr_html_().count("data:image/png") == 100
    assert "http" not in shown._repr_html_()
    assert yoto.illustrated(shown) == shown
    assert yoto.traffic.requests - before == 3
    assert yoto.write_card(shown).pictures == shown.pictures


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:9/none.jpg", "file:///etc/passwd", "ftp://x/", "x", "http://[", ""]
)
def test_pictures_that_are_not_to_be_had_are_left_out(yoto, url):
    lost = replace(chapters(1)[0], icon=f"yoto:#{'x' * 43}")
    card = radio(chapters=(lost,), metadata={"cover": {"imageL": url}})

    assert yoto.illustrated(card).pictures == {}


def test_pictures_that_come_late_are_not_waited_for(yoto, emulator):
    slow, quick = yoto.icons.all()[:2]
    emulator.faults.append(Fault("GET", f"/icons/{slow.media_id}", delay_s=3.0))
    first, second = chapters(2)
    pair = (replace(first, icon=slow.reference), replace(second, icon=quick.reference))
    begin = time.monotonic()
    shown = yoto.illustrated(radio(chapters=pair), within_s=0.5)
    took_s = time.monotonic() - begin
    while any(thread.name == "yotokit-pictures" for thread in threading.enumerate()):
        time.sleep(0.02)

    assert took_s < 2.5
    assert list(shown.pictures) == [quick.reference]
    assert len(yoto.illustrated(shown).pictures) == 2


@pytest.mark.parametrize(
    "card_id", [None, 5, "", "..", "mine", "\ud800", "ü", "a/../b", "?", "x" * 300]
)
def test_what_no_card_is_called_is_not_asked_for(yoto, card_id):
    for ask in (yoto.card, yoto.delete_card, yoto.listen):
        with pytest.raises(SettingError, match="card_id="):
            ask(card_id)
    assert yoto.traffic.requests == 0
