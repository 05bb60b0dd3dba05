"""What goes into a painting beside the snapshot, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = ["Buttons", "Chosen", "Painting", "Row"]

Row: TypeAlias = dict[str, Any]
"""A file as `FileTable.rows` takes it; nobody changes it once it is made."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person has chosen in a view, and what became of it.

    Attributes
    ----------
    shown : str
        Id of the file whose details are shown; the first one's where it is empty or gone.
    problem : str
        Why the last command was not done; empty if it was.
    outcome : str
        What became of the last finalize that was asked for here; empty before that.
    commands : int
        How many commands there were so far.
    """

    shown: str = ""
    problem: str = ""
    outcome: str = ""
    commands: int = 0


@dataclass(frozen=True, slots=True)
class Buttons:
    """What can be clicked.

    Attributes
    ----------
    finalize, pause, retry, cancel : bool
        Whether the button does anything now.
    paused : bool
        The session is paused, so that the button for it goes on.
    """

    finalize: bool
    pause: bool
    retry: bool
    cancel: bool
    paused: bool


@dataclass(frozen=True, slots=True)
class Painting:
    """The value of each trait that the painter may set.

    Attributes
    ----------
    overview, message, details, curve, log : str
        Pieces of HTML.
    progress : float
        0 to 1, in steps of a thousandth.
    bar_style : str
        As of an ipywidgets bar.
    label, headers, rows, curves, shown, announcement
        As of `FileTable`; the curves as pairs of id and curve.
    buttons : Buttons
        What can be clicked.
    """

    overview: str
    message: str
    progress: float
    bar_style: str
    label: str
    headers: tuple[str, ...]
    rows: tuple[Row, ...]
    curves: tuple[tuple[str, str], ...]
    shown: str
    announcement: str
    details: str
    curve: str
    log: str
    buttons: Buttons
