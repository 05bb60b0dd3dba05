"""``python tests/peers/install.py``: other people's Yoto clients, each in its own environment.

They are run, never imported: what they need must not meet what yotokit needs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

PEERS = {"yoto-cli": "0.2.0", "yoto-library": "0.3.1", "yoto-api": "4.5.1"}
FOLDER = Path(__file__).parents[2] / "build" / "peers"


def programs(folder: Path, name: str) -> Path:
    """Return the folder of a peer's programs."""
    return folder / name / ("Scripts" if os.name == "nt" else "bin")


def is_installed(folder: Path, name: str) -> bool:
    """Say whether a peer is there, in the version that is asked for."""
    note = folder / name / "version.txt"
    return note.exists() and note.read_text(encoding="utf-8") == PEERS[name]


def install(folder: Path, name: str) -> None:
    """Install a peer anew, unless it is there."""
    if is_installed(folder, name):
        return
    venv.create(folder / name, clear=True, with_pip=True)
    python = programs(folder, name) / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", f"{name}=={PEERS[name]}"], check=True
    )
    (folder / name / "version.txt").write_text(PEERS[name], encoding="utf-8")


if __name__ == "__main__":
    for peer in PEERS:
        install(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER, peer)
