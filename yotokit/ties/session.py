"""`Session`, with its dashboard to show in a notebook."""

from __future__ import annotations

from typing import Any

from yotokit.session import Session

__all__ = ["Session"]


def _live_view(session: Session) -> dict[str, Any]:
    from yotokit.widgets import Dashboard  # noqa: PLC0415 - only a notebook needs widgets

    return Dashboard.of(session).view()


Session.live_view = _live_view
