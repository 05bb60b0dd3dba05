"""The dashboard in a real JupyterLab, steered by mouse and by keyboard."""

from __future__ import annotations

import re
import time

import pytest

import yotokit as yk
from yotokit.emulator import Fault

expect = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed (dependency group browser)"
).expect
pytestmark = pytest.mark.timeout(240)

FINALIZE = "report = await session.finalize_async()\nreport"
LONGEST_TASK_MS = 2_000  # of the page; what a person would surely take for a stop
MANY = 500
ODD = "Überall: <b>Ä</b> & Ö"

_FOCUSED = """box => {
  const here = document.activeElement;
  const label = here.getAttribute('aria-label') || here.labels?.[0]?.innerText;
  const name = label || here.innerText || here.title || '';
  return [box.contains(here), here.tagName.toLowerCase(), name.trim().slice(0, 60)];
}"""
_LISTEN_FOR_TASKS = """() => {
  window.tasks = [];
  new PerformanceObserver(list => list.getEntries().forEach(e => window.tasks.push(e.duration)))
    .observe({type: 'longtask', buffered: false});
}"""


@pytest.fixture
def emulator():
    with yk.YotoEmulator(transcode_s=(0.0, 0.05)) as emulator:
        yield emulator


@pytest.fixture
def connected(emulator):
    """Return a function: a cell that makes a session with the emulator, and shows it."""

    def cell(more=""):
        return (
            "import yotokit as yk\n"
            f"yoto = yk.YotoClient.login(token={emulator.token!r}, api_url={emulator.url!r})\n"
            f"session = yk.Session('Arranged', yoto{more})\n"
            "session"
        )

    return cell


@pytest.fixture
def two_and_a_broken(connected, tones):
    """Return the cells of a session over two tones and a file that is none."""
    folder = tones(2)[0].parent
    (folder / "03 broken.wav").write_bytes(b"no sound")
    return [connected(), f"jobs = session.submit({str(folder)!r})", FINALIZE]


class Board:
    """The dashboard, as a person uses it."""

    def __init__(self, page):
        self.page = page
        self.box = page.locator(".jp-OutputArea-output", has=page.get_by_role("table")).first

    def button(self, name):
        return self.control("button", name)

    def control(self, role, name):
        # Before a button's word may stand a character that draws its symbol.
        return self.box.get_by_role(role, name=re.compile(rf"^\W*{re.escape(name)}$"))

    def row(self, title):
        return self.box.get_by_role("row").filter(
            has=self.page.locator(".yt-name").get_by_text(title, exact=True)
        )

    def select(self, title):
        self.row(title).get_by_role("rowheader").click()
        expect(self.row(title).get_by_role("radio")).to_be_checked()

    def do(self, title, command):
        self.select(title)
        self.button(command).click()

    def rename(self, title, to):
        self.do(title, "Rename")
        self.box.get_by_role("textbox", name="Title of file").fill(to)
        self.page.keyboard.press("Enter")
        expect(self.row(to)).to_be_visible()

    def drag(self, title, above):
        self.row(title).locator(".yt-handle").hover()
        self.page.mouse.down()
        place = self.row(above).bounding_box()
        self.page.mouse.move(place["x"] + 10, place["y"] + 3, steps=5)
        self.page.mouse.up()

    def expect_titles(self, *titles):
        expect(self.box.locator("tbody .yt-name")).to_have_text(titles)

    def expect_state(self, title, words):
        expect(self.row(title).locator(".yt-state")).to_contain_text(words, timeout=30_000)


def chapters(emulator):
    (card,) = emulator.cards
    return card["content"]["chapters"]


def stops(page, board, key):
    """Return what has the focus, press by press, from the first to the last control of a board."""
    found = []
    for _ in range(80):
        inside, *what = board.box.evaluate(_FOCUSED)
        if not inside:
            return found
        found.append(tuple(what))
        page.keyboard.press(key)
    raise AssertionError(f"the focus is trapped: {found}")


