"""The icon picker against the emulator, over real sockets, without a kernel."""

from __future__ import annotations

import base64
import html
import io
import re
import threading
import time
from xml.etree import ElementTree

import pytest
from PIL import Image

import yotokit as yk
from yotokit.emulator import Fault
from yotokit.widgets.errands import Errands
from yotokit.widgets.icons import IconPicker

ICONS = "/media/displayIcons/user"


@pytest.fixture
def short_pauses(monkeypatch):
    monkeypatch.setattr("yotokit.yoto.http.retry._backoff", lambda state: 0.01)


@pytest.fixture
def errands(threads):
    errands = Errands(threads)
    yield errands
    errands.close()


class Owner:
    """A view with a picker and nothing else: paints when it is marked."""

    def __init__(self, icons, errands):
        self.marked = threading.Event()
        self.chosen = []
        self.picker = IconPicker(
            icons, errands, self.marked.set, lambda *choice: self.chosen.append(choice)
        )
        self.widget = self.picker.widget

    def settle(self, condition, within_s=10.0):
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            self.marked.clear()
            self.picker.repaint()
            if condition():
                return
            self.marked.wait(0.05)
        raise AssertionError(self.words())

    @property
    def names(self):
        return [icon["name"] for icon in self.picker._grid.icons]

    @property
    def pictures(self):
        return {icon["name"]: base64.b64decode(icon["png"]) for icon in self.picker._grid.icons}

    @property
    def is_shown(self):
        return self.widget.layout.display != "none"

    def words(self):
        shown = f"{self.picker._heading.value} {self.picker._said.value}"
        return html.unescape(re.sub(r"<[^>]+>", "", shown))

    def type_in(self, text):
        self.picker._words.set_state({"value": text})

    def upload(self, content, name):
        file = {"name": name, "type": "image/png", "size": len(content), "content": content}
        self.picker._upload.set_state({"value": [file | {"last_modified": 1_700_000_000_000}]})

    def click_on(self, name):
        (icon,) = (icon for icon in self.picker._grid.icons if icon["name"] == name)
        self.send({"do": "choose", "icon": icon["id"]})
        return icon["id"]

    def send(self, command):
        self.picker._grid._handle_custom_msg(command, [])


@pytest.fixture
def owner(yoto, errands):
    return Owner(yoto.icons, errands)


def picture(color=(200, 80, 40), size=(16, 16)):
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, "PNG")
    return out.getvalue()


def test_it_is_hidden_until_it_is_opened_and_after_it_is_done(owner):
    owner.picker.repaint()
    assert not owner.is_shown
    owner.picker.open("job-1", "Owl & <Moon>", "")
    owner.settle(lambda: owner.names)
    assert owner.is_shown
    assert "Icon for Owl & <Moon>" in owner.words()
    assert owner.picker._grid.label == "Icons for Owl & <Moon>"

    owner.picker._done.click()
    owner.settle(lambda: not owner.is_shown)
    assert owner.names == []


def test_what_fits_the_title_comes_first_and_all_else_behind_it(owner, yoto):
    owner.picker.open("job-1", "The Owl and the Moon", "")
    owner.settle(lambda: len(owner.names) == len(yoto.icons.all()))

    assert owner.names[:2] == [yoto.icons.suggest("The Owl and the Moon").title, "moon"]
    assert sorted(owner.names) == sorted(icon.title for icon in yoto.icons.all())
    assert "icons" in owner.words()


def test_icons_are_there_at_once_and_their_pictures_of_sixteen_by_sixteen_follow(owner, yoto):
    owner.picker.open("job-1", "Owl", "")
    owner.settle(lambda: "owl" in owner.names)
    places = owner.names
    owner.settle(lambda: all(owner.pictures.values()))
    data = owner.pictures["owl"]

    assert owner.names == places  # none has moved meanwhile
    assert data == yoto.icons.picture(yoto.icons.find("owl")[0].reference)
    assert Image.open(io.BytesIO(data)).size == (16, 16)


