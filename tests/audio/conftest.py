from __future__ import annotations

import io

import pytest


@pytest.fixture(scope="session", autouse=True)
def fonts_are_open():
    """Draw once: matplotlib keeps its font files open from then on."""
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    figure.add_subplot().set_title("warm")
    figure.savefig(io.BytesIO(), format="png")
