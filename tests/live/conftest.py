"""Two services behind one fixture: the emulator always, the real one where a token is given."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import yotokit as yk

# The questions are a script as well: they find what they need beside them.
sys.path.insert(0, str(Path(__file__).parent))

TOKEN = os.environ.get("YOTOKIT_LIVE_TOKEN", "")
URL = os.environ.get("YOTOKIT_API_URL")  # read here: each test has surroundings of its own
SERVICES = [
    "emulator",
    pytest.param(
        "yoto", marks=pytest.mark.skipif(not TOKEN, reason="YOTOKIT_LIVE_TOKEN is not set")
    ),
]


@pytest.fixture(params=SERVICES)
def desk(request):
    if request.param == "yoto":
        client = yk.YotoClient.login(token=TOKEN, api_url=URL)
        poll_s = 2.0
    else:
        client = request.getfixturevalue("emulator").client()
        poll_s = 0.05
    with client:
        from desk import Desk

        desk = Desk(client, poll_s)
        yield desk
        desk.clear()


if TOKEN:

    @pytest.fixture
    def loopback_only():
        """Let these tests leave the machine: whoever set the variable asked for it."""
