"""Icons by words: found, suggested, or rather none."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yotokit.errors import ServerError
from yotokit.yoto import Icon
from yotokit.yoto.pictures.flight import Flight
from yotokit.yoto.pictures.words import best, ranked


def icon(title, *tags, public=True, number=0):
    return Icon(f"{title}-{number}", title, tags, public=public)


CAT = icon("cat", "animal", "pet")
DOG = icon("Dog", "animal", "pet")
OWL = icon("owl", "animal", "night")
BEAR = icon("bear", "animal")
CATERPILLAR = icon("caterpillar", "garden")
ENGINE = icon("fire engine", "truck", "rescue")
FIRE = icon("fire", "warm")
CAFE = icon("Café", "crème brûlée")
MOON = icon("moon", "night", "sky")
ROCKET = icon("rocket", "space", "moon")
BOAT = icon("boat", "ship", "sea", "pirates")
ALL = (CAT, DOG, OWL, BEAR, CATERPILLAR, ENGINE, FIRE, CAFE, MOON, ROCKET, BOAT)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("cat", [CAT, CATERPILLAR]),
        ("CATS", [CAT, CATERPILLAR]),
        ("cater", [CATERPILLAR]),
        ("pillar", [CATERPILLAR]),
        ("pet", [CAT, DOG]),
        ("pet dog", [DOG]),
        ("dog cat", []),
        ("cafe", [CAFE]),
        ("CAFÉ brulee", [CAFE]),
        ("moon", [MOON, ROCKET]),
        ("fire", [FIRE, ENGINE]),
        ("fire-engine", [ENGINE]),
        ("pirate", [BOAT]),
        ("", list(ALL)),
        ("  ", list(ALL)),
        ("!?", []),
    ],
)
def test_icons_are_found_whole_words_first_then_beginnings_then_parts(words, found):
    assert list(ranked(ALL, words)) == found


@pytest.mark.parametrize(
    ("title", "suggested"),
    [
        ("The Owl and the Pussycat", OWL),
        ("Cats", CAT),
        ("A Night at the Café", CAFE),
        ("To the Moon", MOON),
        ("Fire!", FIRE),
        ("The Fire Engine", ENGINE),
        ("Pirates on their ship", BOAT),
        ("The cat and the dog", CAT),
        ("The dog and the cat", DOG),
        ("Space", ROCKET),
        ("Animals", None),  # four have the tag, and none is better than the others
        ("Concatenate", None),
        ("Caterpillars", CATERPILLAR),
        ("Chapter 12", None),
        ("The Story of You", None),
        ("07 - ???", None),
        ("", None),
    ],
)
def test_an_icon_is_suggested_only_where_it_surely_fits(title, suggested):
    assert best(ALL, title) == suggested
    assert best(reversed(ALL), title) == suggested


def test_words_that_say_nothing_are_not_asked_for_in_an_icons_title_either():
    assert best((icon("The End"),), "End").title == "The End"
    assert best((icon("Story"), icon("Part 2")), "The story, part 2") is None


def test_of_two_that_fit_alike_the_accounts_own_is_suggested():
    own = icon("moon", public=False, number=1)

    assert best((icon("moon"), own), "Moon") == own


@given(
    words=st.text(max_size=30),
    icons=st.lists(st.builds(Icon, st.text(max_size=5), st.text(max_size=10)), max_size=8),
)
def test_any_text_finds_some_of_the_icons_each_once_and_suggests_one_of_them(words, icons):
    icons = {each.media_id: each for each in icons}.values()
    found = ranked(icons, words)

    assert len({each.media_id for each in found}) == len(found)
    assert set(found) <= set(icons)
    assert best(icons, words) in (None, *icons)


def test_an_icon_is_found_by_each_word_of_its_own():
    for each in ALL:
        for word in [*each.title.split(), *each.tags]:
            assert each in ranked(ALL, word)


# Once, however many ask


def test_those_who_wait_get_the_error_of_the_first_and_who_asks_later_tries_again():
    flight, made, waiting = Flight(), [], threading.Event()

    def fail():
        made.append(1)
        waiting.wait(5)
        raise ServerError("down", status=503)

    told = []

    def ask():
        try:
            flight.get("a", fail)
        except ServerError as error:
            told.append(error.status)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    waiting.set()
    for thread in threads:
        thread.join(5)
    assert told == [503] * 4
    assert flight.get("a", lambda: 7) == 7
    assert 1 <= len(made) <= 4


def test_who_waits_for_one_that_is_interrupted_makes_it_instead():
    flight, begun, go = Flight(), threading.Event(), threading.Event()

    def interrupted():
        begun.set()
        go.wait(5)
        raise KeyboardInterrupt

    def first():
        with pytest.raises(KeyboardInterrupt):
            flight.get("a", interrupted)

    values = []
    threads = [
        threading.Thread(target=first),
        threading.Thread(target=lambda: values.append(flight.get("a", lambda: 7))),
    ]
    threads[0].start()
    assert begun.wait(5)
    threads[1].start()
    go.set()
    for thread in threads:
        thread.join(5)
    assert values == [7]


def test_what_was_dropped_is_made_again():
    flight = Flight()
    flight.put("a", 1)
    flight.put("a", 2)
    assert flight.get("a", lambda: 3) == 1
    flight.drop("a")
    assert flight.get("a", lambda: 3) == 3
