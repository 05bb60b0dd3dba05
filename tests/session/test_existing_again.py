"""A card that is worked on again and again: by the same cell, by others, in the app between."""

from __future__ import annotations

from dataclasses import replace

import pytest

import yotokit as yk
from yotokit.emulator import Fault
from yotokit.engine import InlineEngine
from yotokit.errors import CardConflictError, LimitError, NothingToPublishError
from yotokit.yoto import DEFAULT_ICON


def titles(card):
    return [chapter.title for chapter in card.chapters]


@pytest.fixture
def inline():
    engine = InlineEngine(seed=1)
    yield engine
    engine.close()


@pytest.fixture
def foreign(tones, yoto, inline):
    """A card as the app makes them: keys and labels by place, the plain icon, extras."""

    def make(count=3, *, title="App", **options):
        with yk.Session(f"made for {title}", yoto, engine=inline) as session:
            session.submit(tones(count, folder=f"of {title}"))
            made = session.finalize().card
        yoto.delete_card(made.card_id)
        chapters = tuple(
            replace(
                chapter,
                key=f"{number:02}",
                title=f"Ch{number}",
                overlay_label=f"{number:02}",
                icon=DEFAULT_ICON,
                extra={"ambient": None},
                tracks=tuple(
                    replace(t, title=f"Ch{number}", overlay_label=f"{number:02}", icon=DEFAULT_ICON)
                    for t in chapter.tracks
                ),
                **options,
            )
            for number, chapter in enumerate(made.chapters, start=1)
        )
        return yoto.write_card(replace(made, card_id="", title=title, chapters=chapters))

    return make


def session_on(card, yoto, engine, title="App", **options):
    return yk.Session(title, yoto, card=card.card_id, engine=engine, **options)


def test_what_an_earlier_run_added_stays_when_a_later_one_does_something_else(
    foreign, tones, yoto, inline
):
    card = foreign()
    first, second = tones(2, folder="new", duration_s=1.3)
    with session_on(card, yoto, inline) as session:
        session.submit(first)
        session.finalize()
    with session_on(card, yoto, inline) as session:
        assert [job.title for job in session.jobs] == ["Ch1", "Ch2", "Ch3", "tone 1"]
        (new,) = session.submit(second)
        assert [job for job in session.jobs if not job.is_kept] == [new]
        session.finalize()
    with session_on(card, yoto, inline) as session:
        session.edit(session.jobs[0], title="Once")
        report = session.finalize()
    assert titles(report.card) == ["Once", "Ch2", "Ch3", "tone 1", "tone 2"]


def test_a_file_that_cannot_be_read_any_more_leaves_its_chapter_on_the_card(
    foreign, tones, yoto, inline
):
    card = foreign()
    (path,) = tones(1, folder="new", duration_s=1.3)
    with session_on(card, yoto, inline) as session:
        session.submit(path)
        before = session.finalize().card
    path.write_bytes(b"no sound")
    with session_on(card, yoto, inline) as session:
        session.submit(path)
        report = session.finalize()
    assert len(report.failed) == 1
    assert report.card.chapters == before.chapters
    assert not report.written


def test_another_sound_in_the_same_file_takes_the_place_of_the_old_one_with_its_title_and_icon(
    foreign, tones, yoto, inline
):
    card = foreign()
    (path,) = tones(1, folder="new", duration_s=1.3)
    with session_on(card, yoto, inline) as session:
        (job,) = session.submit(path, icon=yoto.icons.find("moon")[0])
        session.edit(job, title="Mine")
        session.move(job, 1)
        before = session.finalize().card
    tones(1, folder="new", duration_s=1.7)
    with session_on(card, yoto, inline) as session:
        session.submit(path)
        after = session.finalize().card
    assert titles(after) == titles(before) == ["Mine", "Ch1", "Ch2", "Ch3"]
    assert after.chapters[0].icon == before.chapters[0].icon
    assert after.chapters[0].key != before.chapters[0].key
    assert after.chapters[1:] == before.chapters[1:]


