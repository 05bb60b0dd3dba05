from __future__ import annotations

import gc
import threading
import weakref

import pytest
from widgets.looking import settle, states, tell, text_of, words

import yotokit as yk
from yotokit.engine import Engine
from yotokit.errors import EngineClosedError
from yotokit.widgets.dashboard import Dashboard


@pytest.fixture
def opened(yoto, threads):
    """Return a function that opens a session and its dashboard."""
    sessions = []

    def open_one(title="Live", engine=threads, **options):
        sessions.append(yk.Session(title, yoto, engine=engine, **options))
        return sessions[-1], yk.Dashboard.of(sessions[-1])

    yield open_one
    for session in sessions:
        session.close()


def painting_threads():
    return [t for t in threading.enumerate() if t.name == "yotokit-painter"]


def all_widgets(widget):
    """Return a widget and all that are in it."""
    found = {widget}
    for child in getattr(widget, "children", ()):
        found |= all_widgets(child)
    return found


def test_the_last_state_is_shown_when_finalize_returns(opened, tones):
    session, dashboard = opened()
    session.submit(tones(6))
    report = session.finalize()

    assert f"6 files: 6 done; card {report.card.card_id}" in words(dashboard)
    assert dashboard._progress.value == 1.0
    assert states(dashboard) == ["done"] * 6


def test_the_last_state_is_shown_when_finalize_raises(opened, tmp_path):
    session, dashboard = opened()
    (tmp_path / "silent.mp3").write_text("no sound" * 100)
    session.submit(tmp_path / "silent.mp3")
    with pytest.raises(yk.YotokitError):
        session.finalize()

    assert states(dashboard) == ["failed"]


def test_the_number_of_widgets_does_not_depend_on_the_number_of_files(opened, tmp_path):
    session, dashboard = opened("Many", limits=yk.Limits(tracks=None), journal=False)
    session.pause()
    assert dashboard.flush()
    there = all_widgets(dashboard.widget)
    for number in range(500):
        (tmp_path / f"{number:03}.wav").write_bytes(b"RIFF of no sound")
    before = len(_registry())
    session.submit(tmp_path)
    assert dashboard.flush(10.0)

    assert len(dashboard._table.rows) == 500
    assert all_widgets(dashboard.widget) == there
    assert len(there) <= 25
    assert len(_registry()) == before


def _registry():
    from ipywidgets.widgets import widget

    return widget._instances


def test_a_session_has_one_dashboard_and_shows_itself_as_it(opened):
    session, dashboard = opened("One")
    dashboard.flush()
    bundle = session._repr_mimebundle_()

    assert yk.Dashboard.of(session) is dashboard
    assert set(bundle) >= {
        "application/vnd.jupyter.widget-view+json",
        "text/html",
        "text/plain",
    }
    assert "no files yet" in bundle["text/plain"]
    assert dashboard._repr_mimebundle_() == bundle


def test_two_dashboards_of_a_session_show_the_same_and_have_a_choice_each(opened, tones):
    session, one = opened()
    other = Dashboard(session)
    jobs = session.submit(tones(2))
    session.finalize()
    tell(other, "select", jobs[1].job_id)
    other.flush()
    one.flush()

    assert one._table.rows == other._table.rows
    assert (one._table.shown, other._table.shown) == (jobs[0].job_id, jobs[1].job_id)
    other.close()
    session.move(jobs[1], 1)
    one.flush()
    assert [row["title"] for row in one._table.rows] == ["tone 2", "tone 1"]
    assert [row["title"] for row in other._table.rows] == ["tone 1", "tone 2"]
    assert yk.Dashboard.of(session) is one


def test_two_sessions_that_share_an_engine_are_shown_apart(opened, tones):
    first, shows_first = opened("First")
    second, shows_second = opened("Second")
    first.submit(tones(2, folder="a"))
    second.submit(tones(3, folder="b"))
    first.finalize()
    second.finalize()
    shows_first.flush()

    assert "First" in words(shows_first)
    assert (len(states(shows_first)), len(states(shows_second))) == (2, 3)


def test_a_closed_session_is_painted_once_more_and_lets_go_of_its_painter(opened, tones, emulator):
    emulator._transcode_s = (30.0, 30.0)
    session, dashboard = opened("Ends")
    session.submit(tones(2))
    settle(lambda: "transcoding" in states(dashboard))
    session.close()
    settle(lambda: not painting_threads())

    assert states(dashboard) == ["cancelled"] * 2
    assert dashboard._finalize.disabled
    assert dashboard._pause.disabled
    assert dashboard._cancel.disabled
    assert [row["can"] for row in dashboard._table.rows] == [[], []]


def test_a_closed_engine_is_painted_once_more_and_lets_go_of_its_painter(opened, tones):
    engine = Engine()
    session, dashboard = opened("Ends", engine=engine)
    session.submit(tones(1))
    session.pause()
    engine.close()
    settle(lambda: not painting_threads())

    assert dashboard._pause.disabled
    with pytest.raises(EngineClosedError):
        session.finalize()


def test_of_a_closed_session_each_file_can_still_be_looked_at(opened, tones):
    session, dashboard = opened("Over")
    jobs = session.submit(tones(3))
    session.finalize()
    session.close()
    settle(lambda: not painting_threads())
    for job in (jobs[2], jobs[1]):
        tell(dashboard, "select", job.job_id)
        settle(lambda: dashboard._table.shown == job.job_id)  # noqa: B023 - until then
        settle(lambda: job.title in text_of(dashboard._details.value))  # noqa: B023
    tell(dashboard, "cancel", jobs[0].job_id)
    settle(lambda: "the session is closed" in text_of(dashboard._message.value))
    settle(lambda: not painting_threads())


