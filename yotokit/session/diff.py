"""What finalize would change on a card: line by line, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yotokit.markup import Html, badge, figures, page_fragment, table, text_table
from yotokit.session.merging import is_same

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from yotokit.yoto import Card, Chapter

__all__ = ["Change", "Coming", "Diff", "difference"]

_HEADERS = ["now", "then", "title", "length", "change"]
_COLORS = {"added": "green", "removed": "red", "to come": "grey", "stays": "grey"}


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one chapter.

    Attributes
    ----------
    was_at, will_be_at : int or None
        Its place on the card now and afterwards, from 1; None where it is not on it.
    title : str
        As it will be, or was.
    duration_s : float or None
        Seconds; None while that is not known.
    words : tuple of str
        What changes: ``added``, ``removed``, ``moved``, ``was called ...``, ``other icon``;
        ``stays`` if nothing does, ``to come`` for a file that is not ready.
    """

    was_at: int | None
    will_be_at: int | None
    title: str
    duration_s: float | None
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coming:
    """A file that is not ready.

    Attributes
    ----------
    place : int
        In the list of files, from 1.
    title : str
        As the card will call it.
    key : str
        Of the chapter that an earlier run made of it; empty if none did.
    is_there : bool
        A chapter of the card stands in its place until it is ready.
    """

    place: int
    title: str
    key: str = ""
    is_there: bool = False


@dataclass(frozen=True, slots=True)
class Diff:
    """What finalize would change, at the moment it was asked for.

    Attributes
    ----------
    title : str
        The card's title, as it will be.
    card_id : str
        Empty if there is no card yet.
    changes : tuple of Change
        In the order of the card as it will be; what is removed comes last.
    about_card : tuple of str
        What changes on the card itself: its title, its cover, icons and numbers that nobody chose.
    to_come : int
        Files that are not ready: what they change is not known yet.
    """

    title: str
    card_id: str
    changes: tuple[Change, ...]
    about_card: tuple[str, ...]
    to_come: int

    def __bool__(self) -> bool:
        """Say whether finalize would write anything."""
        return bool(self.about_card or self.to_come or not self.card_id) or any(
            change.words != ("stays",) for change in self.changes
        )

    @property
    def summary(self) -> str:
        """One sentence: what would be written."""
        counts = [
            f"{count} {word}"
            for word in ("added", "removed", "moved", "to come")
            for count in [sum(word in change.words for change in self.changes)]
            if count
        ]
        others = sum(self._is_other(change) for change in self.changes)
        counts += [f"{others} changed"] if others else []
        where = f"card {self.card_id}" if self.card_id else "a new card"
        if not self:
            return f"{self.title}: {where} is as it should be"
        changed = ", ".join([*counts, *self.about_card]) or "no files yet"
        late = "; not all files are ready, wait() first to see the rest" if self.to_come else ""
        return f"{self.title}: on {where} {changed}{late}"

    @staticmethod
    def _is_other(change: Change) -> bool:
        return not {"added", "removed", "moved", "to come", "stays"} & set(change.words)

    def _rows(self) -> list[list[str]]:
        return [
            [
                str(change.was_at or ""),
                str(change.will_be_at or ""),
                change.title,
                figures.duration(change.duration_s),
                ", ".join(change.words),
            ]
            for change in self.changes
        ]

    def __repr__(self) -> str:
        return f"{self.summary}\n\n{text_table(_HEADERS, self._rows())}"

    def _repr_html_(self) -> str:
        rows: list[list[Any]] = [
            [*row[:4], badge(row[4], _COLORS.get(change.words[0], "amber"))]
            for row, change in zip(self._rows(), self.changes, strict=True)
        ]
        return page_fragment(
            Html("<p>"),
            self.summary,
            Html("</p>"),
            table(_HEADERS, rows, numeric=(0, 1, 3), wrap=(2,)),
        )


def difference(
    current: Card | None,
    wanted: Card,
    to_come: Sequence[Coming] = (),
    is_default: Callable[[str | None, str], bool] = lambda *_: False,
) -> Diff:
    """Return what would change on a card.

    Parameters
    ----------
    current : Card or None
        As it is; None if there is none yet.
    wanted : Card
        As it would be written.
    to_come : sequence of Coming
        Files that are not ready.
    is_default : callable
        Says of an icon that nobody chose it: those change with the numbers, and are not told.
    """
    old = current.chapters if current is not None else ()
    places = {chapter.key: (at, chapter) for at, chapter in enumerate(old, start=1)}
    staying = [chapter.key for chapter in wanted.chapters if chapter.key in places]
    moved = set(staying) - _in_order(staying, [places[key][0] for key in staying])
    changes = []
    for at, chapter in enumerate(wanted.chapters, start=1):
        was_at, before = places.pop(chapter.key, (None, None))
        words = _words(before, chapter, chapter.key in moved, is_default)
        changes.append(Change(was_at, at, chapter.title, chapter.duration_s, words))
    for one in to_come:
        if not one.is_there:
            was_at, _ = places.pop(one.key, (None, None))
            change = Change(was_at, None, one.title, None, ("to come",))
            changes.insert(min(one.place - 1, len(changes)), change)
    changes += [
        Change(at, None, chapter.title, chapter.duration_s, ("removed",))
        for at, chapter in places.values()
    ]
    about = _about(current, wanted)
    told = about or any(change.words != ("stays",) for change in changes)
    if current is not None and not told and not is_same(current, wanted):
        about = ("other icons or numbers, of those that nobody chose",)
    card_id = current.card_id if current is not None else ""
    return Diff(wanted.title, card_id, tuple(changes), about, len(to_come))


def _in_order(keys: Sequence[str], places: Sequence[int]) -> set[str]:
    """Return the most keys whose places rise: what is not among them was moved."""
    runs: list[list[int]] = []  # the best run that ends at each, as indexes
    for at, place in enumerate(places):
        before = (run for run in runs if places[run[-1]] < place)
        runs.append([*max(before, key=len, default=[]), at])
    return {keys[at] for at in max(runs, key=len, default=[])}


def _words(
    before: Chapter | None,
    after: Chapter,
    is_moved: bool,  # noqa: FBT001
    is_default: Callable[[str | None, str], bool],
) -> tuple[str, ...]:
    if before is None:
        return ("added",)
    icons = [
        (before.icon, after.icon),
        *((old.icon, new.icon) for old, new in zip(before.tracks, after.tracks, strict=False)),
    ]
    is_other = any(
        old != new and not (is_default(old, before.title) and is_default(new, after.title))
        for old, new in icons
    )
    words = [
        word
        for word, holds in (
            ("moved", is_moved),
            (f"was called {before.title!r}", before.title != after.title),
            ("other icon", is_other),
        )
        if holds
    ]
    return tuple(words) or ("stays",)


def _about(current: Card | None, wanted: Card) -> tuple[str, ...]:
    words = []
    if current is not None and current.title != wanted.title:
        words.append(f"the card was called {current.title!r}")
    if wanted.cover != (current.cover if current is not None else ""):
        words.append("a new cover")
    return tuple(words)
