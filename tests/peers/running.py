"""How other people's programs are run, and as whom."""

from __future__ import annotations

import subprocess

__all__ = ["CLIENT_IDS", "WITHIN_S", "run"]

# What a peer is registered as: its own id where it has one built in.
CLIENT_IDS = {
    "yoto-cli": "a-peer",
    "yoto-library": "kT1e1feuj42SxERTSWearGDWWmNeQ15x",
    "yoto-api": "a-peer",
}
WITHIN_S = 60.0


def run(command, environment):
    """Run a program to its end, and return what it said."""
    return subprocess.run(
        [str(part) for part in command],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
