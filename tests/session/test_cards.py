"""One card, whatever happens on the way to it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

import yotokit as yk
from yotokit.emulator import Fault
from yotokit.errors import CardConflictError


def titles(card):
    return [chapter.title for chapter in card.chapters]


def edited(yoto, card_id, **changes):
    """Change a card as the app would."""
    return yoto.write_card(replace(yoto.card(card_id), **changes))


def test_an_update_stops_on_a_card_that_was_changed_elsewhere(tones, yoto, engine, emulator):
    with yk.Session("Edited", yoto, engine=engine) as session:
        jobs = session.submit(tones(3))
        card = session.finalize().card
        chapters = (replace(card.chapters[0], title="By hand"), *card.chapters[1:])
        edited(yoto, card.card_id, chapters=chapters)
        session.move(jobs[2], 1)
        with pytest.raises(CardConflictError, match=r"changed elsewhere.*overwrite=True"):
            session.finalize()

        assert titles(yoto.card(card.card_id)) == ["By hand", "tone 2", "tone 3"]
        report = session.finalize(overwrite=True)
    assert titles(report.card) == ["tone 3", "tone 1", "tone 2"]
    assert report.card.card_id == card.card_id


@pytest.mark.parametrize("journal", ["the same", "none"])
def test_an_edit_from_elsewhere_is_noticed_in_the_next_run_and_on_another_machine(
    tones, yoto, engine, journal
):
    paths = tones(3)
    with yk.Session("Edited", yoto, engine=engine) as session:
        session.submit(paths[:2])
        card = session.finalize().card
    edited(yoto, card.card_id, chapters=card.chapters[:1])
    options = {"journal": False} if journal == "none" else {}
    with yk.Session("Edited", yoto, engine=engine, **options) as session:
        session.submit(paths)
        with pytest.raises(CardConflictError, match=card.card_id):
            session.finalize()
        assert len(session.finalize(overwrite=True).card.chapters) == 3


def test_an_edit_that_an_update_keeps_stops_nothing(tones, yoto, engine, emulator):
    """A description, an icon: what is not the session's stays, so nothing would be lost."""
    with yk.Session("Described", yoto, engine=engine) as session:
        jobs = session.submit(tones(2))
        card = session.finalize().card
        edited(yoto, card.card_id, metadata={**card.metadata, "description": "for Anna"})
        session.move(jobs[1], 1)
        report = session.finalize()

    assert report.written
    assert report.card.metadata["description"] == "for Anna"


def test_a_card_that_was_changed_elsewhere_is_never_called_up_to_date(tones, yoto, engine):
    with yk.Session("Alone", yoto, engine=engine) as session:
        session.submit(tones(2))
        card = session.finalize().card
        edited(yoto, card.card_id, chapters=card.chapters[:1])
        for _ in range(2):
            with pytest.raises(CardConflictError):
                session.finalize()
        assert len(yoto.card(card.card_id).chapters) == 1
        assert session.finalize(overwrite=True).written

    assert len(yoto.card(card.card_id).chapters) == 2


def test_sessions_of_one_title_with_other_files_take_turns_on_the_card(tones, yoto, engine):
    one, two = tones(2)
    with (
        yk.Session("Shared", yoto, engine=engine) as first,
        yk.Session("Shared", yoto, engine=engine) as second,
    ):
        first.submit(one)
        second.submit(two)
        reports = [first.finalize(), second.finalize(), first.finalize()]

    assert [titles(report.card) for report in reports] == [["tone 1"], ["tone 2"], ["tone 1"]]
    assert all(report.written for report in reports)
    assert yk.sessions()[0].files == (str(one),)


def test_a_session_that_replaces_a_card_may_do_so_at_first_and_notices_edits_afterwards(
    tones, yoto, engine
):
    paths = tones(3)
    with yk.Session("Other", yoto, card="new", engine=engine) as session:
        session.submit(paths[0])
        card_id = session.finalize().card.card_id
    with yk.Session("Mine", yoto, card=card_id, existing="replace", engine=engine) as session:
        session.submit(paths[1])
        card = session.finalize().card
        edited(yoto, card_id, title="By hand")
        session.submit(paths[2])
        with pytest.raises(CardConflictError):
            session.finalize()

    assert titles(card) == ["tone 2"]


