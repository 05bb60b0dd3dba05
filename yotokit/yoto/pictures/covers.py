"""`Covers`: pictures for cards."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal, TypeAlias

from yotokit.errors import SettingError
from yotokit.yoto.pictures.answers import cover_url
from yotokit.yoto.pictures.convert import cover_jpeg

if TYPE_CHECKING:
    from yotokit.yoto.http import Http
    from yotokit.yoto.pictures.opening import Picture

__all__ = ["CoverKind", "Covers"]

CoverKind: TypeAlias = Literal[
    "myo", "default", "activities", "music", "sfx", "stories", "podcast", "radio"
]

_UPLOAD = "/media/coverImage/user/me/upload"
# Width and height that the service cuts each kind to, pixels.
_SIZES = {
    "myo": (520, 400),
    **dict.fromkeys(("default", "activities", "music", "sfx", "stories"), (638, 1011)),
    **dict.fromkeys(("podcast", "radio"), (600, 600)),
}
_SHOWN = (160, 100)  # on a screen; twice as large for sharp ones
_LARGEST_SHOWN_BYTES, _WITHIN_S = 5_000_000, 15.0


class Covers:
    """Sends covers; safe for many threads."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def upload(self, picture: Picture, kind: CoverKind = "myo") -> str:
        """Send a picture; return the address that a card's cover is to have.

        The service cuts it, from the middle, to 520 by 400 pixels (``myo``), 638 by 1011
        (``default``, ``activities``, ``music``, ``sfx``, ``stories``) or 600 by 600 (``podcast``,
        ``radio``). It is sent again only if it surely had no effect: each one that has makes
        another cover.

        Parameters
        ----------
        picture : path-like, bytes or PIL.Image.Image
            PNG, JPEG, GIF, WebP, BMP or TIFF; at most 20 MB and 50 million pixels.
        kind : str
            What the service cuts it for.

        Raises
        ------
        SettingError
            There is no such kind, or it is nothing that could be a picture.
        InputError
            It is no picture, damaged, or too large.
        YotoError
            The service does not take it, or is out of reach.
        """
        if kind not in _SIZES:
            raise SettingError(f"kind={kind!r}: give one of {', '.join(_SIZES)}")
        content = cover_jpeg(picture, _SIZES[kind]), "image/jpeg"
        params = {"autoconvert": "true", "coverType": kind}
        _, answer = self._http.json(
            "POST", _UPLOAD, params=params, content=content, idempotent=False
        )
        return cover_url(answer)

    def picture(self, url: str) -> bytes | None:
        """Return the picture of a cover, JPEG, small enough to be shown; None if there is none.

        Never raises. It is fetched without the token.
        """
        sink = io.BytesIO()
        try:
            self._http.get_file(
                url, sink, limit_bytes=_LARGEST_SHOWN_BYTES, within_s=_WITHIN_S, patient=False
            )
            return cover_jpeg(sink.getvalue(), _SHOWN)
        except Exception:  # a picture that is missing must not stop what is shown around it
            return None
