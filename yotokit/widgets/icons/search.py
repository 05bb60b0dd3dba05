"""What an icon picker looks for, and finds, in the background. It knows no widget."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from yotokit.errors import YotokitError
from yotokit.widgets.pictures import Pictures

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.widgets.errands import Errands
    from yotokit.yoto import Icon, Icons

__all__ = ["Found", "Search"]

_MOST = 48
_MOST_BYTES = 64_000
_MOST_WORDS = 6
_WORD = re.compile(r"\w{3,}")
_DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Found:
    """What a picker shows.

    Attributes
    ----------
    job_id, title, icon : str
        Of the file whose icon is chosen; no job while nothing is.
    words : str
        What was typed.
    icons : tuple of Icon
        What fits, best first.
    said : str
        How many those are, or what went wrong.
    opened : int
        How often it was opened so far.
    """

    job_id: str = ""
    title: str = ""
    icon: str = ""
    words: str = ""
    icons: tuple[Icon, ...] = ()
    said: str = ""
    opened: int = 0

    @property
    def has_icon(self) -> bool:
        """Whether another icon than the default one was chosen."""
        return self.icon not in {"", _DEFAULT}


class Search:
    """Looks for icons; what was asked for last counts, however long an earlier search takes.

    Parameters
    ----------
    icons, errands, mark, choose
        As for `IconPicker`.

    Attributes
    ----------
    state : Found
        What there is to show; replaced as a whole.
    pictures : Pictures
        Of the icons in it.
    """

    def __init__(
        self,
        icons: Icons,
        errands: Errands,
        mark: Callable[[], object],
        choose: Callable[[str, str], object],
    ) -> None:
        self._icons = icons
        self._errands = errands
        self._mark = mark
        self._choose = choose
        self._lock = threading.Lock()
        self._searching = False
        self.state = Found()
        self.pictures = Pictures(icons.picture, errands, mark, most_bytes=_MOST_BYTES)

    def open(self, job_id: str, title: str, icon: str) -> None:
        """Look for what fits a file."""
        with self._lock:
            opened = self.state.opened + 1
            self.state = Found(job_id, title, icon, said="Looking for icons.", opened=opened)
        self._look()

    def hide(self) -> None:
        """Look for nothing any more."""
        with self._lock:
            self.state = Found(opened=self.state.opened)
        self.pictures.want(())
        self._mark()

    def find(self, words: str) -> None:
        """Look for what was typed."""
        words = words.strip()
        if self._change(words=words, only_if=lambda state: state.words != words):
            self._look()

    def choose(self, reference: str) -> None:
        """Choose one of the icons that are shown."""
        state = self.state
        if any(icon.reference == reference for icon in state.icons):
            self._chosen(state.job_id, reference)

    def default(self) -> None:
        """Choose what a file gets that none was chosen for."""
        self._chosen(self.state.job_id, _DEFAULT)

    def upload(self, picture: bytes, name: str) -> None:
        """Send a picture, and choose it."""
        job_id, title = self.state.job_id, PurePath(name).stem
        self._change(said=f"Sending {name}.")

        def sent(icon: Icon) -> None:
            with self._lock:
                state = self.state
                if state.job_id == job_id:  # another file may have been opened meanwhile
                    others = (one for one in state.icons if one.reference != icon.reference)
                    icons = (icon, *others)[:_MOST]
                    self.state = replace(state, icons=icons, said=f"{name} is sent, and chosen.")
            self._want()
            self._chosen(job_id, icon.reference)

        def failed(error: Exception) -> None:
            self._change(said=f"{name} was not taken: {_words(error)}")

        self._errands.run(lambda: self._icons.upload(picture, title=title), sent, failed)

    def _chosen(self, job_id: str, reference: str) -> None:
        if job_id:
            self._change(icon=reference, only_if=lambda state: state.job_id == job_id)
            self._choose(job_id, reference)

    def _look(self) -> None:
        """Search, unless a search is under way: it looks again when it has ended."""
        with self._lock:
            asked, first = self.state, not self._searching
            self._searching = True
        self._mark()
        if not first:
            return

        def found(icons: tuple[Icon, ...]) -> None:
            self._end(asked, icons, _count(len(icons)))

        def failed(error: Exception) -> None:
            self._end(asked, (), f"There are no icons to choose from: {_words(error)}")

        self._errands.run(lambda: self._fitting(asked), found, failed)

    def _end(self, asked: Found, icons: tuple[Icon, ...], said: str) -> None:
        with self._lock:
            self._searching = False
            state = self.state
            is_last = (state.opened, state.words) == (asked.opened, asked.words)
            if is_last and state.job_id:
                self.state = replace(state, icons=icons, said=said)
        if is_last:
            self._want()
        elif state.job_id:
            self._look()

    def _fitting(self, asked: Found) -> tuple[Icon, ...]:
        """Return what fits the words; without any what fits the title, then all others."""
        if asked.words:
            return tuple(self._icons.find(asked.words))[:_MOST]
        best = self._icons.suggest(asked.title)
        everything = self._icons.all()
        fitting = [best] if best is not None else []
        fitting += [icon for icon in everything if icon.reference == asked.icon]
        # Long words say more of a title than short ones.
        for word in sorted(_WORD.findall(asked.title), key=len, reverse=True)[:_MOST_WORDS]:
            fitting += self._icons.find(word)
        unique = {icon.reference: icon for icon in [*fitting, *everything]}
        return tuple(unique.values())[:_MOST]

    def _want(self) -> None:
        self.pictures.want(icon.reference for icon in self.state.icons)
        self._mark()

    def _change(self, *, only_if: Callable[[Found], bool] = bool, **changes: Any) -> bool:
        with self._lock:
            changed = bool(self.state.job_id) and only_if(self.state)
            if changed:
                self.state = replace(self.state, **changes)
        self._mark()
        return changed


def _count(count: int) -> str:
    if not count:
        return "No icon fits these words; try another one."
    if count == _MOST:
        return f"The best {count} icons."
    return f"{count} {'icon' if count == 1 else 'icons'}."


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, YotokitError) else type(error).__name__
