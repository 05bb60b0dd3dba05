"""Working on a card that is there: what stays, what comes, what would change, and the way back."""

from __future__ import annotations

import json
import stat
from dataclasses import replace

import pytest

import yotokit as yk
from yotokit.errors import CardConflictError, NotFoundError
from yotokit.session.backup import Backups


def titles(card):
    return [chapter.title for chapter in card.chapters]


@pytest.fixture
def card(tones, yoto, engine):
    """A card of two tones, made by another session, with things on it that we do not know."""
    with yk.Session("Old", yoto, engine=engine) as session:
        session.submit(tones(2, folder="old"))
        made = session.finalize().card
    first = replace(made.chapters[0], title="The Moon", extra={"ambient": None})
    return yoto.write_card(replace(made, chapters=(first, *made.chapters[1:])))


def edit(card, yoto, engine, **options):
    return yk.Session("Old", yoto, card=card.card_id, engine=engine, **options)


def test_files_come_behind_the_chapters_that_are_there_and_those_stay_as_they_were(
    card, tones, yoto, engine
):
    with edit(card, yoto, engine) as session:
        session.submit(tones(1, folder="new", duration_s=1.3))
        report = session.finalize()

    assert titles(report.card) == ["The Moon", "tone 2", "tone 1"]
    assert [c.key for c in report.card.chapters[:2]] == [c.key for c in card.chapters]
    assert report.card.chapters[0].extra == {"ambient": None}
    assert [job.origin for job in report.jobs] == ["kept", "kept", "new"]
    assert "2 kept" in report.summary


def test_run_again_it_changes_nothing_and_does_not_take_its_own_chapters_for_older_ones(
    card, tones, yoto, engine, emulator
):
    for _ in range(2):
        with edit(card, yoto, engine) as session:
            session.submit(tones(1, folder="new", duration_s=1.3))
            report = session.finalize()
    writes = emulator.counters.content_writes
    path = tones(1, folder="new", duration_s=1.7)[0]
    with edit(card, yoto, engine) as session:
        session.submit(path)
        changed = session.finalize()

    assert not report.written
    assert titles(report.card) == ["The Moon", "tone 2", "tone 1"]
    assert writes == 3  # the card, its edit, the file that was added
    assert titles(changed.card) == ["The Moon", "tone 2", "tone 1"]
    assert changed.card.chapters[2].key != report.card.chapters[2].key


def test_chapters_that_stay_can_be_moved_renamed_given_an_icon_and_removed(
    card, tones, yoto, engine
):
    icon = next(iter(yoto.icons.all())).reference
    with edit(card, yoto, engine) as session:
        moon, second = session.jobs
        session.submit(tones(1, folder="new", duration_s=1.3))
        session.move(moon, 3)
        session.edit(moon, title="The Sun", icon=icon)
        session.remove(second)
        report = session.finalize()

    assert titles(report.card) == ["tone 1", "The Sun"]
    assert [c.overlay_label for c in report.card.chapters] == ["1", "2"]
    assert report.card.chapters[1].icon == report.card.chapters[1].tracks[0].icon == icon
    assert report.card.chapters[1].key == card.chapters[0].key


def test_a_file_whose_sound_is_on_the_card_takes_the_place_of_its_chapter(
    card, tones, yoto, engine
):
    with edit(card, yoto, engine) as session:
        session.submit(tones(2, folder="old")[1])
        report = session.finalize()
    assert titles(report.card) == ["The Moon", "tone 2"]


def test_replace_puts_the_files_in_the_place_of_what_is_there(card, tones, yoto, engine):
    with edit(card, yoto, engine, existing="replace") as session:
        assert session.jobs == []
        session.submit(tones(1, folder="new", duration_s=1.3))
        assert titles(session.finalize().card) == ["tone 1"]


def test_a_change_after_it_was_read_stops_the_write(card, tones, yoto, engine):
    with edit(card, yoto, engine) as session:
        session.submit(tones(1, folder="new", duration_s=1.3))
        yoto.write_card(replace(card, chapters=card.chapters[:1]))
        with pytest.raises(CardConflictError, match="changed elsewhere"):
            session.finalize()
        assert titles(session.finalize(overwrite=True).card) == ["The Moon", "tone 2", "tone 1"]


def test_a_chapter_of_several_tracks_stays_whole(card, tones, yoto, engine):
    first, second = card.chapters
    tracks = (first.tracks[0], replace(second.tracks[0], key="02", title="Part two"))
    whole = yoto.write_card(replace(card, chapters=(replace(first, tracks=tracks),)))
    with edit(card, yoto, engine) as session:
        session.submit(tones(1, folder="new", duration_s=1.3))
        written = session.finalize().card
    assert [t.title for t in written.chapters[0].tracks] == [t.title for t in tracks]
    assert len(whole.chapters) == 1


