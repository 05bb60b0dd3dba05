"""Icons: the numbers that are drawn here, and what a notebook shows."""

from __future__ import annotations

import io
import itertools
import pickle
from dataclasses import replace

from PIL import Image

import yotokit as yk
from yotokit.yoto.pictures.digits import number_png
from yotokit.yoto.pictures.icon import Sheet


def shown(data):
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image


def color(image):
    (color,) = {point for point in zip(*[iter(image.tobytes())] * 4, strict=True) if point[3]}
    return color


def test_every_number_has_a_picture_of_its_own_that_fits_the_display():
    pictures = {number: shown(number_png(number)) for number in range(1, 1_000)}

    assert len({image.tobytes() for image in pictures.values()}) == 999
    shapes = {image.getchannel("A").tobytes() for image in pictures.values()}
    assert len(shapes) == 999  # told apart without their colors, too
    for number, image in pictures.items():
        left, top, right, bottom = image.getchannel("A").getbbox()
        assert 0 < left < right < 16, number
        assert bottom - top >= 8
        assert abs((16 - right) - left) <= 3


def test_neighbors_differ_in_color():
    colors = [color(shown(number_png(number))) for number in range(1, 40)]

    assert all(one != other for one, other in itertools.pairwise(colors))


# As a notebook shows it


def test_an_icon_shows_its_picture_and_escapes_its_title():
    icon = yk.Icon("m" * 43, '<script>"', ("a", "b"), "https://a/<b>")
    own = yk.Icon("m" * 43, '<script>"', data=number_png(1))
    asked = replace(icon).shown_by({icon.reference: number_png(1)}.get)

    assert own._repr_html_() == asked._repr_html_()
    assert "&lt;script&gt;&quot;" in own._repr_html_()
    assert "<script>" not in own._repr_html_()
    assert "image-rendering: pixelated" in own._repr_html_()
    assert 'src="data:image/png;base64,' in own._repr_html_()
    assert "PNG" not in repr(own)


def test_an_icon_whose_picture_is_not_at_hand_shows_its_title_and_loads_nothing():
    icon = yk.Icon("m" * 43, "moon", url="https://a/b")

    there = replace(icon).shown_by(lambda _: number_png(1))
    without = [replace(icon).shown_by(picture) for picture in (lambda _: None, lambda _: 1 / 0)]

    assert "<img" in there._repr_html_()
    for one in (icon, *without, pickle.loads(pickle.dumps(there))):
        assert "moon" in one._repr_html_()
        assert "<img" not in one._repr_html_()
        assert "https:" not in one._repr_html_()


def test_icons_that_were_found_are_shown_side_by_side_and_not_all_of_many():
    sheet = Sheet(yk.Icon(f"{number}", f"<{number}>", data=b"PNG") for number in range(120))

    assert sheet._repr_html_().count("<img") == 100
    assert "and 20 more" in sheet._repr_html_()
    assert "&lt;7&gt;" in sheet._repr_html_()
    assert "no icon" in Sheet()._repr_html_()
