"""`Intake`: the field that files are chosen with in the browser, and what becomes of them."""

from __future__ import annotations

import base64
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from yotokit.errors import SettingError
from yotokit.markup import figures
from yotokit.widgets.app.intake.field import IntakeField
from yotokit.widgets.app.intake.folder import Coming, IntakeFolder
from yotokit.widgets.app.words import in_words, shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from yotokit.widgets.errands import Errands

__all__ = ["Intake"]

_MOST_FILES = 500


@dataclass(slots=True)
class _File:
    """A file that was offered; `coming` is there while it comes."""

    name: str
    size_bytes: int
    coming: Coming | None = None
    state: Literal["offered", "coming", "kept", "refused"] = "offered"
    why: str = ""


class Intake:
    """A part of a view: takes files from the browser into a folder.

    Parameters
    ----------
    above : Path
        Where folders for them are made.
    errands : Errands
        Write them.
    mark : callable
        Tells the painter that something changed.
    kept : callable
        Called with the folder and the number of its files whenever there is one more.

    Attributes
    ----------
    widget : ipywidgets.DOMWidget
        The field.
    """

    def __init__(
        self,
        above: Path,
        errands: Errands,
        mark: Callable[[], object],
        kept: Callable[[Path, int], object],
    ) -> None:
        self._folder = IntakeFolder(above)
        self._errands = errands
        self._mark = mark
        self._told = kept
        self._lock = threading.Lock()
        self._files: dict[str, _File] = {}
        self._kept: set[Path] = set()
        self._is_closed = False
        self.widget = IntakeField(on_command=self._command)

    @property
    def is_busy(self) -> bool:
        """Whether files are on their way."""
        with self._lock:
            return any(file.state in ("offered", "coming") for file in self._files.values())

    def repaint(self) -> None:
        """Show how far each file is; called by the painter alone."""
        with self._lock:
            self.widget.files = [_shown(name, file) for name, file in self._files.items()]

    def renew(self) -> None:
        """Begin anew, in another folder; files that were kept stay where they are."""
        with self._lock:
            folder, self._folder = self._folder, IntakeFolder(self._folder.above)
            files, self._files, self._kept = self._files, {}, set()
        _drop(files)
        folder.leave()
        self._mark()

    def close(self) -> None:
        """Take nothing any more, and remove what has not come whole."""
        with self._lock:
            self._is_closed, files = True, dict(self._files)
        _drop(files)
        self._folder.leave()

    def _command(self, command: dict[str, Any]) -> None:
        """Take up what the browser sends; it may come on any thread."""
        if command["do"] == "offer":
            self._offered(command["file"], command["name"], command["size"])
            return
        with self._lock:
            file = self._files.get(command["file"])
        if file is None or file.state not in {"offered", "coming"}:
            return
        if command["do"] == "stop":
            self._refuse(file, SettingError("was stopped; choose it again to have it after all"))
        elif file.coming is None:
            return
        elif command["do"] == "lost":
            self._refuse(file, SettingError("cannot be read by the browser; choose it again"))
        else:
            self._errands.run(
                partial(_write, file.coming, command["at"], command["data"]),
                partial(self._taken, file),
                partial(self._refuse, file),
            )

    def _offered(self, key: str, name: str, size_bytes: int) -> None:
        with self._lock:
            if self._is_closed or key in self._files or len(self._files) >= _MOST_FILES:
                return
            file, folder = _File(name, size_bytes), self._folder
            self._files[key] = file
        self._errands.run(
            partial(folder.begin, name, size_bytes),
            partial(self._begun, key, file, folder),
            partial(self._refuse, file),
        )

    def _begun(self, key: str, file: _File, folder: IntakeFolder, coming: Coming) -> None:
        with self._lock:
            is_there = self._files.get(key) is file and file.state == "offered"
            wanted = is_there and not self._is_closed
            if wanted:
                file.coming, file.state = coming, "coming"
        if not wanted:
            coming.drop()
            folder.leave()
        self._mark()

    def _taken(self, file: _File, path: Path | None) -> None:
        if path is not None:
            with self._lock:
                file.coming, file.state = None, "kept"
                is_wanted = path.parent == self._folder.path
                self._kept |= {path} if is_wanted else set()
                count = len(self._kept)
            if is_wanted:
                self._told(path.parent, count)
        self._mark()

    def _refuse(self, file: _File, error: Exception) -> None:
        with self._lock:
            coming, file.coming = file.coming, None
            file.state, file.why = "refused", in_words(error)
        if coming is not None:
            coming.drop()
        self._mark()


def _write(coming: Coming, at_bytes: int, data: str) -> Path | None:
    return coming.take(at_bytes, base64.b64decode(data, validate=True))


def _drop(files: dict[str, _File]) -> None:
    for file in files.values():
        if file.coming is not None:
            file.coming.drop()


def _shown(key: str, file: _File) -> dict[str, Any]:
    got_bytes = file.coming.got_bytes if file.coming is not None else 0
    words = {
        "offered": "waits",
        "coming": f"{figures.bytes_size(got_bytes)} of {figures.bytes_size(file.size_bytes)}",
        "kept": "is here",
        "refused": file.why,
    }
    return {
        "id": key,
        "name": shown(file.name),
        "state": file.state,
        "words": words[file.state],
        "got": got_bytes,
        "size": file.size_bytes,
    }
