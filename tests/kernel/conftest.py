"""A real IPython kernel, and its widgets as a browser would know them."""

from __future__ import annotations

import contextlib
import queue
import re
import time
from pathlib import Path

import pytest

jupyter_client = pytest.importorskip("jupyter_client")
pytest.importorskip("ipykernel")

HERE = Path(__file__).parent
SET_UP = """
import asyncio, time
import yotokit as yk
from yotokit.audio import make_samples
paths = globals().get("paths") or make_samples("stories")
emulator = yk.YotoEmulator(transcode_s=({transcode_s}, {transcode_s})).start()
yoto = emulator.client()
session = yk.Session({title!r}, yoto)
"""
TEAR_DOWN = "session.close(); yoto.close(); emulator.stop()"


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.kernel)
            # Of the client library's own sockets and loops, not of ours.
            item.add_marker(pytest.mark.filterwarnings("ignore::DeprecationWarning"))
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))


class Notebook:
    """A kernel, cell by cell.

    Attributes
    ----------
    widgets : dict of str to dict
        The state of each widget by its comm's id, as what has come so far makes it.
    messages : list of dict
        All that has come.
    """

    def __init__(self, manager, client):
        self._manager = manager
        self._client = client
        self.widgets = {}
        self.messages = []

    def begin(self, code):
        """Run a cell; return the request's id at once."""
        return self._client.execute(code)

    def run(self, code):
        """Run a cell to its end, and return its messages; an error in it is one of the test."""
        messages = self.collect(self.begin(code))
        errors = [m["content"] for m in messages if m["msg_type"] == "error"]
        assert not errors, re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(errors[0]["traceback"]))
        return messages

    def collect(self, request, within_s=60.0):
        """Return the messages of a cell when it has ended."""
        self.until(lambda: self.has_ended(request), within_s)
        return self.of(request)

    def until(self, holds, within_s=30.0):
        """Take messages until a condition holds."""
        end = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < end, f"not within {within_s} s"
            with contextlib.suppress(queue.Empty):
                self._take(self._client.get_iopub_msg(timeout=0.05))

    def take_what_comes(self, for_s):
        """Take messages for a while."""
        end = time.monotonic() + for_s
        self.until(lambda: time.monotonic() >= end, for_s + 5)

    def has_ended(self, request):
        """Whether a cell has come to its end."""
        return any(
            m["content"].get("execution_state") == "idle" for m in reversed(self.of(request))
        )

    def of(self, request):
        """Return what has come from a cell so far."""
        return [m for m in self.messages if m["parent_header"].get("msg_id") == request]

    def named(self, **traits):
        """Return the comm's id of the one widget whose traits have these values."""
        found = [
            comm
            for comm, state in self.widgets.items()
            if all(state.get(name) == value for name, value in traits.items())
        ]
        assert len(found) == 1, f"{len(found)} widgets with {traits}"
        return found[0]

    def table(self):
        """Return the comm's id of the table of files that was made last."""
        return [comm for comm, state in self.widgets.items() if "rows" in state][-1]

    def rows(self):
        """Return the rows that the table shows."""
        return self.widgets[self.table()]["rows"]

    def row(self, title):
        """Return the row of a title."""
        (row,) = [row for row in self.rows() if row["title"] == title]
        return row

    def click(self, comm):
        """Click a button, as a browser tells it."""
        self.tell(comm, {"event": "click"})

    def tell(self, comm, content):
        """Send a widget a message of its own, as its code in the browser does."""
        data = {"method": "custom", "content": content}
        message = self._client.session.msg("comm_msg", {"comm_id": comm, "data": data})
        self._client.shell_channel.send(message)

    def interrupt(self):
        """Press ■."""
        self._manager.interrupt_kernel()

    def _take(self, message):
        message["received"] = time.monotonic()
        self.messages.append(message)
        content = message["content"]
        if message["msg_type"] == "comm_open":
            self.widgets[content["comm_id"]] = dict(content["data"].get("state", {}))
        elif message["msg_type"] == "comm_msg" and content["data"].get("method") == "update":
            self.widgets.setdefault(content["comm_id"], {}).update(content["data"]["state"])


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """Start a kernel for a module: it takes seconds to load everything."""
    manager = jupyter_client.KernelManager(kernel_name="python3")
    folder = tmp_path_factory.mktemp("kernel")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YOTOKIT_STATE_DIR", str(folder / "state"))
        patch.setenv("IPYTHONDIR", str(folder))
        manager.start_kernel(cwd=str(folder))
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel()
    manager.cleanup_resources()
    client.context.destroy()


@pytest.fixture
def notebook(kernel):
    """Return the module's kernel, as an empty notebook."""
    return Notebook(*kernel)


@pytest.fixture
def opened(notebook):
    """Return a function that opens a notebook with a session over a dozen files."""
    opened = []

    def open_one(title, *, transcode_s=0.1):
        opened.append(title)
        notebook.run(SET_UP.format(title=title, transcode_s=transcode_s))
        return notebook

    yield open_one
    if opened:
        notebook.run(TEAR_DOWN)


@pytest.fixture
def nothing_is_left_behind():
    """The kernel is a child process, and its client keeps sockets for the process."""
