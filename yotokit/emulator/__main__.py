"""``python -m yotokit.emulator``: run the emulator until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
import threading

from yotokit.emulator.server import Emulator


def main() -> int:
    """Run the emulator, and say how to reach it."""
    parser = argparse.ArgumentParser(
        prog="python -m yotokit.emulator", description="A local Yoto service, until Ctrl-C."
    )
    parser.add_argument("--port", type=int, default=8765, help="of the API (default: 8765)")
    arguments = parser.parse_args()
    try:
        emulator = Emulator(port=arguments.port).start()
    except OSError as error:
        sys.stderr.write(f"port {arguments.port} cannot be used ({error.strerror}); try --port 0\n")
        return 1
    sys.stdout.write(
        f"The cards are at {emulator.url}\n"
        "To use it from another program, set\n"
        f"  export YOTOKIT_API_URL={emulator.url} YOTOKIT_AUTH_URL={emulator.url}\n"
        f"  export YOTOKIT_TOKEN={emulator.token}\n"
        "Ctrl-C stops it, and forgets its cards.\n"
    )
    sys.stdout.flush()
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        emulator.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
