"""Results without a kernel, as seen: in an exported page, in a notebook that is reopened."""

from __future__ import annotations

import json
from urllib.request import Request, urlopen

import pytest
from staying import NASTY, executed

pytest.importorskip("nbconvert", reason="nbconvert is not installed (extra lab)")
pytestmark = [
    pytest.mark.timeout(240),
    # Of the library that executes the notebook.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

LOADED = (
    "() => [...document.querySelectorAll('.yotokit img')].every(e => e.complete && e.naturalWidth)"
)
DOTS = (
    "() => [...document.querySelectorAll('.yotokit .yk-dot')]"
    ".map(e => e.getBoundingClientRect().width)"
)
# How a label lies beside what it names: the level of the whole, and its words.
LABELS = (
    "() => { const image = document.querySelector('img[alt^=\"Loudness over\"]');"
    " const box = image.getBoundingClientRect();"
    " return [...image.parentElement.querySelectorAll('span')].map(e => ["
    "e.textContent, (e.getBoundingClientRect().left - box.left) / box.width,"
    " (e.getBoundingClientRect().top - box.top) / box.height]); }"
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return executed(tmp_path_factory.mktemp("staying"))


def check(page):
    """Hold that all results are there, pictures, dots, labels and all."""
    text = page.locator("body").inner_text()
    for words in (NASTY, "3 of 4 files on card", "quieter than the middle", "1 FAILED", "added"):
        assert words in text
    assert page.locator(".yotokit").count() >= 11
    assert page.get_by_role("row").count() >= 20
    page.wait_for_function(LOADED)
    assert page.get_by_role("img", name="Loudness over 0:08: integrated").count() == 1
    assert set(page.evaluate(DOTS)) == {8}
    labels = {words: (x, y) for words, x, y in page.evaluate(LABELS)}
    assert labels["0:00"][0] == pytest.approx(40 / 764, abs=0.03)
    assert labels["-50"][1] > labels["-20"][1] > labels["0"][1]
    assert labels["-50"][0] < labels["0:00"][0] < labels["0:02"][0]


def put(lab, name, notebook, trusted):
    """Save a notebook, as somebody else's or as what was executed here."""
    cells = [cell | {"metadata": {"trusted": trusted}} for cell in notebook["cells"]]
    body = json.dumps(
        {"type": "notebook", "format": "json", "content": notebook | {"cells": cells}}
    )
    request = Request(f"{lab.url}/api/contents/{name}", body.encode(), method="PUT")
    urlopen(request, timeout=20).close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_exported_page_shows_the_results_from_a_file_and_asks_nobody(
    saved, page, tmp_path, theme
):
    import nbformat
    from nbconvert import HTMLExporter

    notebook = nbformat.reads(json.dumps(saved), 4)
    exporter = HTMLExporter(mathjax_url="", require_js_url="", theme=theme)
    path = tmp_path / "page.html"
    path.write_text(exporter.from_notebook_node(notebook)[0], encoding="utf-8")
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    page.screenshot(path=tmp_path / f"{theme}.png", full_page=True)

    check(page)
    assert [url for url in asked if not url.startswith("data:image/")] == [path.as_uri()]
    assert errors == []


@pytest.mark.parametrize("trust", ["not trusted yet", "trusted"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_notebook_that_is_reopened_shows_its_results_though_no_cell_has_run(
    saved, lab, watched, theme, trust
):
    trusted = trust == "trusted"
    name = f"{theme}{trusted}.ipynb"
    # Trust is a matter of the content: each has its own.
    notebook = saved | {"metadata": saved["metadata"] | {"title": name}}
    put(lab, name, notebook, trusted)
    lab.override("apputils-extension/themes", theme=f"JupyterLab {theme.title()}")
    lab.visit(watched, name)
    watched.locator(".yotokit").last.wait_for()

    check(watched)
    styles = watched.evaluate("() => document.querySelectorAll('.jp-OutputArea style').length")
    assert bool(styles) == trusted