def test_a_rename_in_the_app_survives_the_next_run_of_the_cell(foreign, tones, yoto, inline):
    card = foreign()
    (path,) = tones(1, folder="new", duration_s=1.3)
    with session_on(card, yoto, inline) as session:
        session.submit(path)
        written = session.finalize().card
    *rest, own = written.chapters
    renamed = replace(own, title="Renamed", tracks=(replace(own.tracks[0], title="Renamed"),))
    yoto.write_card(replace(written, chapters=(renamed, *rest)))
    with session_on(card, yoto, inline) as session:
        session.submit(path)
        report = session.finalize()
    assert titles(report.card) == ["Renamed", "Ch1", "Ch2", "Ch3"]


def test_two_sessions_that_have_read_the_same_card_do_not_overwrite_each_other(
    foreign, tones, yoto, inline
):
    card = foreign()
    with session_on(card, yoto, inline) as one, session_on(card, yoto, inline) as other:
        one.submit(tones(1, folder="one", duration_s=1.3))
        other.submit(tones(1, folder="other", duration_s=1.5))
        one.finalize()
        with pytest.raises(CardConflictError):
            other.finalize()
        one.edit(one.jobs[0], title="Once")
        assert titles(one.finalize().card) == ["Once", "Ch2", "Ch3", "tone 1"]


def test_a_card_that_was_named_is_another_one_than_the_card_of_its_title(
    foreign, tones, yoto, inline
):
    with yk.Session("Stories", yoto, engine=inline) as session:
        session.submit(tones(1))
        own = session.finalize().card
    card = foreign(title="Other")
    with session_on(card, yoto, inline, "Stories") as session:
        session.edit(session.jobs[0], title="Once")
        session.finalize()
    with yk.Session("Stories", yoto, engine=inline) as session:
        session.submit(tones(1))
        report = session.finalize()
    assert report.card.card_id == own.card_id
    assert not report.written
    assert titles(yoto.card(card.card_id)) == ["Once", "Ch2", "Ch3"]


def test_a_session_by_title_does_not_take_away_what_was_added_to_its_card_by_id(
    tones, yoto, inline
):
    with yk.Session("Stories", yoto, engine=inline) as session:
        session.submit(tones(1))
        card = session.finalize().card
    with session_on(card, yoto, inline, "Stories") as session:
        session.submit(tones(1, folder="more", duration_s=1.3))
        session.finalize()
    with yk.Session("Stories", yoto, engine=inline) as session:
        session.submit(tones(1))
        with pytest.raises(CardConflictError):
            session.finalize()


def test_a_file_that_sounds_like_a_chapter_takes_its_place_key_title_and_extras_once(
    foreign, tones, yoto, inline
):
    card = foreign(2)
    twice = (*card.chapters, replace(card.chapters[0], key="03", title="Refrain"))
    card = yoto.write_card(replace(card, chapters=twice))
    with session_on(card, yoto, inline) as session:
        session.submit(tones(1, folder="of App"))
        report = session.finalize()
    assert titles(report.card) == ["Ch1", "Ch2", "Refrain"]
    assert [c.key for c in report.card.chapters] == ["01", "02", "03"]
    assert report.card.chapters[0].extra == {"ambient": None}
    assert [job.origin for job in report.jobs] == ["unchanged", "kept", "kept"]


@pytest.mark.parametrize("icon", [None, DEFAULT_ICON])
@pytest.mark.parametrize("label", ["01", "", "A"])
def test_a_card_that_is_opened_and_left_alone_is_not_written(foreign, yoto, inline, label, icon):
    card = foreign(1)
    track = replace(card.chapters[0].tracks[0], icon=icon)
    chapter = replace(card.chapters[0], overlay_label=label, icon=icon, tracks=(track,))
    card = yoto.write_card(replace(card, chapters=(chapter,)))
    with session_on(card, yoto, inline) as session:
        assert not session.diff()
        report = session.finalize()
    assert not report.written
    assert yoto.card(card.card_id) == card


