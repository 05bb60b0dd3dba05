"""From the state to what the widgets show; pure, so it is tested without them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from yotokit.widgets.app.choices import card_labels, suggested_title
from yotokit.widgets.app.showing import (
    alert,
    chosen_html,
    head_html,
    note,
    unfinished_labels,
)
from yotokit.widgets.app.state import Step
from yotokit.widgets.app.words import count_of, in_words

if TYPE_CHECKING:
    from yotokit.session import Report
    from yotokit.widgets.app.state import Account, State

__all__ = ["Painting", "StepPainting", "paint"]

_NAMES = {
    Step.ACCOUNT: "Where does the card go?",
    Step.FILES: "Which stories and songs?",
    Step.CARD: "What is the card to be like?",
    Step.WORK: "Listen, arrange, finish",
    Step.RESULT: "Your card",
}
_CHANGES = {
    Step.ACCOUNT: "Change the account",
    Step.FILES: "Change the files",
    Step.CARD: "Change the card",
}


@dataclass(frozen=True, slots=True)
class StepPainting:
    """A step: what is said of it, whether it is open, and how the way back to it is called."""

    head: str
    trouble: str = ""
    doing: str = ""
    is_open: bool = False
    change: str = ""


@dataclass(frozen=True, slots=True)
class Painting:
    """The value of each trait that the painter may set."""

    steps: dict[Step, StepPainting]
    is_free: bool
    asks: bool
    stays: str
    unfinished: tuple[tuple[str, str], ...]
    chosen: str
    can_clear: bool
    onward: str
    can_go_on: bool
    cards: tuple[tuple[str, str], ...]
    cards_trouble: str
    suggestion: str
    round: int
    report: Report | None
    account: Account | None


def paint(state: State, failure: Exception | None = None, *, is_coming: bool = False) -> Painting:
    """Return what the page shows.

    Parameters
    ----------
    failure : Exception, optional
        Why the card was not written.
    is_coming : bool
        Files are on their way from the browser.
    """
    offers = state.offers
    is_free = not (state.doing or state.signing_in or state.is_closed)
    adds = state.session is not None
    trouble = offers.trouble if offers is not None else ""
    return Painting(
        {step: _step(step, state, failure) for step in Step},
        is_free,
        state.signing_in,
        f"Stay with {state.account.name}" if state.account is not None else "",
        unfinished_labels(offers.unfinished) if offers is not None and not adds else (),
        chosen_html(state.sources),
        is_free and (is_coming or bool(state.sources)),
        _onward(state),
        is_free and not is_coming and (adds or bool(state.sources)),
        card_labels(offers.cards if offers is not None else ()),
        note(f"Only a new card can be chosen: {trouble}" if trouble else ""),
        suggested_title(state.sources),
        state.round,
        state.report,
        state.account,
    )


def _step(step: Step, state: State, failure: Exception | None) -> StepPainting:
    is_open = state.step is step
    works = step is Step.WORK and state.session is not None
    error = state.error if is_open else ""
    if works and failure is not None and not error:
        error = f"The card was not written. {in_words(failure)}"
    is_done = step < state.step or (step is Step.WORK and state.report is not None)
    return StepPainting(
        head_html(step, _NAMES[step], _known(step, state), is_done=is_done),
        alert(error),
        note(state.doing if is_open else ""),
        _is_shown(step, state),
        _change(step, state),
    )


def _is_shown(step: Step, state: State) -> bool:
    if step is Step.RESULT:
        return state.report is not None
    if step is Step.WORK:
        return state.session is not None and state.shows_work
    return state.step is step and not state.is_closed


def _change(step: Step, state: State) -> str:
    """Return how the way to a step that is not shown is called; empty where there is none."""
    if step is Step.WORK and state.report is not None:
        return "Hide the work" if state.shows_work else "Show the work"
    if step >= state.step or step not in _CHANGES:
        return ""
    words = _CHANGES[step]
    if state.session is not None and step is Step.FILES:
        return "Add files"
    works = state.session is not None and state.report is None
    return f"Stop, and {words[0].lower()}{words[1:]}" if works else words


def _known(step: Step, state: State) -> str:
    """Return what is settled at a step."""
    if state.is_closed:
        return "The page is closed: load it anew to go on." if step is Step.ACCOUNT else ""
    if step is Step.ACCOUNT and state.account is not None:
        return f"{state.account.name}. {state.account.note}".strip(". ")
    if step is Step.FILES and state.sources and state.step is not step:
        files = count_of(sum(source.count for source in state.sources), "file")
        return files if state.session is None else f"{files} more, not on the card yet"
    if step is Step.CARD and state.session is not None:
        return f"“{state.session.title}”"
    if step is Step.RESULT and state.report is not None:
        return "is written" if state.report.written else "is up to date"
    return ""


def _onward(state: State) -> str:
    if state.session is None:
        return "Next: the card"
    return "Add to the card" if state.sources else "Back to the work"
