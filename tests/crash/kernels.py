"""Kernels that run a user's script, and that may be killed at any moment."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

NURSERY = [sys.executable, str(Path(__file__).with_name("nursery.py"))]
STOP_WITHIN_S = 150.0  # longer than a kernel is given


@dataclass
class Order:
    """A run of the script, and its end.

    Attributes
    ----------
    title, folder, normalize : str
        What the script is given.
    fresh : bool
        Start an interpreter, and do not fork one that has loaded everything.
    kill_after_s : float or None
        Kill it so long after its start; let it come to its end if all three are missing.
    kill_after_lines, then_s : int or None, float
        Kill it so long after it has told so many lines.
    """

    title: str
    folder: str
    normalize: str = "track"
    fresh: bool = False
    kill_after_s: float | None = None
    kill_after_lines: int | None = None
    then_s: float = 0.0


@dataclass
class Outcome:
    """How a run ended.

    Attributes
    ----------
    lines : list of str
        What it told, the last one last.
    seconds : float
        How long it lived.
    killed, hung : bool
        It was killed; the reason was that it never ended.
    status : int
        Its exit status; negative for a signal.
    """

    lines: list[str]
    seconds: float
    killed: bool
    hung: bool
    status: int

    @property
    def died(self) -> bool:
        """Whether the kill came before its end."""
        return self.killed and self.status < 0

    @property
    def last(self) -> str:
        return self.lines[-1] if self.lines else "nothing yet"

    @property
    def where(self) -> str:
        """In a word or two, how far the run was."""
        return where(self.last)


def where(line: str) -> str:
    if line.startswith("HTTP Request: "):
        _, method, address = line.split('"', maxsplit=1)[0].rsplit(maxsplit=2)
        steps = {
            "uploadUrl": "address known",
            "/uploads/": "upload answered",
            "/transcoded": "transcode polled",
            "/content": "card written" if method == "POST" else "card read",
        }
        return next((step for part, step in steps.items() if part in address), "other request")
    word, colon, _ = line.partition(":")
    if colon and word.isalpha():
        return word
    return {"importing": "import", "imported": "start", "nothing yet": "birth"}.get(line, "end")


class Nursery:
    """Runs one kernel at a time; two of these run two at once.

    Parameters
    ----------
    environment : dict
        Of its kernels.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            NURSERY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def run(self, order: Order) -> Outcome:
        """Run the script and return how it ended."""
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the nursery ended with status {self._process.wait()}")
        return Outcome(**json.loads(answer))

    def close(self) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(STOP_WITHIN_S)
        finally:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
