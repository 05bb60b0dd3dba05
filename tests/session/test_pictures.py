"""Icons and covers of a session's card: numbers by default, and whatever was chosen stays."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

import yotokit as yk
from yotokit.emulator import Fault
from yotokit.errors import InputError, SettingError
from yotokit.yoto import DEFAULT_ICON


def icons(card):
    assert all(track.icon == chapter.icon for chapter in card.chapters for track in chapter.tracks)
    return [chapter.icon for chapter in card.chapters]


def numbers(yoto, *wanted):
    return [yoto.icons.number(number).reference for number in wanted]


def picture(path=None, size=(700, 500), color=(200, 80, 40)):
    data = io.BytesIO()
    Image.new("RGB", size, color).save(data, "PNG")
    if path is not None:
        path.write_bytes(data.getvalue())
    return path or data.getvalue()


def finalized(yoto, engine, paths, title="Icons", **options):
    with yk.Session(title, yoto, engine=engine, **options) as session:
        session.submit(paths)
        return session.finalize()


def test_chapters_get_their_numbers_and_each_is_uploaded_once_for_an_account(
    tones, yoto, engine, emulator
):
    first = finalized(yoto, engine, tones(3))
    second = finalized(yoto, engine, tones(3), "Another")
    with emulator.client() as later:
        third = finalized(later, engine, tones(3), "A third")
        known = numbers(later, 1, 2, 3)

    assert icons(first.card) == icons(second.card) == icons(third.card) == known
    assert len(set(known)) == 3
    assert emulator.counters.icon_uploads == 3


def test_the_reports_card_has_its_pictures_to_show(tones, yoto, engine, tmp_path):
    card = finalized(yoto, engine, tones(2), cover=picture(tmp_path / "cover.png")).card
    assert set(card.pictures) == {*icons(card), card.cover}
    assert card._repr_html_().count("data:image/") == 3


def test_a_chapter_that_moves_gets_the_number_of_its_place(tones, yoto, engine):
    with yk.Session("Moved", yoto, engine=engine) as session:
        jobs = session.submit(tones(2))
        first = session.finalize().card
        session.move(jobs[1], 1)
        second = session.finalize().card
    assert icons(first) == icons(second) == numbers(yoto, 1, 2)
    assert [c.key for c in second.chapters] == [c.key for c in reversed(first.chapters)]


def test_an_icon_that_was_chosen_here_or_in_the_app_stays(tones, yoto, engine):
    moon, owl = (yoto.icons.find(word)[0] for word in ("moon", "owl"))
    paths = tones(3)
    with yk.Session("Chosen", yoto, engine=engine) as session:
        session.submit(paths[0], icon=moon)
        session.submit(paths[1:])
        card = session.finalize().card
    chapters = list(card.chapters)
    track = replace(chapters[2].tracks[0], icon=owl.reference)
    chapters[2] = replace(chapters[2], icon=owl.reference, tracks=(track,))
    yoto.write_card(replace(card, chapters=tuple(chapters)))
    again = finalized(yoto, engine, [*paths, *tones(1, folder="more")], "Chosen")

    (number,) = numbers(yoto, 2)
    assert icons(card)[:2] == [moon.reference, number]
    assert icons(again.card) == [
        moon.reference,
        number,
        owl.reference,
        *numbers(yoto, 4),
    ]


def test_an_icon_can_be_changed_and_given_back(tones, yoto, engine, emulator):
    star = yoto.icons.find("star")[0]
    with yk.Session("Edited", yoto, engine=engine) as session:
        (job,) = session.submit(tones(1))
        session.finalize()
        session.edit(job, icon=star)
        changed = session.finalize()
        assert icons(changed.card) == [star.reference]
        assert changed.written
        session.edit(job, icon="default")
        assert icons(session.finalize().card) == numbers(yoto, 1)
    assert emulator.counters.content_writes == 3


def test_icons_by_title_fall_back_to_the_number(tones, yoto, engine):
    paths = tones(2)
    with yk.Session("Titles", yoto, engine=engine, icons="title") as session:
        session.submit(paths[0], title="The Owl and the Pussycat")
        session.submit(paths[1], title="Nothing Whatever")
        card = session.finalize().card
    assert icons(card) == [yoto.icons.find("owl")[0].reference, *numbers(yoto, 2)]


def test_the_plain_icon_costs_nothing(tones, yoto, engine, emulator):
    card = finalized(yoto, engine, tones(2), icons="plain").card
    assert icons(card) == [DEFAULT_ICON] * 2
    assert emulator.counters.icon_uploads == 0


def test_where_icons_are_refused_the_card_is_made_with_the_plain_one_and_the_log_says_so_once(
    tones, yoto, engine, emulator
):
    emulator.faults.append(Fault("POST", "/media/displayIcons", status=403, times=99))
    with yk.Session("Refused", yoto, engine=engine) as session:
        session.submit(tones(3))
        report = session.finalize()
        told = [line for line in session.snapshot().log if "plain icon" in str(line)]
    assert icons(report.card) == [DEFAULT_ICON] * 3
    assert report.written
    assert len(told) == 1


def test_icons_that_the_service_forgot_are_uploaded_anew_and_the_card_is_written(
    tones, yoto, engine, emulator
):
    finalized(yoto, engine, tones(2), "Before")
    emulator.faults.append(Fault("POST", "/content", status=400))
    with emulator.client() as later:
        report = finalized(later, engine, tones(2, folder="more"), "After")
    assert report.written
    assert len(set(icons(report.card))) == 2
    assert emulator.counters.icon_uploads == 4


def test_a_cover_is_uploaded_once_and_stays(tones, yoto, engine, emulator, tmp_path):
    path = picture(tmp_path / "cover.png")
    first = finalized(yoto, engine, tones(1), cover=path)
    again = finalized(yoto, engine, tones(1), cover=path)
    without = finalized(yoto, engine, tones(2))
    other = finalized(yoto, engine, tones(2), cover=picture(tmp_path / "b.png", color=(0, 9, 99)))

    cover = first.card.metadata["cover"]
    assert cover["imageL"].startswith(emulator.url)
    assert not again.written
    assert without.card.metadata["cover"] == cover
    assert other.card.metadata["cover"] != cover
    assert emulator.counters.cover_uploads == 2


def test_the_picture_in_the_files_becomes_the_cover_of_a_card_that_has_none(
    tones, yoto, engine, emulator, monkeypatch
):
    from yotokit.session import cover

    paths = tones(2)
    read = cover.read_tags

    def with_picture(path, **options):
        tags = read(path, **options)
        return replace(tags, cover=picture()) if path == paths[1] else tags

    monkeypatch.setattr(cover, "read_tags", with_picture)
    first = finalized(yoto, engine, paths, cover="embedded")
    again = finalized(yoto, engine, reversed(paths), cover="embedded")
    assert first.card.metadata["cover"] == again.card.metadata["cover"]
    assert emulator.counters.cover_uploads == 1


@pytest.mark.parametrize("content", [b"no picture", bytes(20_000_001)], ids=["none", "too large"])
def test_a_cover_that_cannot_be_used_is_told_and_the_card_is_written(
    tones, yoto, engine, tmp_path, content
):
    path = tmp_path / "cover.png"
    path.write_bytes(content)
    with yk.Session("Odd", yoto, engine=engine, cover=path) as session:
        session.submit(tones(1))
        report = session.finalize()
        told = [line for line in session.snapshot().log if "cover stays" in str(line)]
    assert report.written
    assert "cover" not in report.card.metadata
    assert told
    with pytest.raises(InputError, match=r"no such file|does not exist"):
        yk.Session("None", yoto, cover=tmp_path / "missing.png")


@pytest.mark.parametrize("icon", ["moon", "yoto:#short", 5, b"x"])
def test_what_is_no_icon_is_refused_at_once(tones, yoto, engine, icon):
    with (
        yk.Session("Odd", yoto, engine=engine) as session,
        pytest.raises(SettingError, match=r"icons\.find"),
    ):
        session.submit(tones(1), icon=icon)


def test_more_chapters_than_three_digits_can_count_get_the_plain_icon():
    from yotokit.session.icons import DefaultIcons

    assert DefaultIcons(None, None, "number").icon(1_000, "a") == DEFAULT_ICON
