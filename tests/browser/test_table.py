"""The table of files in plain Chromium, steered as people do."""

from __future__ import annotations

import statistics

import pytest
from showing import Shown

from yotokit.widgets.table import FileTable

EVIL = '<b>&"<img src=x onerror="window.hit = 1">'
HEADERS = ["no.", "title", "state", "before", "after", "LRA", "dBTP", "gain", "limit", "curve"]
ALL = ["up", "down", "cancel", "retry", "remove", "edit", "icon", "listen"]
BUTTONS = {
    "Move up": "up",
    "Move down": "down",
    "Icon": "icon",
    "Listen": "listen",
    "Retry": "retry",
    "Cancel": "cancel",
}


def make_row(place, **changes):
    row = {
        "id": f"job-{place}",
        "position": place,
        "title": f"Story {place}",
        "note": "",
        "state": "waiting",
        "color": "grey",
        "progress": None,
        "cells": ["-23.4", "-16.0", "7.2", "-1.5", "+7.4", "ceiling"],
        "can": ALL,
    }
    return row | changes


def make_state(count=12, **changes):
    state = {
        "caption": f"{count} files",
        "label": "Files of Bedtime stories",
        "headers": HEADERS,
        "rows": [make_row(place) for place in range(1, count + 1)],
        "curves": {},
        "shown": "job-1",
        "announcement": "",
    }
    return state | changes


@pytest.fixture
def show(watched):
    return lambda dark=False, **changes: Shown(watched, FileTable, make_state(**changes), dark=dark)


def ordered(*places):
    """Return the rows in another order, with their new positions."""
    return [make_row(old) | {"position": new} for new, old in enumerate(places, 1)]


def radio(page, place):
    return page.get_by_role("radio", name=f"Select Story {place}", exact=True)


def focused(page):
    return page.evaluate(
        "() => document.activeElement.getAttribute('aria-label')"
        " ?? document.activeElement.textContent"
    )


def titles(page):
    return page.locator("tbody .yt-name").all_inner_texts()


def drag(page, place, to_y, *, steps=6):
    """Press on a row's handle, and move to another height without letting go."""
    box = page.locator("tbody tr").nth(place - 1).locator(".yt-handle").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 5, to_y, steps=steps)
    frames(page)


def frames(page):
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 20)))")


def middle(page, place):
    box = page.locator("tbody tr").nth(place - 1).bounding_box()
    return box["y"] + box["height"] / 2


def test_titles_and_notes_are_text_whatever_is_in_them(show, watched):
    odd = make_row(1, title=EVIL, note=EVIL, state=EVIL, cells=[EVIL] * 6, color=EVIL)
    show(rows=[odd], caption=EVIL, label=EVIL, headers=[EVIL] * 10, announcement=EVIL)

    assert titles(watched) == [EVIL]
    assert watched.get_by_role("radio", name=f"Select {EVIL}").count() == 1
    assert watched.get_by_role("toolbar", name=f"Selected file: {EVIL}").count() == 1
    assert watched.locator(".yotokit-table :is(b, img)").count() == 0
    assert watched.evaluate("() => window.hit") is None


def test_it_is_a_real_table_with_a_caption_and_a_header_for_each_column(show, watched):
    show(caption="12 files, 3 done")

    assert watched.get_by_role("table", name="12 files, 3 done").count() == 1
    assert watched.get_by_role("columnheader").all_inner_texts() == HEADERS
    assert watched.get_by_role("rowheader").count() == 12
    assert watched.get_by_role("row").count() == 13


def test_without_files_it_says_so(show, watched):
    shown = show(count=0)
    assert watched.locator("tbody").inner_text().strip() == "No files yet"
    assert watched.get_by_role("toolbar", name="Selected file: none").count() == 1

    shown.update(rows=[make_row(1)])
    assert watched.get_by_text("No files yet").count() == 0
    shown.update(rows=[])
    assert watched.get_by_text("No files yet").count() == 1


def test_a_click_anywhere_on_a_row_selects_it_and_arrow_keys_go_on_from_there(show, watched):
    shown = show()
    watched.get_by_role("cell", name="-23.4").nth(3).click()
    assert shown.sent() == [{"do": "select", "job": "job-4"}]
    assert radio(watched, 4).is_checked()
    assert watched.get_by_role("toolbar", name="Selected file: Story 4").count() == 1

    watched.keyboard.press("ArrowDown")
    watched.keyboard.press("ArrowDown")
    watched.keyboard.press("ArrowUp")
    assert [one["job"] for one in shown.sent()] == ["job-5", "job-6", "job-5"]
    assert radio(watched, 5).is_checked()


