"""The pictures of icons, for showing: fetched once, without the token, and never an error."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

from yotokit.errors import InputError, UnexpectedAnswerError, YotoError
from yotokit.yoto.pictures.convert import icon_png
from yotokit.yoto.pictures.flight import Flight
from yotokit.yoto.plain import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.yoto.http import Http
    from yotokit.yoto.pictures.icon import Icon

__all__ = ["Shown"]

_LARGEST_BYTES = 1_000_000
_WITHIN_S = 15.0
_AGAIN_AFTER_S = 60.0


class Shown:
    """Pictures by reference.

    Parameters
    ----------
    http : Http
        Fetches them.
    icon : callable
        Returns the icon of a media id, None if there is none.
    """

    def __init__(self, http: Http, icon: Callable[[str], Icon | None]) -> None:
        self._http = http
        self._icon = icon
        self._pictures: Flight[str, bytes] = Flight()
        self._missing_until_s: dict[str, float] = {}
        self._away_until_s = 0.0

    def get(self, reference: str | None) -> bytes | None:
        """Return a picture as PNG; None if there is none now."""
        if not isinstance(reference, str):
            return None
        media_id = reference.removeprefix(REFERENCE)
        if time.monotonic() < max(self._away_until_s, self._missing_until_s.get(media_id, 0.0)):
            return None
        try:
            return self._pictures.get(media_id, lambda: self._picture(media_id))
        except Exception:  # a picture that is missing must not stop what is shown around it
            self._missing_until_s[media_id] = time.monotonic() + _AGAIN_AFTER_S
            return None

    def _picture(self, media_id: str) -> bytes:
        try:
            icon = self._icon(media_id)
        except YotoError:  # so there is no list, and it would be waited for with each icon
            self._away_until_s = time.monotonic() + _AGAIN_AFTER_S
            raise
        if icon is None:
            raise UnexpectedAnswerError(f"no icon {media_id}")
        if icon.data:
            return icon.data
        sink = io.BytesIO()
        self._http.get_file(
            icon.url, sink, limit_bytes=_LARGEST_BYTES, within_s=_WITHIN_S, patient=False
        )
        try:
            # Anew, so that what is shown is a picture, and nothing else that a browser may take.
            return icon_png(sink.getvalue())
        except InputError as error:
            raise UnexpectedAnswerError(f"the icon {media_id} is no picture") from error