def test_labels_and_number_icons_follow_a_chapter_that_moves(tones, yoto, inline):
    with yk.Session("Own", yoto, engine=inline) as session:
        session.submit(tones(3))
        card = session.finalize().card
    with session_on(card, yoto, inline, "Own") as session:
        session.move(session.jobs[2], 1)
        moved = session.finalize().card
    assert [c.overlay_label for c in moved.chapters] == ["1", "2", "3"]
    assert [c.icon for c in moved.chapters] == [c.icon for c in card.chapters]


def test_without_the_journal_numbers_are_still_known_for_what_they_are(
    tones, yoto, inline, tmp_path
):
    with yk.Session("Far", yoto, engine=inline) as session:
        session.submit(tones(3))
        card = session.finalize().card
    with yk.Session("Far", yoto, engine=inline, journal=tmp_path / "elsewhere") as session:
        jobs = session.submit(tones(3))
        session.move(jobs[2], 1)
        moved = session.finalize().card
    assert [c.icon for c in moved.chapters] == [c.icon for c in card.chapters]


def test_what_diff_calls_unchanged_is_not_written_and_what_it_does_not_is(
    tones, yoto, inline, emulator
):
    with yk.Session("Plain", yoto, engine=inline) as session:
        session.submit(tones(2))
        session.finalize()
    with yk.Session("Plain", yoto, engine=inline, icons="plain") as session:
        session.submit(tones(2))
        session.wait()
        diff = session.diff()
        assert diff
        assert "icons or numbers" in diff.summary
        assert session.finalize().written
        assert not session.diff()
        assert not session.finalize().written


def test_looking_does_not_use_up_the_looks_that_guard_a_creation(tones, yoto, emulator, inline):
    emulator.faults.append(Fault("POST", "/content", kind="lost"))
    with yk.Session("Guarded", yoto, engine=inline) as session:
        session.submit(tones(1))
        session.wait()
        pending = session.begin_finalize()
        for _ in range(5):
            session.diff()
        inline.wait_for(pending.done)
        pending.result()
    assert len(emulator.cards) == 1


def test_resume_keeps_off_what_was_taken_off_and_leaves_what_the_app_changed(
    foreign, tones, yoto, inline
):
    card = foreign()
    with session_on(card, yoto, inline) as session:
        session.submit(tones(1, folder="new", duration_s=1.3))
        session.remove(session.jobs[1])
        session.move(session.jobs[-1], 1)
    first = replace(card.chapters[0], title="Luna")
    yoto.write_card(replace(card, chapters=(first, *card.chapters[1:])))
    with yk.Session.resume("App", yoto, engine=inline) as session:
        assert [job.title for job in session.jobs] == ["tone 1", "Luna", "Ch3"]
        assert titles(session.finalize().card) == ["tone 1", "Luna", "Ch3"]


def test_a_title_that_a_file_took_over_from_its_chapter_is_resumed(foreign, tones, yoto, inline):
    card = foreign(1)
    with session_on(card, yoto, inline) as session:
        session.submit(tones(1, folder="new", duration_s=1.3))
        written = session.finalize().card
    own = written.chapters[1]
    renamed = replace(own, title="Renamed", tracks=(replace(own.tracks[0], title="Renamed"),))
    yoto.write_card(replace(written, chapters=(written.chapters[0], renamed)))
    with session_on(card, yoto, inline) as session:
        session.submit(tones(1, folder="new", duration_s=1.3))
    with yk.Session.resume("App", yoto, engine=inline) as session:
        assert titles(session.finalize().card) == ["Ch1", "Renamed"]


