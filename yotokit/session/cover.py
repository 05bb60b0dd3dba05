"""The card's cover: a picture of the user's, or the one that is in the files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from yotokit.audio import check_file, read_tags
from yotokit.errors import ApiError, InputError, RateLimitedError, ServerError, SettingError
from yotokit.yoto import check_picture, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from yotokit.session.ledger import Ledger
    from yotokit.yoto import Card, YotoClient

__all__ = ["Cover", "CoverChoice", "cover_choice"]

_NOT_THERE = "not uploaded yet"

CoverChoice: TypeAlias = "str | os.PathLike[str] | None"


class Cover:
    """Finds the cover of a card, and uploads it once for each account.

    Parameters
    ----------
    yoto : YotoClient
        The account.
    ledger : Ledger
        Knows which pictures were uploaded.
    choice : str or None
        The path of a picture; ``"embedded"`` for the first that the card's files carry, where
        the card has no cover; None leaves the card's cover alone.
    """

    def __init__(self, yoto: YotoClient, ledger: Ledger, choice: str | None) -> None:
        self._yoto = yoto
        self._ledger = ledger
        self._choice = choice
        self._note: Callable[[str], object] = lambda _: None

    def tell(self, note: Callable[[str], object]) -> None:
        """Have a function called if a picture cannot be used."""
        self._note = note

    def address(self, card: Card, files: Iterable[Path], *, upload: bool = True) -> str | None:
        """Return the address of the cover that a card is to have; None leaves the one it has.

        A picture that cannot be used is told of, and changes nothing.

        Parameters
        ----------
        card : Card
            As it is to be, but for the cover.
        files : iterable of Path
            Where pictures may be found.
        upload : bool
            Upload a picture that the service has not got; else only a word stands for it.

        Raises
        ------
        YotoError
            The service is out of reach.
        """
        if self._choice is None or (self._choice == "embedded" and card.cover):
            return None
        try:
            picture = (
                _embedded(files) if self._choice == "embedded" else picture_bytes(self._choice)
            )
            return self._at_service(picture, upload=upload) if picture is not None else None
        except (ServerError, RateLimitedError):
            raise  # no refusal: it is asked again later
        except (ApiError, InputError) as error:
            self._note(f"the cover stays as it is: {error}")
            return None

    def _at_service(self, picture: bytes, *, upload: bool) -> str:
        sha256 = hashlib.sha256(picture).hexdigest()
        known = self._ledger.cover(sha256)
        if known is None and not upload:
            check_picture(picture)
            return _NOT_THERE
        if known is None:
            known = self._yoto.covers.upload(picture)
            self._ledger.keep_cover(sha256, known)
        return known


def cover_choice(cover: CoverChoice) -> str | None:
    """Return a usable choice of a cover.

    Raises
    ------
    SettingError
        It is neither a path nor ``"embedded"``.
    InputError
        There is no such file.
    """
    if cover is None or cover == "embedded":
        return cover
    try:
        path = Path(os.fsdecode(cover)).expanduser().absolute()
    except (TypeError, RuntimeError) as error:
        raise SettingError(f'cover={cover!r}: give a picture\'s path, or "embedded"') from error
    check_file(path)
    return str(path)


def _embedded(files: Iterable[Path]) -> bytes | None:
    for path in files:
        try:
            picture = read_tags(path, cover=True, chapters=False).cover
        except InputError:
            continue
        if picture:
            return picture
    return None
