"""What a browser is given to run, and what it asks for: looked at before it is believed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget

from yotokit.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Commanded", "joined", "text"]

_SHARED = Path(__file__).with_name("browser.js")
_SHOWN = 200
_log = get_logger("yotokit.widgets")


class Commanded(anywidget.AnyWidget):
    """A widget whose traits the program alone writes, and that answers with commands.

    Parameters
    ----------
    on_command : callable, optional
        Given each command that has the right shape, on whatever thread it comes. What it raises
        is logged.
    """

    def __init__(
        self, *, on_command: Callable[[dict[str, Any]], object] | None = None, **traits: Any
    ) -> None:
        self._hand_on = on_command
        super().__init__(**traits)
        self.on_msg(self._received)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take no state from a browser: it would come between what the painter writes."""

    def checked(self, content: dict[str, Any]) -> dict[str, Any] | None:
        """Return what is a command in a message, and nothing beside it; None if none is."""
        raise NotImplementedError

    def _received(self, _: object, content: object, __: object) -> None:
        try:
            command = self.checked(content) if isinstance(content, dict) else None
            if command is None:
                _log.warning("no command, so nothing is done: %s", repr(content)[:_SHOWN])
            elif self._hand_on is not None:
                self._hand_on(command)
        except Exception:
            _log.exception("a command of the view failed")


def joined(*scripts: Path) -> str:
    """Return the scripts of a view as one module, with what all views share.

    A notebook hands a module to the browser as a text, which has no neighbors to import from.
    """
    return "\n".join(path.read_text(encoding="utf-8") for path in (_SHARED, *scripts))


def text(value: object, longest: int) -> str | None:
    """Return what is a text of at least one and at most so many characters, or None.

    Examples
    --------
    >>> text("Moon", 4), text("Moonlight", 4), text(7, 4)
    ('Moon', None, None)
    """
    return value if isinstance(value, str) and 0 < len(value) <= longest else None
