"""What is left of a notebook without its kernel: as HTML, as Markdown, as text, on a code host."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from staying import NASTY, SHOWN, executed, outputs

nbconvert = pytest.importorskip("nbconvert", reason="nbconvert is not installed (extra lab)")
markdown_it = pytest.importorskip("markdown_it", reason="a renderer of CommonMark")

# What each result must say, whoever shows it.
WORDS = {
    "loudness": ["01 moon.wav", "LUFS", "dBTP", "0:08"],
    "silence": ["silent", "03 silent.wav", "-∞ dBTP"],
    "comparison": ["01 moon.wav", '02 <b>&"star.wav', "quieter than the middle", "FAILED"],
    "session": [NASTY, "3 done, 1 failed", '<b>&"star', "-16.0", "failed"],
    "diff": [NASTY, "moon", "added", "0:08"],
    "report": [NASTY, "3 of 4 files on card", "1 FAILED", "done", "-16.0", '<b>&"star'],
    "card": [NASTY, "moon", '<b>&"star', "0:08"],
    "verification": [NASTY, "the service", "moon", "-16.0"],
    "icons": ["moon", "owl"],
    "icon": ["moon"],
    "backups": [NASTY, "0:20"],
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return executed(tmp_path_factory.mktemp("staying"))


@pytest.fixture(scope="module")
def shown(saved):
    return outputs(saved)


class Host(HTMLParser):
    """A viewer that keeps words and pictures, and drops how they look.

    Attributes
    ----------
    words : str
        What is left to read.
    pictures : list of str
        Their sources.
    """

    def __init__(self, markup):
        super().__init__()
        self._dropped = 0
        self.words, self.pictures, self.cells = "", [], 0
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        self._dropped += tag in ("style", "svg", "script")
        self.pictures += [dict(attrs)["src"]] if tag == "img" else []
        self.cells += tag in ("td", "th")
        self.words += " " if tag in ("td", "th", "tr", "div", "p", "li", "dt", "dd", "h4") else ""

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self._dropped -= tag in ("style", "svg", "script")

    def handle_endtag(self, tag):
        self._dropped -= tag in ("style", "svg", "script")

    def handle_data(self, data):
        self.words += "" if self._dropped else data


def exported(saved, exporter, **options):
    import nbformat

    notebook = nbformat.reads(json.dumps(saved), 4)
    return getattr(nbconvert, exporter)(**options).from_notebook_node(notebook)[0]


def rendered(markdown):
    """Return what CommonMark makes of a text: HTML that stands in it is passed on."""
    return markdown_it.MarkdownIt("commonmark").render(markdown)


def test_every_kind_of_result_is_there(shown):
    assert set(SHOWN) <= set(shown) == set(SHOWN) | {"the same again"}
    assert set(WORDS) == set(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_a_result_is_one_line_of_well_formed_html_that_loads_and_runs_nothing(shown, name):
    piece = shown[name]["text/html"]

    assert len(piece.splitlines()) == 1
    ElementTree.fromstring(f"<div>{piece}</div>")
    assert not re.search(r"https?:|//|<script|\bid=|\son\w+=|@import|url\(", _without_data(piece))
    assert "<b>" not in piece
    assert piece.startswith("<div")


def _without_data(piece):
    return re.sub(r"data:image/(?:png|svg\+xml)[;,][^\"]*", "", piece)


def test_a_result_shows_the_same_each_time(shown):
    same = shown["the same again"]["text/plain"]

    assert "False" not in same
    assert same.count("True") == len(SHOWN) - 1


@pytest.mark.parametrize("name", SHOWN)
def test_a_result_says_the_same_as_text(shown, name):
    text = shown[name]["text/plain"]

    for word in WORDS[name]:
        assert word in text
    assert "<div" not in text


@pytest.mark.parametrize("name", SHOWN)
def test_what_a_code_host_leaves_of_a_result_reads_well(shown, name):
    host = Host(shown[name]["text/html"])

    for word in WORDS[name]:
        assert word in " ".join(host.words.split())
    assert "{" not in host.words
    assert not re.search(r"\d:\d\d[a-z]|[a-z]\d:\d\d|LUFS[a-z]", host.words)
    assert bool(host.pictures) == (name not in ("diff", "verification", "backups"))
    assert all(source.startswith("data:image/") for source in host.pictures)


def test_as_html_the_results_are_there_and_none_of_them_asks_for_a_script(saved, shown):
    page = exported(saved, "HTMLExporter", mathjax_url="", require_js_url="")
    whole, pieces = Host(page), [Host(shown[name]["text/html"]) for name in SHOWN]

    for piece in pieces:
        assert " ".join(piece.words.split()) in " ".join(whole.words.split())
    assert whole.pictures == [picture for piece in pieces for picture in piece.pictures]
    assert whole.cells == sum(piece.cells for piece in pieces) > 50
    assert set(re.findall(r'<script src="([^"]*)"', page)) == {""}
    assert "widget-state" not in page


def test_as_markdown_the_results_stay_whole(saved, shown):
    page = rendered(exported(saved, "MarkdownExporter"))

    for name in SHOWN:
        assert shown[name]["text/html"] in page
    pieces = [shown[name]["text/html"] for name in SHOWN]
    assert Host(page).cells == sum(Host(piece).cells for piece in pieces) > 50
    assert "{" not in Host("".join(pieces)).words


def test_as_markdown_of_text_alone_the_results_are_tables_of_text(saved):
    from traitlets.config import Config

    config = Config({"NbConvertBase": {"display_data_priority": ["text/plain"]}})
    page = rendered(exported(saved, "MarkdownExporter", config=config))
    code = html.unescape(re.sub(r"</?(?:pre|code)[^>]*>", "", page))

    for words in WORDS.values():
        for word in words:
            assert word in code
    assert "<table" not in page
    assert "<style" not in page
