"""Where the card maker's files come from: folders of this computer, and the browser."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sound import write_tone
from widgets.looking import settle

from yotokit.audio import find_audio
from yotokit.engine import InlineEngine
from yotokit.errors import SettingError
from yotokit.widgets.app import walking
from yotokit.widgets.app.chooser import FolderChooser
from yotokit.widgets.app.folders import MOST_SUBFOLDERS, look
from yotokit.widgets.app.intake import Intake, IntakeFolder, safe_name
from yotokit.widgets.app.intake.folder import LARGEST_BYTES
from yotokit.widgets.app.showing import folder_html, subfolder_labels
from yotokit.widgets.errands import Errands

HOSTILE = [
    "../../etc/passwd.mp3",
    "C:\\Windows\\system.wav",
    "/absolute.flac",
    ".hidden.mp3",
    "..",
    "con.mp3",
    "a\0b\n.mp3",
    "\u202e3pm.exe.mp3",
    "\ud800.mp3",
    "x" * 3_000 + ".mp3",
    "<img src=x onerror=alert(1)>.mp3",
    " . .mp3",
    "",
]


@pytest.fixture
def music(tmp_path):
    folder = tmp_path / "Music"
    for name in ("10 Later", "2 Early", ".secret", "empty"):
        (folder / name).mkdir(parents=True)
    write_tone(folder / "loose.wav", duration_s=2.0)
    for n in range(3):
        write_tone(folder / "2 Early" / f"{n}.flac")
    deeper = folder / "10 Later" / "CD 1"
    deeper.mkdir()
    write_tone(deeper / "1.ogg")
    (folder / ".secret" / "x.mp3").write_bytes(b"x")
    (folder / "notes.txt").write_text("no audio")
    return folder


def test_a_folder_tells_its_subfolders_in_order_and_what_a_session_would_take(music):
    folder = look(str(music))

    assert [(inner.name, inner.count) for inner in folder.subfolders] == [
        ("2 Early", 3),
        ("10 Later", 1),
        ("empty", 0),
    ]
    assert (folder.here.count, folder.deep.count) == (1, 5)
    assert folder.deep.count == len(find_audio(music))
    assert folder.deep.duration_s == pytest.approx(6.0, abs=0.1)
    assert folder.here.size_bytes == (music / "loose.wav").stat().st_size
    assert "1 audio file (0:02" in folder_html(folder, "", is_looking=False)
    assert subfolder_labels(folder)[0] == ("2 Early  (3 audio files)", 0)


def test_a_file_means_its_folder_and_a_tilde_the_persons_own(music, monkeypatch):
    monkeypatch.setenv("HOME", str(music))

    assert look(str(music / "loose.wav")).path == str(music)
    assert look("~").path == look("").path == str(music)


@pytest.mark.parametrize("path", ["/there/is/nothing", "\0", "x" * 5_000, "/dev/null"])
def test_what_is_no_folder_is_told_in_words(path):
    folder = look(path)

    assert folder.trouble or folder.path == "/dev"


def test_a_folder_that_cannot_be_read_is_told_in_words(music, monkeypatch):
    scan = os.scandir

    def refuse(path):
        if str(path).endswith("2 Early"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr("yotokit.widgets.app.walking.os.scandir", refuse)

    assert "its permissions do not let this program in" in look(str(music / "2 Early")).trouble
    folder = look(str(music))
    assert subfolder_labels(folder)[0] == ("2 Early  (cannot be read)", 0)
    assert folder.deep.count == 2


def test_thousands_of_entries_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(walking, "MOST_ENTRIES", 2_000)
    for n in range(MOST_SUBFOLDERS + 20):
        (tmp_path / f"{n}").mkdir()
    for n in range(2_000):
        (tmp_path / "0" / f"{n}.mp3").touch()
    folder = look(str(tmp_path))

    assert len(folder.subfolders) == MOST_SUBFOLDERS
    assert folder.more == 20
    assert not folder.deep.is_all
    told = folder_html(folder, "", is_looking=False)
    assert "at least 2,000 audio files" in told
    assert "20 more subfolders are not shown" in told


def test_what_takes_too_long_is_not_counted(music):
    folder = look(str(music), within_s=-1.0)

    assert [inner.count for inner in folder.subfolders] == [None] * 3
    assert folder.here.count == 1
    assert not folder.deep.is_all


def test_a_link_to_a_folder_can_be_opened_but_does_not_count(music, tmp_path):
    (music / "link").symlink_to(tmp_path / "elsewhere")
    (music / "round").symlink_to(music)
    folder = look(str(music))

    assert folder.deep.count == len(find_audio(music)) == 5
    assert "round" in [inner.name for inner in folder.subfolders]


class Chosen:
    """A chooser, its errands done by hand, and what it gave."""

    def __init__(self):
        self.engine = InlineEngine()
        self.errands = Errands(self.engine)
        self.sources = []
        self.chooser = FolderChooser(self.errands, lambda: None, self.sources.append)

    def settle(self):
        while self.engine.step():
            pass
        self.chooser.repaint()

    def close(self):
        self.errands.close()
        self.engine.close()


@pytest.fixture
def chosen():
    chosen = Chosen()
    yield chosen
    chosen.close()


def test_a_click_in_the_chooser_looks_at_nothing_itself(chosen, monkeypatch):
    looked = []

    def look_at(path):
        looked.append(path)
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("yotokit.widgets.app.chooser.look", look_at)
    chosen.chooser._home.click()
    assert looked == []
    chosen.settle()
    assert looked == ["~"]
    assert "should have: ZeroDivisionError" in chosen.chooser._told.value


def test_the_chooser_walks_by_marking_and_by_path_and_takes_what_it_shows(chosen, music):
    chooser = chosen.chooser
    chooser._path.value = str(music)
    chosen.settle()
    assert next(label for label, _ in chooser._inner.options).startswith("2 Early")
    chooser._inner.index = 1
    chooser._open.click()
    chosen.settle()
    assert str(music / "10 Later") in chooser._told.value
    chooser._take.click()
    chooser._up.click()
    chosen.settle()
    chooser._deep.value = False
    chooser._take.click()

    deep, flat = chosen.sources
    assert (deep.count, deep.title) == (1, "Later")
    assert [file.path.name for file in find_audio(deep.what)] == ["1.ogg"]
    assert (flat.count, flat.title) == (1, "Music")
    assert [file.path.name for file in find_audio(flat.what)] == ["loose.wav"]


def test_a_folder_with_brackets_in_its_name_is_taken_flat_all_the_same(chosen, tmp_path):
    odd = tmp_path / "Songs [live]*"
    (odd / "deeper").mkdir(parents=True)
    write_tone(odd / "a.wav")
    write_tone(odd / "deeper" / "b.wav")
    chosen.chooser.go(str(odd))
    chosen.settle()
    chosen.chooser._deep.value = False
    chosen.chooser._take.click()

    assert [file.path.name for file in find_audio(chosen.sources[0].what)] == ["a.wav"]


def test_a_wrong_path_leaves_the_chooser_where_it_was(chosen, music):
    chosen.chooser.go(str(music))
    chosen.settle()
    chosen.chooser._path.value = "no such place"
    chosen.settle()

    assert "There is no such folder" in chosen.chooser._told.value
    assert 'role="alert"' in chosen.chooser._told.value
    assert not chosen.chooser._take.disabled
    chosen.chooser._inner.index = 0
    chosen.chooser._open.click()
    chosen.settle()
    assert str(music / "2 Early") in chosen.chooser._told.value


def test_only_the_last_wish_counts(chosen, music):
    chosen.chooser.go(str(music / "2 Early"))
    chosen.chooser.go(str(music))
    chosen.settle()
    chosen.chooser._arrived(1, look(str(music / "2 Early")))  # from a slower disk

    assert chosen.chooser._place.folder.path == str(music)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_become_safe_ones(name):
    safe = safe_name(name)

    assert safe
    assert not set(safe) & set('/\\<>:"|?*\0\n')
    assert not safe.startswith(".")
    assert len(safe.encode()) <= 200


@given(st.text())
def test_every_name_becomes_a_safe_one(name):
    safe = safe_name(name)

    assert 0 < len(safe.encode()) <= 200
    assert "/" not in safe
    assert "\\" not in safe
    assert safe.strip(". ") == safe
    assert safe_name(safe) == safe


def sent(folder, name, data):
    return folder.begin(name, len(data)).take(0, data)


def test_no_file_takes_the_place_of_another_and_the_same_one_is_kept_once(tmp_path):
    folder = IntakeFolder(tmp_path / "intake")
    paths = [sent(folder, name, data) for name, data in [("a.mp3", b"1"), ("a.mp3", b"2")]]
    paths += [sent(folder, "A.mp3", b"3"), sent(folder, "../a.mp3", b"1")]

    assert [path.read_bytes() for path in paths] == [b"1", b"2", b"3", b"1"]
    assert paths[1].name == "a (2).mp3"
    assert paths[3] == paths[0]
    assert {path.parent for path in paths} == {folder.path}
    assert folder.path.parent == tmp_path / "intake"
    assert not list(folder.path.glob(".*"))


def test_the_same_name_from_many_threads_at_once_loses_nothing(tmp_path):
    folder = IntakeFolder(tmp_path)
    threads = [threading.Thread(target=sent, args=(folder, "a.mp3", bytes([n]))) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {path.read_bytes() for path in folder.path.iterdir()} == {bytes([n]) for n in range(24)}


def test_what_is_not_audio_empty_or_too_large_is_refused_in_words(tmp_path, monkeypatch):
    folder = IntakeFolder(tmp_path)
    with pytest.raises(SettingError, match="no audio file"):
        folder.begin("a.exe", 10)
    with pytest.raises(SettingError, match="From a folder on this computer"):
        folder.begin("a.mp3", LARGEST_BYTES + 1)
    with pytest.raises(SettingError, match="empty"):
        folder.begin("a.mp3", 0)
    monkeypatch.setattr(
        "yotokit.widgets.app.intake.folder.shutil.disk_usage",
        lambda _: type("Usage", (), {"free": 10})(),
    )
    with pytest.raises(SettingError, match="disk is full"):
        folder.begin("a.mp3", 10)


def test_a_part_that_is_not_the_next_one_is_passed_over(tmp_path):
    folder = IntakeFolder(tmp_path)
    coming = folder.begin("a.mp3", 6)

    assert coming.take(3, b"def") is None
    assert coming.take(0, b"abc") is None
    assert coming.take(0, b"abc") is None
    assert coming.take(3, b"defg") is None
    path = coming.take(3, b"def")
    assert path.read_bytes() == b"abcdef"
    assert coming.take(6, b"g") is None


class Browser:
    """Sends files as the browser does: each part when the one before has been written."""

    def __init__(self, tmp_path, engine):
        self.kept = []
        self.errands = Errands(engine)
        self.above = tmp_path / "intake"
        self.intake = Intake(self.above, self.errands, lambda: None, self._keep)

    def _keep(self, folder, count):
        self.kept.append((folder, count))

    def tell(self, **content):
        data = {"method": "custom", "content": content}
        self.intake.widget._handle_msg({"content": {"data": data}, "buffers": []})

    def line(self, file):
        self.intake.repaint()
        return next((one for one in self.intake.widget.files if one["id"] == file), {})

    def send(self, file, name, data, part_bytes=1_000):
        self.tell(do="offer", file=file, name=name, size=len(data))
        settle(lambda: self.line(file).get("state") != "offered")
        while (line := self.line(file)).get("state") == "coming":
            at = line["got"]
            part = base64.b64encode(data[at : at + part_bytes]).decode()
            self.tell(do="part", file=file, at=at, data=part)
            settle(
                lambda at=at: (
                    self.line(file).get("got") != at or self.line(file)["state"] != "coming"
                )
            )
        return self.line(file)

    def close(self):
        self.intake.close()
        self.errands.close()


@pytest.fixture
def browser(tmp_path, threads):
    browser = Browser(tmp_path, threads)
    yield browser
    browser.close()


def test_files_from_the_browser_come_in_parts_and_are_kept_whole(browser, tones):
    data = tones(1)[0].read_bytes()
    line = browser.send("a", "01 Song.wav", data, part_bytes=5_000)

    assert (line["state"], line["words"]) == ("kept", "is here")
    ((folder, count),) = browser.kept
    assert count == 1
    assert (folder / "01 Song.wav").read_bytes() == data
    assert [file.title for file in find_audio(folder)] == ["Song"]


def test_a_hostile_browser_writes_nothing_outside(browser, tmp_path):
    for number, name in enumerate(HOSTILE):
        browser.send(f"f{number}", name, b"data")
    for content in (
        {"do": "part", "file": "unknown", "at": 0, "data": "AAAA"},
        {"do": "offer", "file": "n", "name": "a.mp3", "size": -1},
        {"do": "offer", "file": "n", "name": "a.mp3", "size": True},
        {"do": "offer", "file": "n", "name": ["a.mp3"], "size": 3},
        {"do": "offer", "file": "n" * 100, "name": "a.mp3", "size": 3},
        {"do": "part", "file": "f0", "at": "0", "data": "AAAA"},
        {"do": "remove", "file": "f0"},
        {"do": "lost"},
        {},
    ):
        browser.tell(**content)
    browser.tell(do="offer", file="x", name="x.mp3", size=3)
    settle(lambda: browser.line("x").get("state") == "coming")
    browser.tell(do="part", file="x", at=0, data="no base64!")
    settle(lambda: browser.line("x")["state"] == "refused")

    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    assert {path.parent.parent for path in written} == {browser.above}
    assert not browser.line("n")


def test_what_was_on_its_way_is_removed_when_the_choice_begins_anew(browser):
    browser.tell(do="offer", file="a", name="a.mp3", size=100)
    settle(lambda: browser.line("a").get("state") == "coming")
    assert browser.intake.is_busy
    browser.tell(do="part", file="a", at=0, data=base64.b64encode(b"x" * 50).decode())
    settle(lambda: browser.line("a")["got"] == 50)
    browser.intake.renew()

    assert not browser.intake.is_busy
    assert not list(browser.above.rglob("*"))
    browser.send("b", "b.mp3", b"b")
    assert browser.kept[-1][1] == 1


def test_who_stops_a_file_waits_for_it_no_more_however_far_it_was(browser, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()
    begin = IntakeFolder.begin

    def slow(*arguments):
        begun.set()
        go_on.wait(10.0)
        return begin(*arguments)

    browser.tell(do="offer", file="a", name="a.mp3", size=100)
    settle(lambda: browser.line("a").get("state") == "coming")
    monkeypatch.setattr(IntakeFolder, "begin", slow)
    browser.tell(do="offer", file="b", name="b.mp3", size=100)
    assert begun.wait(10.0)
    browser.tell(do="stop", file="a")
    browser.tell(do="stop", file="b")
    go_on.set()

    assert not browser.intake.is_busy
    assert "was stopped" in browser.line("a")["words"]
    settle(lambda: not list(browser.above.rglob("*.part")))
    assert browser.line("b")["state"] == "refused"
    assert browser.kept == []


def test_a_choice_that_begins_anew_while_a_file_is_looked_at_leaves_no_folder(browser, monkeypatch):
    begun, go_on, over = (threading.Event() for _ in range(3))
    begin, ended = IntakeFolder.begin, Intake._begun

    def slow(*arguments):
        begun.set()
        go_on.wait(10.0)
        return begin(*arguments)

    def told(*arguments):
        ended(*arguments)
        over.set()

    monkeypatch.setattr(IntakeFolder, "begin", slow)
    monkeypatch.setattr(Intake, "_begun", told)
    browser.tell(do="offer", file="a", name="a.mp3", size=100)
    assert begun.wait(10.0)
    browser.intake.renew()
    go_on.set()

    assert over.wait(10.0)
    assert not browser.above.exists()


def test_what_had_not_come_whole_goes_with_its_program(tmp_path):
    script = (
        "import sys, pathlib; from yotokit.widgets.app.intake import IntakeFolder;"
        "folder = IntakeFolder(pathlib.Path(sys.argv[1])); coming = folder.begin('a.mp3', 9);"
        "coming.take(0, b'1234'); print(len(list(folder.path.iterdir())))"
    )
    above = tmp_path / "intake"
    done = subprocess.run(
        [sys.executable, "-c", script, str(above)], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["1"]
    assert not above.exists()


def test_what_a_killed_program_left_is_removed_a_day_later(tmp_path):
    for name, age_s in (("old", 100_000.0), ("new", 1_000.0)):
        folder = tmp_path / name
        folder.mkdir()
        left = folder / ".abc.part"
        left.write_bytes(b"1234")
        os.utime(left, (time.time() - age_s,) * 2)
    IntakeFolder(tmp_path).begin("a.mp3", 9).drop()

    assert not (tmp_path / "old").exists()
    assert (tmp_path / "new" / ".abc.part").exists()


def test_a_name_that_no_message_can_hold_is_shown_all_the_same(browser):
    browser.tell(do="offer", file="a", name="\ud800.mp3", size=100)

    assert browser.line("a")["name"].encode()


def test_a_file_that_the_browser_cannot_read_any_more_is_told(browser):
    browser.tell(do="offer", file="a", name="a.mp3", size=100)
    settle(lambda: browser.line("a").get("state") == "coming")
    browser.tell(do="lost", file="a")

    assert "choose it again" in browser.line("a")["words"]
    assert not list(browser.above.rglob("*.part"))
