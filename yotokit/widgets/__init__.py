"""The live face: the only floor that knows ipywidgets."""

from yotokit.widgets.dashboard import Dashboard
from yotokit.widgets.signin import SignInView

__all__ = ["Dashboard", "SignInView"]
