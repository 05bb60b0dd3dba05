"""What the browser tests share: Chromium, a page that is watched, JupyterLab, Voilà, axe-core."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from browsing import CHROMIUM, FLAGS, Lab, Voila, axe_script, violations, watch

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Add to a failure what the servers printed, and what the page looked like."""
    report = yield
    if report.failed and item.path.is_relative_to(HERE):
        for name in {"lab", "voila"} & set(item.funcargs):
            used = item.funcargs[name]
            for server in getattr(used, "servers", [used]):
                report.sections.append((f"log of {name}", server.log()))
        page = item.funcargs.get("page")
        if page is not None and not page.is_closed() and "tmp_path" in item.funcargs:
            picture = item.funcargs["tmp_path"] / "failed.png"
            page.screenshot(path=picture)
            report.sections.append(("picture of the page", str(picture)))
    return report


@pytest.fixture
def nothing_is_left_behind():
    """The browser and the servers are child processes, ended by their own fixtures."""


@pytest.fixture
def loopback_only():
    """The pages themselves are watched instead."""


@pytest.fixture(scope="module")
def browser():
    """Chromium, for a module: in a longer life its loop would be in the way of other tests' own."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed (dependency group browser)"
    )
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine (apt: chromium)")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, tmp_path):
    """Return an empty page of a profile of its own."""
    with browser.new_context(viewport={"width": 1300, "height": 1500}) as context:
        yield context.new_page()


@pytest.fixture
def faults():
    """What the watched page complains of and asks of others: nothing, or the test fails."""
    faults = []
    yield faults
    assert faults == []


@pytest.fixture
def watched(faults, page):
    """Return the page, whose errors and whose requests to other machines fail the test."""
    watch(page, faults)
    return page


@pytest.fixture(scope="module")
def _lab(tmp_path_factory):
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed (extra lab)")
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.stop()


@pytest.fixture
def lab(_lab):
    """Return JupyterLab; the kernels of a test end with it."""
    yield _lab
    _lab.end_kernels()


@pytest.fixture
def voila(tmp_path):
    """Return a function that has Voilà show a notebook: of some cells, or the copy of a path."""
    pytest.importorskip("voila", reason="Voilà is not installed (extra app)")

    def show(cells, *options, dark=False):
        folder = tmp_path / f"voila{len(show.servers)}"
        show.servers.append(Voila(folder, cells, *options, dark=dark))
        return show.servers[-1]

    show.servers = []
    yield show
    for server in show.servers:
        server.stop()


@pytest.fixture
def axe():
    """Return a function: what axe-core finds serious or critical inside of an element of a page."""
    script = axe_script()
    if script is None:
        assert os.environ.get("CI") != "true", "axe-core is not installed"
        pytest.skip("axe-core is not installed (npm install --prefix build/axe axe-core)")

    def look(page, selector, *, without=()):
        return violations(page, selector, script, without)

    return look
