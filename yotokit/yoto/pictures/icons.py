"""`Icons`: the display icons of the service and of the account."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from yotokit.errors import SettingError, YotoError
from yotokit.yoto.pictures.answers import icon_of_upload, icons_of_list
from yotokit.yoto.pictures.convert import icon_png
from yotokit.yoto.pictures.digits import LARGEST_NUMBER, number_png
from yotokit.yoto.pictures.flight import Flight
from yotokit.yoto.pictures.icon import Icon, Sheet
from yotokit.yoto.pictures.opening import title_of
from yotokit.yoto.pictures.shown import Shown
from yotokit.yoto.pictures.words import best, ranked

if TYPE_CHECKING:
    from yotokit.yoto.http import Http
    from yotokit.yoto.pictures.opening import Picture

__all__ = ["Icons"]

_LISTS = "/media/displayIcons/user"
_ALL = "all"


class Icons:
    """The display icons of the service and of the account. Safe for many threads.

    Examples
    --------
    >>> from yotokit import YotoEmulator
    >>> with YotoEmulator() as emulator, emulator.client() as yoto:
    ...     [icon.title for icon in yoto.icons.find("night")]
    ...     yoto.icons.suggest("The Owl and the Pussycat").title
    ['moon', 'star', 'owl', 'dragon']
    'owl'
    """

    def __init__(self, http: Http) -> None:
        self._http = http
        self._listed: Flight[str, tuple[Icon, ...]] = Flight()
        self._numbers: Flight[int, Icon] = Flight()
        self._sent: dict[str, Icon] = {}
        self._known: dict[str, Icon] = {}
        self._shown = Shown(http, self._icon)

    def all(self, *, refresh: bool = False) -> tuple[Icon, ...]:
        """Return the account's own icons, then the service's.

        Parameters
        ----------
        refresh : bool
            Ask the service again; else it is asked once.

        Raises
        ------
        YotoError
            The service is out of reach, or the token lacks the right to icons.
        """
        if refresh:
            self._listed.drop(_ALL)
        listed = self._listed.get(_ALL, self._list)
        # What was sent since is not in the list, and has its title only here.
        own = {icon.media_id: icon for icon in listed if not icon.public} | self._sent
        return Sheet((*own.values(), *(icon for icon in listed if icon.public)))

    def find(self, words: str) -> tuple[Icon, ...]:
        """Return the icons whose titles and tags all of the words fit, best first.

        Case, accents and plurals make no difference; a whole word comes before the beginning of
        one, and that before a part. Without a word, all icons are found.

        Raises
        ------
        YotoError
            The service is out of reach, or the token lacks the right to icons.
        """
        return Sheet(ranked(self.all(), words))

    def suggest(self, title: str) -> Icon | None:
        """Return the icon that fits the title of a story or a song; None if none surely does.

        Raises
        ------
        YotoError
            The service is out of reach, or the token lacks the right to icons.
        """
        return best(self.all(), title)

    def upload(self, picture: Picture, *, title: str | None = None) -> Icon:
        """Send a picture; the same one again gives the same icon.

        What is not 16 by 16 pixels is fitted in, with transparency around it.

        Parameters
        ----------
        picture : path-like, bytes or PIL.Image.Image
            PNG, JPEG, GIF (its first picture), WebP, BMP or TIFF; at most 20 MB and 50 million
            pixels.
        title : str, optional
            What it is found by here; the name of the picture's file where it is missing.

        Raises
        ------
        SettingError
            It is nothing that could be a picture.
        InputError
            It is no picture, damaged, or too large.
        YotoError
            The service does not take it, or is out of reach.
        """
        icon = self._send(icon_png(picture), title_of(picture) if title is None else title)
        if icon.url:
            return icon
        # The service does not say where an icon is that it had already.
        with suppress(YotoError):
            urls = {listed.media_id: listed.url for listed in self._listed.get(_ALL, self._list)}
            icon = self._sent[icon.media_id] = replace(icon, url=urls.get(icon.media_id, ""))
        return icon

    def number(self, number: int) -> Icon:
        """Return the icon of a number, 1 to 999; it is drawn here, and uploaded once.

        Raises
        ------
        SettingError
            It is none of these numbers.
        YotoError
            The service does not take it, or is out of reach.
        """
        if isinstance(number, bool) or not isinstance(number, int):
            raise SettingError(f"number={number!r}: give a whole number")
        if not 1 <= number <= LARGEST_NUMBER:
            raise SettingError(f"number={number}: give one from 1 to {LARGEST_NUMBER}")
        return self._numbers.get(number, lambda: self._send(number_png(number), str(number)))

    def know_number(self, number: int, media_id: str) -> None:
        """Take note of a number that was uploaded earlier: it is not uploaded again."""
        if media_id not in self._known and 1 <= number <= LARGEST_NUMBER:
            self._known[media_id] = Icon(media_id, str(number), data=number_png(number))
        if media_id in self._known:
            self._numbers.put(number, self._known[media_id])

    def forget_number(self, number: int) -> None:
        """Upload a number anew when it is asked for: the service has lost it."""
        self._numbers.drop(number)

    def picture(self, reference: str | None) -> bytes | None:
        """Return the picture of an icon, PNG, 16 by 16; None if it is not to be had.

        Never raises. It is fetched once, without the token.

        Parameters
        ----------
        reference : str or None
            As in a chapter, which may have none: ``yoto:#`` and the media id.
        """
        return self._shown.get(reference)

    def _list(self) -> tuple[Icon, ...]:
        own, public = (self._http.json("GET", f"{_LISTS}/{whose}")[1] for whose in ("me", "yoto"))
        trusts = self._http.trusts
        listed = (
            *icons_of_list(own, trusts, public=False),
            *icons_of_list(public, trusts, public=True),
        )
        return tuple(icon.shown_by(self.picture) for icon in listed)

    def _send(self, data: bytes, title: str) -> Icon:
        params = {"autoConvert": "false", "filename": title or "icon"}
        content = data, "image/png"
        _, answer = self._http.json("POST", f"{_LISTS}/me/upload", params=params, content=content)
        said = icon_of_upload(answer, self._http.trusts)
        before = self._sent.get(said.media_id, said)
        icon = replace(said, title=title or before.title, url=said.url or before.url, data=data)
        self._sent[icon.media_id] = icon
        return icon

    def _icon(self, media_id: str) -> Icon | None:
        here = self._sent.get(media_id) or self._known.get(media_id)
        return here or next((icon for icon in self.all() if icon.media_id == media_id), None)
