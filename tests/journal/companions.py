"""Another process with a journal, that does what it is told.

usage: python tests/journal/companions.py FOLDER

It reads a line of JSON, a list of a method's name and its arguments, and answers with one.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any


class Companion:
    """The other process, as this one sees it.

    Attributes
    ----------
    process : subprocess.Popen
        To be sent signals.
    """

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", __file__, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self.process.stdout.readline() != '"ready"\n':
            self.kill()
            raise RuntimeError("the other process did not open its journal")

    def begin(self, name: str, *arguments: Any) -> None:
        """Have it call a method; `hear` waits for what came of it."""
        self.process.stdin.write(json.dumps([name, *arguments]) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        return json.loads(self.process.stdout.readline())

    def call(self, name: str, *arguments: Any) -> Any:
        self.begin(name, *arguments)
        return self.hear()

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def write_rows(journal: Any, name: str, count: int) -> str:
    for number in range(count):
        journal.keep_result(f"{name} {number}", "stage", "{}", bytes(500))
    return journal.trouble


def main(folder: str) -> None:
    from yotokit.journal import Journal

    journal = Journal(Path(folder))
    print(json.dumps("ready"), flush=True)  # noqa: T201
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        if name == "write_rows":
            answer = write_rows(journal, *arguments)
        elif name == "reopen":
            journal.close()
            journal = Journal(Path(folder))
            answer = journal.trouble
        else:
            answer = getattr(journal, name)(*arguments)
        print(json.dumps(answer), flush=True)  # noqa: T201
    journal.close()


if __name__ == "__main__":
    main(sys.argv[1])
