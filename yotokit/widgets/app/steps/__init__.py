"""The widgets of each step. They say what is wanted, and show what they are told."""

from yotokit.widgets.app.steps.account import AccountStep
from yotokit.widgets.app.steps.card import CardStep
from yotokit.widgets.app.steps.files import FilesStep
from yotokit.widgets.app.steps.work import ResultStep, WorkStep

__all__ = ["AccountStep", "CardStep", "FilesStep", "ResultStep", "WorkStep"]
