"""What a card and a track may hold, found out before anything is uploaded."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

import yotokit as yk
from yotokit.errors import AudioLimitError, LimitError
from yotokit.session.room import Room
from yotokit.session.work import Work
from yotokit.yoto import Card, Chapter, Media, Track


def test_more_tracks_than_a_card_takes_are_refused_and_nothing_of_them_is_queued(
    tones, yoto, engine, emulator
):
    with yk.Session("Many", yoto, engine=engine, limits=yk.Limits(tracks=3)) as session:
        session.submit(tones(2))
        with pytest.raises(LimitError, match=r"5 tracks, and a card takes 3: 2 too many.*tone 2"):
            session.submit(tones(3, folder="more"))
        assert len(session.jobs) == 2
        session.submit(tones(2))  # known ones take no more room
        assert len(session.finalize().card.chapters) == 2
    assert emulator.counters.completed_puts == 2


def test_a_hundred_tracks_are_the_limit_where_nothing_else_is_said(yoto, engine, tones):
    paths = tones(101, duration_s=0.01)
    with (
        yk.Session("Hundred", yoto, engine=engine) as session,
        pytest.raises(LimitError, match="101 tracks"),
    ):
        session.submit(paths)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (yk.Limits(track_duration_s=1.0), r"tone 1\.wav: 0:02 long, 0:01 more than the 0:01"),
        (
            yk.Limits(card_size_bytes=15_000),
            r"tone 1\.wav: with its 0:02 the card holds at least 0\.0 MB",
        ),
    ],
    ids=["length", "room"],
)
def test_a_file_that_breaks_a_limit_fails_alone_and_is_not_uploaded(
    tones, emulator, threads, limits, told
):
    long = tones(1, folder="long", duration_s=2.0)
    with (
        emulator.client() as yoto,
        yk.Session("One", yoto, engine=threads, limits=limits) as session,
    ):
        session.submit([*long, *tones(1, duration_s=0.5)])
        report = session.finalize()

    (failed,) = report.failed
    assert isinstance(failed.error, LimitError)
    assert failed.error.path == long[0]
    assert re.search(told, str(failed.error))
    assert "limits=" in str(failed.error)
    assert [chapter.title for chapter in report.card.chapters] == ["tone 1"]
    assert emulator.counters.completed_puts == 1


def test_a_file_that_cannot_be_made_small_enough_fails_alone_and_is_not_uploaded(
    tones, yoto, engine, emulator
):
    long = tones(1, folder="long", duration_s=2.0)  # at 16 kHz, which MP3 is not written at
    limits = yk.Limits(track_size_bytes=10_000)
    with yk.Session("One", yoto, engine=engine, limits=limits) as session:
        session.submit([*long, *tones(1, duration_s=0.5)])
        report = session.finalize()

    (failed,) = report.failed
    assert isinstance(failed.error, AudioLimitError)
    assert re.search(r"tone 1\.wav: is larger than 0\.01 MB as FLAC.* split it", str(failed.error))
    assert emulator.counters.completed_puts == 1


def test_without_a_limit_on_its_size_a_file_goes_as_it_is_rendered(tones, yoto, engine, emulator):
    with yk.Session("One", yoto, engine=engine, limits=yk.Limits(track_size_bytes=None)) as session:
        session.submit(tones(1))
        assert session.finalize().done


def test_what_the_service_made_of_the_files_must_fit_too(tones, yoto, engine, emulator):
    with yk.Session("Large", yoto, engine=engine, limits=yk.Limits(card_size_bytes=9e9)) as session:
        session.submit(tones(1))
        session.wait()
        object.__setattr__(session._flow.publisher._writer.limits, "card_size_bytes", 1_000.0)
        with pytest.raises(LimitError, match="more than fits"):
            session.finalize()
    assert emulator.counters.content_writes == 0


def test_a_card_that_is_longer_than_yoto_names_is_made_and_the_report_says_so(tones, yoto, engine):
    with yk.Session("Long", yoto, engine=engine, limits=yk.Limits(card_duration_s=1.5)) as session:
        session.submit(tones(2))
        report = session.finalize()
    assert report.written
    assert "longer ones are known to play" in report.warning
    assert report.warning in repr(report)
    assert report.warning in report._repr_html_()


def test_a_file_that_is_measured_again_or_taken_off_leaves_its_room(tmp_path):
    room = Room(yk.Limits(card_size_bytes=8_000.0 * 100))
    works = [Work(tmp_path / str(n), "a") for n in range(2)]
    for work in works:
        work.loudness = SimpleNamespace(duration_s=60.0)
    for _ in range(3):
        room.check_sound(works[0])
    with pytest.raises(LimitError):
        room.check_sound(works[1])
    room.leave(works[0].path)
    room.check_sound(works[1])


@pytest.mark.parametrize("value", [0, -1, float("nan"), "many", True])
def test_limits_that_are_none_are_refused(value):
    with pytest.raises(yk.YotokitError, match="tracks"):
        yk.Limits(tracks=value)


def test_without_limits_nothing_is_refused():
    nothing = yk.Limits(None, None, None, None, None)
    media = Media("a" * 43, 1e6, 10**12, "opus", "mono")
    track = Track("01", "a", media, "1")
    nothing.check_card(Card("a", tuple(Chapter(str(n), "a", (track,), "1") for n in range(500))))
    assert nothing.warning(1e9) == ""
