from __future__ import annotations

import logging
import threading
from contextlib import closing

import pytest

from yotokit.widgets.icons import IconGrid
from yotokit.widgets.table import FileTable

ROW = {
    "id": "a",
    "position": 1,
    "title": "Moon",
    "note": "",
    "state": "done",
    "color": "green",
    "progress": None,
    "cells": [],
    "can": ["edit"],
}


@pytest.fixture
def heard():
    return []


@pytest.fixture
def table(heard):
    with closing(FileTable(on_command=heard.append)) as table:
        yield table


def tell(widget, content):
    """Do what the kernel does with a message from the browser."""
    data = {"method": "custom", "content": content}
    widget._handle_msg({"content": {"data": data}, "buffers": []})


@pytest.mark.parametrize(
    "command",
    [
        *(
            {"do": do, "job": "a"}
            for do in ("select", "up", "down", "cancel", "retry", "remove", "icon", "listen")
        ),
        {"do": "move", "job": "a", "position": 3},
        {"do": "edit", "job": "a", "title": "Moon and mill"},
    ],
    ids=lambda command: command["do"],
)
def test_a_command_is_handed_on_without_what_does_not_belong_to_it(table, heard, command):
    tell(table, command | {"position": 3, "title": "Moon and mill", "else": object})
    assert heard == [command]


@pytest.mark.parametrize(
    "content",
    [
        None,
        "select",
        [],
        {},
        {"do": "select"},
        {"do": "select", "job": ""},
        {"do": "select", "job": 7},
        {"do": "select", "job": "a" * 100_000},
        {"do": ["select"], "job": "a"},
        {"do": "format", "job": "a"},
        {"do": "__class__", "job": "a"},
        {"do": "move", "job": "a"},
        {"do": "move", "job": "a", "position": 0},
        {"do": "move", "job": "a", "position": True},
        {"do": "move", "job": "a", "position": 1.5},
        {"do": "move", "job": "a", "position": "1"},
        {"do": "move", "job": "a", "position": 10**30},
        {"do": "edit", "job": "a"},
        {"do": "edit", "job": "a", "title": " \n\t "},
        {"do": "edit", "job": "a", "title": {"b": 1}},
        {"do": "edit", "job": "a", "title": "x" * 101},
    ],
    ids=lambda content: repr(content)[:60],
)
def test_what_is_no_command_does_nothing_and_is_logged(table, heard, caplog, content):
    with caplog.at_level(logging.WARNING, "yotokit"):
        tell(table, content)
    assert heard == []
    [record] = caplog.records
    assert "no command" in record.message
    assert len(record.message) < 300


def test_blanks_in_a_title_are_single_ones(table, heard):
    tell(table, {"do": "edit", "job": "a", "title": "  Moon \n and\t mill "})
    assert heard == [{"do": "edit", "job": "a", "title": "Moon and mill"}]


def test_what_a_command_raises_is_logged_and_goes_no_further(caplog):
    def fail(_):
        raise RuntimeError("no more")

    with closing(FileTable(on_command=fail)) as table, caplog.at_level(logging.ERROR, "yotokit"):
        tell(table, {"do": "select", "job": "a"})
    [record] = caplog.records
    assert record.exc_info[1].args == ("no more",)


def test_a_browser_cannot_change_what_is_shown(table):
    table.rows = [ROW]
    message = {"method": "update", "state": {"rows": [], "shown": "b"}, "buffer_paths": []}
    table._handle_msg({"content": {"data": message}, "buffers": []})
    assert (table.rows, table.shown) == ([ROW], "")


@pytest.mark.parametrize("widget", [FileTable, IconGrid])
def test_what_goes_to_the_browser_is_one_module_that_asks_for_nothing_else(widget):
    before = set(threading.enumerate())
    with closing(widget()) as shown:
        state = shown.get_state()
        assert set(threading.enumerate()) == before
    module, style = state["_esm"], state["_css"]
    assert module.count("export default") == 1
    assert ".yotokit-" in style
    for forbidden in ("import ", "import(", "innerHTML", "insertAdjacentHTML", "eval(", "fetch("):
        assert forbidden not in module
    for piece in (module.replace("http://www.w3.org/2000/svg", ""), style):
        assert "://" not in piece


def test_a_choice_of_an_icon_is_handed_on_and_nothing_else_is(heard, caplog):
    with closing(IconGrid(on_command=heard.append)) as grid:
        tell(grid, {"do": "choose", "icon": "yoto:#abc", "job": "a"})
        tell(grid, {"do": "choose", "icon": 3})
        tell(grid, {"do": "select", "icon": "yoto:#abc"})
    assert heard == [{"do": "choose", "icon": "yoto:#abc"}]
    assert len(caplog.records) == 2
