from __future__ import annotations

import base64
import logging

import pytest
from widgets.looking import settle, states, tell, text_of, words

import yotokit as yk
from yotokit.errors import CardConflictError
from yotokit.session import JobState


@pytest.fixture
def session(yoto, threads):
    with yk.Session("Steered", yoto, engine=threads) as session:
        yield session


@pytest.fixture
def dashboard(session):
    return yk.Dashboard.of(session)


@pytest.fixture
def paused(session, tones):
    """Return the jobs of a session that does nothing yet."""
    session.pause()
    return session.submit(tones(4))


def titles(session):
    return [job.title for job in session.jobs]


def alert(dashboard):
    dashboard.flush()
    value = dashboard._message.value
    return text_of(value) if 'role="alert"' in value else ""


def test_files_are_moved_by_steps_and_to_a_place(session, dashboard, paused):
    one, two, three, four = paused
    tell(dashboard, "down", one.job_id)
    assert session.jobs == [two, one, three, four]
    tell(dashboard, "up", four.job_id)
    assert session.jobs == [two, one, four, three]
    tell(dashboard, "move", three.job_id, position=1)
    assert session.jobs == [three, two, one, four]
    tell(dashboard, "up", three.job_id)
    tell(dashboard, "down", four.job_id)
    assert session.jobs == [three, two, one, four]
    dashboard.flush()

    assert [row["title"] for row in dashboard._table.rows] == titles(session)


def test_a_file_is_cancelled_retried_renamed_and_removed(session, dashboard, paused):
    one, two, *_ = paused
    tell(dashboard, "cancel", one.job_id)
    assert one.state is JobState.CANCELLED
    tell(dashboard, "retry", one.job_id)
    assert one.state is JobState.QUEUED
    tell(dashboard, "edit", two.job_id, title="The <Owl> & I")
    assert two.title == "The <Owl> & I"
    tell(dashboard, "remove", one.job_id)
    assert one not in session.jobs
    dashboard.flush()

    assert dashboard._table.rows[0]["title"] == "The <Owl> & I"
    assert len(dashboard._table.rows) == 3


def test_what_was_steered_is_on_the_card(session, dashboard, paused, yoto):
    one, two, three, four = paused
    tell(dashboard, "remove", two.job_id)
    tell(dashboard, "move", four.job_id, position=1)
    tell(dashboard, "edit", one.job_id, title="First of all")
    dashboard.flush()
    dashboard._pause.click()
    report = session.finalize()

    chapters = yoto.card(report.card.card_id).chapters
    assert [chapter.title for chapter in chapters] == ["tone 4", "First of all", "tone 3"]
    assert three.state is JobState.DONE


@pytest.mark.parametrize("do", ["select", "up", "down", "cancel", "retry", "remove", "listen"])
def test_a_command_for_a_file_that_has_gone_does_nothing(session, dashboard, paused, do, caplog):
    before = [(job.title, job.state) for job in session.jobs]
    tell(dashboard, do, "nobody")
    dashboard.flush()

    assert [(job.title, job.state) for job in session.jobs] == before
    assert dashboard._table.shown == paused[0].job_id
    assert alert(dashboard) == ""
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_file_that_is_chosen_is_shown_and_stays_so_when_it_moves(session, dashboard, paused):
    chosen = paused[2]
    tell(dashboard, "select", chosen.job_id)
    tell(dashboard, "up", chosen.job_id)
    dashboard.flush()
    assert dashboard._table.shown == chosen.job_id
    assert "2. tone 3" in words(dashboard)
    tell(dashboard, "remove", chosen.job_id)
    dashboard.flush()

    assert dashboard._table.shown == session.jobs[0].job_id


def test_one_button_pauses_and_goes_on(session, dashboard, tones):
    session.submit(tones(2))
    session.wait()
    dashboard.flush()
    assert dashboard._pause.description == "Pause"
    dashboard._pause.click()
    dashboard.flush()
    assert session.snapshot().queue.paused
    assert dashboard._pause.description == "Go on"
    dashboard._pause.click()
    dashboard.flush()

    assert not session.snapshot().queue.paused
    assert dashboard._pause.description == "Pause"


def test_a_button_does_what_was_written_on_it_though_the_session_has_changed_since(
    session, dashboard
):
    dashboard.flush()
    session.pause()  # not painted yet, or just so
    dashboard._steering.paused = False
    dashboard._pause.click()

    assert session.snapshot().queue.paused


def test_buttons_cancel_all_and_retry_all(session, dashboard, paused):
    dashboard.flush()
    dashboard._cancel.click()
    dashboard.flush()
    assert states(dashboard) == ["cancelled"] * 4
    assert dashboard._cancel.disabled
    assert not dashboard._retry.disabled
    dashboard._retry.click()
    dashboard.flush()

    assert states(dashboard) == ["queued"] * 4


def test_finalize_says_what_was_written(session, dashboard, tones, emulator):
    session.submit(tones(2))
    dashboard.flush()
    dashboard._finalize.click()
    settle(lambda: "2 of 2 files on card" in text_of(dashboard._message.value))
    (card,) = emulator.cards

    said = text_of(dashboard._message.value)
    assert card["cardId"] in said
    assert "written (2 new)" in said
    assert alert(dashboard) == ""


