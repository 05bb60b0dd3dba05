"""The card maker as a page of its own: Voilà in headless Chromium, as a parent would use it."""

from __future__ import annotations

import json

import pytest
from browsing import NOTEBOOKS, watch
from sound import write_tone
from widgets.looking import settle

APP = NOTEBOOKS / "app.ipynb"
SHARE = NOTEBOOKS.parent / "share" / "jupyter"
LONG_MS = 90_000

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def music(tmp_path, monkeypatch):
    """Return a home with some music, and let Voilà find the page that a wheel would install."""
    monkeypatch.setenv("JUPYTER_PATH", str(SHARE))
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    for n in (1, 2, 10):
        folder = home / "Songs for Anna"
        folder.mkdir(parents=True, exist_ok=True)
        write_tone(folder / f"{n} Song.flac", hertz=100.0 * n)
    return home


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def enter(page, server):
    page.goto(server.url, timeout=LONG_MS)
    button(page, "Try it without an account").click(timeout=LONG_MS)
    button(page, "Use the made-up examples").wait_for(timeout=LONG_MS)


def start(page, folder):
    """Have a card made of the three songs in a folder."""
    page.get_by_label("Path").fill(str(folder))
    page.keyboard.press("Enter")
    page.get_by_text("3 audio files (0:03", exact=False).first.wait_for(timeout=LONG_MS)
    button(page, "Take this folder").click()
    button(page, "Next: the card").click()
    button(page, "Start").click()


def no_findings(page, axe):
    assert axe(page, "#rendered_cells") == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_card_is_made_from_the_examples(voila, watched, axe, music, dark):
    page = watched
    shots = iter(range(10))

    def look():
        no_findings(page, axe)
        page.screenshot(path=music / f"{next(shots)}.png")

    enter(page, voila(APP, dark=dark))
    assert page.title() == "Make a Yoto card"
    assert page.get_by_role("heading", level=2).count() == 5
    look()
    button(page, "Use the made-up examples").click()
    page.get_by_text("12 made-up examples").wait_for(timeout=LONG_MS)
    button(page, "Next: the card").click()
    page.get_by_label("Title").fill("Twelve <b>tracks</b>")
    look()
    button(page, "Start").click()
    page.get_by_role("button", name="Finalize").click(timeout=LONG_MS)
    page.get_by_text("12 of 12 files on card").last.wait_for(timeout=LONG_MS)
    button(page, "Make another card").wait_for(timeout=LONG_MS)
    look()
    report = page.get_by_role("table").last
    assert report.get_by_role("row").count() == 13
    assert report.is_visible()
    assert page.get_by_role("heading", name="Twelve <b>tracks</b>").first.is_visible()
    with page.expect_popup() as shown:
        page.get_by_role("link", name="See and hear it").click()
    shown.value.get_by_role("heading", name="Twelve <b>tracks</b>").wait_for()


def test_a_folder_is_found_by_the_keys_alone(voila, watched, music):
    page = watched

    def go_to(name):
        for _ in range(80):
            page.keyboard.press("Tab")
            said = page.evaluate(
                "() => { const e = document.activeElement;"
                " return e.labels?.[0]?.innerText || e.innerText || e.ariaLabel || ''; }"
            )
            if said.strip() == name:
                return
        raise AssertionError(f"{name} is not within reach")

    def lands_at(step):
        head = page.get_by_role("heading", name=step).element_handle()
        page.wait_for_function("e => e === document.activeElement", arg=head, timeout=LONG_MS)

    page.goto(voila(APP).url, timeout=LONG_MS)
    button(page, "Try it without an account").wait_for(timeout=LONG_MS)
    go_to("Try it without an account")
    page.keyboard.press("Enter")
    lands_at("Which stories and songs?")
    page.get_by_text("Songs for Anna (3 audio files)").wait_for(timeout=LONG_MS)
    go_to("Folders in it")
    page.keyboard.press("ArrowDown")
    go_to("Open")
    page.keyboard.press("Space")
    page.get_by_text("3 audio files (0:03", exact=False).first.wait_for(timeout=LONG_MS)
    go_to("Take this folder")
    page.keyboard.press("Enter")
    page.get_by_text("3 files in").wait_for(timeout=LONG_MS)
    go_to("Next: the card")
    page.keyboard.press("Enter")
    lands_at("What is the card to be like?")
    go_to("Title")
    page.keyboard.type("For Anna")
    go_to("Start")
    page.keyboard.press("Enter")
    lands_at("Listen, arrange, finish")
    page.get_by_text("“For Anna”").wait_for(timeout=LONG_MS)


