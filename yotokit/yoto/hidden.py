"""Secrets that do not show themselves where values are printed, and that stay in their process."""

from __future__ import annotations

from typing import NoReturn

__all__ = ["Hidden", "StaysHere"]


class StaysHere:
    """What holds a secret, and so is neither pickled nor copied."""

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} holds a secret, which does not leave the process: it is "
            "neither pickled nor copied; make another one where it is needed"
        )


class Hidden(StaysHere, str):
    """A text that is a secret: a traceback that shows values does not show it.

    Examples
    --------
    >>> Hidden("abc"), Hidden("abc") == "abc"
    (<hidden>, True)
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "<hidden>"
