"""The pictures that the player shows: a grid to choose one from."""

from yotokit.widgets.icons.grid import IconGrid
from yotokit.widgets.icons.picker import IconPicker

__all__ = ["IconGrid", "IconPicker"]
