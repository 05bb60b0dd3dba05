"""Lets the tests import what is also a command of its own; an emulator outside of this process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def place(tmp_path):
    """Return an emulator in a process of its own, with folders for kernels that may be killed."""
    from service import Place

    with Place(tmp_path / "place") as place:
        yield place