def test_resume_brings_back_order_titles_and_icons(card, tones, yoto, engine):
    icon = yoto.icons.all()[0].reference
    with edit(card, yoto, engine) as session:
        (new,) = session.submit(tones(1, folder="new", duration_s=1.3), icon=icon)
        session.move(new, 1)
        session.edit(session.jobs[2], title="Second")
    with yk.Session.resume("Old", yoto, engine=engine) as session:
        assert [job.title for job in session.jobs] == ["tone 1", "The Moon", "Second"]
        assert [job.icon for job in session.jobs] == [icon, "", ""]
        assert titles(session.finalize().card) == ["tone 1", "The Moon", "Second"]


def test_a_card_that_is_not_there_is_told_at_once(yoto, engine):
    with pytest.raises(NotFoundError, match="zzzzz"):
        yk.Session("None", yoto, card="zzzzz", engine=engine)


def test_the_difference_tells_each_change_and_makes_none(card, tones, yoto, engine, emulator):
    with edit(card, yoto, engine) as session:
        assert not session.diff()
        moon, second = session.jobs
        session.submit(tones(1, folder="new", duration_s=1.3))
        session.wait()
        session.edit(moon, title="The Sun")
        session.remove(second)
        session.move(moon, 2)
        before = emulator.counters.content_writes, emulator.counters.icon_uploads
        diff = session.diff()
        after = emulator.counters.content_writes, emulator.counters.icon_uploads
        report = session.finalize()
        assert not session.diff()

    assert before == after
    told = [(c.was_at, c.will_be_at, c.title, c.words) for c in diff.changes]
    assert told == [
        (None, 1, "tone 1", ("added",)),
        (1, 2, "The Sun", ("was called 'The Moon'",)),
        (2, None, "tone 2", ("removed",)),
    ]
    assert titles(report.card) == ["tone 1", "The Sun"]
    assert "1 added, 1 removed, 1 changed" in diff.summary
    assert "The Sun" in diff._repr_html_()
    assert "removed" in repr(diff)


def test_the_difference_says_that_files_are_still_to_come(tones, yoto, engine):
    with yk.Session("Fresh", yoto, engine=engine, normalize="album") as session:
        session.submit(tones(2))
        session.wait()  # in album mode nothing is done before finalize
        diff = session.diff()
    assert [(c.title, c.words) for c in diff.changes] == [
        ("tone 1", ("to come",)),
        ("tone 2", ("to come",)),
    ]
    assert "a new card" in diff.summary
    assert "wait() first" in diff.summary


def test_the_difference_names_only_what_was_moved(tones, yoto, engine):
    with yk.Session("Moved", yoto, engine=engine) as session:
        jobs = session.submit(tones(5))
        session.finalize()
        session.move(jobs[4], 1)
        diff = session.diff()
    assert [c.title for c in diff.changes if "moved" in c.words] == ["tone 5"]


def test_a_card_can_be_got_back_as_it_was(card, tones, yoto, engine):
    with edit(card, yoto, engine, existing="replace") as session:
        session.submit(tones(1, folder="new", duration_s=1.3))
        session.finalize()
    saved = yk.backups(card.card_id)
    assert titles(saved[0].card) == titles(card)
    assert card.card_id in repr(saved)
    assert "Old" in saved._repr_html_()
    assert yk.backups(account=yoto.account) == saved
    assert yk.backups(account="somebody else") == ()

    restored = saved[0].restore(yoto)
    assert replace(restored, updated_at="", metadata={}) == replace(
        card, updated_at="", metadata={}
    )
    assert titles(yoto.card(card.card_id)) == titles(card)


def test_backups_are_private_twenty_for_each_card_and_damaged_ones_are_passed_over(card, tmp_path):
    backups = Backups(tmp_path)
    for number in range(25):
        backups.keep(replace(card, title=f"Version {number}"))
    paths = sorted((tmp_path / "backups").iterdir())
    paths[0].write_text("{")
    kept = backups.all()

    assert len(paths) == 20
    assert [saved.card.title for saved in kept] == [f"Version {n}" for n in range(24, 5, -1)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert stat.S_IMODE(paths[0].parent.stat().st_mode) == 0o700
    assert "Signature" not in json.dumps(paths[1].read_text())


def test_a_backup_that_cannot_be_kept_stops_nothing(card, tmp_path, caplog):
    (tmp_path / "backups").write_text("a file in the way")
    Backups(tmp_path).keep(card)
    assert "no backup" in caplog.text


@pytest.mark.parametrize(
    "options", [{"existing": "merge"}, {"icons": "none"}, {"limits": 5}, {"cover": 5}]
)
def test_what_cannot_be_meant_is_refused(yoto, options):
    with pytest.raises(yk.YotokitError, match=next(iter(options))):
        yk.Session("Odd", yoto, **options)