def test_what_is_open_for_a_file_is_closed_with_the_session(opened, tones, monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr(
        "yotokit.widgets.preview.excerpt",
        lambda *_, progress, **__: progress(go_on.wait(10.0)),
    )
    session, dashboard = opened("Open")
    one, _ = session.submit(tones(2))
    session.finalize()
    tell(dashboard, "icon", one.job_id)
    tell(dashboard, "listen", one.job_id)
    settle(lambda: "Making an excerpt" in dashboard._preview.widget.value)
    assert dashboard._icons.widget.layout.display is None
    session.close()
    settle(lambda: not painting_threads())
    go_on.set()

    assert dashboard._preview.widget.value == ""
    assert dashboard._icons.widget.layout.display == "none"


def test_the_icons_are_closed_with_the_file_that_they_are_for(opened, tones):
    session, dashboard = opened("Removed")
    one, two = session.submit(tones(2))
    tell(dashboard, "icon", one.job_id)
    settle(lambda: dashboard._icons.widget.layout.display is None)
    session.remove(two)
    dashboard.flush()
    assert dashboard._icons.widget.layout.display is None
    session.remove(one)
    settle(lambda: dashboard._icons.widget.layout.display == "none")


def test_a_dashboard_of_a_closed_session_shows_how_it_ended(yoto, threads, tones):
    session = yk.Session("Over", yoto, engine=threads)
    session.submit(tones(1))
    session.finalize()
    session.close()
    dashboard = yk.Dashboard.of(session)
    settle(lambda: states(dashboard) == ["done"])

    settle(lambda: not painting_threads())
    assert dashboard._finalize.disabled
    assert session not in Dashboard._shown


def test_who_looks_at_a_dashboard_again_gets_one_that_is_painted(opened):
    session, dashboard = opened()
    dashboard.close()
    again = yk.Dashboard.of(session)

    assert again is not dashboard
    assert again.flush()


def test_a_closed_session_is_held_by_no_dashboard(yoto, threads):
    session = yk.Session("Forgotten", yoto, engine=threads)
    dashboard = Dashboard(session)
    gone = weakref.ref(session)
    session.close()
    settle(lambda: not painting_threads())
    del session
    gc.collect()

    assert gone() is None
    assert "Forgotten" in words(dashboard)


def test_a_dashboard_is_painted_as_long_as_its_widgets_are_there(yoto, threads, tones):
    with yk.Session("Shown", yoto, engine=threads) as session:
        yk.Dashboard.of(session)
        shown = Dashboard(session).widget
        gc.collect()
        session.submit(tones(1))
        session.finalize()

        (table,) = (one for one in all_widgets(shown) if hasattr(one, "rows"))
        settle(lambda: [row["state"] for row in table.rows] == ["done"])


def test_a_dashboard_that_cannot_paint_does_not_hold_up_the_session(
    opened, tones, monkeypatch, caplog
):
    monkeypatch.setattr("yotokit.widgets.dashboard.paint", lambda *_: 1 / 0)
    session, dashboard = opened("Goes on")
    session.submit(tones(2))

    assert len(session.finalize().card.chapters) == 2
    settle(lambda: "stopped painting" in caplog.text)
    dashboard.close()


def test_nothing_is_set_that_has_its_value_already(opened, tones):
    session, dashboard = opened()
    session.submit(tones(2))
    session.finalize()
    settle(lambda: "The card as it is." in words(dashboard))
    dashboard.flush()
    changed = []
    for widget in all_widgets(dashboard.widget):
        widget.observe(lambda change: changed.append(change["owner"]))
    session._flow.note("something new")
    dashboard.flush()
    told = set(changed)
    changed.clear()
    dashboard.flush()

    # The overview has numbers of the last minute, which move as it passes.
    assert told - {dashboard._overview} == {dashboard._log}
    assert set(changed) <= {dashboard._overview}


def test_nobody_but_the_painter_sets_what_is_shown(opened, tones):
    session, dashboard = opened()
    dashboard.flush()
    setters = set()
    for widget in all_widgets(dashboard.widget):
        for watched in (widget, widget.layout):
            watched.observe(lambda _: setters.add(threading.current_thread().name))
    job, *_ = session.submit(tones(3))
    session.finalize()
    for do in ("select", "listen", "icon", "down", "cancel", "remove"):
        tell(dashboard, do, job.job_id)
    dashboard._pause.click()
    dashboard._finalize.click()
    dashboard.flush()
    session.close()
    settle(lambda: not painting_threads())

    assert setters == {"yotokit-painter"}


def test_while_work_goes_on_it_is_painted_once_a_second_without_a_change(
    opened, tones, emulator, monkeypatch
):
    monkeypatch.setattr("yotokit.widgets.dashboard._TICK_S", 0.02)
    emulator._transcode_s = (30.0, 30.0)
    session, dashboard = opened("Ticks")
    session.submit(tones(1))
    settle(lambda: states(dashboard) == ["transcoding"])
    looks = []
    look = dashboard._pace.look
    monkeypatch.setattr(dashboard._pace, "look", lambda now: looks.append(1) or look(now))
    settle(lambda: len(looks) >= 3)
    session.cancel()
    settle(lambda: states(dashboard) == ["cancelled"])
    dashboard.flush()
    looks.clear()
    threading.Event().wait(0.5)

    assert looks == []


def test_the_card_is_shown_once_it_is_written(opened, tones):
    session, dashboard = opened("On a <card>")
    session.submit(tones(2), icon="default")
    session.finalize()
    settle(lambda: "The card as it is." in words(dashboard))

    assert "On a <card>" in words(dashboard)
