"""Whether numbers that were given can be used."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from yotokit.errors import SettingError

if TYPE_CHECKING:
    from typing import SupportsIndex

__all__ = ["at_least_one"]


def at_least_one(name: str, value: SupportsIndex) -> int:
    """Return a number of workers or slots, if it is one.

    Raises
    ------
    SettingError
        It is below 1, or not a whole number.

    Examples
    --------
    >>> at_least_one("slots", 3)
    3
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if number < 1 or isinstance(value, bool):
        raise SettingError(f"{name}={value!r}: give a whole number, 1 or more")
    return number
