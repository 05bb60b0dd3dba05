"""The icons of chapters that nobody chose one for: their numbers, or what fits their titles."""

from __future__ import annotations

import itertools
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from yotokit.errors import ApiError, RateLimitedError, ServerError, SettingError, YotoError
from yotokit.yoto import DEFAULT_ICON, LARGEST_NUMBER, REFERENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.session.ledger import Ledger
    from yotokit.yoto import Card, YotoClient

__all__ = ["BY_DEFAULT", "DefaultIcons", "IconChoice", "check_choice", "check_icon"]

BY_DEFAULT = "default"
"""Stands for the icon that a chapter gets where none was chosen."""

IconChoice: TypeAlias = Literal["number", "title", "plain"]

_REFERENCE_LENGTH = len(REFERENCE) + 43


class DefaultIcons:
    """Finds an icon for a chapter by its place and its title.

    A number is a picture that is uploaded once for each account; the journal knows it afterwards.
    Where the service takes none (the token may lack the right to), its plain icon stands instead.

    Parameters
    ----------
    yoto : YotoClient
        The account.
    ledger : Ledger
        Knows the numbers that were uploaded.
    choice : {"number", "title", "plain"}
        The number of the place; what fits the title, else the number; always the plain one.

    Attributes
    ----------
    choice : str
        As above.
    """

    def __init__(self, yoto: YotoClient, ledger: Ledger, choice: IconChoice) -> None:
        self._yoto = yoto
        self._ledger = ledger
        self.choice = choice
        self._places = itertools.count(1)
        self._lock = threading.Lock()
        self._known: dict[int, str] | None = None
        self._fresh: set[int] = set()
        self._forgotten: set[str] = set()
        self._refused = False
        self._note: Callable[[str], object] = lambda _: None

    def tell(self, note: Callable[[str], object]) -> None:
        """Have a function called, once, if the service takes no icons."""
        self._note = note

    def warm(self) -> None:
        """Get one more number ready, while there is nothing else to do; never fails."""
        if self.choice == "plain" or self._refused:
            return
        with suppress(YotoError):  # it is asked for again when it is needed, and told then
            self._number(next(self._places))

    def icon(self, number: int, title: str) -> str:
        """Return the reference of the icon for a place, from 1, and a title.

        Raises
        ------
        YotoError
            The service is out of reach. What it refuses is no error: the plain icon is returned.
        """
        if self.choice == "plain" or self._refused:
            return DEFAULT_ICON
        try:
            return self.suggested(title) or self._number(number)
        except ApiError as error:
            self._refuse(error)
            return DEFAULT_ICON

    def suggested(self, title: str) -> str:
        """Return the icon that fits a title; empty where none does, or none is asked for."""
        fitting = self._yoto.icons.suggest(title) if self.choice == "title" else None
        return fitting.reference if fitting is not None else ""

    def is_default(self, icon: str | None, title: str = "") -> bool:
        """Say whether an icon is one that nobody chose for a chapter of a title."""
        if not icon or icon == DEFAULT_ICON or icon.removeprefix(REFERENCE).isdecimal():
            return True
        if self._refused:
            return False  # while no other can be had, the number that is there stays
        numbers = {*self._numbers().values(), *self._forgotten}
        return icon in numbers or icon == self.suggested(title)

    def is_number(self, icon: str | None, number: int) -> bool:
        """Say whether an icon is the one of a number."""
        return bool(icon) and icon == self._numbers().get(number)

    def learn(self, card: Card) -> None:
        """Find out which icons of a card are numbers, where the journal does not know them.

        The service gives the same picture the same name, so each is uploaded to compare; only
        icons of the account's own that may be the number of their place are.
        """
        numbers = self._numbers()
        unknown = [
            place
            for place, chapter in enumerate(card.chapters, start=1)
            if place not in numbers and not self.is_default(chapter.icon)
        ]
        if not unknown or self.choice == "plain" or self._refused:
            return
        try:
            public = {icon.reference for icon in self._yoto.icons.all() if icon.public}
            for place in unknown:
                if card.chapters[place - 1].icon not in public:
                    self._number(place)
        except ApiError as error:
            self._refuse(error)

    @property
    def without_uploads(self) -> _Known:
        """The same, of what is there already: to look at what would be."""
        return _Known(self)

    def known(self, number: int) -> str:
        """Return the icon of a number; where it is not there yet, what is no icon's reference."""
        if self.choice == "plain" or self._refused or number > LARGEST_NUMBER:
            return DEFAULT_ICON
        return self._numbers().get(number) or f"{REFERENCE}{number}"

    def forget(self) -> bool:
        """Upload anew, when they are needed, what an earlier run uploaded; False if it did not."""
        numbers = self._numbers()
        remembered = set(numbers) - self._fresh
        with self._lock:
            for number in remembered:
                self._forgotten.add(numbers.pop(number))
                self._yoto.icons.forget_number(number)
        self._ledger.keep_number_icons(numbers)
        return bool(remembered)

    def _refuse(self, error: ApiError) -> None:
        if isinstance(error, ServerError | RateLimitedError):
            raise error  # no refusal: it is asked again later
        if not self._refused:
            self._refused = True
            self._note(f"the plain icon stands for those of our own: {error}")

    def _numbers(self) -> dict[int, str]:
        with self._lock:
            if self._known is None:
                self._known = self._ledger.number_icons()
            return self._known

    def _number(self, number: int) -> str:
        if number > LARGEST_NUMBER:
            return DEFAULT_ICON
        numbers = self._numbers()
        known = numbers.get(number)
        if known is None:
            known = self._yoto.icons.number(number).reference
            with self._lock:
                numbers[number] = known
                self._fresh.add(number)
                self._ledger.keep_number_icons(numbers)
        else:
            self._yoto.icons.know_number(number, known.removeprefix(REFERENCE))
        return known


class _Known:
    """Default icons, without uploading any."""

    def __init__(self, icons: DefaultIcons) -> None:
        self._icons = icons
        self.is_default = icons.is_default
        self.is_number = icons.is_number

    def icon(self, number: int, title: str) -> str:
        return self._icons.suggested(title) or self._icons.known(number)


def check_choice(choice: object) -> None:
    """Raise unless something says how default icons are chosen."""
    if choice not in get_args(IconChoice):
        raise SettingError(f'icons={choice!r}: give "number", "title" or "plain"')


def check_icon(icon: object) -> str:
    """Return the reference of an icon; ``"default"`` as it is.

    Raises
    ------
    SettingError
        It is neither.

    Examples
    --------
    >>> check_icon("default")
    'default'
    """
    reference = getattr(icon, "reference", icon)
    if reference == BY_DEFAULT or (
        isinstance(reference, str)
        and reference.startswith(REFERENCE)
        and len(reference) == _REFERENCE_LENGTH
    ):
        return reference
    raise SettingError(
        f"icon={icon!r}: give one of yoto.icons.find(...), what yoto.icons.upload(picture) "
        'returned, its reference (yoto:# and 43 characters), or "default"'
    )
