"""The quickstart in a real JupyterLab, in headless Chromium."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed (dependency group browser)"
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01-quickstart.ipynb"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_BEGUN = (
    "() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]"
    ".filter(e => /\\[[*0-9]/.test(e.textContent)).length"
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine (apt: chromium)"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def nothing_is_left_behind():
    """The browser and the server are child processes, ended by their own fixtures."""


@pytest.fixture
def loopback_only():
    """The pages themselves are watched instead."""


@pytest.fixture
def lab(tmp_path):
    """Start JupyterLab over a copy of the quickstart, and return its address."""
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed (extra lab)")
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        # Without what was saved, so that what is seen was made in this run.
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    (tmp_path / NOTEBOOK.name).write_text(json.dumps(notebook), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    _override(tmp_path, "apputils-extension/notification", '{"fetchNews": "false"}')
    # Otherwise only the cells in view are in the page, and running all scrolls to the last.
    _override(tmp_path, "notebook-extension/tracker", '{"windowingMode": "none"}')
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token="]
    command += [f"--ServerApp.root_dir={tmp_path}", "--LabApp.expose_app_in_browser=True"]
    environment = os.environ | {"JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings")}
    log = (tmp_path / "lab.log").open("w")
    server = subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp_path, env=environment)
    try:
        _await(f"http://127.0.0.1:{port}/api", tmp_path / "lab.log")
        yield f"http://127.0.0.1:{port}/lab/tree/{NOTEBOOK.name}?reset"
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _override(tmp_path, name, settings):
    path = tmp_path / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(settings)


def _await(url, log):
    for _ in range(240):
        try:
            urlopen(url, timeout=2).close()
        except OSError:
            time.sleep(0.25)
        else:
            return
    raise AssertionError(log.read_text()[-2000:])


@pytest.fixture
def page():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1300, "height": 1500})
        yield page
        browser.close()


def _run_all(page, url):
    page.goto(url, wait_until="domcontentloaded", timeout=60_000)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.get_by_text("(ipykernel) | Idle").wait_for(timeout=60_000)
    # The command does nothing before the notebook is wholly there, which no element tells.
    for _ in range(30):
        page.evaluate("() => { window.jupyterapp.commands.execute('runmenu:run-all'); }")
        page.wait_for_timeout(1000)
        if _texts(page, _BEGUN):
            return
    raise AssertionError("the notebook does not begin to run")


def _texts(page, script):
    return page.evaluate(script)


@pytest.mark.timeout(240)
def test_the_quickstart_runs_and_its_dashboard_moves_in_light_and_dark(lab, page, tmp_path):
    errors, strangers, statuses = [], [], []
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "request",
        lambda request: (
            strangers.append(request.url)
            if urlsplit(request.url).hostname not in ("127.0.0.1", None)
            else None
        ),
    )
    _run_all(page, lab)
    end = time.monotonic() + 120
    # The last cell closes the session; the numbers of its prompt say that it has run.
    while time.monotonic() < end:
        statuses += _texts(
            page, "() => [...document.querySelectorAll('[role=status]')].map(e => e.textContent)"
        )
        running = _texts(
            page,
            "() => [...document.querySelectorAll('.jp-InputPrompt')]"
            ".filter(e => e.textContent.includes('*')).length",
        )
        if not running and any("12 done; card" in status for status in statuses):
            break
        time.sleep(0.1)

    assert any("12 files: 12 done; card" in status for status in statuses), statuses[-5:]
    moving = {s for s in statuses if re.search(r"\d+ to go", s)}
    assert len(moving) >= 2, "the dashboard did not move"
    dashboard = page.locator(".jp-OutputArea-output", has=page.get_by_role("button", name="Cancel"))
    dashboard.first.scroll_into_view_if_needed()
    for name in ("Finalize", "Retry", "Cancel"):
        assert dashboard.first.get_by_role("button", name=name).count() == 1
    rows = dashboard.first.get_by_role("row")
    assert rows.count() == 13
    assert dashboard.first.get_by_role("img").count() == 12
    assert "waiting" in dashboard.first.inner_text()
    page.screenshot(path=tmp_path / "light.png")
    page.evaluate(
        "() => window.jupyterapp.commands.execute("
        "'apputils:change-theme', {theme: 'JupyterLab Dark'})"
    )
    page.wait_for_timeout(1500)
    ink = dashboard.first.get_by_role("cell").nth(1).evaluate("e => getComputedStyle(e).color")
    assert min(map(int, re.findall(r"\d+", ink)[:3])) > 150, f"dark on dark: {ink}"
    page.screenshot(path=tmp_path / "dark.png")
    broken = _texts(
        page,
        "() => [...document.querySelectorAll('.jp-OutputArea-output')]"
        ".filter(e => /Error displaying widget|Error creating widget/.test(e.textContent)).length",
    )
    tracebacks = page.locator('[data-mime-type="application/vnd.jupyter.error"]').count()
    assert (broken, tracebacks) == (0, 0)
    assert page.get_by_role("dialog").count() == 0
    assert errors == []
    assert strangers == []


@pytest.mark.timeout(120)
def test_the_emulators_page_shows_its_card_and_has_a_player_for_each_track(page, tones, threads):
    import yotokit as yk

    with yk.YotoEmulator(transcode_s=(0.0, 0.0)) as emulator, emulator.client() as yoto:
        with yk.Session("Songs for <Anna>", yoto, engine=threads) as session:
            session.submit(tones(3))
            session.finalize()
        page.goto(emulator.url)

        assert page.get_by_role("heading", name="Songs for <Anna>").is_visible()
        assert page.get_by_role("listitem").count() == 3
        assert page.locator("audio").count() == 3
        duration = page.evaluate(
            "() => new Promise(done => { const a = document.querySelector('audio');"
            " a.onloadedmetadata = () => done(a.duration); a.onerror = () => done(-1); a.load(); })"
        )
        assert duration == pytest.approx(1.0, abs=0.1)
