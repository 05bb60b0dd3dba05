"""`CardView`: a session's card as the app will show it, and then as it is."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets

from yotokit.markup import Html, escape, fragment
from yotokit.session.draft import draft, is_as_drafted, is_out
from yotokit.widgets.pictures import Pictures
from yotokit.yoto import REFERENCE
from yotokit.yoto.display import card_html
from yotokit.yoto.pictures.digits import number_png

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yotokit.session import SessionSnapshot
    from yotokit.widgets.errands import Errands
    from yotokit.yoto import Card, YotoClient

__all__ = ["CardView"]

_MOST_CHAPTERS = 150  # more than a card takes
_MOST_BYTES = 64_000  # of a picture: a view is sent anew with each change


class CardView:
    """A part of a view that shows what will be on the card.

    What the account holds already is asked for once, in the background; so are the pictures.

    Parameters
    ----------
    yoto : YotoClient
        The account.
    errands : Errands
        Do what needs the service.
    mark : callable
        Called when there is something new to paint, from any thread.

    Attributes
    ----------
    widget : ipywidgets.HTML
        What is shown.
    """

    def __init__(self, yoto: YotoClient, errands: Errands, mark: Callable[[], object]) -> None:
        self._yoto = yoto
        self._errands = errands
        self._mark = mark
        self._lock = threading.Lock()
        self._snapshot: SessionSnapshot | None = None
        self._key: tuple[object, ...] = ()
        self._asked_for = ""
        self._current: Card | None = None
        self._suggested: Mapping[str, str] = {}
        self._painted: tuple[object, ...] = ()
        self._pictures = Pictures(self._picture, errands, mark, most_bytes=_MOST_BYTES)
        self.widget = ipywidgets.HTML()

    def show(self, snapshot: SessionSnapshot) -> None:
        """Take a session to be shown; called by the view's painter alone, before `repaint`."""
        key = _key(snapshot)
        if key == self._key:
            return
        self._snapshot, self._key = snapshot, key
        if snapshot.card is None and snapshot.card_id not in ("", self._asked_for):
            self._asked_for = snapshot.card_id
            self._errands.run(
                partial(self._yoto.card, snapshot.card_id), self._is_there, lambda _: None
            )
        if snapshot.icons == "title":
            self._suggest({job.title for job in snapshot.jobs} - self._suggested.keys())

    def repaint(self) -> None:
        """Show what there is; called by the view's painter alone."""
        snapshot, came = self._snapshot, self._pictures.came
        state = (self._key, self._current, self._suggested, came)
        if snapshot is None or state == self._painted:
            return
        self._painted = state
        current = snapshot.card or self._current
        card = draft(snapshot, current, self._suggested)
        is_it = current is not None and is_as_drafted(current, card, snapshot)
        if current is not None and (is_it or snapshot.closed):
            card = current
        pictures = {**card.pictures, **{name: data for name, data in came.items() if data}}
        wanted = [card.cover, *(chapter.icon for chapter in card.chapters[:_MOST_CHAPTERS])]
        self._pictures.want(name for name in wanted if name and name not in card.pictures)
        self.widget.value = fragment(
            Html(f'<p class="yk-note">{escape(_label(snapshot, card is current))}</p>')
        ) + card_html(replace(card, pictures=pictures), most_chapters=_MOST_CHAPTERS)

    def _is_there(self, card: Card) -> None:
        self._current = card
        self._mark()

    def _suggest(self, titles: set[str]) -> None:
        """Find what fits titles; each is looked up once."""
        if not titles:
            return
        self._know(dict.fromkeys(titles, ""))

        def look() -> dict[str, str]:
            found = {title: self._yoto.icons.suggest(title) for title in titles}
            return {title: icon.reference for title, icon in found.items() if icon is not None}

        def found(icons: dict[str, str]) -> None:
            self._know(icons)
            self._mark()

        self._errands.run(look, found, lambda _: None)

    def _know(self, icons: Mapping[str, str]) -> None:
        with self._lock:
            self._suggested = {**self._suggested, **icons}

    def _picture(self, name: str) -> bytes | None:
        if name.removeprefix(REFERENCE).isdecimal():  # not uploaded yet
            return number_png(int(name.removeprefix(REFERENCE)))
        if name.startswith(REFERENCE):
            return self._yoto.icons.picture(name)
        return self._yoto.covers.picture(name)


def _key(snapshot: SessionSnapshot) -> tuple[object, ...]:
    """Return what of a session changes its card."""
    return (
        snapshot.title,
        snapshot.card_id,
        snapshot.card,
        snapshot.closed,
        *(
            (job.job_id, job.title, job.icon, is_out(job), job.duration_s, job.media_sha256)
            for job in snapshot.jobs
        ),
    )


def _label(snapshot: SessionSnapshot, is_it: bool) -> str:  # noqa: FBT001
    if is_it:
        return "The card as it is."
    out = sum(is_out(job) for job in snapshot.jobs)
    words = "The card as it was to be" if snapshot.closed else "The card as it will be"
    if out:
        words += f", without {out} that failed or {'was' if out == 1 else 'were'} cancelled"
    return words + "."
