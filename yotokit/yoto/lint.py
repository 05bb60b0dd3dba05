"""What the service would refuse of a card, and what it takes and players then choke on.

docs/lint.md lists the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from yotokit.errors import CardLintError
from yotokit.logs import get_logger
from yotokit.yoto.rules import card_problems, chapter_problems, shortened, track_problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from yotokit.yoto.models import Card
    from yotokit.yoto.rules import Problem

__all__ = ["Finding", "Severity", "check", "lint"]

Severity: TypeAlias = Literal["error", "warning"]

_SET_RIGHT = "totals"  # by writing the card
_MOST_NAMED = 10
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a card.

    Attributes
    ----------
    rule : str
        Its name, as in docs/lint.md.
    where : str
        ``"the card"``, or ``"chapter 3 'The Moon', track 1"``.
    problem, remedy : str
        What is wrong, and what to do.
    severity : {"error", "warning"}
        An error is never written: the service refuses it, or a player chokes on it.
    """

    rule: str
    where: str
    problem: str
    remedy: str
    severity: Severity

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}; {self.remedy}"


def lint(card: Card) -> tuple[Finding, ...]:
    """Return what is wrong with a card, errors first.

    What a player chokes on is an error on a card that is to be made. On one that is there it is
    a warning: the service took it, and it may well be somebody else's.

    Examples
    --------
    >>> from yotokit.yoto import Card
    >>> for finding in lint(Card("")):
    ...     print(finding.severity, finding.rule, "-", finding)
    error title - the card: it has no title; give it one of 1 to 140 characters
    warning no-chapters - the card: it has no chapters; add one
    """
    found = [_finding(card, "the card", problem) for problem in card_problems(card)]
    for where, problem in _inside(card):
        found.append(_finding(card, where, problem))
    return tuple(sorted(found, key=lambda finding: finding.severity))


def check(card: Card) -> None:
    """Log the warnings that a card deserves.

    Raises
    ------
    CardLintError
        There are errors.
    """
    found = lint(card)
    errors = tuple(finding for finding in found if finding.severity == "error")
    if errors:
        lines = "\n  ".join(_first(errors))
        raise CardLintError(f"the card {card.title!r} was not sent:\n  {lines}", errors)
    for line in _first([finding for finding in found if finding.rule != _SET_RIGHT]):
        _log.warning("the card %r: %s", card.title, line)


def _first(findings: Sequence[Finding]) -> list[str]:
    lines = [str(finding) for finding in findings[:_MOST_NAMED]]
    more = len(findings) - len(lines)
    return [*lines, f"and {more} more"] if more else lines


def _finding(card: Card, where: str, problem: Problem) -> Finding:
    is_error = problem.effect == "broken" or (problem.effect == "chokes" and not card.card_id)
    severity: Severity = "error" if is_error else "warning"
    return Finding(problem.rule, where, problem.what, problem.remedy, severity)


def _inside(card: Card) -> Iterator[tuple[str, Problem]]:
    keys = {chapter.key: frozenset(t.key for t in chapter.tracks) for chapter in card.chapters}
    before: dict[str, int] = {}
    for number, chapter in enumerate(card.chapters, start=1):
        where = f"chapter {number} {shortened(chapter.title)}"
        for problem in chapter_problems(chapter, before.get(chapter.key)):
            yield where, problem
        before.setdefault(chapter.key, number)
        seen: dict[str, int] = {}
        for place, track in enumerate(chapter.tracks, start=1):
            for problem in track_problems(track, seen.get(track.key), keys):
                yield f"{where}, track {place}", problem
            seen.setdefault(track.key, place)