def test_late_answers_do_not_undo_a_later_pick_and_another_views_pick_is_followed(show, watched):
    shown = show()
    radio(watched, 2).click()
    radio(watched, 3).click()
    radio(watched, 4).click()
    for late in ("job-2", "job-3"):
        shown.update(shown=late)
        assert radio(watched, 4).is_checked()
    shown.update(shown="job-4")
    shown.update(shown="job-9")
    assert radio(watched, 9).is_checked()
    assert watched.locator("tr.yt-shown").count() == 1


def test_the_focus_marked_text_scrolling_and_a_half_typed_title_survive_fifty_repaints(
    show, watched
):
    shown = show(count=60)
    radio(watched, 30).click()
    watched.keyboard.press("F2")
    watched.keyboard.type("Half a ti")
    watched.keyboard.press("ArrowLeft")
    look = (
        "() => { const input = document.querySelector('.yt-editor input');"
        " return [document.activeElement === input, input.value, input.selectionStart,"
        " document.querySelector('.yt-scroller').scrollTop]; }"
    )
    before = watched.evaluate(look)
    assert before[:3] == [True, "Half a ti", 8]
    assert before[3] > 0

    for turn in range(50):
        rows = [make_row(place, state=f"uploading {turn} %") for place in range(1, 61)]
        rows[turn]["progress"] = turn / 50
        shown.update(rows=rows, caption=f"{turn} done")
    assert watched.evaluate(look) == before

    watched.keyboard.press("Escape")
    watched.evaluate("() => getSelection().selectAllChildren(document.querySelector('.yt-name'))")
    for turn in range(50):
        shown.update(rows=[make_row(place, note=f"{turn}") for place in range(1, 61)])
    assert watched.evaluate("() => getSelection().toString()") == "Story 1"
    assert focused(watched) == "Select Story 30"


def test_a_change_touches_its_own_row_alone_and_a_move_one_row_alone(show, watched):
    shown = show()
    watched.evaluate(
        "() => { window.changes = []; new MutationObserver(list => changes.push(...list.map(m =>"
        " `${m.type} ${m.target.nodeName} ${m.addedNodes.length}`)))"
        ".observe(document.querySelector('tbody'),"
        " {subtree: true, childList: true, characterData: true}); }"
    )
    shown.update(rows=[make_row(n, state="done" if n == 5 else "waiting") for n in range(1, 13)])
    frames(watched)
    assert watched.evaluate("() => changes.splice(0)") == ["characterData #text 0"]

    shown.update(rows=ordered(12, *range(1, 12)))
    frames(watched)
    moved = watched.evaluate("() => changes.filter(one => one.startsWith('childList'))")
    assert moved == ["childList TBODY 0", "childList TBODY 1"]
    assert titles(watched)[:3] == ["Story 12", "Story 1", "Story 2"]


def test_keys_on_a_row_move_it_and_the_focus_stays_with_it(show, watched):
    shown = show(count=30)
    radio(watched, 3).click()
    shown.sent()
    watched.keyboard.press("Alt+ArrowUp")
    assert shown.sent() == [{"do": "up", "job": "job-3"}]
    shown.update(rows=ordered(1, 3, 2, *range(4, 31)))
    assert titles(watched)[:3] == ["Story 1", "Story 3", "Story 2"]
    assert focused(watched) == "Select Story 3"

    watched.keyboard.press("Alt+ArrowDown")
    assert shown.sent() == [{"do": "down", "job": "job-3"}]
    shown.update(rows=ordered(1, 2, *range(4, 31), 3))
    assert focused(watched) == "Select Story 3"
    row, box = (watched.locator(one).bounding_box() for one in ("tr.yt-shown", ".yt-scroller"))
    assert row["y"] + row["height"] <= box["y"] + box["height"]


