"""What may follow in the card maker, as functions from one state to the next.

Where something may not happen, the very state that was given is returned. So a click that comes
late, twice, or out of order does nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from yotokit.widgets.app.state import State, Step

if TYPE_CHECKING:
    from yotokit.session import Report, Session
    from yotokit.widgets.app.state import Account, Offers, Source
    from yotokit.yoto import YotoClient

__all__ = [
    "again",
    "back",
    "began",
    "chose",
    "cleared",
    "closed",
    "entered",
    "failed",
    "is_awaited",
    "left",
    "left_behind",
    "offered",
    "onward",
    "reported",
    "started",
    "turned",
]

_NO_WORK: dict[str, Any] = {"session": None, "report": None, "shows_work": True}


def is_awaited(state: State, turn: int) -> bool:
    """Say whether the outcome of something that began is still waited for."""
    return state.turn == turn and (bool(state.doing) or state.signing_in)


def began(state: State, step: Step, doing: str, *, signing_in: bool = False) -> State:
    """Begin something that takes its time, at the open step."""
    if state.is_closed or state.step is not step or state.doing or state.signing_in:
        return state
    return replace(state, doing=doing, signing_in=signing_in, turn=state.turn + 1, error="")


def failed(state: State, turn: int, error: str) -> State:
    """End what was begun, with what went wrong."""
    if not is_awaited(state, turn):
        return state
    return replace(state, doing="", signing_in=False, error=error)


def entered(state: State, turn: int, account: Account) -> State:
    """Be at an account."""
    if not is_awaited(state, turn) or state.step is not Step.ACCOUNT:
        return state
    return _at(state, Step.FILES, account=account, offers=None, card_id="")


def left(state: State, client: YotoClient, why: str) -> State:
    """Be at no account any more: somebody has signed out."""
    if state.account is None or state.account.client is not client:
        return state
    gone = {"account": None, "offers": None, "card_id": ""}
    return _at(state, Step.ACCOUNT, error=why, **gone, **_NO_WORK)


def offered(state: State, account: Account, offers: Offers) -> State:
    """Know what the account has."""
    return replace(state, offers=offers) if state.account is account else state


def chose(state: State, source: Source, turn: int | None = None) -> State:
    """Take more files, at once or as the outcome of something that was begun."""
    if state.is_closed or (turn is not None and not is_awaited(state, turn)):
        return state
    others = (known for known in state.sources if known.what != source.what)
    doing = state.doing if turn is None else ""
    return replace(state, sources=(*others, source), doing=doing)


def cleared(state: State) -> State:
    """Take none of the chosen files."""
    if state.is_closed or state.step is not Step.FILES or state.doing:
        return state
    return replace(state, sources=(), error="")


def onward(state: State) -> State:
    """Leave a step for the next, with what there is; the work that goes on is next to its files."""
    if state.is_closed or state.doing or state.account is None:
        return state
    if state.step is Step.ACCOUNT:
        return _at(state, Step.FILES)
    if state.step is not Step.FILES:
        return state
    if state.session is not None:
        return _at(state, Step.WORK)
    return _at(state, Step.CARD) if state.sources else state


def started(
    state: State, turn: int, session: Session, taken: tuple[Source, ...] = (), note: str = ""
) -> State:
    """Have a session at work, which files have been submitted to; others stay chosen."""
    at_work = state.step in (Step.FILES, Step.CARD) and state.account is not None
    if not at_work or not is_awaited(state, turn):
        return state
    report = state.report if state.session is session else None
    work = {"session": session, "report": report, "shows_work": True}
    others = tuple(source for source in state.sources if source not in taken)
    return _at(state, Step.WORK, sources=others, error=note, **work)


def reported(state: State, session: Session, report: Report | None) -> State:
    """Know what came of a finalize; one that came to nothing leaves the work in view."""
    if state.session is not session or state.report is report:
        return state
    return replace(state, report=report, shows_work=report is None)


def turned(state: State) -> State:
    """Show the work that is hidden, or hide it."""
    if state.report is None:
        return state
    return replace(state, shows_work=not state.shows_work)


def back(state: State, step: Step, files: Source | None = None, card_id: str = "") -> State:
    """Go back to a step; what is being done is not waited for any more.

    Parameters
    ----------
    files : Source, optional
        The session's files, where going back ends it: they are to be submitted to the next.
    card_id : str
        The card that it has written.
    """
    if state.is_closed or step >= state.step:
        return state
    if state.session is None or step is Step.FILES:
        return _at(state, step)
    sources = (*(() if files is None else (files,)), *state.sources)
    target = Step.FILES if step is Step.CARD and not sources else step
    return _at(state, target, sources=sources, card_id=card_id, **_NO_WORK)


def again(state: State) -> State:
    """Begin another card at the same account."""
    if state.is_closed or state.session is None:
        return state
    fresh = {"sources": (), "offers": None, "card_id": ""}
    return _at(state, Step.FILES, round=state.round + 1, **fresh, **_NO_WORK)


def closed(state: State) -> State:
    """End everything."""
    return State(turn=state.turn + 1, is_closed=True)


def left_behind(before: State, after: State) -> tuple[Session | Account, ...]:
    """Return what the second of two states does not hold any more, in the order of its end."""
    held = ((before.session, after.session), (before.account, after.account))
    return tuple(was for was, now in held if was is not None and was is not now)


def _at(state: State, step: Step, **changes: Any) -> State:
    """Open a step, with nothing under way."""
    fresh: dict[str, Any] = {"doing": "", "signing_in": False, "error": ""}
    return replace(state, step=step, turn=state.turn + 1, **fresh | changes)
