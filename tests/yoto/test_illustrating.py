"""Pictures are fetched side by side, in time, and never at the price of an error."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from yotokit.yoto import Card, Chapter, Media, Track
from yotokit.yoto.illustrating import fetched


def fail():
    raise RuntimeError("no picture")


def test_what_fails_or_is_none_is_left_out_and_the_order_is_that_of_the_question():
    wanted = {"a": lambda: b"a", "b": fail, "c": lambda: None, "d": lambda: b"", "e": lambda: b"e"}

    assert list(fetched(wanted, within_s=5.0).items()) == [("a", b"a"), ("e", b"e")]
    assert fetched({}, within_s=5.0) == {}


def test_a_few_are_fetched_at_a_time():
    lock, most, now, all_at_once = threading.Lock(), [0], [0], threading.Barrier(4)

    def get():
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        all_at_once.wait(30.0)  # one fewer would never get through
        with lock:
            now[0] -= 1
        return b"x"

    assert len(fetched({f"{n}": get for n in range(20)}, within_s=60.0)) == 20
    assert most[0] == 4


def test_when_time_is_up_nothing_more_is_begun():
    asked, go = [], threading.Event()

    def get():
        asked.append(1)
        go.wait(30.0)
        return b"late"

    assert fetched({f"{n}": get for n in range(20)}, within_s=0.5) == {}
    go.set()
    while any(thread.name == "yotokit-pictures" for thread in threading.enumerate()):
        time.sleep(0.01)
    assert 1 <= len(asked) <= 4


def test_each_icon_is_asked_for_once_those_of_chapters_first():
    track = Track("01", "x", Media("A" * 43, 1.0, 1, "opus", "mono"), "1", icon="b")
    chapter = Chapter("k", "x", (track, replace(track, icon="a"), replace(track, icon=None)), "1")
    chapters = (replace(chapter, icon="a"), replace(chapter, icon=None), replace(chapter, icon="c"))

    assert Card("x", chapters).icons == ("a", "c", "b")