def test_every_order_is_reached_with_the_focus_where_it_was(show, watched):
    shown = show(count=7)
    watched.get_by_role("radio").nth(3).focus()
    orders = [
        (7, 6, 5, 4, 3, 2, 1),
        (4, 1, 7, 2, 6, 3, 5),
        (1, 2, 3, 5, 6, 7, 4),
        (9, 4, 8, 1),
        (4,),
        (1, 2, 3, 4, 5, 6, 7),
    ]
    for order in orders:
        shown.update(rows=ordered(*order))
        assert titles(watched) == [f"Story {place}" for place in order]
        assert focused(watched) == "Select Story 4"


def test_the_buttons_send_what_they_say_for_the_file_that_is_selected(show, watched):
    shown = show(shown="job-7")
    toolbar = watched.get_by_role("toolbar", name="Selected file: Story 7")
    for name, command in BUTTONS.items():
        toolbar.get_by_role("button", name=name, exact=True).click()
        assert shown.sent() == [{"do": command, "job": "job-7"}]


def test_what_is_not_possible_sends_nothing_and_keeps_the_focus(show, watched):
    shown = show()
    watched.get_by_role("button", name="Move down").focus()
    shown.update(rows=[make_row(place, can=[]) for place in range(1, 13)])
    assert focused(watched) == "Move down"

    for name in [*BUTTONS, "Rename", "Remove"]:
        button = watched.get_by_role("button", name=name, exact=True)
        assert button.get_attribute("aria-disabled") == "true"
        button.click(force=True)
    radio(watched, 1).focus()
    for key in ("Alt+ArrowUp", "Alt+ArrowDown", "F2", "Delete"):
        watched.keyboard.press(key)
    assert shown.sent() == []
    assert watched.locator(".yt-editor, .yt-question:visible").count() == 0
    assert watched.locator(".yt-handle:visible").count() == 0


def test_the_toolbar_is_one_stop_of_the_tab_key_and_arrows_go_through_it(show, watched):
    show()
    watched.keyboard.press("Tab")
    assert focused(watched) == "Move up"
    watched.keyboard.press("ArrowRight")
    watched.keyboard.press("ArrowRight")
    assert focused(watched) == "Rename"
    watched.keyboard.press("End")
    assert focused(watched) == "Remove"
    watched.keyboard.press("Tab")
    assert focused(watched) == "Files of Bedtime stories"
    watched.keyboard.press("Tab")
    assert focused(watched) == "Select Story 1"
    watched.keyboard.press("Shift+Tab")
    watched.keyboard.press("Shift+Tab")
    assert focused(watched) == "Remove"


def test_removing_asks_once_and_the_focus_comes_back(show, watched):
    shown = show()
    radio(watched, 3).click()
    shown.sent()
    watched.keyboard.press("Delete")
    question = watched.get_by_role("group", name="Remove Story 3?")
    assert question.is_visible()
    watched.keyboard.press("Escape")
    assert not question.is_visible()
    assert focused(watched) == "Select Story 3"
    watched.get_by_role("button", name="Remove", exact=True).click()
    watched.get_by_role("button", name="No", exact=True).click()
    assert focused(watched) == "Remove"
    assert shown.sent() == []

    radio(watched, 3).focus()
    watched.keyboard.press("Delete")
    watched.keyboard.press("Enter")
    assert shown.sent() == [{"do": "remove", "job": "job-3"}]
    shown.update(rows=ordered(1, 2, *range(4, 13)), shown="job-4")
    frames(watched)
    assert focused(watched) == "Select Story 4"


def test_a_question_is_dropped_when_another_file_is_selected(show, watched):
    shown = show()
    watched.get_by_role("button", name="Remove", exact=True).click()
    radio(watched, 2).click()
    assert not watched.get_by_role("button", name="Yes").is_visible()
    assert shown.sent() == [{"do": "select", "job": "job-2"}]


def test_a_title_is_written_anew_in_its_row(show, watched):
    shown = show()
    watched.get_by_role("button", name="Rename").click()
    field = watched.get_by_role("textbox", name="Title of file 1")
    assert field.get_attribute("maxlength") == "100"
    field.fill("   ")
    watched.keyboard.press("Enter")
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("  The moon   and the mill ")
    watched.get_by_role("button", name="Save").click()
    assert shown.sent() == [{"do": "edit", "job": "job-1", "title": "The moon and the mill"}]
    # What was asked for stands there, as on its way, until the model says what it is called.
    assert titles(watched)[0] == "The moon and the mill"
    assert watched.locator("tr.yt-waiting").count() == 1
    assert focused(watched) == "Select Story 1"

    shown.update(rows=[make_row(1, title="Moon, mill"), make_row(2)])
    assert titles(watched) == ["Moon, mill", "Story 2"]
    assert watched.locator("tr.yt-waiting").count() == 0


