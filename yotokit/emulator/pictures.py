"""Display icons and covers: what the service takes, and what it makes of it."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageOps, UnidentifiedImageError

from yotokit.emulator.drawings import DRAWINGS, draw
from yotokit.emulator.wire import RefusedError, base64url, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.emulator.keeping import Keeper

__all__ = ["Pictures"]

_ICON = 16
_MOST_PIXELS, _LONGEST_SIDE = 50_000_000, 30_000
_FORMATS = ("PNG", "JPEG", "GIF")
# Yoto's samples give it to every chapter, and so do clients; what it shows is our guess.
_OF_SAMPLES = "aUm9i3ex3qqAMYBv-i-O-pYMKuMJGICtR3Vhf289u2Q"
# A SyntaxError is what Pillow says of a PNG with a gap. Where warnings are errors, they are caught.
_NO_PICTURE = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
_COVERS = {
    "myo": (520, 400),
    "podcast": (600, 600),
    "radio": (600, 600),
    **dict.fromkeys(("default", "activities", "music", "sfx", "stories"), (638, 1011)),
}


@dataclass(slots=True)
class _Picture:
    media_id: str
    data: bytes
    content_type: str
    record: dict[str, Any] = field(default_factory=dict)


class Pictures:
    """The pictures of the service, and those of the account.

    Parameters
    ----------
    account : str
        Whose they are.
    base_url : callable
        Returns where they can be fetched.
    keeper : Keeper
        Keeps the account's.
    """

    def __init__(self, account: str, base_url: Callable[[], str], keeper: Keeper) -> None:
        self._account = account
        self._base_url = base_url
        self._keeper = keeper
        self.public = {picture.media_id: picture for picture in map(_public, DRAWINGS)}
        sample = _Picture(_OF_SAMPLES, draw("music song note"), "image/png")
        self._unlisted = {_OF_SAMPLES: sample}
        self.own = _kept(keeper, "icon")
        self.covers = _kept(keeper, "cover")

    def public_icons(self) -> list[dict[str, Any]]:
        """Return the service's own icons, with titles and tags."""
        return [self._with_url(picture) for picture in self.public.values()]

    def own_icons(self) -> list[dict[str, Any]]:
        """Return those that the account has uploaded."""
        return [self._with_url(picture) for picture in self.own.values()]

    def knows_icon(self, media_id: str) -> bool:
        """Say whether a card may refer to it."""
        return any(media_id in shelf for shelf in (self.public, self._unlisted, self.own))

    def find(self, media_id: str) -> tuple[bytes, str] | None:
        """Return the bytes of a picture, and their type."""
        for shelf in (self.public, self._unlisted, self.own, self.covers):
            if media_id in shelf:
                return shelf[media_id].data, shelf[media_id].content_type
        return None

    def icon_url(self, media_id: str) -> str | None:
        """Return where an icon can be fetched, or None if there is none."""
        return self._url(media_id) if self.knows_icon(media_id) else None

    def upload_icon(self, data: bytes, content_type: str, *, convert: bool) -> dict[str, Any]:
        """Take an icon.

        Raises
        ------
        RefusedError
            It is no picture, or not 16 by 16 where it is not to be converted.
        """
        image = _open(data, content_type, "A binary image file is required")
        media_id = base64url(hashlib.sha256(b"icon of " + data).digest())
        if media_id in self.own:  # the service says it this way, too
            known = {key: v for key, v in self.own[media_id].record.items() if key != "new"}
            return {**known, "_id": known["displayIconId"], "url": {}}
        if convert:
            data = _icon(image)
        elif image.size != (_ICON, _ICON) or image.format not in ("PNG", "GIF"):
            raise _bad(f"the icon must be {_ICON} by {_ICON} pixels, PNG or GIF")
        record = {
            "mediaId": media_id,
            "userId": self._account,
            "displayIconId": media_id[:24],
            "createdAt": timestamp(),
            "public": False,
            "new": True,
        }
        kind = "image/gif" if not convert and image.format == "GIF" else "image/png"
        self.own[media_id] = self._keep("icon", _Picture(media_id, data, kind, record))
        return self._with_url(self.own[media_id])

    def upload_cover(self, data: bytes, content_type: str, kind: str) -> dict[str, Any]:
        """Take a cover, and cut it to the size of its kind.

        Raises
        ------
        RefusedError
            It is no picture, too large, or the kind is not known.
        """
        if kind not in _COVERS:
            raise _bad(f"query.coverType: expected one of {', '.join(_COVERS)}")
        image = _open(data, content_type, "A binary image file body or imageUrl param is required")
        media_id = base64url(hashlib.sha256(f"{kind} {len(self.covers)} ".encode() + data).digest())
        fitted = ImageOps.fit(image.convert("RGB"), _COVERS[kind])
        out = io.BytesIO()
        fitted.save(out, "JPEG", quality=85)
        picture = _Picture(media_id, out.getvalue(), "image/jpeg")
        self.covers[media_id] = self._keep("cover", picture)
        return {"mediaId": media_id, "mediaUrl": self._url(media_id)}

    def _keep(self, kind: str, picture: _Picture) -> _Picture:
        document = {"content_type": picture.content_type, "record": picture.record}
        self._keeper.put(kind, picture.media_id, document, picture.data)
        return picture

    def _with_url(self, picture: _Picture) -> dict[str, Any]:
        return {**picture.record, "url": self._url(picture.media_id)}

    def _url(self, media_id: str) -> str:
        return f"{self._base_url()}/icons/{media_id}"


def _kept(keeper: Keeper, kind: str) -> dict[str, _Picture]:
    return {
        media_id: _Picture(media_id, data, document["content_type"], document["record"])
        for media_id, document, data in keeper.all(kind)
    }


def _public(name: str) -> _Picture:
    data = draw(name)
    media_id = base64url(hashlib.sha256(b"public " + data).digest())
    title, *tags = name.split()
    record = {
        "displayIconId": media_id[:24],
        "mediaId": media_id,
        "userId": "yoto",
        "createdAt": "2024-01-01T00:00:00.000Z",
        "title": title,
        "public": True,
        "publicTags": [title, *tags],
    }
    return _Picture(media_id, data, "image/png", record)


def _open(data: bytes, content_type: str, message: str) -> Image.Image:
    if content_type.startswith("multipart/") or not data:
        raise _bad(message)
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
        if image.width * image.height > _MOST_PIXELS or max(image.size) > _LONGEST_SIDE:
            raise RefusedError(413, "payload-too-large", "the picture has too many pixels")
        image.load()
    except _NO_PICTURE:
        raise _bad(message) from None
    return image


def _icon(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.convert("RGBA").resize((_ICON, _ICON), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()


def _bad(message: str) -> RefusedError:
    return RefusedError(400, "bad-request", message)
