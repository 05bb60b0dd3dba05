"""Errors for people who do not write code: what happened, and what to do."""

from __future__ import annotations

from yotokit.errors import (
    CardConflictError,
    LoginRequiredError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    TransportError,
    YotokitError,
)
from yotokit.markup import plain

__all__ = ["count_of", "in_words", "shown"]

_PLAIN = (
    (LoginRequiredError, "You are not signed in any more: go back to step 1 and sign in again."),
    (
        TransportError,
        "Yoto cannot be reached. Is this computer online? Then try again.",
    ),
    (RateLimitedError, "Yoto wants a pause: try again in a few minutes."),
    (ServerError, "Yoto has trouble of its own just now: try again in a few minutes."),
    (
        CardConflictError,
        "It was changed elsewhere, or another card has its title: choose that one, or a new title.",
    ),
    (NotFoundError, "The card is not there any more: choose another one, or a new card."),
)
_FOR_CODE = ", or give the session other limits=, if you know better"
_LONGEST = 600


def in_words(error: BaseException) -> str:
    """Return what to tell of an error.

    Examples
    --------
    >>> in_words(TransportError("POST https://api...: connection refused")).split(".")[0]
    'Yoto cannot be reached'
    >>> in_words(PermissionError(13, "Permission denied", "/music"))
    '/music: Permission denied'
    """
    for kind, words in _PLAIN:
        if isinstance(error, kind):
            return words
    if isinstance(error, YotokitError):
        return shown(str(error).replace(_FOR_CODE, ""))
    if isinstance(error, OSError) and error.strerror:
        return shown(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    return shown(f"This did not work, and should have: {type(error).__name__}: {error}")


def count_of(count: int, one: str) -> str:
    """Return a number of things in words.

    Examples
    --------
    >>> count_of(1, "file"), count_of(1_200, "file")
    ('1 file', '1,200 files')
    """
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def shown(text: str) -> str:
    """Return a text in which every character can be shown, and that is no longer than a page."""
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return plain(short.replace("\n", " ").encode("utf-8", "replace").decode())