@pytest.mark.parametrize("leave", ["Escape", "Cancel", "unchanged"])
def test_a_title_that_is_not_changed_is_not_sent(show, watched, leave):
    shown = show()
    radio(watched, 1).focus()
    watched.keyboard.press("F2")
    if leave == "unchanged":
        watched.keyboard.press("Enter")
    else:
        watched.keyboard.type("Something else")
    if leave == "Escape":
        watched.keyboard.press("Escape")
    elif leave == "Cancel":
        watched.locator(".yt-editor").get_by_role("button", name="Cancel").click()
    assert shown.sent() == []
    assert watched.get_by_role("textbox").count() == 0
    assert titles(watched)[0] == "Story 1"
    assert focused(watched) == "Select Story 1"


def test_a_row_is_dragged_by_its_handle_and_moves_when_the_model_says_so(show, watched):
    shown = show()
    drag(watched, 2, middle(watched, 5) + 8)
    line = watched.locator(".yt-line")
    assert line.is_visible()
    below = watched.locator("tbody tr").nth(5).bounding_box()["y"]
    assert abs(line.bounding_box()["y"] - below) <= 2
    assert watched.get_by_text("Drop it to make it no. 5 of 12.").is_visible()
    watched.mouse.up()
    assert shown.sent() == [{"do": "move", "job": "job-2", "position": 5}]
    assert titles(watched)[:5] == [f"Story {place}" for place in range(1, 6)]
    assert watched.locator("tr.yt-waiting .yt-name").all_inner_texts() == ["Story 2"]
    assert not line.is_visible()

    shown.update(rows=ordered(1, 3, 4, 5, 2, *range(6, 13)))
    assert titles(watched)[4] == "Story 2"
    assert watched.locator("tr.yt-waiting").count() == 0


def test_a_drag_goes_up_too_and_to_both_ends(show, watched):
    shown = show(count=6)
    first, last = middle(watched, 1), middle(watched, 6)
    for place, height, position in ((4, middle(watched, 2) - 8, 2), (3, first - 15, 1)):
        drag(watched, place, height)
        watched.mouse.up()
        assert shown.sent() == [{"do": "move", "job": f"job-{place}", "position": position}]
    drag(watched, 2, last + 40)
    watched.mouse.up()
    assert shown.sent() == [{"do": "move", "job": "job-2", "position": 6}]


def test_a_drag_that_comes_back_or_is_left_by_escape_or_loses_its_row_sends_nothing(show, watched):
    shown = show()
    drag(watched, 3, middle(watched, 3) + 10)
    watched.mouse.up()
    drag(watched, 3, middle(watched, 7))
    watched.keyboard.press("Escape")
    assert not watched.locator(".yt-line").is_visible()
    watched.mouse.up()
    drag(watched, 3, middle(watched, 7))
    shown.update(rows=ordered(1, 2, *range(4, 13)))
    frames(watched)
    watched.mouse.up()
    assert [one for one in shown.sent() if one["do"] == "move"] == []
    assert watched.locator(".yt-dragging, .yt-dragged").count() == 0


def test_rows_may_change_places_while_one_is_dragged(show, watched):
    shown = show()
    drag(watched, 5, middle(watched, 8) + 8)
    shown.update(rows=ordered(5, 1, 2, 3, 4, *range(6, 13)))
    frames(watched)
    watched.mouse.up()
    assert shown.sent() == [{"do": "move", "job": "job-5", "position": 8}]


def test_a_drag_to_the_edge_scrolls_to_where_no_row_was_in_view(show, watched):
    shown = show(count=100)
    box = watched.locator(".yt-scroller").bounding_box()
    drag(watched, 2, box["y"] + box["height"] - 2)
    watched.wait_for_function("() => document.querySelector('.yt-scroller').scrollTop > 600")
    watched.mouse.up()
    [move] = shown.sent()
    assert move["position"] > 15


def test_a_press_on_the_handle_without_a_move_selects(show, watched):
    shown = show()
    watched.locator(".yt-handle").nth(3).click()
    assert shown.sent() == [{"do": "select", "job": "job-4"}]
    assert focused(watched) == "Select Story 4"


