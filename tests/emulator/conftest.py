"""A caller of the emulator that is no client of ours."""

from __future__ import annotations

import pytest
from asking import Caller


@pytest.fixture
def caller(emulator):
    caller = Caller(emulator)
    yield caller
    caller.http.close()