def test_a_file_that_no_message_would_hold_comes_whole_from_the_browser(
    voila, watched, music, tmp_path
):
    page = watched
    large = tmp_path / "A long story.wav"
    write_tone(large, duration_s=440.0)
    assert large.stat().st_size > 12 << 20
    enter(page, voila(APP))
    page.get_by_label("Choose audio files").set_input_files([large, APP])
    page.get_by_text("1 file from this browser").wait_for(timeout=LONG_MS)
    page.get_by_text("no audio file, by its ending").wait_for(timeout=LONG_MS)
    page.get_by_text("1 of 2 are here, 1 not taken").wait_for(timeout=LONG_MS)

    (kept,) = tmp_path.rglob("intake/*/A long story.wav")
    assert kept.read_bytes() == large.read_bytes()
    assert button(page, "Next: the card").is_enabled()


def test_a_file_that_comes_no_further_can_be_stopped_and_its_part_goes_with_the_page(
    voila, watched, music, tmp_path
):
    page = watched
    song = music / "Songs for Anna" / "1 Song.flac"

    def send():
        page.evaluate("() => { FileReader.prototype.readAsDataURL = () => {}; }")
        page.get_by_label("Choose audio files").set_input_files([song])
        page.get_by_role("progressbar", name="1 Song.flac").wait_for(timeout=LONG_MS)

    enter(page, voila(APP))
    send()
    button(page, "Stop sending").press("Enter")
    page.get_by_text("was stopped").wait_for(timeout=LONG_MS)
    assert button(page, "Stop sending").count() == 0
    field = page.get_by_label("Choose audio files").element_handle()
    assert page.evaluate("e => e === document.activeElement", field)
    send()
    assert list(tmp_path.rglob("intake/*/.*.part"))
    page.close(run_before_unload=True)
    settle(lambda: not list(tmp_path.rglob("intake")), 60.0)


def test_the_card_that_is_written_fits_on_a_phone(voila, watched, music):
    page = watched
    enter(page, voila(APP))
    start(page, music / "Songs for Anna")
    page.get_by_role("button", name="Finalize").click(timeout=LONG_MS)
    button(page, "Make another card").wait_for(timeout=LONG_MS)
    page.set_viewport_size({"width": 360, "height": 800})
    card = page.locator(".ya-wide .yk-card")

    assert card.bounding_box()["x"] + card.bounding_box()["width"] < 360


def test_who_closes_the_page_is_offered_to_go_on_the_next_time(
    voila, browser, faults, music, tmp_path
):
    server = voila(APP)
    with browser.new_context() as context:
        page = context.new_page()
        watch(page, faults)
        enter(page, server)
        start(page, music / "Songs for Anna")
        page.get_by_role("button", name="Pause").click(timeout=LONG_MS)
        page.close(run_before_unload=True)
        again = context.new_page()
        watch(again, faults)
        for _ in range(20):  # the kernel of the page before has to let go of the folder
            enter(again, server)
            if not again.get_by_text("forgotten at its end").count():
                break
            again.wait_for_timeout(500)
        again.get_by_role("heading", name="Go on with a card").wait_for(timeout=LONG_MS)
        button(again, "Go on with it").click()
        again.get_by_role("button", name="Finalize").click(timeout=LONG_MS)
        again.get_by_text("3 of 3 files on card").last.wait_for(timeout=LONG_MS)


def test_the_page_that_the_notebook_names_is_there_for_voila_to_find():
    notebook = json.loads(APP.read_text(encoding="utf-8"))
    template = SHARE / "voila" / "templates" / notebook["metadata"]["voila"]["template"]

    assert (template / "index.html.j2").exists()
    assert "://" not in (template / "index.html.j2").read_text(encoding="utf-8")
    assert json.loads((template / "conf.json").read_text(encoding="utf-8"))
