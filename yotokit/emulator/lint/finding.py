"""What can be said of a card, and how bad it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

__all__ = ["Finding", "Severity", "Verdict", "remark"]

Severity: TypeAlias = Literal["choke", "remark"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a player trips over.

    Attributes
    ----------
    rule : str
        A short name.
    where : str
        The place in the card's JSON.
    problem : str
        What is wrong, and what a player makes of it.
    severity : {"choke", "remark"}
        Whether something will not play, or only not be as it should.
    """

    rule: str
    where: str
    problem: str
    severity: Severity = "choke"


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that was found in a card."""

    card_id: str
    title: str
    findings: tuple[Finding, ...] = ()

    @property
    def words(self) -> str:
        """Say it in a few words."""
        if any(finding.severity == "choke" for finding in self.findings):
            return "a player would choke"
        return "plays with remarks" if self.findings else "plays"

    def as_json(self) -> dict[str, Any]:
        """Return it as ``/emulator/lint`` sends it."""
        findings = [asdict(finding) for finding in self.findings]
        return {
            "cardId": self.card_id,
            "title": self.title,
            "verdict": self.words,
            "findings": findings,
        }


def remark(rule: str, where: str, problem: str) -> Finding:
    """Return a finding that keeps nothing from playing."""
    return Finding(rule, where, problem, "remark")
