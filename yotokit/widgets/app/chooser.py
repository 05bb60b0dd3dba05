"""`FolderChooser`: a folder of this computer, found by walking there or by its path."""

from __future__ import annotations

import glob
import os
import threading
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from yotokit.audio.reading.finding import title_of
from yotokit.errors import SettingError
from yotokit.widgets.app.folders import Folder, look
from yotokit.widgets.app.showing import folder_html, subfolder_labels
from yotokit.widgets.app.state import Source
from yotokit.widgets.app.words import count_of, in_words, shown
from yotokit.widgets.making import button, offer, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.widgets.errands import Errands

__all__ = ["FolderChooser"]

_ROWS = 6
_ONLY_DEEPER = "No audio lies in this folder itself: tick “with the files in its subfolders”."


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the chooser is; `turn` tells the last wish from those before it."""

    folder: Folder | None = None
    trouble: str = ""
    is_looking: bool = False
    turn: int = 0


class FolderChooser:
    """A part of a view: walks through folders, and takes one of them.

    Parameters
    ----------
    errands : Errands
        Look into folders.
    mark : callable
        Tells the painter that something changed.
    take : callable
        Given the `Source` that was chosen.

    Attributes
    ----------
    widget : ipywidgets.Widget
        Shows it.
    """

    def __init__(
        self,
        errands: Errands,
        mark: Callable[[], object],
        take: Callable[[Source], object],
    ) -> None:
        self._errands = errands
        self._mark = mark
        self._give = take
        self._lock = threading.Lock()
        self._place = _Place()
        self._painted: Folder | None = None
        self._build()

    def go(self, path: str) -> None:
        """Look into a folder; what was asked before is not waited for."""
        with self._lock:
            turn = self._place.turn + 1
            self._place = replace(self._place, is_looking=True, turn=turn)
        self._errands.run(partial(look, path), partial(self._arrived, turn), self._failed(turn))
        self._mark()

    def repaint(self) -> None:
        """Show the place; called by the painter alone."""
        if not self._place.turn:
            self.go("~")
        place = self._place
        folder = place.folder
        self._told.value = folder_html(folder, place.trouble, is_looking=place.is_looking)
        if folder is not None and folder is not self._painted:
            offer(self._inner, subfolder_labels(folder))
            self._painted = folder
        known = folder is not None and not place.is_looking
        self._inner.disabled = self._open.disabled = not (known and folder and folder.subfolders)
        self._up.disabled = not known or folder is None or _above(folder.path) == folder.path
        deeper = folder is not None and folder.deep.count > folder.here.count
        show(self._deep, deeper)
        self._take.disabled = not known or folder is None or not folder.deep.count

    def _build(self) -> None:
        wide = ipywidgets.Layout(width="min(40em, 100%)")
        self._told = ipywidgets.HTML()
        self._path = ipywidgets.Text(
            description="Path",
            placeholder="or write the folder's path here, and press Enter",
            continuous_update=False,
            layout=wide,
        )
        self._path.observe(self._written, "value")
        self._inner = ipywidgets.Select(
            description="Folders in it", rows=_ROWS, disabled=True, layout=wide
        )
        self._inner.style.description_width = self._path.style.description_width = "7em"
        self._open = button("Open", "Go into the folder that is marked", self._go_in)
        self._up = button("Up", "Go to the folder above", self._go_up)
        self._home = button("Home", "Go to your own folder", partial(self.go, "~"))
        self._deep = ipywidgets.Checkbox(
            True, description="with the files in its subfolders", indent=False
        )
        self._take = button("Take this folder", "Put its files on the card", self._take_it)
        self.widget = ipywidgets.VBox(
            [
                self._told,
                self._inner,
                ipywidgets.HBox([self._open, self._up, self._home]),
                self._path,
                ipywidgets.HBox([self._take, self._deep]),
            ]
        )

    def _written(self, change: dict[str, Any]) -> None:
        if change["new"].strip():
            self.go(_from(self._place.folder, change["new"].strip()))

    def _go_in(self) -> None:
        folder, number = self._place.folder, self._inner.index
        if folder is not None and number is not None and number < len(folder.subfolders):
            self.go(_from(folder, folder.subfolders[number].name))

    def _go_up(self) -> None:
        if self._place.folder is not None:
            self.go(_above(self._place.folder.path))

    def _take_it(self) -> None:
        folder = self._place.folder
        if folder is None:
            return
        deep = self._deep.value and folder.deep.count > folder.here.count
        audio = folder.deep if deep else folder.here
        # A pattern does not reach into subfolders.
        what = folder.path if deep else os.path.join(glob.escape(folder.path), "*")  # noqa: PTH118
        name = Path(folder.path).name or folder.path
        words = f"{count_of(audio.count, 'file')} in {shown(folder.path)}"
        if audio.count:
            title = title_of(Path(f"{name}.mp3"))
            self._give(Source(words + (", and deeper" if deep else ""), what, audio.count, title))
        else:
            self._failed(self._place.turn)(SettingError(_ONLY_DEEPER))

    def _arrived(self, turn: int, folder: Folder) -> None:
        with self._lock:
            if self._place.turn != turn:
                return
            found = self._place.folder if folder.trouble else folder
            trouble = f"{shown(folder.path)}: {folder.trouble}" if folder.trouble else ""
            self._place = _Place(found, trouble, turn=turn)
        self._mark()

    def _failed(self, turn: int) -> Callable[[Exception], None]:
        def failed(error: Exception) -> None:
            with self._lock:
                if self._place.turn == turn:
                    self._place = _Place(self._place.folder, in_words(error), turn=turn)
            self._mark()

        return failed


def _from(folder: Folder | None, path: str) -> str:
    """Return a path as it is meant from a folder."""
    wanted = os.path.expanduser(path)  # noqa: PTH111 - Path raises for some names
    return os.path.join(folder.path, wanted) if folder is not None else wanted  # noqa: PTH118


def _above(path: str) -> str:
    return os.path.dirname(path)  # noqa: PTH120
