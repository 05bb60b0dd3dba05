"""The pictures to choose from, in plain Chromium."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image
from showing import Shown

from yotokit.widgets.icons import IconGrid

EVIL = '<b>&"<img src=x onerror="window.hit = 1">'


def make_icon(place, **changes):
    file = io.BytesIO()
    Image.new("RGBA", (16, 16), (5 * place, 200, 90, 255)).save(file, "PNG")
    png = base64.b64encode(file.getvalue()).decode()
    return {"id": f"yoto:#{place}", "name": f"Icon {place}", "png": png} | changes


@pytest.fixture
def show(watched):
    def show(count=12, *, dark=False, **changes):
        icons = [make_icon(place) for place in range(1, count + 1)]
        state = {"icons": icons, "chosen": "", "label": "Icons for Moon"} | changes
        return Shown(watched, IconGrid, state, dark=dark)

    # Six in a row.
    watched.set_viewport_size({"width": 450, "height": 700})
    return show


def radio(page, place):
    return page.get_by_role("radio", name=f"Icon {place}", exact=True)


def settled(page):
    page.wait_for_function("() => model.sent.length > 0")
    page.wait_for_timeout(400)


def test_it_is_a_named_group_of_named_pictures_one_of_which_is_chosen(show, watched):
    show(chosen="yoto:#3")
    group = watched.get_by_role("radiogroup", name="Icons for Moon")
    assert group.get_by_role("radio").count() == 12
    assert radio(watched, 3).is_checked()
    assert watched.locator(".yg-caption").inner_text() == "Icon 3"


def test_names_are_text_whatever_is_in_them(show, watched):
    show(icons=[make_icon(1, name=EVIL)], label=EVIL)
    assert watched.get_by_role("radio", name=EVIL).count() == 1
    watched.get_by_role("radio").click()
    assert watched.locator(".yg-caption").inner_text() == EVIL
    assert watched.locator(".yotokit-icons b").count() == 0
    assert watched.evaluate("() => window.hit") is None


def test_pictures_are_crisp_multiples_of_sixteen_on_black(show, watched):
    show(1)
    look = watched.evaluate(
        "() => { const image = document.querySelector('img');"
        " const style = getComputedStyle(image);"
        " return [image.naturalWidth, image.getBoundingClientRect().width, style.imageRendering,"
        " getComputedStyle(image.parentElement).backgroundColor]; }"
    )
    assert look == [16, 48, "pixelated", "rgb(0, 0, 0)"]


def test_a_click_chooses(show, watched):
    shown = show()
    watched.locator("label").nth(4).click()
    settled(watched)
    assert shown.sent() == [{"do": "choose", "icon": "yoto:#5"}]
    assert radio(watched, 5).is_checked()


def test_arrow_keys_go_through_the_rows_and_only_where_they_stay_is_chosen(show, watched):
    shown = show(chosen="yoto:#1")
    watched.keyboard.press("Tab")
    for key in ("ArrowRight", "ArrowDown", "ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowDown"):
        watched.keyboard.press(key)
    assert radio(watched, 7).is_checked()
    assert watched.locator(".yg-caption").inner_text() == "Icon 7"
    settled(watched)
    assert shown.sent() == [{"do": "choose", "icon": "yoto:#7"}]


def test_leaving_the_grid_chooses_at_once(show, watched):
    shown = show(chosen="yoto:#1")
    watched.keyboard.press("Tab")
    watched.keyboard.press("ArrowRight")
    watched.keyboard.press("Tab")
    assert shown.sent() == [{"do": "choose", "icon": "yoto:#2"}]


def test_new_pictures_leave_those_that_stay_where_the_focus_is(show, watched):
    shown = show()
    radio(watched, 5).focus()
    for turn in range(20):
        shown.update(icons=[make_icon(place) for place in (5, *range(20, 25 + turn))])
    assert radio(watched, 5).evaluate("radio => radio === document.activeElement")
    assert watched.get_by_role("radio").count() == 25


def test_late_answers_do_not_undo_a_later_choice(show, watched):
    shown = show()
    for place in (2, 3, 4):
        watched.locator("label").nth(place - 1).click()
        settled(watched)
    shown.update(chosen="yoto:#2")
    assert radio(watched, 4).is_checked()
    shown.update(chosen="yoto:#4")
    shown.update(chosen="yoto:#9")
    assert radio(watched, 9).is_checked()


def test_the_chosen_one_is_marked_by_more_than_a_color(show, watched):
    show(chosen="yoto:#2")
    mark = "node => getComputedStyle(node, '::after').content"
    assert "✓" in watched.locator("label").nth(1).evaluate(mark)
    assert watched.locator("label").nth(0).evaluate(mark) == "none"


def test_views_that_are_removed_leave_nothing_behind(show, watched):
    shown = show()
    shown.add_view()
    assert watched.evaluate("() => model.listeners()") == 6
    shown.remove_views()
    assert watched.evaluate("() => model.listeners()") == 0
    assert watched.locator("main").inner_text() == ""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious_in_the_grid(show, watched, axe, dark):
    show(dark=dark, chosen="yoto:#2")
    assert axe(watched, ".yotokit-icons") == []