def test_opening_a_card_leaves_the_list_of_the_run_before_alone(foreign, tones, yoto, inline):
    card = foreign()
    with session_on(card, yoto, inline) as session:
        session.submit(tones(2, folder="new", duration_s=1.3))
    with session_on(card, yoto, inline):
        pass
    (saved,) = [one for one in yk.sessions() if one.title == "App"]
    assert len(saved.files) == 2
    with yk.Session.resume("App", yoto, engine=inline) as session:
        assert len(session.jobs) == 5


def test_writes_that_fail_push_no_backup_out(foreign, yoto, inline, emulator):
    card = foreign()
    with session_on(card, yoto, inline) as session:
        session.edit(session.jobs[0], title="Once")
        for _ in range(3):
            emulator.faults.append(Fault("POST", "/content", status=400, times=2))
            with pytest.raises(yk.YotokitError):
                session.finalize()
            emulator.faults.clear()
    assert len(yk.backups(card.card_id)) == 1


def test_chapters_count_by_their_tracks_before_anything_is_uploaded(
    foreign, tones, yoto, inline, emulator
):
    card = foreign(2)
    tracks = tuple(replace(card.chapters[0].tracks[0], key=f"{n:02}") for n in range(1, 51))
    chapters = tuple(replace(chapter, tracks=tracks) for chapter in card.chapters)
    card = yoto.write_card(replace(card, chapters=chapters))
    puts = emulator.counters.puts
    with session_on(card, yoto, inline) as session, pytest.raises(LimitError, match="101 tracks"):
        session.submit(tones(1, folder="new", duration_s=1.3))
    assert emulator.counters.puts == puts


def test_chapters_that_players_cannot_tell_apart_can_be_told_apart_here(
    foreign, yoto, inline, emulator
):
    card = foreign(2)
    emulator.cards[-1]["content"]["chapters"][1]["key"] = "01"
    with session_on(card, yoto, inline) as session:
        assert len(session.jobs) == 2
        session.remove(session.jobs[0])
        assert titles(session.finalize().card) == ["Ch2"]


def test_a_place_that_is_far_away_is_the_last(foreign, yoto, inline):
    with session_on(foreign(2), yoto, inline) as session:
        session.move(session.jobs[0], 10**30)
        assert [job.title for job in session.jobs] == ["Ch2", "Ch1"]


def test_a_card_without_chapters_is_not_written(foreign, yoto, inline):
    with session_on(foreign(1), yoto, inline) as session:
        session.remove(session.jobs[0])
        with pytest.raises(NothingToPublishError, match="delete_card"):
            session.finalize()


@pytest.mark.parametrize("title", ["Où est Paul\u00a0?", "👨\u200d👩\u200d👧 family", "\u200fشمس"])
def test_titles_that_people_write_are_taken(tones, yoto, inline, title):
    with yk.Session(title, yoto, engine=inline) as session:
        session.submit(tones(1)[0], title=title)
        assert titles(session.finalize().card) == [title]


def test_files_that_are_not_ready_are_to_come_and_not_removed(tones, yoto, inline):
    with yk.Session("Again", yoto, engine=inline) as session:
        session.submit(tones(2))
        session.finalize()
    with yk.Session("Again", yoto, engine=inline) as session:
        session.pause()
        session.submit(tones(2))
        words = [change.words for change in session.diff().changes]
        session.unpause()
    assert words == [("to come",)] * 2


def test_a_title_of_the_app_gives_no_orders_to_a_terminal(foreign, yoto, inline):
    card = foreign(1)
    chapter = replace(card.chapters[0], title="\x1b[2Jgone")
    card = yoto.write_card(replace(card, title="\x1b]0;x\x07", chapters=(chapter,)))
    with session_on(card, yoto, inline, "App") as session:
        shown = [repr(session), repr(session.diff()), repr(session.finalize())]
    shown += [str(card), repr(yk.backups())]
    assert not any("\x1b" in text for text in shown)
