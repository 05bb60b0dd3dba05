"""Where a person is in the card maker: one value that never changes; `moves` makes the next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.session import Report, SavedSession, Session
    from yotokit.yoto import Card, YotoClient

__all__ = ["Account", "Line", "Offers", "Source", "State", "Step"]


class Step(IntEnum):
    """The parts of the page, in their order. The result is never the open one: it is added."""

    ACCOUNT = 1
    FILES = 2
    CARD = 3
    WORK = 4
    RESULT = 5


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """Where cards go.

    Attributes
    ----------
    name : str
        In words.
    client : YotoClient
        Is signed in to it.
    page_url : str
        Where its cards can be seen; empty where there is no such page.
    note : str
        What to know about it; empty for most.
    is_own : bool
        A person has signed in to it.
    close : callable
        Lets go of it, and of what runs for it; called once or more.
    """

    name: str
    client: YotoClient
    close: Callable[[], object]
    page_url: str = ""
    note: str = ""
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A file with the title and the icon that it has already; an empty one is not set."""

    path: str
    title: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Files that were chosen together.

    Attributes
    ----------
    name : str
        In words.
    what : str or tuple of Line
        What a session takes: a folder, a pattern, or files.
    count : int
        How many files there were.
    title : str
        What a card of them may be called; empty where nothing suggests itself.
    """

    name: str
    what: str | tuple[Line, ...]
    count: int
    title: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Offers:
    """What is there already: the account's cards, sessions to go on with, and what went wrong."""

    cards: tuple[Card, ...] = ()
    unfinished: tuple[SavedSession, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Where a person is.

    Attributes
    ----------
    step : Step
        The open one. While a session works, its part of the page stays, whichever is open.
    account : Account or None
        Where the card goes.
    offers : Offers or None
        What the account has; None while it is not known.
    sources : tuple of Source
        The files that are to be submitted.
    session : Session or None
        The card that is worked on.
    report : Report or None
        What the session's last finalize told.
    shows_work : bool
        Whether the work is shown; it can be hidden once there is a report.
    card_id : str
        What the session that was given up had written, so that its successor may go on with it.
    doing : str
        What is being done in the background, in words; empty if nothing is.
    signing_in : bool
        A person is being asked to sign in.
    turn : int
        Tells what is awaited from what nobody waits for any more.
    error : str
        What went wrong at the open step.
    round : int
        How many cards were made before.
    is_closed : bool
        Nothing happens any more.
    """

    step: Step = Step.ACCOUNT
    account: Account | None = None
    offers: Offers | None = None
    sources: tuple[Source, ...] = ()
    session: Session | None = None
    report: Report | None = None
    shows_work: bool = True
    card_id: str = ""
    doing: str = ""
    signing_in: bool = False
    turn: int = 0
    error: str = ""
    round: int = 0
    is_closed: bool = False
