"""Pictures of any kind to what the service takes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from yotokit.yoto.pictures.opening import opened, within_memory

if TYPE_CHECKING:
    from PIL.Image import Image

    from yotokit.yoto.pictures.opening import Picture

__all__ = ["SIDE", "cover_jpeg", "icon_png", "png_of"]

SIDE = 16
_LONGEST_SIDE = 4096  # of a cover that is very long, or very high
_QUALITY = 90


def icon_png(picture: Picture) -> bytes:
    """Return a picture as a display icon: PNG, 16 by 16, RGBA.

    What has that size stays as it is, point for point; the rest is fitted in, its middle to the
    middle, and what is left free is transparent.

    Raises
    ------
    InputError
        It is no picture, damaged, or too large.
    """
    image = opened(picture)
    if image.size == (SIDE, SIDE):
        return png_of(image)
    from PIL import Image  # noqa: PLC0415 - takes its time

    with within_memory(picture):
        small = _drawn_smaller(image) or _fitted(image)
    canvas = Image.new("RGBA", (SIDE, SIDE))
    canvas.paste(small, ((SIDE - small.width) // 2, (SIDE - small.height) // 2))
    return png_of(canvas)


def cover_jpeg(picture: Picture, size: tuple[int, int]) -> bytes:
    """Return a picture as JPEG, upright, twice as large as its cover will be, or as it was.

    Its metadata, such as where it was taken, is left behind; what is transparent becomes white.

    Parameters
    ----------
    size : (int, int)
        Width and height, pixels: what the service cuts the cover to.

    Raises
    ------
    InputError
        It is no picture, damaged, or too large.
    """
    from PIL import Image  # noqa: PLC0415 - takes its time

    image = opened(picture)
    share = max(2 * part / whole for part, whole in zip(size, image.size, strict=True))
    share = min(share, 1.0, _LONGEST_SIDE / max(image.size))
    out = io.BytesIO()
    with within_memory(picture):
        if share < 1.0:
            image = image.resize(_scaled(image, share), Image.Resampling.LANCZOS)
        page = Image.new("RGB", image.size, "white")
        page.paste(image, mask=image.getchannel("A"))
        page.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def png_of(image: Image) -> bytes:
    """Return an image as PNG, without anything that is no pixel."""
    image.info = {}
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _fitted(image: Image) -> Image:
    from PIL import Image as Pillow  # noqa: PLC0415 - takes its time

    largest = max(image.size)
    if largest <= SIDE:  # points stay points
        times = SIDE // largest
        return image.resize((image.width * times, image.height * times), Pillow.Resampling.NEAREST)
    return image.resize(_scaled(image, SIDE / largest), Pillow.Resampling.LANCZOS)


def _drawn_smaller(image: Image) -> Image | None:
    """Return what was enlarged from 16 by 16, point by point; None if it was not."""
    from PIL import Image as Pillow  # noqa: PLC0415 - takes its time

    if image.width != image.height or image.width % SIDE:
        return None
    small = image.resize((SIDE, SIDE), Pillow.Resampling.NEAREST)
    again = small.resize(image.size, Pillow.Resampling.NEAREST)
    return small if again.tobytes() == image.tobytes() else None


def _scaled(image: Image, share: float) -> tuple[int, int]:
    return max(1, round(image.width * share)), max(1, round(image.height * share))
