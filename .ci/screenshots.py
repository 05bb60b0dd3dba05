"""Take the pictures of the docs: the dashboard at work, its parts, the report, the app.

Drives a real JupyterLab and Voilà in Chromium, as the browser tests do; needs the dependency group
``browser`` and a chromium. Run it after the look of something has changed, and look at what came
out: ``.venv/bin/python .ci/screenshots.py`` takes all, with names of `TAKEN` only those.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from browsing import CHROMIUM, FLAGS, Lab, Voila  # noqa: E402 - found by the line above

import yotokit as yk  # noqa: E402
from yotokit.audio import make_samples  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

PICTURES = ROOT / "docs" / "images"
MOST_BYTES = 200_000
MARGIN_PX = 8
FINALIZE = "report = await session.finalize_async()\nreport"
DONE = (
    "count => [...document.querySelectorAll('.yt-state')]"
    ".filter(e => e.innerText.startsWith('done')).length >= count"
)
# Where the pictures are taken is nobody's business.
_TIDY = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    const tidy = text.data.replace(/\\S*\\/notebooks\\//g, '/home/anna/');
    if (tidy !== text.data) text.data = tidy;
  }
}"""


def main() -> None:
    names = sys.argv[1:] or list(TAKEN)
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name in names:
            TAKEN[name](Path(folder), browser)
        browser.close()


def dashboard(folder: Path, browser: Browser) -> None:
    """Take the dashboard at work, in light and dark, and of the light one its parts."""
    lab = Lab(folder / "lab")
    stories = lab.notebooks / "stories"
    make_samples(stories)
    (stories / "13 A Damaged Recording.flac").write_bytes(b"no sound" * 100)
    try:
        for dark in (True, False):
            with yk.YotoEmulator(transcode_s=(2.0, 12.0)) as emulator:
                page = open_page(browser)
                board = at_work(lab, page, emulator, dark=dark)
                curve = board.get_by_role("img", name="Loudness over")
                take(board, f"dashboard-{'dark' if dark else 'light'}", board, curve)
                if not dark:
                    parts(lab, page, board)
                page.close()
                lab.end_kernels()
    finally:
        lab.stop()


def at_work(lab: Lab, page: Page, emulator: yk.YotoEmulator, *, dark: bool) -> Locator:
    """Return a dashboard some of whose files are done."""
    connect = (
        "import yotokit as yk\n"
        f"yoto = yk.YotoClient.login(token={emulator.token!r}, api_url={emulator.url!r})\n"
        "session = yk.Session('Bedtime stories', yoto, icons='title')\nsession"
    )
    lab.open(page, [connect, "jobs = session.submit('stories')", FINALIZE], dark=dark)
    page.keyboard.press("Control+b")  # the list of files, away
    lab.run(page)
    board = page.locator(".jp-OutputArea-output", has=page.get_by_role("table")).first
    page.wait_for_function(DONE, arg=3)
    board.get_by_text("Sleepy Train", exact=True).first.click()
    board.get_by_role("heading", name="7. Sleepy Train").wait_for()
    return board


def parts(lab: Lab, page: Page, board: Locator) -> None:
    """Take the icons, a file's details, the card as the app shows it, and the report."""
    lab.await_cells(page)
    board.get_by_role("button", name="Icon", exact=True).click()
    board.get_by_role("radio", name="train", exact=True).check()
    page.wait_for_timeout(1000)
    take(
        board,
        "icons",
        board.get_by_role("heading", name="Icon for"),
        board.get_by_role("radiogroup"),
    )
    board.get_by_role("button", name="Done").click()
    board.get_by_role("button", name="Listen").click()
    board.locator("audio").last.wait_for()
    page.wait_for_timeout(1000)
    heading = board.get_by_role("heading", name="7. Sleepy Train")
    take(board, "details", heading, board.locator("audio").last)
    board.get_by_role("tab", name="The card").click()
    page.wait_for_timeout(1000)
    take(board, "card", board.get_by_role("tablist"), board.locator(".widget-tab"))
    board.get_by_text("A Damaged Recording", exact=True).first.click()
    heading = board.get_by_role("heading", name="13. A Damaged Recording")
    heading.wait_for()
    take(board, "failure", heading, board.get_by_text("What to do:"))
    report = page.locator(".jp-CodeCell").last.locator(".jp-OutputArea-output").first
    take(report, "report", report, report)


def app(folder: Path, browser: Browser) -> None:
    """Take the card maker, as Voilà shows it: two steps behind, one to do."""
    os.environ["JUPYTER_PATH"] = str(ROOT / "share" / "jupyter")
    voila = Voila(folder / "voila", ROOT / "notebooks" / "app.ipynb")
    try:
        page = open_page(browser)
        page.goto(voila.url)
        page.get_by_role("button", name="Try it without an account").click()
        page.get_by_role("button", name="Use the made-up examples").click()
        page.get_by_role("button", name="Next: the card").click()
        page.get_by_label("Title").fill("Songs for Anna")
        page.mouse.move(0, 0)
        page.wait_for_timeout(1000)
        steps = page.locator(".ya-step")
        take(steps.first, "app", page.get_by_role("heading").first, steps.last)
    finally:
        voila.stop()


def open_page(browser: Browser) -> Page:
    # Higher than anything, so that nothing scrolls.
    page = browser.new_page(viewport={"width": 1100, "height": 4000}, device_scale_factor=1.5)
    page.set_default_timeout(60_000)
    return page


def take(view: Locator, name: str, first: Locator, last: Locator) -> None:
    """Write a picture of a view, as wide as it is, from one of its elements to another."""
    wide, top, end = (one.bounding_box() or {} for one in (view, first, last))
    y = top["y"] - MARGIN_PX / 2
    clip = {
        "x": wide["x"] - MARGIN_PX,
        "y": y,
        "width": wide["width"] + 2 * MARGIN_PX,
        "height": end["y"] + end["height"] + MARGIN_PX / 2 - y,
    }
    view.page.evaluate(_TIDY)
    shot = view.page.screenshot(clip=clip, animations="disabled")
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    data = io.BytesIO()
    few_colors(picture).save(data, "PNG", optimize=True)
    if len(data.getvalue()) > MOST_BYTES:
        raise SystemExit(f"{name} has {len(data.getvalue())} bytes")
    (PICTURES / f"{name}.png").write_bytes(data.getvalue())
    size_kb = len(data.getvalue()) / 1000
    print(f"{name}: {picture.width} x {picture.height}, {size_kb:.0f} kB")  # noqa: T201


def few_colors(picture: Image.Image) -> Image.Image:
    """Return a picture with its commonest colors as they are, and others near to all the rest."""
    counts = sorted(picture.getcolors(1 << 24) or [], reverse=True)
    common = [color for _, color in counts[:128]]
    # Not only by how often a color is there: a red dot is small, and means something.
    rest = picture.quantize(128, Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = np.array([*common, *np.reshape(rest, (-1, 3))])[:256]
    colors, places = np.unique(np.asarray(picture).reshape(-1, 3), axis=0, return_inverse=True)
    nearest = [np.argmin(np.abs(palette - color).sum(axis=1)) for color in colors.astype(int)]
    shape = picture.height, picture.width
    reduced = Image.fromarray(np.array(nearest, np.uint8)[places].reshape(shape), "P")
    reduced.putpalette(palette.astype(np.uint8).tobytes())
    return reduced


TAKEN = {"dashboard": dashboard, "app": app}

if __name__ == "__main__":
    main()
