"""What all tests of the live face share."""

from __future__ import annotations

import ipywidgets
import pytest


@pytest.fixture(autouse=True)
def no_widget_stays_behind():
    """Close what a test made: ipywidgets keeps every widget in a registry until then."""
    yield
    ipywidgets.Widget.close_all()
