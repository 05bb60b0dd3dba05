"""The audio that a player would fetch: made when somebody asks for it, and kept beside the uploads.

Most tests and benchmarks send thousands of files and listen to none, so none is made before.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from yotokit.emulator.encoding import encode
from yotokit.emulator.wire import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from yotokit.emulator.state import State

__all__ = ["MediaFiles"]

_AT_ONCE = 2


class MediaFiles:
    """Makes the Opus file of a medium once, in a thread; used on the servers' loop only.

    Parameters
    ----------
    state : State
        What the emulator remembers, and how loud the files are to be.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._level_lufs = state.knobs.level_lufs
        self._making: dict[str, asyncio.Task[Path]] = {}
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._stopped = threading.Event()

    async def find(self, sha256: str) -> Path | None:
        """Return the Opus file of a medium, and wait for it to be made; None if there is none.

        Raises
        ------
        RefusedError
            The emulator stops before the file is made.
        """
        media = self._state.media.get(sha256)
        if media is None:
            return None
        # Another level makes another file, also of a folder that was used before.
        level = "as-it-is" if self._level_lufs is None else f"{self._level_lufs:g}"
        target = self._state.media_folder / f"{sha256}.{level}.opus"
        if target.exists():
            return target
        if sha256 not in self._making:
            task = asyncio.create_task(self._make(media.path, target))
            task.add_done_callback(lambda _: self._making.pop(sha256, None))
            self._making[sha256] = task
        # Who asked first may go away while others wait for the same file.
        return await asyncio.shield(self._making[sha256])

    def stop(self) -> None:
        """Give up what is being made."""
        self._stopped.set()

    async def _make(self, source: Path, target: Path) -> Path:
        part = target.with_suffix(".part")
        async with self._at_once:
            whole = await asyncio.to_thread(
                encode, source, part, self._level_lufs, stopped=self._stopped.is_set
            )
        if not whole:
            raise RefusedError(503, "unavailable", "The emulator is about to stop.")
        part.replace(target)
        return target