def test_a_finger_drags_as_a_mouse_does(show, watched):
    shown = show()
    box = watched.locator(".yt-handle").nth(1).bounding_box()
    x, y = box["x"] + 9, box["y"] + 13
    end = middle(watched, 4) + 8
    finger = watched.context.new_cdp_session(watched)
    for kind, height in (("Start", y), ("Move", y + 20), ("Move", end), ("End", None)):
        points = [] if height is None else [{"x": x, "y": height}]
        finger.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
        frames(watched)
    assert shown.sent() == [{"do": "move", "job": "job-2", "position": 4}]


def test_what_moves_has_a_bar_that_is_named_and_what_does_not_has_none(show, watched):
    shown = show(rows=[make_row(1, progress=0.4, state="uploading 40 %", color="blue")])
    bar = watched.get_by_role("progressbar", name="Progress of Story 1")
    assert bar.get_attribute("aria-valuenow") == "40"
    shown.update(rows=[make_row(1, progress=0.5, title="Moon")])
    bar = watched.get_by_role("progressbar", name="Progress of Moon")
    assert bar.get_attribute("aria-valuenow") == "50"
    shown.update(rows=[make_row(1, title="Moon")])
    assert bar.count() == 0


def test_a_curve_is_drawn_as_far_as_it_is_known_and_again_when_it_changes(show, watched):
    def spans():
        return watched.evaluate(
            "() => [...document.querySelectorAll('.yt-curve path')].map(path => {"
            " const box = path.getBBox();"
            " return [path.className.baseVal, box.x, box.width, box.y]; })"
        )

    level = 43  # -16 LUFS, near enough
    shown = show(rows=[make_row(1), make_row(2)], curves={"job-1": chr(35 + level) * 120})
    assert [span[:3] for span in spans()] == [["yt-area", 0, 60], ["yt-after", 0, 60]]
    half = chr(35 + level) * 60 + " " * 60
    shown.update(curves={"job-1": half, "job-2": "##" * 60 + "|6.0|-16"})
    drawn = spans()
    assert [span[0] for span in drawn[2:]] == ["yt-area", "yt-after", "yt-before", "yt-target"]
    assert drawn[0][2] == pytest.approx(30, abs=1)
    assert drawn[3][3] == 63, "silence was made louder"
    shown.update(curves={"job-1": chr(35 + level) * 120 + "|5.0"})
    drawn = {span[0]: span[3] for span in spans()}
    assert drawn["yt-before"] - drawn["yt-after"] == pytest.approx(6.3, abs=0.2)
    assert watched.locator(".yt-curve svg").get_attribute("aria-hidden") == "true"


def test_several_views_show_the_same_and_only_one_of_them_speaks(show, watched):
    shown = show()
    shown.add_view()
    watched.get_by_role("radio", name="Select Story 5").nth(1).click()
    assert shown.sent() == [{"do": "select", "job": "job-5"}]
    shown.update(shown="job-5", announcement="Story 5 has failed")
    tables = watched.locator(".yotokit-table")
    for view in (tables.nth(0), tables.nth(1)):
        assert view.get_by_role("radio", checked=True).count() == 1
        assert view.get_by_role("radio", name="Select Story 5").is_checked()
    assert watched.get_by_role("status").all_inner_texts() == ["Story 5 has failed", ""]

    watched.evaluate("() => views.shift()()")
    shown.update(announcement="Story 6 is done")
    assert watched.get_by_role("status").all_inner_texts() == ["Story 6 is done"]


def test_views_that_are_removed_leave_nothing_behind(show, watched):
    devtools = watched.context.new_cdp_session(watched)

    def on_window():
        window = devtools.send("Runtime.evaluate", {"expression": "window"})["result"]
        heard = devtools.send("DOMDebugger.getEventListeners", {"objectId": window["objectId"]})
        return sum(one["type"] == "keydown" for one in heard["listeners"])

    shown = show()
    shown.add_view()
    drag(watched, 2, middle(watched, 5))
    assert on_window() == 3
    assert watched.evaluate("() => model.listeners()") == 14
    shown.remove_views()
    assert on_window() == 0
    assert watched.evaluate("() => model.listeners()") == 0
    assert watched.locator("main").inner_text() == ""
    watched.mouse.up()
    shown.update(rows=[], shown="job-3", announcement="Nobody is here")
    assert shown.sent() == []


