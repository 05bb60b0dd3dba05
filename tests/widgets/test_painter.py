from __future__ import annotations

import threading
import time

import pytest
from widgets.looking import settle

from yotokit.widgets.painter import Painter


class Canvas:
    """Something that is painted."""

    def __init__(self, *, fail=False, again=True):
        self.paints = 0
        self.fail = fail
        self.again = again
        self.state = 0
        self.seen = None
        self.looked = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def repaint(self):
        state = self.state
        self.looked.set()
        self.may_go_on.wait(10)
        self.paints += 1
        if self.fail:
            raise RuntimeError("canvas")
        self.seen = state
        return self.again


@pytest.fixture
def paint():
    """Return a function that starts a painter, which is stopped at the end."""
    painters = []

    def start(canvas):
        painters.append(Painter(canvas.repaint))
        return painters[-1]

    yield start
    for painter in painters:
        painter.stop()


def painting_threads():
    return [t for t in threading.enumerate() if t.name == "yotokit-painter"]


@pytest.mark.parametrize("how", ["mark", "mark_soon"])
def test_many_changes_are_few_paints_and_the_last_is_exact(paint, how):
    canvas = Canvas()
    mark = getattr(paint(canvas), how)
    begin = time.monotonic()
    for n in range(50_000):
        canvas.state = n
        mark()
    lasted_s = time.monotonic() - begin
    settle(lambda: canvas.seen == 49_999)

    assert canvas.paints <= lasted_s / 0.1 + 3


def test_nothing_is_painted_while_nothing_changes(paint):
    canvas = Canvas()
    paint(canvas)
    settle(lambda: canvas.paints == 1)
    time.sleep(0.4)

    assert canvas.paints == 1


def test_a_canvas_that_asks_for_it_is_painted_again_without_a_change(paint):
    canvas = Canvas(again=0.01)
    paint(canvas)
    settle(lambda: canvas.paints >= 3)
    canvas.again = True
    time.sleep(0.3)
    paints = canvas.paints
    time.sleep(0.4)

    assert canvas.paints == paints


def test_a_change_is_painted_at_once_though_the_next_turn_is_far_away(paint):
    canvas = Canvas(again=60.0)
    painter = paint(canvas)
    settle(lambda: canvas.paints == 1)
    canvas.state = 7
    painter.mark()

    settle(lambda: canvas.seen == 7)


def test_a_change_that_somebody_waits_for_does_not_wait_for_the_pace(paint, monkeypatch):
    monkeypatch.setattr("yotokit.widgets.painter._SHARE", 1e9)
    monkeypatch.setattr("yotokit.widgets.painter._LONGEST_PAUSE_S", 60.0)
    canvas = Canvas()
    painter = paint(canvas)
    settle(lambda: canvas.paints == 1)
    canvas.state = 7
    painter.mark()
    time.sleep(0.4)
    assert canvas.seen == 0
    painter.mark_soon()

    settle(lambda: canvas.seen == 7)


def test_a_flush_returns_when_what_was_changed_before_it_is_painted(paint):
    canvas = Canvas()
    painter = paint(canvas)
    for n in range(20):
        canvas.state = n
        assert painter.flush(10.0)
        assert canvas.seen == n


def test_a_flush_does_not_count_a_paint_that_had_looked_before_it(paint):
    canvas = Canvas()
    canvas.may_go_on.clear()
    painter = paint(canvas)
    canvas.looked.wait(10)
    canvas.state = 1
    seen = []
    flushing = threading.Thread(target=lambda: seen.append((painter.flush(10.0), canvas.seen)))
    flushing.start()
    settle(lambda: painter._asked == 1)
    canvas.may_go_on.set()
    flushing.join()

    assert seen == [(True, 1)]


def test_a_flush_gives_up_when_its_time_is_over(paint):
    canvas = Canvas()
    canvas.may_go_on.clear()
    painter = paint(canvas)

    assert not painter.flush(0.05)
    canvas.may_go_on.set()


def test_a_flush_of_a_painter_that_has_ended_returns_at_once(paint):
    painter = paint(Canvas(fail=True))
    settle(lambda: not painting_threads())
    begin = time.monotonic()

    assert not painter.flush(60.0)
    assert time.monotonic() - begin < 30


def test_a_flush_that_waits_while_the_painter_is_stopped_does_not_wait_on(paint):
    canvas = Canvas()
    canvas.may_go_on.clear()
    painter = paint(canvas)
    begin = time.monotonic()
    flushing = threading.Thread(target=painter.flush, args=(60.0,))
    flushing.start()
    settle(lambda: painter._asked == 1)
    painter.stop()
    canvas.may_go_on.set()
    flushing.join(30)

    assert not flushing.is_alive()
    assert time.monotonic() - begin < 30


def test_a_canvas_that_flushes_while_it_is_painted_does_not_wait_for_itself(paint):
    class Flushing(Canvas):
        def repaint(self):
            self.flushed = self.painter.flush(60.0)
            return super().repaint()

    canvas = Flushing()
    ready = threading.Event()
    canvas.painter = type("Late", (), {"flush": lambda _, s: ready.wait(10) and painter.flush(s)})()
    painter = paint(canvas)
    ready.set()
    settle(lambda: canvas.paints == 1)

    assert canvas.flushed is False


def test_a_canvas_that_says_so_has_no_thread_until_something_changes(paint):
    canvas = Canvas(again=False)
    painter = paint(canvas)
    for n in range(1, 4):
        settle(lambda: not painting_threads())
        assert canvas.paints == n
        canvas.state = n
        painter.mark()
        settle(lambda state=n: canvas.seen == state)

    assert painter.flush(10.0)


def test_a_painter_for_which_nothing_changes_has_no_thread_after_a_while(paint, monkeypatch):
    monkeypatch.setattr("yotokit.widgets.painter._REST_AFTER_S", 0.05)
    canvas = Canvas()
    painter = paint(canvas)
    settle(lambda: not painting_threads())
    canvas.state = 7
    painter.mark()
    settle(lambda: canvas.seen == 7)

    settle(lambda: not painting_threads())
    painter.stop()
    painter.mark()
    assert not painting_threads()


def test_no_change_is_lost_between_a_thread_that_ends_and_the_next(paint, monkeypatch):
    monkeypatch.setattr("yotokit.widgets.painter._REST_AFTER_S", 0.0)
    monkeypatch.setattr("yotokit.widgets.painter._SHORTEST_PAUSE_S", 0.0)
    monkeypatch.setattr("yotokit.widgets.painter._SHARE", 0.0)
    canvas = Canvas(again=False)
    painter = paint(canvas)

    def change(first):
        for n in range(first, 2_000, 2):
            canvas.state = n
            painter.mark()

    changing = [threading.Thread(target=change, args=(first,)) for first in (0, 1)]
    for thread in changing:
        thread.start()
    for thread in changing:
        thread.join()

    settle(lambda: canvas.seen == canvas.state)


def test_a_painter_that_fails_says_so_once_and_stops(paint, caplog):
    canvas = Canvas(fail=True)
    painter = paint(canvas)
    settle(lambda: not painting_threads())
    painter.mark()
    time.sleep(0.2)

    assert canvas.paints == 1
    assert caplog.text.count("stopped painting") == 1


def test_a_painter_ends_with_its_canvas():
    canvases = [Canvas()]
    Painter(canvases[0].repaint)
    settle(lambda: canvases[0].paints == 1)
    canvases.clear()

    settle(lambda: not painting_threads())
