"""What it costs to show a session live: the dashboard beside what most would write.

usage: python tests/bench/painter.py [--quick] [--files 100] [--rounds 3]

All files upload at once and change ten times a second, in an IPython kernel of its own; the client
takes what arrives, as a notebook would. Counted is the processor time of the thread that paints,
snapshots of the session included, and that of the thread that sends.

The designs:
Dashboard               one anywidget for all rows, at the painter's own pace
one HTML table          the whole table with its curves, as HTML, ten times a second
widgets for each row    four ipywidgets and a box for each file, set ten times a second
"""

import argparse
import ast
import json
import statistics
import time
from pathlib import Path
from queue import Empty

from machine import number, print_head, print_table

HERE = Path(__file__).parent
PACKAGES = ("yotokit", "ipywidgets", "anywidget", "ipykernel")
HEADER = (
    "design", "files", "paints/s", "ms a paint", "painter, % of a core", "sender, %",
    "messages/s", "kB/s", "at most 2 %",
)  # fmt: skip
DESIGNS = ("Dashboard", "one HTML table", "widgets for each row")
MOST_PERCENT = 2.0
CHANGES_PER_S = 10


def run_design(design: str, files: int, lasts_s: float) -> dict[str, float]:
    """Show a session by one of the designs; runs in the kernel, and returns what it took."""
    import faces

    with faces.busy_session(files) as busy:
        face = faces.FACES[design](busy.session)
        try:
            busy.change(0)
            time.sleep(2.0)  # all is built and sent once
            threads = [face.thread, faces.sending_thread()]
            paints, cpu_s = face.paints, [faces.cpu_s(thread) for thread in threads]
            begin_s, turn = time.perf_counter(), 0
            while (since_s := time.perf_counter() - begin_s) < lasts_s:
                turn += 1
                busy.change(turn)
                time.sleep(max(0.0, turn / CHANGES_PER_S - since_s))
            took_s = time.perf_counter() - begin_s
            painter_s, sender_s = (
                faces.cpu_s(thread) - before for thread, before in zip(threads, cpu_s, strict=True)
            )
            return {
                "paints_per_s": (face.paints - paints) / took_s,
                "ms_a_paint": 1e3 * painter_s / max(1, face.paints - paints),
                "painter_percent": 100 * painter_s / took_s,
                "sender_percent": 100 * sender_s / took_s,
            }
        finally:
            face.close()


class Kernel:
    """An IPython kernel, and what comes out of it."""

    def __init__(self) -> None:
        import jupyter_client

        self._manager = jupyter_client.KernelManager(kernel_name="python3")
        self._manager.start_kernel(cwd=str(HERE))
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)

    def run(self, code: str) -> tuple[str, int, int]:
        """Run a cell; return what it printed, and how many messages and bytes moved widgets."""
        request = self._client.execute(code)
        printed, messages, size_bytes = "", 0, 0
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=1.0)
            except Empty:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                printed += content["text"]
            elif kind == "comm_msg":
                messages += 1
                size_bytes += len(json.dumps(content))
            elif kind == "error":
                raise SystemExit("\n".join(content["traceback"]))
            elif content.get("execution_state") == "idle" and (
                message["parent_header"].get("msg_id") == request
            ):
                return printed, messages, size_bytes

    def close(self) -> None:
        """End it."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


def measured(design: str, files: int, lasts_s: float) -> dict[str, float]:
    """Run a design in a kernel of its own."""
    kernel = Kernel()
    try:
        kernel.run("import painter")
        call = f"print(painter.run_design({design!r}, {files}, {lasts_s}))"
        printed, messages, size_bytes = kernel.run(call)
    finally:
        kernel.close()
    took: dict[str, float] = ast.literal_eval(printed.strip().splitlines()[-1])
    return took | {
        "messages_per_s": messages / lasts_s,
        "kb_per_s": size_bytes / 1e3 / lasts_s,
    }


def line(design: str, files: int, rounds: list[dict[str, float]]) -> tuple[str, ...]:
    """Return the medians of a design, as a line of the table."""
    took = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    judged = "-"
    if design == DESIGNS[0]:
        judged = "PASS" if took["painter_percent"] < MOST_PERCENT else "FAIL"
    return (
        design,
        str(files),
        number(took["paints_per_s"], 1),
        number(took["ms_a_paint"], 1),
        number(took["painter_percent"], 1),
        number(took["sender_percent"], 1),
        number(took["messages_per_s"], 0),
        number(took["kb_per_s"], 0),
        judged,
    )


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="once, for 3 s each: to try it out")
    parser.add_argument("--files", type=int, nargs="+", default=[10, 100, 500])
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def main() -> None:
    """Run all designs in turn, so that what else the machine does hits all alike."""
    options = arguments()
    lasts_s, rounds = (3.0, 1) if options.quick else (10.0, options.rounds)
    print_head(PACKAGES)
    print(__doc__.partition("The designs:\n")[2])
    print(f"{CHANGES_PER_S} changes of every file a second for {lasts_s:g} s; {rounds} rounds\n")
    lines = []
    for files in options.files:
        took: dict[str, list[dict[str, float]]] = {design: [] for design in DESIGNS}
        for _ in range(rounds):
            for design in DESIGNS:
                took[design].append(measured(design, files, lasts_s))
        lines += [line(design, files, took[design]) for design in DESIGNS]
    print_table(HEADER, lines)


if __name__ == "__main__":
    main()
