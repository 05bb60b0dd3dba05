"""Where a running emulator has its files: a folder that goes away with it, or one that stays."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from yotokit.emulator.keeping import Keeper

if TYPE_CHECKING:
    import socket

__all__ = ["Home"]


class Home:
    """The folder of an emulator, for as long as it runs.

    Parameters
    ----------
    folder : Path or None
        Stays as it is afterwards. None makes one that is removed, at the latest when Python ends.

    Raises
    ------
    FolderError
        The folder cannot be used.

    Attributes
    ----------
    folder : Path
        Where files go.
    keeper : Keeper
        Keeps documents; without a given folder, nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._sockets: list[socket.socket] = []
        self._removed: weakref.finalize[..., Home] | None = None
        if folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="yotokit-emulator-"))
            self.keeper = Keeper()
            self._removed = weakref.finalize(self, _remove, self.folder, os.getpid())
        else:
            self.folder = folder.expanduser().absolute()
            self.keeper = Keeper.of(self.folder)

    def listen(self, port: int) -> list[socket.socket]:
        """Return sockets for the API and for the storage.

        On the ports of last time if they are free: addresses of covers stay good, and so do the
        settings of clients.

        Raises
        ------
        OSError
            The port is taken.
        """
        with self.keeper.understood():
            first, second = map(int, self.keeper.get("ports", "") or [0, 0])
        self._sockets = [_listen(port, first)]
        self._sockets.append(_listen(0, second))
        self.keeper.put("ports", "", [used.getsockname()[1] for used in self._sockets])
        return self._sockets

    def leave(self) -> None:
        """Let go of the folder and of the ports."""
        for used in self._sockets:
            used.close()
        self.keeper.close()
        if self._removed is not None:
            self._removed()


def _listen(port: int, before: int) -> socket.socket:
    from yotokit.emulator.serving import listen  # noqa: PLC0415 - it loads the servers' library

    if not port and before:
        with suppress(OSError):
            return listen(before)
    return listen(port)


def _remove(folder: Path, pid: int) -> None:
    if os.getpid() == pid:  # and not a process that was forked from ours
        shutil.rmtree(folder, ignore_errors=True)
