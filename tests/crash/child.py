"""What a user's script does: a folder of files onto one card. Run again, it goes on.

usage: python tests/crash/child.py TITLE FOLDER {track,album,off}

Where the service is, and where state is kept, stands in YOTOKIT_API_URL, YOTOKIT_TOKEN and
YOTOKIT_STATE_DIR. A line for each thing that happens goes to stdout, at once and unbuffered: the
last one is where a kill has hit.
"""

from __future__ import annotations

import logging
import os
import sys


class Tell(logging.Handler):
    """Writes what the library logs to stdout, past all buffers."""

    def emit(self, record: logging.LogRecord) -> None:
        tell(record.getMessage())


def tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def main(title: str, folder: str, normalize: str) -> int:
    tell("importing")
    from yotokit import Session, YotoClient

    tell("imported")
    for name in ("yotokit", "httpx"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.addHandler(Tell())
    yoto = YotoClient.login()
    session = Session(title, yoto, normalize=normalize)
    session.submit(folder)
    report = session.finalize()
    tell(report.summary)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
