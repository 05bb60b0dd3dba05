"""The contract as far as a client relies on it, without a look behind the service's counter.

All of it runs against the emulator, and against the real service where ``YOTOKIT_LIVE_TOKEN`` is
set: docs/live.md. Sounds are new in each run, cards are deleted at the end.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace

import pytest
from desk import flac, noise
from PIL import Image

import yotokit as yk
from yotokit.errors import ApiError, NotFoundError, TranscodeError
from yotokit.yoto import DEFAULT_ICON

SEED = time.time_ns() % 10**9


@pytest.fixture
def data(request):
    """A sound that this test alone has."""
    place = int(hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:4], 16)
    return flac(noise(5.0, -20.0, seed=SEED + place))


def settled(read, holds, within_s=10.0):
    """Read until something holds: a read may show what was there before a write."""
    end_s = time.monotonic() + within_s
    while not holds(value := read()) and time.monotonic() < end_s:
        time.sleep(0.2)
    return value


def test_a_file_becomes_media_as_long_as_it_is(desk, data):
    media = desk.media(data)
    assert media.duration_s == pytest.approx(5.0, abs=1.0)
    assert media.format == "opus"
    assert media.channels == "stereo"
    assert len(media.sha256) == 43
    assert media.size_bytes > 1_000


def test_bytes_that_the_service_made_media_of_get_no_address(desk, data):
    desk.media(data)
    slot = desk.yoto.upload_slot(hashlib.sha256(data).hexdigest(), "again.flac")
    assert slot.url is None
    assert desk.yoto.transcode(slot.upload_id).media == desk.media(data)


def test_what_is_no_sound_is_told_by_the_transcode(desk):
    upload_id = desk.upload(f"{SEED}: not a sound, although it is called one".encode() * 100)
    state = desk.transcoded(upload_id)
    assert not state["transcodedSha256"]
    with pytest.raises(TranscodeError):
        desk.yoto.transcode(upload_id)


def test_a_card_comes_back_as_it_was_written(desk, data):
    card = desk.card(f"yotokit {SEED}", desk.media(data))
    read = settled(lambda: desk.yoto.card(card.card_id), lambda c: c.chapters == card.chapters)

    assert len(card.card_id) == 5
    assert read.chapters == card.chapters
    assert read.title == card.title
    assert card.card_id in [listed.card_id for listed in desk.yoto.cards()]


def test_an_update_replaces_chapters_and_keeps_what_was_sent_back(desk, data):
    media = desk.media(data)
    card = desk.card(f"yotokit {SEED}", media, media)
    card = replace(
        card,
        chapters=tuple(reversed(card.chapters)),
        metadata={**card.metadata, "description": "a test", "category": "sfx"},
    )
    written = desk.yoto.write_card(card)
    read = settled(
        lambda: desk.yoto.card(card.card_id), lambda c: c.metadata.get("description") == "a test"
    )
    assert [c.key for c in written.chapters] == [c.key for c in card.chapters]
    assert [c.key for c in read.chapters] == [c.key for c in card.chapters]
    assert read.metadata["category"] == "sfx"
    assert read.card_id == card.card_id


def test_a_deleted_card_cannot_be_written_and_is_not_listed(desk, data):
    card = desk.card(f"yotokit {SEED}", desk.media(data))
    desk.yoto.delete_card(card.card_id)
    with pytest.raises(ApiError):
        desk.yoto.write_card(card)
    with pytest.raises(NotFoundError):
        settled(lambda: desk.yoto.card(card.card_id), lambda _: False, within_s=3.0)
    listed = settled(desk.yoto.cards, lambda cards: card.card_id not in [c.card_id for c in cards])
    assert card.card_id not in [c.card_id for c in listed]


def test_what_is_not_there_is_not_found(desk):
    with pytest.raises(NotFoundError):
        desk.yoto.card("zzzzz")


def test_the_public_icons_have_titles_and_the_one_of_the_examples_may_be_used(desk, data):
    icons = [icon for icon in desk.yoto.icons.all() if icon.public]
    assert all(len(icon.media_id) == 43 for icon in icons)
    assert any(icon.title for icon in icons)
    card = desk.card(f"yotokit {SEED}", desk.media(data))
    assert card.chapters[0].icon == DEFAULT_ICON


def test_an_icon_that_is_uploaded_twice_is_the_same_one(desk, tmp_path):
    path = tmp_path / "icon.png"
    color = (SEED % 256, SEED // 256 % 256, SEED // 65_536 % 256, 255)
    Image.new("RGBA", (16, 16), color).save(path)
    first, second = desk.yoto.icons.upload(path), desk.yoto.icons.upload(path)
    assert first.reference == second.reference
    assert desk.yoto.icons.picture(first.reference)


def test_a_cover_gets_an_address_that_a_card_can_have(desk, data, tmp_path):
    path = tmp_path / "cover.jpg"
    Image.new("RGB", (900, 700), (200, 80, 40)).save(path)
    address = desk.yoto.covers.upload(path)
    card = desk.card(f"yotokit {SEED}", desk.media(data))
    card = desk.yoto.write_card(
        replace(card, metadata={**card.metadata, "cover": {"imageL": address}})
    )
    assert card.metadata["cover"]["imageL"] == address


def test_the_finished_card_can_be_listened_to(desk, data):
    (heard,) = desk.listen(desk.card(f"yotokit {SEED}", desk.media(data)))
    assert heard.duration_s == pytest.approx(5.0, abs=0.2)


def test_a_session_makes_a_card_and_leaves_it_alone_when_run_again(desk, data, tmp_path, threads):
    paths = [tmp_path / f"{n} part.flac" for n in (1, 2)]
    for number, path in enumerate(paths):
        path.write_bytes(flac(noise(5.0, -30.0 + 10 * number, seed=SEED + 70_000 + number)))
    reports = []
    for _ in range(2):
        with yk.Session(f"yotokit session {SEED}", desk.yoto, engine=threads) as session:
            session.submit(paths)
            reports.append(session.finalize())
    desk.keep(reports[0].card)
    assert [report.written for report in reports] == [True, False]
    assert [chapter.title for chapter in reports[1].card.chapters] == ["part", "part"]
