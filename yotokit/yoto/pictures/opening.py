"""A picture from anywhere, upright and in RGBA; what is none is refused by its name."""

from __future__ import annotations

import io
import math
import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, Union

from yotokit.errors import (
    EmptyFileError,
    InputError,
    MissingFileError,
    NotAFileError,
    SettingError,
    UnreadableFileError,
)
from yotokit.loading import load
from yotokit.yoto.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

__all__ = ["Picture", "check_picture", "opened", "picture_bytes", "title_of", "within_memory"]

Picture: TypeAlias = Union[bytes, str, "os.PathLike[str]", "Image"]
"""A path, the bytes of a file, or an image of Pillow's."""

_LARGEST_BYTES = 20_000_000
_LARGEST_PIXELS = 50_000_000
_LONGEST_SIDE = 30_000  # a row of millions of pixels takes a hundred times its size to be scaled
# Not all that Pillow knows: some formats start other programs.
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
_UNTITLED = "the picture"


def title_of(picture: Picture) -> str:
    """Return the name of a picture's file without its ending; empty where there is no file.

    Examples
    --------
    >>> title_of("drawings/red moon.png"), title_of(b"...")
    ('red moon', '')
    """
    if not isinstance(picture, str | os.PathLike):
        return ""
    title: str = plain(Path(picture).stem)  # a name of a file may be no UTF-8
    return title


def opened(picture: Picture) -> Image:
    """Return a picture upright and in RGBA.

    Raises
    ------
    InputError
        It is no picture, damaged, or too large; there is no such file.
    SettingError
        It is nothing that could be a picture.
    """
    load("PIL.Image")
    import PIL.Image  # noqa: PLC0415 - takes its time

    name = _name_of(picture)
    if isinstance(picture, str | os.PathLike):
        data = picture_bytes(picture)
    elif isinstance(picture, bytes | bytearray | memoryview):
        data = _bounded(bytes(picture), name)
    elif isinstance(picture, PIL.Image.Image):
        return _decoded(picture, name)
    else:
        raise SettingError(
            f"a {type(picture).__name__} is no picture: give a path, bytes, or an image of Pillow's"
        )
    try:
        image = PIL.Image.open(io.BytesIO(data), formats=_FORMATS)
    except PIL.UnidentifiedImageError as error:
        raise InputError(name, "is no picture; give a PNG, JPEG, GIF, WebP, BMP or TIFF") from error
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as error:
        raise _too_large(name) from error
    except Exception as error:  # what a damaged file makes a decoder raise is not written down
        raise _damaged(name) from error
    with image:
        return _decoded(image, name)


def check_picture(picture: Picture) -> None:
    """Raise unless something is a picture.

    Raises
    ------
    InputError
        It is none, damaged, or too large; there is no such file.
    """
    opened(picture)


def picture_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return what is in a picture's file, which may be no picture; at most 20 MB are read.

    Raises
    ------
    InputError
        There is no such file, it is empty or too large, or it cannot be read.
    """
    path = Path(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
            raise NotAFileError(path, "is no file; give the path of a picture")
        with path.open("rb") as file:
            data = file.read(_LARGEST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingFileError(path, "no such file; check the spelling and the folder") from error
    except (OSError, ValueError) as error:
        raise UnreadableFileError(path, f"cannot be read ({error})") from error
    return _bounded(data, os.fspath(path))


def _bounded(data: bytes, name: str) -> bytes:
    if not data:
        raise EmptyFileError(name, "is empty")
    if len(data) > _LARGEST_BYTES:
        raise InputError(name, f"more than {_LARGEST_BYTES / 1e6:.0f} MB; give a smaller picture")
    return data


def _decoded(image: Image, name: str) -> Image:
    if image.width * image.height > _LARGEST_PIXELS or max(image.size) > _LONGEST_SIDE:
        raise _too_large(name)
    if not image.width or not image.height:
        raise InputError(name, "has no pixels")
    from PIL import ImageOps  # noqa: PLC0415 - takes its time

    try:
        image.load()
        rgba = _rgba(image)
    except MemoryError:
        raise _too_large(name) from None
    except Exception as error:  # as above
        raise _damaged(name) from error
    with suppress(Exception):  # its pixels are good, whatever is the matter with its orientation
        orientation = image.getexif().get(0x0112)
        if orientation in range(2, 9):
            rgba.getexif()[0x0112] = orientation
            rgba = ImageOps.exif_transpose(rgba)
    return rgba


@contextmanager
def within_memory(picture: Picture) -> Iterator[None]:
    """Have a picture that there is no memory for refused by its name in a ``with`` block."""
    try:
        yield
    except MemoryError:
        raise _too_large(_name_of(picture)) from None


def _name_of(picture: Picture) -> str:
    return os.fspath(picture) if isinstance(picture, str | os.PathLike) else _UNTITLED


def _rgba(image: Image) -> Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = _gray(image)
    elif image.mode == "La":
        image = image.convert("LA")
    elif image.mode == "LAB":
        from PIL import ImageCms  # noqa: PLC0415 - hardly ever wanted

        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        image = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB") or image
    return image.convert("RGBA")


def _gray(image: Image) -> Image:
    """Return a picture with more than 8 bits a pixel in gray levels of 8."""
    levels = image.convert("F")
    highest = max(float(level) for level in levels.getextrema())  # type: ignore[arg-type]
    if not math.isfinite(highest):
        raise ValueError("not a number")
    white = next((white for white in (1.0, 255.0, 65535.0) if highest <= white), highest)
    return levels.point(lambda level: level * (255.0 / white) + 0.0).convert("L")


def _too_large(name: str) -> InputError:
    most = f"{_LARGEST_PIXELS / 1e6:.0f} million pixels, or {_LONGEST_SIDE} on one side"
    return InputError(name, f"is too large (more than {most}); give a smaller picture")


def _damaged(name: str) -> InputError:
    return InputError(name, "is damaged; save it anew as PNG or JPEG")