@pytest.mark.parametrize("fault", ["lost answer", "500", "both"])
def test_a_create_without_an_answer_makes_one_card(tones, yoto, engine, emulator, fault):
    if fault != "500":
        emulator.faults.append(Fault("POST", "/content", lose_answer=True))
    if fault != "lost answer":
        emulator.faults.append(Fault("POST", "/content", status=500))
    with yk.Session("One", yoto, engine=engine) as session:
        session.submit(tones(2))
        report = session.finalize()

    assert report.written
    assert report.revision == 1
    assert emulator.counters.card_creates == len(emulator.cards) == 1


def test_a_create_that_a_killed_process_sent_is_found_even_when_the_list_of_cards_lags(
    tones, yoto, engine, emulator, monkeypatch
):
    """The journal knows that one may be in the making, so the list is looked at again."""
    from yotokit.journal import CardEntry

    with yk.Session("Lagging", yoto, engine=engine) as session:
        session.submit(tones(2))
        card = session.finalize().card
        writer = session._flow.publisher._writer
        ledger, mark = writer._ledger, writer.mark
        ledger.cards.put(mark, CardEntry(creating=True))
    looks = []
    original = yoto.cards

    def lagging():
        looks.append(1)
        return original() if len(looks) > 2 else ()

    monkeypatch.setattr(yoto, "cards", lagging)
    with yk.Session("Lagging", yoto, engine=engine) as session:
        session.submit(tones(2))
        report = session.finalize()

    assert report.card.card_id == card.card_id
    assert len(looks) == 3
    assert emulator.counters.card_creates == 1


def test_sessions_of_one_title_that_finalize_at_the_same_moment_make_one_card(
    tones, emulator, threads
):
    paths = tones(4)
    with emulator.client() as yoto:
        sessions = [yk.Session("Same", yoto, engine=threads) for _ in range(4)]
        for session in sessions:
            session.submit(paths)
        gate = threading.Barrier(4)

        def finalize(session):
            gate.wait()
            session.finalize()

        callers = [threading.Thread(target=finalize, args=(each,)) for each in sessions]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        for session in sessions:
            session.close()

    assert emulator.counters.card_creates == len(emulator.cards) == 1
    assert emulator.counters.content_writes == 1
    assert emulator.counters.completed_puts == 4


def test_a_card_that_is_deleted_between_the_look_and_the_write_is_made_anew(
    tones, yoto, engine, monkeypatch
):
    look = yoto.card
    with yk.Session("Gone", yoto, engine=engine) as session:
        session.submit(tones(1))
        first = session.finalize().card

        def and_delete(card_id):
            monkeypatch.setattr(yoto, "card", look)
            found = look(card_id)
            yoto.delete_card(card_id)
            return found

        monkeypatch.setattr(yoto, "card", and_delete)
        session.submit(tones(1, folder="more"))
        second = session.finalize().card
    assert second.card_id != first.card_id
    assert len(second.chapters) == 2


def test_a_dashboard_does_not_wait_for_the_journal(tones, yoto, engine, monkeypatch):
    with yk.Session("Shown", yoto, engine=engine) as session:
        session.submit(tones(1))
        card = session.finalize().card
        with monkeypatch.context() as locked:
            locked.setattr("yotokit.journal.database.Database.read", lambda *_, **__: 1 / 0)
            shown = session.snapshot()
    assert (shown.card_id, shown.revision) == (card.card_id, 1)


def test_revisions_are_counted_over_runs(tones, yoto, engine):
    paths, revisions = tones(3), []
    for count in (1, 1, 3):
        with yk.Session("Counted", yoto, engine=engine) as session:
            session.submit(paths[:count])
            revisions.append(session.finalize().revision)
        assert session.snapshot().closed

    assert revisions == [1, 1, 2]


@pytest.mark.parametrize("card", ["", "  ", 5])
def test_a_card_that_is_no_name_is_refused(yoto, card):
    with pytest.raises(yk.YotokitError, match="card="):
        yk.Session("Odd", yoto, card=card)


@pytest.mark.parametrize("yoto", [None, "token", object()])
def test_a_session_wants_a_client(yoto):
    with pytest.raises(yk.YotokitError, match="YotoClient"):
        yk.Session("Nobody", yoto)