def test_finalize_says_why_nothing_was_written(session, dashboard, tmp_path):
    (tmp_path / "a.mp3").write_text("no sound" * 100)
    session.submit(tmp_path / "a.mp3")
    session.wait()
    dashboard.flush()
    dashboard._finalize.click()
    settle(lambda: 'role="alert"' in dashboard._message.value)

    said = alert(dashboard)
    assert "The card was not written" in said
    assert "none of 1 files was done" in said
    assert "a.mp3" in said


def test_what_a_finalize_came_to_is_not_told_any_more_when_another_has_followed(
    session, dashboard, tones, tmp_path
):
    (tmp_path / "a.mp3").write_text("no sound" * 100)
    broken = session.submit(tmp_path / "a.mp3")[0]
    dashboard._steering.finalize()
    settle(lambda: "The card was not written" in alert(dashboard))
    session.remove(broken)
    session.submit(tones(1))
    session.finalize()
    assert alert(dashboard) == ""

    dashboard._steering.finalize()
    settle(lambda: "already up to date" in text_of(dashboard._message.value))
    dashboard.flush()
    assert "1 of 1 file" in text_of(dashboard._message.value)
    session.submit(tones(2))
    session.finalize()
    assert "1 of 1 file " not in text_of(dashboard._message.value)


def test_a_conflict_that_finalize_meets_is_told_in_full(dashboard, session, tones, emulator, yoto):
    session.submit(tones(1))
    card_id = session.finalize().card.card_id
    card = yoto.card(card_id)
    yoto.write_card(_renamed(card))
    session.edit(session.jobs[0], title="New")
    with pytest.raises(CardConflictError) as raised:
        session.finalize()
    dashboard._finalize.click()
    settle(lambda: 'role="alert"' in dashboard._message.value)

    assert text_of(str(raised.value)) in alert(dashboard)


def _renamed(card):
    from dataclasses import replace

    chapter = replace(card.chapters[0], title="By somebody else")
    return replace(card, chapters=(chapter,))


def test_a_finalize_that_is_cancelled_is_no_alarm(session, dashboard, paused):
    dashboard.flush()
    dashboard._finalize.click()
    dashboard.flush()
    assert dashboard._finalize.disabled
    dashboard._cancel.click()
    settle(lambda: "No card was written" in text_of(dashboard._message.value))

    assert alert(dashboard) == ""


def test_a_title_that_cannot_be_used_is_told_to_who_gave_it_until_the_next_command(
    session, dashboard, paused
):
    one = paused[0]
    tell(dashboard, "edit", one.job_id, title="\u2029\x07")
    assert "give 1 to 100 printable characters" in alert(dashboard)
    assert one.title == "tone 1"
    first = dashboard._message.value
    tell(dashboard, "edit", one.job_id, title="\u2029\x07")
    assert alert(dashboard)
    assert dashboard._message.value != first  # read out again
    tell(dashboard, "select", paused[1].job_id)
    assert alert(dashboard)
    tell(dashboard, "edit", one.job_id, title="Moon")

    assert alert(dashboard) == ""
    assert one.title == "Moon"


def test_a_command_that_fails_unexpectedly_is_told_and_logged(
    session, dashboard, paused, monkeypatch, caplog
):
    monkeypatch.setattr(type(session), "cancel", lambda self: 1 / 0)
    dashboard._cancel.click()

    assert "did not work, and should have" in alert(dashboard)
    assert "ZeroDivisionError" in caplog.text


def test_a_click_on_a_closed_session_is_no_exception(yoto, threads, caplog):
    session = yk.Session("Clicks", yoto, engine=threads)
    dashboard = yk.Dashboard.of(session)
    session.close()
    dashboard._finalize.click()
    dashboard.close()
    dashboard._finalize.click()
    tell(dashboard, "cancel", "nobody")

    assert caplog.text.count("is closed") == 3


def test_an_icon_that_is_chosen_in_the_picker_is_on_the_card(
    session, dashboard, paused, yoto, emulator
):
    one = paused[0]
    tell(dashboard, "icon", one.job_id)
    settle(lambda: dashboard._icons.widget.layout.display != "none")
    settle(lambda: dashboard._icons._grid.icons)
    icon = dashboard._icons._grid.icons[0]["id"]
    choice = {"do": "choose", "icon": icon}
    data = {"method": "custom", "content": choice}
    dashboard._icons._grid._handle_msg({"content": {"data": data}, "buffers": []})

    settle(lambda: one.icon == icon)
    assert base64.b64decode(dashboard._icons._grid.icons[0]["png"]).startswith(b"\x89PNG")


def test_an_icon_for_a_file_that_has_gone_meanwhile_does_nothing(session, dashboard, paused):
    session.remove(paused[0])
    dashboard._steering.choose_icon(paused[0].job_id, "default")

    assert alert(dashboard) == ""