def test_keys_stay_in_the_widget_but_for_those_of_the_notebooks_menus(show, watched):
    show()
    watched.evaluate(
        "() => { window.keys = []; document.addEventListener('keydown', e => {"
        " keys.push([e.key, Boolean(e.target.closest('[data-lm-suppress-shortcuts]'))]);"
        " e.preventDefault(); }); document.addEventListener('keydown', e => {"
        " if (e.ctrlKey) keys.push(['captured',"
        " Boolean(e.target.closest('[data-lm-suppress-shortcuts]'))]); }, true); }"
    )
    radio(watched, 2).focus()
    for key in ("d", "d", "a", "Enter", "Escape", "ArrowDown", "Alt+ArrowUp", "F2"):
        watched.keyboard.press(key)
    watched.keyboard.type("xyz")
    assert watched.evaluate("() => keys") == []
    watched.keyboard.press("Control+s")
    seen = watched.evaluate("() => keys.filter(([key]) => key !== 'Control')")
    assert ["captured", False] in seen
    frames(watched)
    assert watched.locator("[data-lm-suppress-shortcuts=true]").count() == 1


def test_nothing_moves_by_itself_for_those_who_want_it_so(show, watched):
    show(rows=[make_row(1, progress=0.4)])
    look = "() => getComputedStyle(document.querySelector('.yt-bar > div')).transitionDuration"
    assert watched.evaluate(look) == "0.15s"
    watched.emulate_media(reduced_motion="reduce")
    assert watched.evaluate(look) == "0s"


def test_the_list_scrolls_in_itself_under_its_header(show, watched):
    show(count=100)
    box = watched.locator(".yt-scroller").bounding_box()
    assert box["height"] <= 480
    watched.locator(".yt-scroller").focus()
    watched.keyboard.press("PageDown")
    watched.wait_for_function("() => document.querySelector('.yt-scroller').scrollTop > 200")
    header = watched.get_by_role("columnheader", name="title").bounding_box()
    assert header["y"] - box["y"] <= 2


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious_in_the_table(show, watched, axe, dark):
    rows = [make_row(place, progress=place / 12, note="A note") for place in range(1, 13)]
    show(rows=rows, dark=dark)
    radio(watched, 2).click()
    watched.keyboard.press("F2")
    radio(watched, 3).click()
    watched.keyboard.press("Delete")
    assert axe(watched, ".yotokit-table") == []


def test_five_hundred_files_are_fluid(show, watched):
    shown = show(count=0)
    curve = "".join(chr(35 + place % 40) + chr(50 + place % 40) for place in range(60))
    state = make_state(500, curves={f"job-{place}": f"{curve}|4.0|-16" for place in range(1, 501)})
    measure = (
        "changes => { const begin = performance.now(); model.update(changes);"
        " const applied = performance.now() - begin;"
        " document.querySelector('.yt-scroller').scrollHeight;"
        " return [applied, performance.now() - begin]; }"
    )
    watched.evaluate(
        "() => { window.tasks = []; new PerformanceObserver(list => tasks.push(...list.getEntries()"
        ".map(one => one.duration))).observe({type: 'longtask'}); }"
    )
    first = watched.evaluate(measure, {"curves": state["curves"], "rows": state["rows"]})
    applied, laid_out = [], []
    for turn in range(30):
        for place in range(8 * turn, 8 * turn + 8):
            change = {"state": f"uploading {turn} %", "progress": turn / 30}
            state["rows"][place] = state["rows"][place] | change
        times = watched.evaluate(measure, {"rows": state["rows"]})
        applied.append(times[0])
        laid_out.append(times[1])
    watched.wait_for_function("() => document.querySelectorAll('tr').length === 501")
    assert titles(watched) == [f"Story {place}" for place in range(1, 501)]
    print(  # noqa: T201 - what was measured
        f"\n500 rows: {first[0]:.0f} ms to make, {first[1]:.0f} ms until some are there, "
        f"longest task {max(watched.evaluate('() => tasks'), default=0):.0f} ms; 8 changed: "
        f"{statistics.median(applied):.1f} ms, {statistics.median(laid_out):.1f} ms with layout"
    )
    assert statistics.median(laid_out) < 250
    assert shown.sent() == []
