"""`Desk`: what takes its time, for a worker to do; nothing in here knows a widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from yotokit.errors import InputError, YotokitError
from yotokit.session import Session, sessions
from yotokit.widgets.app.state import Line, Offers, Source
from yotokit.widgets.app.words import count_of, in_words

if TYPE_CHECKING:
    import os

    from yotokit.engine import EngineBase
    from yotokit.session import SavedSession
    from yotokit.widgets.app.choices import Wish
    from yotokit.widgets.app.state import State
    from yotokit.yoto import Card, YotoClient

__all__ = ["Desk", "Made", "files_of", "submit"]

_MOST_UNFINISHED = 50
_MOST_NAMED = 5


class Made(NamedTuple):
    """A session, the files that were submitted to it, and what to tell of them."""

    session: Session
    sources: tuple[Source, ...] = ()
    note: str = ""


class Desk:
    """Makes sessions, and looks at what an account has.

    Parameters
    ----------
    engine : EngineBase
        Works for the sessions.
    journal : path-like, optional
        As for `Session`.
    """

    def __init__(self, engine: EngineBase, journal: str | os.PathLike[str] | None) -> None:
        self._engine = engine
        self._journal = journal

    def offers(self, yoto: YotoClient) -> Offers:
        """Return what the account has; what cannot be had is told in words."""
        unfinished: dict[str, SavedSession | None] = {}
        for saved in sessions(yoto, journal=self._journal):
            ended = bool(saved.card_id) and saved.done == len(saved.files)
            # The latest of a title is the one that would be resumed.
            unfinished.setdefault(saved.title, None if ended or not saved.files else saved)
        left = tuple(filter(None, unfinished.values()))[:_MOST_UNFINISHED]
        cards: tuple[Card, ...] = ()
        trouble = ""
        try:
            cards = yoto.cards()
        except YotokitError as error:
            trouble = in_words(error)
        return Offers(cards, left, trouble)

    def begin(self, yoto: YotoClient, state: State, wish: Wish, title: str) -> Made:
        """Make a session and submit the files that were chosen."""
        told = wish.arguments(yoto.cards(), title, state.card_id)
        session = Session(yoto=yoto, engine=self._engine, journal=self._journal, **told)
        try:
            return submit(session, state.sources)
        except BaseException:
            session.close()
            raise

    def resume(self, yoto: YotoClient, title: str) -> Made:
        """Go on with a session of an earlier run."""
        return Made(Session.resume(title, yoto, engine=self._engine, journal=self._journal))


def submit(session: Session, sources: tuple[Source, ...]) -> Made:
    """Submit files; those that had a title or an icon keep it.

    Raises
    ------
    YotokitError
        None of a folder can be taken, or not all have room.
    """
    gone = []
    for source in sources:
        if isinstance(source.what, str):
            session.submit(source.what)
            continue
        for line in source.what:
            try:
                (job,) = session.submit(line.path)
            except InputError as error:
                gone.append(str(error))
                continue
            if line.title or line.icon:
                session.edit(job, title=line.title or None, icon=line.icon or None)
    named = "; ".join(gone[:_MOST_NAMED])
    note = f"{count_of(len(gone), 'file')} could not be taken: {named}" if gone else ""
    return Made(session, sources, note)


def files_of(session: Session) -> Source | None:
    """Return the files of a session that is given up, to be submitted to another."""
    lines = tuple(
        Line(str(job.path), job.title, job.icon)
        for job in session.snapshot().jobs
        if job.origin != "kept"
    )
    name = f"{count_of(len(lines), 'file')} of “{session.title}”"
    return Source(name, lines, len(lines), session.title) if lines else None
