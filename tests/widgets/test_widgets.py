from __future__ import annotations

import re
import threading
import time
from xml.etree import ElementTree

import pytest

import yotokit as yk
from yotokit.widgets.paint import paint
from yotokit.widgets.painter import Painter


@pytest.fixture(autouse=True)
def no_widget_stays_behind():
    """Close what a test made: ipywidgets keeps every widget in a registry until then."""
    import ipywidgets

    yield
    ipywidgets.Widget.close_all()


def settle(condition, within_s=5.0):
    end = time.monotonic() + within_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def values(widget):
    """Return every trait value that the painter sets, by widget."""
    found = []
    for child in getattr(widget, "children", ()):
        found += values(child)
    if hasattr(widget, "value"):
        found.append(widget.value)
    return found


def words(dashboard):
    shown = " ".join(map(str, values(dashboard.widget)))
    return re.sub(r"<style>.*?</style>|<[^>]+>", " ", shown, flags=re.DOTALL)


def test_a_painting_is_well_formed_and_says_everything_in_words(tones, yoto, engine):
    paths = tones(3)
    paths[1].write_text("<b>not audio</b>" * 50)
    with yk.Session("A <b>title</b> & more", yoto, engine=engine) as session:
        empty = paint(session.snapshot())
        session.submit(paths)
        session.finalize()
        done = paint(session.snapshot())

    for painting in (empty, done):
        pieces = (painting.heading, painting.status, painting.queues, painting.table, painting.log)
        for piece in filter(None, pieces):
            ElementTree.fromstring(piece)
    assert "No files yet" in empty.status
    assert [empty.can_cancel, empty.can_retry, empty.can_finalize] == [False] * 3
    assert "3 files: 2 done, 1 failed; card" in done.status
    assert "&lt;b&gt;title" in done.heading
    assert done.progress == 1.0
    assert done.bar_style == "danger"
    assert done.can_retry
    assert not done.can_cancel
    assert done.table.count("<svg") == 2
    assert "failed" in done.table


def test_the_last_paint_shows_the_last_state(tones, yoto, threads):
    with yk.Session("Live", yoto, engine=threads) as session:
        dashboard = yk.Dashboard.of(session)
        session.submit(tones(6))
        session.finalize()
        settle(lambda: "6 files: 6 done; card" in words(dashboard))
        assert dashboard._progress.value == 1.0
        assert words(dashboard).count(" done ") >= 6


def test_the_number_of_widgets_does_not_depend_on_the_number_of_files(tones, yoto, threads):
    import ipywidgets

    def count(widget):
        return 1 + sum(count(child) for child in getattr(widget, "children", ()))

    with yk.Session("Many", yoto, engine=threads) as session:
        dashboard = yk.Dashboard.of(session)
        before = count(dashboard.widget)
        session.submit(tones(25))
        session.finalize()
        settle(lambda: "25 done" in words(dashboard))

        assert count(dashboard.widget) == before < 25
    assert ipywidgets.Widget


def test_a_session_has_one_dashboard_and_shows_itself_as_it(yoto, threads):
    with yk.Session("One", yoto, engine=threads) as session:
        dashboard = yk.Dashboard(session)
        bundle = session._repr_mimebundle_()

        assert yk.Dashboard.of(session) is dashboard
        assert set(bundle) >= {
            "application/vnd.jupyter.widget-view+json",
            "text/html",
            "text/plain",
        }
        assert "no files yet" in bundle["text/plain"]
        assert dashboard._repr_mimebundle_() == bundle


def test_buttons_tell_the_session_what_is_wanted(tones, yoto, threads, emulator):
    emulator._transcode_s = (30.0, 30.0)
    with yk.Session("Clicks", yoto, engine=threads) as session:
        dashboard = yk.Dashboard.of(session)
        assert dashboard._cancel.disabled
        session.submit(tones(3))
        settle(lambda: not dashboard._cancel.disabled)
        dashboard._cancel.click()
        settle(lambda: "3 cancelled" in words(dashboard))
        emulator._transcode_s = (0.0, 0.0)
        settle(lambda: not dashboard._retry.disabled)
        session.remove(session.jobs[0])
        dashboard._retry.click()
        settle(lambda: not dashboard._finalize.disabled)
        dashboard._finalize.click()
        session.cancel()
        settle(lambda: session.wait(5))


def test_a_click_on_a_closed_session_is_no_exception(tones, yoto, threads, caplog):
    session = yk.Session("Clicks", yoto, engine=threads)
    dashboard = yk.Dashboard.of(session)
    session.close()
    dashboard._finalize.click()

    assert "is closed" in caplog.text


def test_the_painters_thread_ends_with_the_session(yoto, threads):
    session = yk.Session("Ends", yoto, engine=threads)
    yk.Dashboard.of(session)
    session.close()

    settle(lambda: not [t for t in threading.enumerate() if t.name == "yotokit-painter"])


class Canvas:
    def __init__(self, *, fail=False):
        self.paints = 0
        self.fail = fail
        self.state = 0
        self.seen = None

    def repaint(self):
        self.paints += 1
        if self.fail:
            raise RuntimeError("canvas")
        self.seen = self.state
        return True


def test_many_changes_are_few_paints_and_the_last_is_exact():
    canvas = Canvas()
    painter = Painter(canvas.repaint)
    begin = time.monotonic()
    for n in range(50_000):
        canvas.state = n
        painter.mark()
    lasted_s = time.monotonic() - begin
    settle(lambda: canvas.seen == 49_999)
    painter.stop()

    assert canvas.paints <= lasted_s / 0.1 + 3


def test_nothing_is_painted_while_nothing_changes():
    canvas = Canvas()
    painter = Painter(canvas.repaint)
    settle(lambda: canvas.paints == 1)
    time.sleep(0.4)
    painter.stop()

    assert canvas.paints == 1


def test_a_painter_that_fails_says_so_once_and_stops(caplog):
    canvas = Canvas(fail=True)
    painter = Painter(canvas.repaint)
    settle(lambda: "stopped painting" in caplog.text)
    painter.mark()
    time.sleep(0.2)

    assert canvas.paints == 1


def test_a_painter_ends_with_its_canvas():
    canvases = [Canvas()]
    Painter(canvases[0].repaint)
    settle(lambda: canvases[0].paints == 1)
    canvases.clear()

    settle(lambda: not [t for t in threading.enumerate() if t.name == "yotokit-painter"])


def test_a_dashboard_that_cannot_paint_does_not_hold_up_the_session(
    tones, yoto, threads, monkeypatch, caplog
):
    monkeypatch.setattr("yotokit.widgets.dashboard.paint", lambda snapshot: 1 / 0)
    with yk.Session("Goes on", yoto, engine=threads) as session:
        dashboard = yk.Dashboard.of(session)
        session.submit(tones(2))
        assert len(session.finalize().card.chapters) == 2
        settle(lambda: "stopped painting" in caplog.text)
        dashboard.close()
