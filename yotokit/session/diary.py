"""What a session enters about itself: which it is, its files, their order."""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from yotokit.journal import ItemEntry, Journal

__all__ = ["Diary"]

_MOMENT_S = 0.5


class Diary:
    """One session's own page in the journal.

    It is begun with the first file or change, so that a session without any leaves the page of
    the one before it alone.

    Parameters
    ----------
    journal : Journal
        Where it is; let go of at the end.
    account, mark, title : str
        Whose session, its card's mark and title.
    settings : mapping
        What the session was made with.

    Attributes
    ----------
    session_id : str
        The name of the page.
    lock : threading.RLock
        Held from a change of the list of files until it is entered.
    listing : callable
        Returns all files of the session.
    """

    def __init__(
        self, journal: Journal, account: str, mark: str, title: str, settings: Mapping[str, Any]
    ) -> None:
        self.session_id = uuid.uuid4().hex
        self.lock = threading.RLock()
        self._journal = journal
        self.listing: Callable[[], Sequence[ItemEntry]] = tuple
        self._head = (account, mark, title, settings)
        self._begun = False
        self._done: deque[str] = deque()
        self._entered_s = 0.0

    @property
    def trouble(self) -> str:
        """Why nothing is kept beyond the process; empty if something is."""
        return self._journal.trouble

    def add(self, items: Sequence[ItemEntry]) -> None:
        """Enter files, behind those there are."""
        if not items:
            return
        if not self._begun or not self._journal.sessions.add(self.session_id, items):
            # Another session of the title may have begun meanwhile, in the place of this one.
            self._begin(items)

    def renew(self) -> None:
        """Enter the session again if another one of its title took its place."""
        with self.lock:
            if self._begun and not self._journal.sessions.has(self.session_id):
                self._journal.sessions.begin(self.session_id, *self._head, items=self.listing())

    def remove(self, path: str) -> None:
        """Take a file out."""
        self._journal.sessions.remove(self.session_id, path)

    def arrange(self, paths: Sequence[str]) -> None:
        """Enter the order anew; what is not among these is taken out."""
        if self._begun:
            self._journal.sessions.arrange(self.session_id, paths)
        else:
            self._begin()

    def _begin(self, items: Sequence[ItemEntry] = ()) -> None:
        self._begun = True
        listing = [*self.listing(), *items]
        self._journal.sessions.begin(self.session_id, *self._head, items=listing)

    def done(self, path: str) -> None:
        """Enter that a file has come to a good end, with others of the same moment.

        It is for the list of sessions only: what is done shows in the uploads themselves.
        """
        self._done.append(path)
        if time.monotonic() - self._entered_s > _MOMENT_S:
            self.enter_done()

    def enter_done(self) -> None:
        """Enter what waits to be entered."""
        with self.lock:
            self._entered_s = time.monotonic()
            done = [self._done.popleft() for _ in range(len(self._done))]
            self._journal.sessions.done(self.session_id, done)

    @property
    def let_go(self) -> Callable[[], None]:
        """What lets go of the journal from wherever an unused session is cleared away.

        It is the journal's own: what it holds must not hold the session.
        """
        return self._journal.let_go

    def close(self) -> None:
        """Enter what is left, and let go of the journal."""
        self.enter_done()
        self._journal.release()