def test_the_icon_that_a_file_has_is_marked_and_among_the_first(owner, yoto):
    boat = yoto.icons.find("boat")[0].reference
    owner.picker.open("job-1", "Chapter 3", boat)
    owner.settle(lambda: owner.names)

    assert owner.names[0] == "boat"
    assert owner.picker._grid.chosen == boat
    assert not owner.picker._default.disabled


def test_words_are_searched_and_no_word_shows_what_fits_the_title_again(owner):
    owner.picker.open("job-1", "Owl", "")
    owner.settle(lambda: owner.names)
    before = owner.names[0]
    owner.type_in("pirate ship")
    owner.settle(lambda: owner.names == ["boat"])
    assert "1 icon." in owner.words()
    owner.type_in("xylophone")
    owner.settle(lambda: "No icon fits these words" in owner.words())
    assert owner.names == []
    owner.type_in(" ")
    owner.settle(lambda: owner.names and owner.names[0] == before)


def test_what_was_typed_last_counts_however_long_an_earlier_search_takes(owner, yoto, monkeypatch):
    slow, began = threading.Event(), threading.Event()
    find = yoto.icons.find
    searches = []

    def finding(words):
        searches.append(words)
        if words == "moon":
            began.set()
            slow.wait(10.0)
        return find(words)

    monkeypatch.setattr(yoto.icons, "find", finding)
    owner.picker.open("job-1", "3", "")
    owner.settle(lambda: owner.names)
    owner.type_in("moon")
    assert began.wait(10.0)
    for length in range(1, 5):
        owner.type_in("boat"[:length])
    slow.set()
    owner.settle(lambda: owner.names == ["boat"])

    assert searches == ["moon", "boat"]  # and no letter of its own was searched in between


def test_a_click_chooses_for_the_file_and_marks_the_icon(owner):
    owner.picker.open("job-7", "Owl", "")
    owner.settle(lambda: "moon" in owner.names)
    moon = owner.click_on("moon")
    owner.settle(lambda: owner.picker._grid.chosen == moon)

    assert owner.chosen == [("job-7", moon)]
    assert owner.is_shown


@pytest.mark.parametrize("icon", ["yoto:#" + "x" * 43, "default", "", 5, None])
def test_what_was_not_shown_cannot_be_chosen(owner, icon):
    owner.picker.open("job-7", "Owl", "")
    owner.settle(lambda: owner.names)
    owner.send({"do": "choose", "icon": icon})

    assert owner.chosen == []


def test_the_default_icon_can_be_had_again(owner, yoto):
    owner.picker.open("job-7", "Owl", yoto.icons.find("boat")[0].reference)
    owner.settle(lambda: owner.names)
    owner.picker._default.click()
    owner.settle(lambda: owner.picker._default.disabled)

    assert owner.chosen == [("job-7", "default")]
    assert owner.picker._grid.chosen == "default"


def test_a_picture_of_ones_own_is_sent_chosen_and_found_by_the_name_of_its_file(owner, yoto):
    owner.picker.open("job-7", "Owl", "")
    owner.settle(lambda: owner.names)
    owner.upload(picture(size=(64, 64)), "red moon.png")
    assert owner.picker._upload.value == ()
    owner.settle(lambda: owner.chosen and owner.names[0] == "red moon")

    (chosen,) = yoto.icons.find("red moon")
    assert owner.chosen == [("job-7", chosen.reference)]
    assert owner.picker._grid.chosen == chosen.reference
    assert "red moon.png is sent, and chosen" in owner.words()


@pytest.mark.parametrize("content", [b"GIF87a not really", b"", b"%PDF-1.7"])
def test_what_is_no_picture_is_said_and_nothing_is_chosen(owner, content):
    owner.picker.open("job-7", "Owl", "")
    owner.settle(lambda: owner.names)
    owner.upload(content, "<b>moon</b>.gif")
    owner.settle(lambda: "was not taken" in owner.words())

    assert owner.chosen == []
    ElementTree.fromstring(owner.picker._said.value)
    assert "<b>moon" not in owner.picker._said.value


