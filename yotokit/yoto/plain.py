"""What may stand in JSON: values that both sides read alike, and what is said of others."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from yotokit import markup
from yotokit.errors import UnexpectedAnswerError
from yotokit.yoto.hidden import Hidden

__all__ = [
    "REFERENCE",
    "is_signed",
    "lacks",
    "mapping",
    "number",
    "plain",
    "text",
    "told",
    "without_queries",
]

REFERENCE = "yoto:#"
"""What an address begins with that stands for something the service holds."""


_DEEPEST = 100
_MOST = 1 << 53  # up to here the other side's numbers are exact
_LARGEST_BITS = 1024  # beyond, they are infinite to it
_QUERY = re.compile(r"""(://[^\s?#"'<>]*)[?#][^\s"'<>]*|[?&][\w.~%-]+=[^\s"'<>]*""")
_LONGEST_SAYING = 300
_SHORTEST_SECRET = 8


def plain(value: Any, where: str = "it", *, depth: int = 0) -> Any:
    """Return a value as JSON carries it, made anew.

    Python reads and writes NaN and infinity, which JSON has not; they become None, as JavaScript
    writes them, so that one odd number in a corner of a card does not keep it from being changed.
    Halves of characters that UTF-8 has not become U+FFFD. A signed address loses its signature:
    it is a secret, and of no use soon, but what it was made for stays there.

    Raises
    ------
    ValueError
        It holds something else, or is nested too deep.

    Examples
    --------
    >>> plain({"a": (1, float("nan"), "x")})
    {'a': [1, None, 'x']}
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if isinstance(value, Hidden):
            value = without_queries(value)
        whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return value if whole == value else whole
    if isinstance(value, int):
        return value if value.bit_length() <= _LARGEST_BITS else None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth >= _DEEPEST:
        raise ValueError(f"{where[:200]} is nested more than {_DEEPEST} deep")
    if isinstance(value, Mapping):
        return {
            plain(str(key)): plain(inner, f"{where}.{key}", depth=depth + 1)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [plain(inner, f"{where}.{n}", depth=depth + 1) for n, inner in enumerate(value)]
    raise ValueError(f"{where[:200]} holds a {type(value).__name__}, which JSON cannot carry")


def number(value: Any) -> float | None:
    """Return a count or a length; None for all that is none, such as NaN, True and ``"5"``.

    Examples
    --------
    >>> number(5), number(2.5), number(float("nan")), number(-1), number(True), number(1e300)
    (5, 2.5, None, None, None, None)
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value if 0 <= value <= _MOST else None


def text(value: Any) -> str:
    """Return a text or a number as text; an empty one for all else.

    Examples
    --------
    >>> text("Moon"), text(0), text(None), text(["Moon"])
    ('Moon', '0', '', '')
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number or isinstance(value, str) else ""


def told(value: Any, hidden: Iterable[str] = ()) -> str:
    """Return what the service says, fit for a message: a short line without what is secret.

    Parameters
    ----------
    value : object
        A text; all else becomes one.
    hidden : iterable of str
        Secrets that were sent, and may have been repeated.

    Examples
    --------
    >>> told("no such token: abcdefgh, see https://h/x?sig=1 now", ["abcdefgh"])
    'no such token: <hidden>, see https://h/x now'
    """
    said = without_queries(str(value or ""))
    for secret in hidden:
        if len(secret) >= _SHORTEST_SECRET:
            said = said.replace(secret, repr(Hidden(secret)))
    return markup.plain(plain(" ".join(said.split())))[:_LONGEST_SAYING]


def without_queries(said: str) -> str:
    """Return a text whose addresses end where a query, which may be a credential, begins.

    Examples
    --------
    >>> without_queries("https://h/a?Expires=1&Signature=x is old")
    'https://h/a is old'
    """
    return _QUERY.sub(r"\1", said)


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a mapping, an empty one in the place of anything else."""
    return value if isinstance(value, Mapping) else {}


def lacks(where: str, key: str) -> UnexpectedAnswerError:
    """Return the error for an answer in which something is missing, or of another kind."""
    return UnexpectedAnswerError(
        f"{where} lacks a usable {key!r}; the service may have changed, look for a newer version "
        "of yotokit"
    )


def is_signed(address: Any) -> bool:
    """Say whether an address is good for a time only, or holds the thing itself.

    Examples
    --------
    >>> is_signed("https://media.example/a?Signature=x"), is_signed("data:image/png;base64,x")
    (True, True)
    >>> is_signed("https://radio.example/live"), is_signed("yoto:#x")
    (False, False)
    """
    if not isinstance(address, str):
        return False
    return address.startswith("data:") or ("://" in address and "?" in address)
