"""Any picture becomes what the service takes, or is refused by its name, and soon."""

from __future__ import annotations

import io
import struct
import warnings
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageFile

from yotokit.errors import EmptyFileError, InputError
from yotokit.yoto.pictures.convert import cover_jpeg, icon_png

MODES = ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB"]
MODES += ["HSV", "I", "F", "I;16", "I;16L", "I;16B", "I;16N"]
FORMATS = ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"]


def saved(image, kind="PNG", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def shown(data):
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image


def points(image):
    return list(zip(*[iter(image.tobytes())] * 4, strict=True))


def drawn(width=64, height=64, mode="RGB"):
    """Return red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    return image.convert(mode)


@given(
    mode=st.sampled_from(MODES),
    width=st.integers(1, 70),
    height=st.integers(1, 70),
    data=st.binary(min_size=16, max_size=64),
)
@example("RGB", 5_000, 1, b"\0" * 16)
@example("F", 20, 20, b"\x7f" * 16)
def test_any_picture_of_any_size_and_kind_becomes_an_icon_and_a_cover(mode, width, height, data):
    whole = Image.new(mode, (width, height))
    size = len(whole.tobytes())
    image = Image.frombytes(mode, (width, height), (data * (size // len(data) + 1))[:size])
    try:
        icon, cover = icon_png(image), cover_jpeg(image, (520, 400))
    except InputError:
        assert mode == "F"  # not a number
        return

    assert (shown(icon).mode, shown(icon).size, shown(icon).format) == ("RGBA", (16, 16), "PNG")
    assert (shown(cover).mode, shown(cover).format) == ("RGB", "JPEG")


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_that_is_named_is_taken(kind):
    icon = shown(icon_png(saved(drawn(), kind)))

    assert icon.getpixel((2, 8))[0] > 200
    assert icon.getpixel((13, 8))[2] > 200


def test_what_has_the_size_already_stays_point_for_point():
    image = Image.frombytes("RGBA", (16, 16), bytes(range(256)) * 4)

    assert shown(icon_png(saved(image))).tobytes() == image.tobytes()


def test_nothing_but_pixels_is_in_an_icon():
    image = Image.new("RGBA", (16, 16))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = saved(image, icc_profile=profile, dpi=(72, 72))

    assert b"iCCP" in data
    assert icon_png(data) == saved(image, optimize=True)


@pytest.mark.parametrize("times", [2, 5, 32])
def test_a_drawing_that_was_enlarged_becomes_the_drawing(times):
    image = Image.frombytes("RGBA", (16, 16), bytes(range(256)) * 4)
    large = image.resize((16 * times, 16 * times), Image.Resampling.NEAREST)

    assert shown(icon_png(large)).tobytes() == image.tobytes()


@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((32, 16), (0, 4, 16, 12)),
        ((100, 300), (5, 0, 10, 16)),
        ((8, 8), (0, 0, 16, 16)),
        ((5, 3), (0, 3, 15, 12)),
        ((12, 10), (2, 3, 14, 13)),
        ((1, 5_000), (7, 0, 8, 16)),
    ],
)
def test_a_picture_is_fitted_into_the_middle_and_the_rest_is_transparent(size, box):
    icon = shown(icon_png(Image.new("RGB", size, "red")))

    assert icon.getchannel("A").getbbox() == box
    assert set(points(icon.crop(box))) == {(255, 0, 0, 255)}


def test_transparent_edges_are_not_darkened():
    image = Image.new("RGBA", (160, 160), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (33, 33, 127, 127))
    icon = shown(icon_png(image))

    seen = [point for point in points(icon) if point[3] > 64]
    assert min(min(point[:3]) for point in seen) > 240


@pytest.mark.parametrize("highest", [1, 200, 4_000, 65_535])
def test_gray_of_sixteen_bits_keeps_its_levels(highest):
    image = Image.new("I;16", (16, 16), 0)
    image.putpixel((3, 3), highest)
    icon = shown(icon_png(saved(image)))

    white = {1: 255, 200: 200, 4_000: 16, 65_535: 255}[highest]
    assert abs(icon.getpixel((3, 3))[0] - white) <= 1
    assert icon.getpixel((0, 0)) == (0, 0, 0, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_upright_and_leave_behind_where_they_were_taken(orientation):
    upright = Image.new("RGB", (60, 40), "white")
    upright.paste("black", (0, 0, 30, 20))
    undone = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    turned = upright.transpose(undone[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "CANARY"
    photo = saved(turned, "JPEG", exif=exif, quality=95)
    assert b"CANARY" in photo

    for image in (shown(cover_jpeg(photo, (520, 400))), shown(icon_png(photo))):
        width, height = image.size
        assert image.convert("L").getpixel((width // 4, height // 3)) < 60
        assert image.convert("L").getpixel((3 * width // 4, height // 3)) > 195
        assert image.convert("L").getpixel((width // 4, 2 * height // 3)) > 195
    assert b"CANARY" not in cover_jpeg(photo, (520, 400)) + icon_png(photo)


@pytest.mark.parametrize(
    ("size", "sent"),
    [
        ((3_000, 3_000), (1_040, 1_040)),
        ((4_000, 2_000), (1_600, 800)),
        ((300, 200), (300, 200)),
        ((9_000, 300), (4_096, 137)),
    ],
)
def test_a_cover_keeps_its_shape_and_is_made_smaller_only(size, sent):
    assert shown(cover_jpeg(Image.new("RGB", size), (520, 400))).size == sent


def test_what_is_transparent_on_a_cover_becomes_white():
    cover = shown(cover_jpeg(saved(Image.new("RGBA", (50, 50), (255, 0, 0, 0))), (520, 400)))

    assert cover.getpixel((25, 25)) == (255, 255, 255)


def test_an_image_that_is_given_stays_as_it_is():
    for image in (drawn(), drawn(16, 16, "RGBA")):
        image.info["note"] = "mine"
        before = image.tobytes()
        icon_png(image)
        cover_jpeg(image, (520, 400))
        assert image.tobytes() == before
        assert image.info == {"note": "mine"}


# Hostile


def refusal_of(convert, picture):
    try:
        convert(picture)
    except InputError as error:
        return error
    return None


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(width, height, *chunks):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def bomb(width, height):
    return png(width, height, chunk(b"IDAT", zlib.compress(b"\0" * 10_000_000)))


HOSTILE = {
    "a bomb": (bomb(60_000, 60_000), "million pixels"),
    "a bomb that only warns": (bomb(10_000, 10_000), "million pixels"),
    "a long line": (saved(Image.new("1", (30_001, 1))), "30000 on one side"),
    "a high line": (saved(Image.new("1", (1, 30_001))), "30000 on one side"),
    "one that is a little too large": (bomb(7_100, 7_100), "million pixels"),
    "larger than it says": (png(8, 8, chunk(b"IDAT", zlib.compress(b"\0" * 10**7))), ""),
    "smaller than it says": (png(999, 999, chunk(b"IDAT", zlib.compress(b"\0" * 99))), "damaged"),
    "without pixels": (png(0, 0), ""),
    "without data": (png(9, 9), "damaged"),
    "a bomb of text": (
        png(9, 9, *[chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 2_000_000))] * 60),
        "",
    ),
    "cut off": (saved(drawn(600, 600))[:400], "damaged"),
    "a photo cut off": (saved(drawn(600, 600), "JPEG")[:2_000], "damaged"),
    "text": (b"no picture", "no picture"),
    "a web page": (b"<!doctype html><html>", "no picture"),
    "a drawing in XML": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "no picture"),
    "a program for a printer": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture"),
    "sound": (b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 30, "no picture"),
    "too many bytes": (b"\x89PNG\r\n\x1a\n" + b"\0" * 20_000_000, "20 MB"),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(20)
def test_a_hostile_picture_is_refused_by_its_name_or_taken_for_what_it_is(name, tmp_path):
    data, problem = HOSTILE[name]
    path = tmp_path / "hostile.png"
    path.write_bytes(data)
    for convert in (icon_png, lambda path: cover_jpeg(path, (520, 400))):
        error = refusal_of(convert, path)
        assert error is not None or not problem
        assert error is None or (error.path == path and problem in str(error))


def test_no_warning_of_a_library_hides_what_is_wrong():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(InputError, match="million pixels"):
            icon_png(HOSTILE["a bomb that only warns"][0])


@pytest.mark.parametrize("step", ["load", "resize"])
def test_a_picture_that_there_is_no_memory_for_is_refused_by_its_name(monkeypatch, tmp_path, step):
    def none_left(*_, **__):
        raise MemoryError

    path = tmp_path / "large.png"
    path.write_bytes(saved(drawn(3_000, 2_000)))
    monkeypatch.setattr(Image.Image if step == "resize" else ImageFile.ImageFile, step, none_left)
    for convert in (icon_png, lambda path: cover_jpeg(path, (520, 400))):
        with pytest.raises(InputError, match=r"large\.png: is too large"):
            convert(path)


def test_nothing_is_an_empty_file():
    with pytest.raises(EmptyFileError, match="the picture: is empty"):
        icon_png(b"")


@given(
    kind=st.sampled_from(FORMATS),
    flips=st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 255)), max_size=20),
    cut=st.integers(0, 3_000),
)
def test_a_damaged_picture_is_taken_or_refused_and_never_anything_else(kind, flips, cut):
    data = bytearray(saved(drawn(40, 30), kind))
    for place, value in flips:
        data[place % len(data)] = value
    if cut % 2:
        del data[max(1, len(data) - cut) :]
    error = refusal_of(icon_png, bytes(data))

    assert error is not None or shown(icon_png(bytes(data))).size == (16, 16)
