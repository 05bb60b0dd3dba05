"""`CardMaker`: the page that makes cards, with an emulator for who has no account."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from yotokit import settings
from yotokit.emulator import FolderError
from yotokit.loading import load
from yotokit.ties.emulator import YotoEmulator
from yotokit.widgets.app import Account
from yotokit.widgets.app import CardMaker as Page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from yotokit.engine import EngineBase
    from yotokit.widgets.signin import SignInView

__all__ = ["CardMaker"]

_NOT_KEPT = (
    "Another page uses its folder, or it cannot be used: what this page makes is forgotten at its "
    "end."
)


class CardMaker(Page):
    """A page that makes cards: account, files, settings, the work, the finished card.

    For people who do not write code; notebooks/app.ipynb shows it, with Voilà as a page of its
    own. Without an account the card goes to an emulator, which keeps it for the next visit.

    Parameters
    ----------
    engine : Engine, optional
        Who works; the engine that all sessions of the process share where it is missing.
    journal : path-like, optional
        The folder in which everything is kept; ``YOTOKIT_STATE_DIR`` or the user's own where it
        is missing.
    sign_in : callable, optional
        Makes the `SignInView`, where you want it to be another one.

    Examples
    --------
    >>> with CardMaker() as page:
    ...     page
    CardMaker(step 1 of 4)
    """

    def __init__(
        self,
        *,
        engine: EngineBase | None = None,
        journal: str | os.PathLike[str] | None = None,
        sign_in: Callable[[], SignInView] | None = None,
    ) -> None:
        folder = settings.state_dir(None if journal is None else os.fspath(journal))
        more = {} if sign_in is None else {"sign_in": sign_in}
        try_out = partial(_stand_in, folder / "emulator")
        super().__init__(try_out, engine=engine, journal=journal, **more)


def _stand_in(folder: Path) -> Account:
    """Start an emulator, and return its account; run by a worker."""
    for library in ("uvicorn", "yotokit.emulator.api", "yotokit.yoto"):
        load(library)
    note = ""
    try:
        emulator = YotoEmulator(folder=folder).start()
    except FolderError:
        emulator, note = YotoEmulator().start(), _NOT_KEPT
    try:
        client = emulator.client()
    except BaseException:
        emulator.stop()
        raise

    def close() -> None:
        client.close()
        emulator.stop()

    return Account("the stand-in on this computer", client, close, emulator.url, note)
