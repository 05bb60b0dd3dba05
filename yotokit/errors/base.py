"""The root of all errors, and how they travel between processes."""

from __future__ import annotations

from typing import Any

__all__ = [
    "SettingError",
    "YotokitError",
]


class YotokitError(Exception):
    """The root of every error that this package raises."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(kind: type[YotokitError], args: tuple[Any, ...], state: dict[str, Any]) -> Any:
    """Make an error anew in another process, whatever its constructor asks for."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class SettingError(YotokitError, ValueError):
    """An argument or an environment variable holds a value that cannot be used."""