@pytest.mark.usefixtures("short_pauses")
def test_a_service_without_icons_is_said_and_asked_again(owner, emulator):
    fault = Fault("GET", ICONS, status=403, times=99)
    emulator.faults.append(fault)
    owner.picker.open("job-7", "Owl", "")
    owner.settle(lambda: "There are no icons to choose from" in owner.words())
    assert "403" in owner.words()
    fault.times = 0
    owner.type_in("moon")

    owner.settle(lambda: owner.names and owner.names[0] == "moon")


@pytest.mark.usefixtures("short_pauses")
def test_an_icon_whose_picture_cannot_be_had_is_there_by_its_name(owner, yoto, emulator):
    moon = yoto.icons.find("moon")[0]
    path = "/" + moon.url.split("/", 3)[3]
    emulator.faults.append(Fault("GET", path, status=404, times=99))
    owner.picker.open("job-7", "Moon", "")
    owner.settle(lambda: sum(map(bool, owner.pictures.values())) == len(owner.names) - 1)

    assert owner.pictures["moon"] == b""


def test_there_are_never_more_than_48_and_few_pictures_are_fetched_at_a_time(threads, errands):
    class Many:
        """As many icons as the service has."""

        def __init__(self):
            self.at_once = self.most = 0
            self.lock = threading.Lock()
            self.icons = [yk.Icon(f"{number:043}", f"icon {number}") for number in range(900)]

        def all(self):
            return self.icons

        def find(self, words):
            return [icon for icon in self.icons if words in icon.title]

        def suggest(self, title):
            return None

        def picture(self, reference):
            with self.lock:
                self.at_once += 1
                self.most = max(self.most, self.at_once)
            time.sleep(0.002)
            with self.lock:
                self.at_once -= 1
            return b"x" * (70_000 if reference.endswith("7") else 100)

    icons = Many()
    owner = Owner(icons, errands)
    owner.picker.open("job-7", "Owl", "")
    owner.settle(lambda: len(owner.names) == 48)
    owner.type_in("icon 1")
    owner.settle(lambda: sum(map(bool, owner.pictures.values())) > 40 and "icon 1" in owner.names)

    assert "The best 48 icons" in owner.words()
    assert icons.most <= 2
    assert len(owner.names) == 48
    assert {data for name, data in owner.pictures.items() if name.endswith("7")} == {b""}


def test_another_file_is_another_search_and_its_field_is_empty(owner):
    owner.picker.open("job-1", "Owl", "")
    owner.settle(lambda: owner.names)
    owner.type_in("boat")
    owner.settle(lambda: owner.names == ["boat"])
    owner.picker.open("job-2", "Moon", "")
    owner.settle(lambda: owner.names and owner.names[0] == "moon")

    assert owner.picker._words.value == ""
    owner.click_on("moon")
    assert owner.chosen[0][0] == "job-2"


def test_on_a_closed_engine_it_says_that_there_are_no_icons(owner, threads):
    threads.close()
    owner.picker.open("job-1", "Owl", "")

    owner.settle(lambda: "closed" in owner.words())


def test_what_chooses_may_fail_without_ending_the_view(yoto, errands, caplog):
    owner = Owner(yoto.icons, errands)
    owner.picker._search._choose = lambda *_: 1 / 0
    owner.picker.open("job-1", "Owl", "")
    owner.settle(lambda: "moon" in owner.names)
    owner.click_on("moon")

    assert "ZeroDivisionError" in caplog.text


def test_a_session_takes_the_icon_that_was_chosen(tones, yoto, threads, errands):
    with yk.Session("Icons", yoto, engine=threads) as session:
        (job,) = session.submit(tones(1))
        owner = Owner(yoto.icons, errands)
        owner.picker._search._choose = lambda job_id, icon: session.edit(
            session.job(job_id), icon=icon
        )
        owner.picker.open(job.job_id, job.title, job.icon)
        owner.settle(lambda: "moon" in owner.names)
        moon = owner.click_on("moon")

        assert job.icon == moon
        assert session.finalize().card.chapters[0].icon == moon
