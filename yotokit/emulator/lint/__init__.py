"""What a player would make of a card that the service has taken: it takes many that do not play.

The service answers 200 to all of these; the player then skips, stays dark or plays the wrong
file. The rules come from reports of people whose cards did so, see ``docs/emulator.md``.
"""

from yotokit.emulator.lint.card import lint_card
from yotokit.emulator.lint.finding import Finding, Severity, Verdict
from yotokit.emulator.lint.routes import lint_routes

__all__ = ["Finding", "Severity", "Verdict", "lint_card", "lint_routes"]
