"""How much sound a session's card holds so far, and whether a file still fits."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from yotokit.session.limits import Limits
    from yotokit.session.work import Work
    from yotokit.yoto import Chapter

__all__ = ["Room"]


class Room:
    """The lengths of the files that were measured; of each the latest.

    Parameters
    ----------
    limits : Limits
        What fits.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._lock = threading.Lock()
        self._durations_s: dict[Path, float] = {}
        self._taken_s = 0.0
        self._kept_bytes: dict[Path, int] = {}

    def keep(self, path: Path, chapter: Chapter) -> None:
        """Leave room for a chapter that is on the card."""
        with self._lock:
            self._kept_bytes[path] = chapter.size_bytes

    def check_sound(self, work: Work) -> None:
        """Raise if a file that was just measured is too much for a track, or for the card.

        Raises
        ------
        LimitError
            It is. Nothing of it was uploaded, and it leaves the room to others.
        """
        duration_s = work.loudness.duration_s if work.loudness is not None else 0.0
        self.leave(work.path)
        self.limits.check_duration(work.path, duration_s)
        with self._lock:
            kept_bytes = sum(self._kept_bytes.values())
            self.limits.check_room(work.path, duration_s, self._taken_s, kept_bytes)
            self._durations_s[work.path] = duration_s
            self._taken_s += duration_s

    def leave(self, path: Path) -> None:
        """Give back the room of what was taken off the card."""
        with self._lock:
            self._kept_bytes.pop(path, None)
            self._taken_s -= self._durations_s.pop(path, 0.0)
