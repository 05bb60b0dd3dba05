"""``python -m yotokit.emulator``: run the emulator until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading

from yotokit.emulator.chance import RandomFaults
from yotokit.emulator.keeping import FolderError
from yotokit.emulator.server import LAST_PORT, Emulator


def main() -> int:
    """Run the emulator, and say how to reach it."""
    arguments = _arguments()
    emulator = Emulator(
        port=arguments.port, folder=arguments.folder, transcode_s=tuple(arguments.transcode_s)
    )
    if arguments.fault_share:
        emulator.faults.append(RandomFaults(arguments.fault_share, arguments.fault_seed))
    # Both, since a shell starts what runs in the background with Ctrl-C turned off.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        emulator.start()
        text = _as_json(emulator) if arguments.json else _as_text(emulator, arguments.folder)
        sys.stdout.write(text)
        sys.stdout.flush()
        threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    except FolderError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"port {arguments.port} cannot be used ({error.strerror}); try --port 0\n")
        return 1
    finally:
        emulator.stop()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m yotokit.emulator",
        description="A local Yoto service, until Ctrl-C or SIGTERM.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--port", type=_port, default=8765, help="of the API; 0 takes a free one")
    parser.add_argument("--folder", help="where to keep everything; without, it is forgotten")
    parser.add_argument(
        "--transcode-s",
        type=float,
        nargs=2,
        metavar=("MIN", "MAX"),
        default=(0.3, 1.5),
        help="shortest and longest time of a transcode, seconds",
    )
    parser.add_argument(
        "--fault-share", type=_share, default=0.0, help="how many requests go wrong, 0 to 1"
    )
    parser.add_argument("--fault-seed", type=int, default=0, help="which ones")
    parser.add_argument(
        "--json", action="store_true", help="say how to reach it in one line of JSON"
    )
    return parser.parse_args()


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= LAST_PORT):
        raise argparse.ArgumentTypeError(f"give a number from 0 to {LAST_PORT}")
    return int(text)


def _share(text: str) -> float:
    return RandomFaults(float(text)).share


def _as_json(emulator: Emulator) -> str:
    return json.dumps({"url": emulator.url, "token": emulator.token}) + "\n"


def _as_text(emulator: Emulator, folder: str | None) -> str:
    then = "forgets its cards" if folder is None else f"leaves its cards in {folder}"
    return (
        f"The cards are at {emulator.url}\n"
        "To use it from another program, set\n"
        f"  export YOTOKIT_API_URL={emulator.url} YOTOKIT_AUTH_URL={emulator.url}\n"
        f"  export YOTOKIT_TOKEN={emulator.token}\n"
        f"Ctrl-C stops it, and {then}.\n"
    )


if __name__ == "__main__":
    raise SystemExit(main())
