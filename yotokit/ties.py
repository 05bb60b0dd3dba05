"""The one place that knows every floor.

It ties the client to the emulator, and the session to its dashboard.
"""

from __future__ import annotations

from typing import Any

from yotokit.emulator import Emulator
from yotokit.session import Session
from yotokit.yoto import YotoClient

__all__ = ["Session", "YotoEmulator"]


class YotoEmulator(Emulator):
    """A Yoto service of your own, on this machine, for as long as a ``with`` block runs.

    Parameters are those of `yotokit.emulator.Emulator`.

    Examples
    --------
    >>> with YotoEmulator() as emulator, emulator.client() as yoto:
    ...     yoto.cards()
    ()
    """

    def client(self) -> YotoClient:
        """Return a client for the emulator's account."""
        return YotoClient.login(token=self.token, api_url=self.url, auth_url=self.url)


def _live_view(session: Session) -> dict[str, Any]:
    from yotokit.widgets import Dashboard  # noqa: PLC0415 - only a notebook needs widgets

    return Dashboard.of(session).view()


Session.live_view = _live_view