def test_what_is_clicked_while_a_cell_awaits_is_on_the_card_that_it_writes(
    lab, watched, emulator, connected, tones
):
    folder = str(tones(5)[0].parent)
    lab.open(watched, [connected(), f"jobs = session.submit({folder!r})", FINALIZE])
    lab.run(watched, "notebook:run-cell")
    board = Board(watched)
    board.button("Pause").click()
    board.button("Go on").wait_for()
    lab.run_cell(watched, 1)
    one, two, three, four, five = (f"tone {n}" for n in range(1, 6))
    board.expect_titles(one, two, three, four, five)
    lab.run_cell(watched, 2)

    board.rename(one, ODD)
    board.do(three, "Move up")
    board.expect_titles(ODD, three, two, four, five)
    board.row(four).get_by_role("radio").focus()
    watched.keyboard.press("Alt+ArrowUp")
    board.expect_titles(ODD, three, four, two, five)
    board.drag(two, ODD)
    board.expect_titles(two, ODD, three, four, five)
    board.do(three, "Cancel")
    board.expect_state(three, "cancelled")
    board.do(three, "Retry")
    board.expect_state(three, "queued")
    board.do(two, "Cancel")
    board.expect_state(two, "cancelled")
    board.do(five, "Remove")
    board.button("Yes").click()
    expect(board.row(five)).to_have_count(0)
    board.do(four, "Icon")
    board.box.get_by_role("textbox", name="Search").fill("owl")
    board.box.get_by_role("radio", name="owl").check()
    board.button("Done").click()
    assert emulator.cards == []
    board.button("Go on").click()
    lab.await_cells(watched)

    with emulator.client() as yoto:
        owl = yoto.icons.find("owl")[0]
    found = chapters(emulator)
    assert [chapter["title"] for chapter in found] == [ODD, three, four]
    assert found[2]["display"]["icon16x16"] == owl.reference


def test_a_file_that_failed_is_mended_and_retried_heard_and_published_by_clicks_alone(
    lab, watched, emulator, connected, tones
):
    paths = tones(2, duration_s=2.0)
    sound = paths[1].read_bytes()
    paths[1].write_bytes(b"no sound")
    folder = str(paths[0].parent)
    lab.open(watched, [connected(), f"jobs = session.submit({folder!r})"])
    lab.run(watched)
    lab.await_cells(watched)
    board = Board(watched)
    board.expect_state("tone 2", "failed")
    board.select("tone 2")
    expect(board.box.get_by_text("What to do:")).to_be_visible()
    paths[1].write_bytes(sound)
    board.do("tone 2", "Retry")
    board.expect_state("tone 2", "done")
    board.do("tone 2", "Listen")
    durations = watched.wait_for_function(
        "() => { const all = [...document.querySelectorAll('audio')].map(a => a.duration);"
        " return all.length && all.every(d => d > 0) && all; }"
    ).json_value()
    assert all(duration == pytest.approx(2.0, abs=0.3) for duration in durations)
    board.button("Finalize").click()
    expect(board.box.get_by_text("2 of 2 files on card").first).to_be_visible()

    assert [chapter["title"] for chapter in chapters(emulator)] == ["tone 1", "tone 2"]


