"""The view of a card before and after it is written, against the emulator, without a kernel."""

from __future__ import annotations

import html
import re
import time
from dataclasses import replace
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

import yotokit as yk
from yotokit.session.draft import draft
from yotokit.widgets.card import CardView
from yotokit.widgets.errands import Errands
from yotokit.yoto import DEFAULT_ICON
from yotokit.yoto.pictures.digits import number_png


@pytest.fixture
def errands(threads):
    errands = Errands(threads)
    yield errands
    errands.close()


@pytest.fixture
def view(yoto, errands):
    return CardView(yoto, errands, lambda: None)


def words(view):
    shown = re.sub(r"<style>.*?</style>", "", view.widget.value, flags=re.DOTALL)
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", shown).split()))


def settle(view, session, condition, within_s=10.0):
    """Paint as a dashboard does until something is seen."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        view.show(session if isinstance(session, SimpleNamespace) else session.snapshot())
        view.repaint()
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(words(view))


def test_before_anything_is_written_it_shows_what_the_files_will_be(tones, yoto, threads, view):
    with yk.Session("Bed & <time>", yoto, engine=threads) as session:
        jobs = session.submit(tones(3, duration_s=2.0))
        session.edit(jobs[1], title="The owl")
        session.wait(20.0)
        settle(view, session, lambda: view.widget.value.count("data:image/png") == 3)

        assert words(view).startswith("The card as it will be. Bed & <time>")
        assert "not written yet" in words(view)
        assert "3 chapters" in words(view).replace("chapters 3", "3 chapters")
        order = [words(view).index(title) for title in ("tone 1", "The owl", "tone 3")]
        assert order == sorted(order)
        assert words(view).count("0:02") == 3
        for number in (1, 2, 3):
            assert _code(number_png(number)) in view.widget.value


def _code(data):
    import base64

    return base64.b64encode(data).decode()


def test_what_is_not_measured_yet_has_no_length(tones, yoto, threads, view):
    with yk.Session("Early", yoto, engine=threads) as session:
        session.pause()
        session.submit(tones(2))
        settle(view, session, lambda: "tone 2" in words(view))

        assert "length" not in words(view)
        assert "size" not in words(view)
        assert "0:00" not in words(view)


def test_a_chosen_icon_is_shown_in_the_place_of_the_number(tones, yoto, threads, view):
    moon = yoto.icons.find("moon")[0].reference
    with yk.Session("Icons", yoto, engine=threads) as session:
        first, _ = session.submit(tones(2))
        session.edit(first, icon=moon)
        settle(view, session, lambda: _code(yoto.icons.picture(moon)) in view.widget.value)
        assert _code(number_png(1)) not in view.widget.value
        session.edit(first, icon="default")
        settle(view, session, lambda: _code(number_png(1)) in view.widget.value)


def test_a_session_that_goes_by_titles_shows_what_fits_them(tones, yoto, threads, view):
    owl = yoto.icons.suggest("The owl").reference
    with yk.Session("Titles", yoto, engine=threads, icons="title") as session:
        first, _ = session.submit(tones(2))
        session.edit(first, title="The owl")
        settle(view, session, lambda: _code(yoto.icons.picture(owl)) in view.widget.value)
        settle(view, session, lambda: _code(number_png(2)) in view.widget.value)


def test_after_finalize_it_shows_the_card_as_it_is_and_after_a_change_as_it_will_be(
    tones, yoto, threads, view
):
    with yk.Session("Written", yoto, engine=threads) as session:
        first, *_ = session.submit(tones(2))
        card = session.finalize().card
        settle(view, session, lambda: words(view).startswith("The card as it is."))
        assert card.card_id in words(view)
        assert "size" in words(view)
        session.edit(first, title="Another")
        settle(view, session, lambda: "as it will be" in words(view))
        assert "Another" in words(view)
        session.edit(first, icon=yoto.icons.find("moon")[0])
        session.finalize()
        settle(view, session, lambda: words(view).startswith("The card as it is."))
        session.edit(first, icon=yoto.icons.find("boat")[0])
        settle(view, session, lambda: "as it will be" in words(view))
    settle(view, session, lambda: words(view).startswith("The card as it is."))
    assert "Another" in words(view)


def test_what_is_on_the_account_is_shown_where_a_session_goes_on(tones, yoto, threads, view):
    with yk.Session("Again", yoto, engine=threads, cover=_cover(tones)) as session:
        session.submit(tones(2))
        card = session.finalize().card
    assert card.cover
    with yk.Session("Again", yoto, engine=threads, card=card.card_id) as session:
        settle(view, session, lambda: words(view).startswith("The card as it is."))
        settle(view, session, lambda: "data:image/jpeg" in view.widget.value)
        session.move(session.jobs[0], 2)
        settle(view, session, lambda: "as it will be" in words(view))
        assert words(view).index("tone 2") < words(view).index("tone 1")


def _cover(tones):
    from PIL import Image

    path = tones(1)[0].with_name("cover.png")
    Image.new("RGB", (60, 40), "#2f7a4c").save(path)
    return path


def test_files_that_failed_are_left_out_and_said(tones, yoto, threads, view):
    paths = tones(3)
    paths[1].write_text("not audio" * 50)
    with yk.Session("Bad", yoto, engine=threads) as session:
        session.submit(paths)
        session.wait(20.0)
        settle(view, session, lambda: "without 1 that failed or was cancelled" in words(view))

        assert "tone 2" not in words(view)
        assert [c.overlay_label for c in draft(session.snapshot()).chapters] == ["1", "2"]
        session.finalize()
        settle(view, session, lambda: words(view).startswith("The card as it is."))


def test_a_session_without_files_has_an_empty_card(yoto, threads, view):
    with yk.Session("Empty", yoto, engine=threads) as session:
        settle(view, session, lambda: "Empty" in words(view))


def test_nothing_is_painted_while_nothing_of_the_card_changes(tones, yoto, threads, view):
    with yk.Session("Still", yoto, engine=threads) as session:
        session.submit(tones(2))
        session.finalize()
        settle(view, session, lambda: words(view).startswith("The card as it is."))
        settle(view, session, lambda: not view._pictures._under_way)
        snapshot = session.snapshot()
        painted = []
        view.widget.observe(painted.append, "value")
        busy = replace(snapshot, jobs=tuple(replace(j, progress=0.5) for j in snapshot.jobs))
        for one in (snapshot, busy, snapshot):
            view.show(one)
            view.repaint()

        assert painted == []


def test_five_hundred_files_are_a_page_of_bounded_size(yoto, threads, view, tones):
    with yk.Session("Many", yoto, engine=threads) as session:
        session.pause()
        session.submit(tones(1))
        snapshot = session.snapshot()
    (job,) = snapshot.jobs
    jobs = tuple(
        replace(job, title="An unusually long title & more " * 3, job_id=f"{n}", position=n)
        for n in range(1, 501)
    )
    snapshot = SimpleNamespace(**_fields(replace(snapshot, jobs=jobs)))
    settle(view, snapshot, lambda: view.widget.value.count("data:image/png") == 150)

    assert len(view.widget.value) < 150_000
    assert "and 350 more" in words(view)
    assert "chapters 500" in words(view)
    assert 'tabindex="0"' in view.widget.value


def _fields(snapshot):
    return {name: getattr(snapshot, name) for name in snapshot.__dataclass_fields__}


def test_it_is_well_formed(tones, yoto, threads, view):
    with yk.Session("A <b>title</b>", yoto, engine=threads) as session:
        session.submit(tones(1))
        settle(view, session, lambda: "tone 1" in words(view))

    ElementTree.fromstring(f"<div>{view.widget.value}</div>")


@pytest.mark.parametrize(("choice", "icon"), [("number", "yoto:#1"), ("plain", DEFAULT_ICON)])
def test_a_draft_says_which_icon_a_file_gets_that_none_was_chosen_for(
    tones, yoto, threads, choice, icon
):
    with yk.Session("Drafts", yoto, engine=threads, icons=choice) as session:
        session.submit(tones(1))

        assert draft(session.snapshot()).chapters[0].icon == icon


def test_a_chapter_of_several_tracks_stays_as_it_is_on_the_card(tones, yoto, threads, view):
    with yk.Session("Two", yoto, engine=threads) as session:
        session.submit(tones(2))
        card = session.finalize().card
    first, second = card.chapters
    tracks = (replace(first.tracks[0], key="01"), replace(second.tracks[0], key="02"))
    yoto.write_card(replace(card, chapters=(replace(first, title="Both", tracks=tracks),)))
    with yk.Session("Two", yoto, engine=threads, card=card.card_id) as session:
        settle(view, session, lambda: words(view).startswith("The card as it is."))

        assert "tracks 2" in words(view)
