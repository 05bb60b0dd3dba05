"""How far a sign-in is, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Phase", "Stand"]

Phase: TypeAlias = Literal[
    "looking", "asking", "checking", "signed in", "leaving", "failed", "closed"
]


@dataclass(frozen=True, slots=True)
class Stand:
    """How far a sign-in is.

    Attributes
    ----------
    phase : str
        Looking for tokens that are kept; asking a person; checking what was pasted; signed in;
        signing out; failed, until somebody tries again; closed.
    url : str
        The link to open, while a person is asked.
    listens : bool
        The browser may come back by itself.
    said : str
        What went wrong, or is worth knowing, and what to do.
    account : str
        Who has signed in.
    can_leave : bool
        There are tokens on this machine that could be removed.
    """

    phase: Phase = "looking"
    url: str = ""
    listens: bool = False
    said: str = ""
    account: str = ""
    can_leave: bool = False
