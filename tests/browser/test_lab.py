"""The notebooks in a real JupyterLab, in headless Chromium."""

from __future__ import annotations

import re
import time

import pytest
from browsing import NOTEBOOKS

pytestmark = pytest.mark.timeout(240)

STATUSES = (
    "() => [...document.querySelectorAll('.jp-OutputArea-output h4 + p')].map(e => e.textContent)"
)
BROKEN = (
    "() => [...document.querySelectorAll('.jp-OutputArea-output')]"
    ".filter(e => /Error displaying widget|Error creating widget/.test(e.textContent)).length"
)


def test_the_quickstart_runs_and_its_dashboard_moves_in_light_and_dark(lab, watched):
    statuses = []
    lab.open(watched, NOTEBOOKS / "01-quickstart.ipynb")
    lab.run(watched)
    end = time.monotonic() + 120
    while time.monotonic() < end:
        statuses += watched.evaluate(STATUSES)
        if any("12 done; card" in status for status in statuses):
            break
        time.sleep(0.1)
    lab.await_cells(watched)

    assert any("12 files: 12 done; card" in status for status in statuses), statuses[-5:]
    moving = {s for s in statuses if re.search(r"\d+ to go", s)}
    assert len(moving) >= 2, "the dashboard did not move"
    dashboard = watched.locator(
        ".jp-OutputArea-output", has=watched.get_by_role("button", name="Cancel all")
    ).first
    assert dashboard.locator("tbody tr").count() == 12
    assert dashboard.locator("tbody tr svg").count() == 12
    watched.evaluate(
        "() => window.jupyterapp.commands.execute("
        "'apputils:change-theme', {theme: 'JupyterLab Dark'})"
    )
    watched.wait_for_function("() => document.body.dataset.jpThemeLight === 'false'")
    for words in (dashboard.get_by_role("rowheader").first, dashboard.get_by_role("heading").first):
        ink = words.evaluate("e => getComputedStyle(e).color")
        assert min(map(int, re.findall(r"\d+", ink)[:3])) > 150, f"dark on dark: {ink}"
    assert watched.evaluate(BROKEN) == 0
    assert watched.locator('[data-mime-type="application/vnd.jupyter.error"]').count() == 0
    assert watched.get_by_role("dialog").count() == 0


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