# What a person can do, by role and name, with the icons and the players of a file open.
CONTROLS = [
    ("button", "Finalize"),
    ("button", "Pause"),
    ("button", "Retry all"),
    ("button", "Cancel all"),
    ("toolbar", "Selected file: tone 1"),
    ("button", "Move up"),
    ("button", "Move down"),
    ("button", "Rename"),
    ("button", "Icon"),
    ("button", "Listen"),
    ("button", "Retry"),
    ("button", "Cancel"),
    ("button", "Remove"),
    ("table", "Files of the card Arranged"),
    ("radio", "Select tone 1"),
    ("radio", "Select tone 2"),
    ("radio", "Select broken"),
    ("textbox", "Search"),
    ("button", "Own picture (0)"),
    ("button", "Default icon"),
    ("button", "Done"),
    ("radiogroup", "Icons for tone 1"),
    ("radio", "owl"),
    ("tab", "Latest events"),
    ("tab", "The card"),
]
# Where the Tab key stops; arrow keys go on from there.
STOPS = [
    ("button", "Finalize"),
    ("button", "Pause"),
    ("button", "Retry all"),
    ("button", "Icon"),
    ("div", "Files of the card Arranged"),
    ("input", "Select tone 1"),
    ("input", "Search"),
    ("button", "Own picture (0)"),
    ("button", "Done"),
    ("input", "owl"),
    ("audio", "Before: tone 1"),
    ("audio", "After: tone 1"),
    ("li", "Latest events"),
]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_control_has_a_name_and_is_reached_by_keys_and_axe_finds_nothing(
    lab, watched, two_and_a_broken, axe, dark
):
    lab.open(watched, two_and_a_broken, dark=dark)
    lab.run(watched)
    lab.await_cells(watched)
    board = Board(watched)
    board.expect_state("broken", "failed")
    board.do("tone 1", "Listen")
    expect(board.box.locator("audio")).to_have_count(2)
    board.do("tone 1", "Icon")
    board.control("radio", "owl").check()

    missing = [control for control in CONTROLS if board.control(*control).count() != 1]
    assert missing == []
    assert axe(watched, ".jp-OutputArea-output") == []
    board.button("Finalize").focus()
    forward = stops(watched, board, "Tab")
    assert [stop for stop in STOPS if stop not in forward] == []
    watched.keyboard.press("Shift+Tab")
    assert stops(watched, board, "Shift+Tab") == forward[::-1]
    board.button("Move up").focus()
    for name in ("Move down", "Rename", "Icon", "Listen", "Retry", "Cancel", "Remove", "Move up"):
        watched.keyboard.press("ArrowRight")
        expect(board.button(name)).to_be_focused()


def test_five_hundred_files_at_work_leave_the_page_fluid(lab, watched, emulator, connected):
    more = ", limits=yk.Limits(tracks=None), journal=False"
    make = (
        "import numpy, pathlib, soundfile\ntime = numpy.arange(4000) / 1000\n"
        "folder = pathlib.Path('many'); folder.mkdir(exist_ok=True)\n"
        f"for n in range({MANY}):\n"
        "    soundfile.write(folder / f'song {n:03}.wav', 0.1 * numpy.sin(time * (n + 99)), 8000)\n"
        "jobs = session.submit(folder)"
    )
    emulator.faults.append(Fault("PUT", "/", delay_s=0.5, times=MANY))
    lab.open(watched, [connected(more), make])
    watched.evaluate(_LISTEN_FOR_TASKS)
    lab.run(watched)
    board = Board(watched)
    expect(board.box.locator("tbody tr")).to_have_count(MANY, timeout=30_000)
    watched.evaluate("() => { window.tasks = []; }")
    begin_s = time.monotonic()
    scroller = board.box.locator(".yt-scroller")
    scroller.hover()
    for _ in range(20):
        watched.mouse.wheel(0, 300)
        watched.wait_for_timeout(50)
    assert scroller.evaluate("e => e.scrollTop") > 3000
    first = board.row("song 000").get_by_role("radio")
    first.focus()
    for _ in range(20):
        watched.keyboard.press("ArrowDown")
        watched.wait_for_timeout(50)
    expect(board.row("song 020").get_by_role("radio")).to_be_focused()
    tasks = watched.evaluate("() => window.tasks")
    took_s = time.monotonic() - begin_s
    print(f"long tasks of the page in {took_s:.1f} s: {[round(task) for task in tasks]} ms")  # noqa: T201
    assert max(tasks, default=0) < LONGEST_TASK_MS
    board.button("Cancel all").click()
    board.expect_state("song 499", "cancelled")
