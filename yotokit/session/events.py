"""The latest events of a session, for its dashboard, and the same as lines of the log."""

from __future__ import annotations

import logging
import time
from collections import deque

from yotokit.logs import about, get_logger

__all__ = ["Events"]

_LINES = 200
_log = get_logger("yotokit.session")


class Events:
    """What happened, the latest last.

    Parameters
    ----------
    title : str
        The session's title.
    name : str
        What log lines name that are about no single file.
    """

    def __init__(self, title: str, name: str) -> None:
        self._title = title
        self._name = name
        self._lines: deque[str] = deque(maxlen=_LINES)

    @property
    def lines(self) -> tuple[str, ...]:
        """The events so far, each with its time of day."""
        return tuple(self._lines)

    def note(self, event: str, job_id: str = "") -> None:
        """Add an event; called with the engine's lock."""
        self._lines.append(f"{time.strftime('%H:%M:%S')} {event}")
        if _log.isEnabledFor(logging.INFO):
            with about(job_id or self._name):
                _log.info("%s [session %r]", event, self._title)
