"""Icons by words: found by those that a person types, suggested by those of a title."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yotokit.yoto.pictures.icon import Icon

__all__ = ["best", "ranked"]

_WORD = re.compile(r"[^\W_]+")
# Of titles of what is heard, rather than of what it is about.
_OF_LANGUAGES = """
a an and are as at be big by chapter disc episode for from good great has have he her his how i in
intro introduction is it its little my new no not number of off on one or our outro part she small
so song story tale that the their this to track two up version very volume was we what when where
who why with you your
das der die ein eine folge kapitel lied geschichte und von
chanson chapitre de des du et histoire la le les un une
"""
_STOP_WORDS = frozenset(_OF_LANGUAGES.split())
_RARE = 3  # a tag that more icons than these carry says too little to choose one by


def ranked(icons: Iterable[Icon], words: str) -> tuple[Icon, ...]:
    """Return the icons that all of the words fit, best first; all of them where there are none.

    Case, accents and plurals make no difference. A whole word is better than a beginning, that is
    better than a part; the title is better than a tag.
    """
    wanted = [(word, _singular(word)) for word in _words(words)]
    if not wanted:
        return () if words.strip() else tuple(icons)
    found: list[tuple[int, int, int, Icon]] = []
    for icon in icons:
        titled, tagged = _words(icon.title), _words(" ".join(icon.tags))
        ranks = [_rank(*word, titled, tagged) for word in wanted]
        if None not in ranks:
            found.append((sum(rank or 0 for rank in ranks), len(titled), len(found), icon))
    return tuple(icon for *_, icon in sorted(found, key=lambda one: one[:3]))


def best(icons: Iterable[Icon], title: str) -> Icon | None:
    """Return the icon that fits a title; None rather than one that might.

    Only whole words count: those of an icon's title, if all of them are there, twice as much as
    its tags, and tags alone only if they are rare or several.
    """
    wanted: dict[str, int] = {}
    for place, word in enumerate(_words(title)):
        if word not in _STOP_WORDS and not word.isdigit():
            wanted.setdefault(_singular(word), place)
    if not wanted:
        return None
    scored = [(icon, *_score(icon, wanted)) for icon in icons]
    fitting = [one for one in scored if one[1]]
    carried = {word: sum(word in met for _, _, met in fitting) for word in wanted}
    sure = [
        (icon, score, met)
        for icon, score, met in fitting
        if score > 1 or carried[next(iter(met))] <= _RARE
    ]

    def order(one: tuple[Icon, int, set[str]]) -> tuple[int, int, bool, str, str]:
        icon, score, met = one
        first = min(wanted[word] for word in met)
        return -score, first, icon.public, icon.title, icon.media_id

    return min(sure, key=order)[0] if sure else None


def _score(icon: Icon, wanted: dict[str, int]) -> tuple[int, set[str]]:
    titled = {_singular(word) for word in _words(icon.title) if word not in _STOP_WORDS}
    tagged = {_singular(word) for word in _words(" ".join(icon.tags))} | titled
    named = titled if titled and titled <= wanted.keys() else set()
    met = tagged & wanted.keys()
    return len(met) + len(named), met


def _rank(word: str, stem: str, titled: list[str], tagged: list[str]) -> int | None:
    """Return how well a word fits, 0 is best; None if it does not."""
    for rank, (kind, there) in enumerate(
        (kind, there) for kind in ("whole", "beginning", "part") for there in (titled, tagged)
    ):
        for other in there:
            if kind == "whole" and _singular(other) == stem:
                return rank
            if kind == "beginning" and other.startswith((word, stem)):
                return rank
            if kind == "part" and (word in other or stem in other):
                return rank
    return None


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(one for one in plain if not unicodedata.combining(one)))


def _singular(word: str) -> str:
    """Return a word without the ending of a plural, in English and roughly.

    Examples
    --------
    >>> [_singular(word) for word in ("cats", "foxes", "fairies", "bus", "glass", "ties")]
    ['cat', 'fox', 'fairy', 'bus', 'glass', 'tie']
    """
    if not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if len(word) > len("ties") and word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses", "zes")):
        return word[:-2]
    return word[:-1] if len(word) > len("gas") else word
