"""The live face: the only floor that knows ipywidgets."""

from yotokit.widgets.dashboard import Dashboard

__all__ = ["Dashboard"]
