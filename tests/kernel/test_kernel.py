"""A real IPython kernel: what arrives in a notebook while a cell blocks, and what ■ does."""

from __future__ import annotations

import time
from collections import Counter

import pytest

jupyter_client = pytest.importorskip("jupyter_client")
pytest.importorskip("ipykernel")

pytestmark = [
    pytest.mark.kernel,
    # Of the client library's own sockets and loops, not of ours.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]

SET_UP = """
import yotokit as yk
from yotokit.audio import make_samples
paths = make_samples({folder!r})
emulator = yk.YotoEmulator(transcode_s=({transcode_s}, {transcode_s})).start()
yoto = emulator.client()
session = yk.Session("In a kernel", yoto)
"""
TEAR_DOWN = "session.close(); yoto.close(); emulator.stop()"


class Notebook:
    """A kernel, cell by cell."""

    def __init__(self, manager, client):
        self._manager = manager
        self._client = client

    def begin(self, code):
        return self._client.execute(code)

    def collect(self, request, within_s=60.0):
        """Return the cell's messages, and all that came with them, until it has ended."""
        messages, end = [], time.monotonic() + within_s
        while time.monotonic() < end:
            message = self._client.get_iopub_msg(timeout=within_s)
            message["received"] = time.monotonic()
            messages.append(message)
            own = message["parent_header"].get("msg_id") == request
            if own and message["content"].get("execution_state") == "idle":
                return messages
        raise AssertionError("the cell did not end")

    def run(self, code):
        messages = self.collect(self.begin(code))
        errors = [m["content"] for m in messages if m["msg_type"] == "error"]
        assert not errors, errors
        return messages

    def interrupt(self):
        self._manager.interrupt_kernel()


def text(messages):
    return "".join(m["content"]["text"] for m in messages if m["msg_type"] == "stream")


@pytest.fixture
def notebook(tmp_path):
    manager = jupyter_client.KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield Notebook(manager, client)
    client.stop_channels()
    manager.shutdown_kernel()
    manager.cleanup_resources()
    client.context.destroy()


@pytest.fixture
def nothing_is_left_behind():
    """The kernel is a child process, and its client keeps sockets for the process."""


def test_a_session_shows_live_widgets_that_move_while_finalize_blocks(notebook, tmp_path):
    notebook.run(SET_UP.format(folder=str(tmp_path / "s"), transcode_s=1.5))
    shown = notebook.run("session")
    bundles = [m["content"]["data"] for m in shown if m["msg_type"] == "execute_result"]
    assert "application/vnd.jupyter.widget-view+json" in bundles[0]
    assert "no files yet" in bundles[0]["text/plain"]

    messages = notebook.run("session.submit(paths)\nprint(session.finalize().summary)")
    assert "12 of 12 files" in text(messages)
    updates = [m for m in messages if m["msg_type"] == "comm_msg"]
    lasted_s = messages[-1]["received"] - messages[0]["received"]
    per_widget = Counter(m["content"]["comm_id"] for m in updates)

    assert len(updates) > 10
    assert max(per_widget.values()) <= 10 * lasted_s + 3
    progress = [
        m["content"]["data"]["state"]["value"]
        for m in updates
        if isinstance(m["content"]["data"].get("state", {}).get("value"), float)
    ]
    assert progress == sorted(progress)
    time.sleep(0.5)
    late = notebook.run("print(yk.Dashboard.of(session)._progress.value)")
    assert "1.0" in text(late)
    notebook.run(TEAR_DOWN)


def test_interrupting_finalize_stops_the_waiting_and_not_the_work(notebook, tmp_path):
    notebook.run(SET_UP.format(folder=str(tmp_path / "s"), transcode_s=4.0))
    request = notebook.begin("session.submit(paths)\nsession.finalize()")
    time.sleep(2.0)
    begin = time.monotonic()
    notebook.interrupt()
    messages = notebook.collect(request)
    took_s = time.monotonic() - begin
    (error,) = [m["content"] for m in messages if m["msg_type"] == "error"]

    assert error["ename"] == "KeyboardInterrupt"
    assert "goes on in the background" in error["evalue"]
    assert took_s < 1.5
    again = notebook.run(
        "print(session.finalize().summary, emulator.counters.content_writes, 'write')"
    )
    assert "12 of 12 files" in text(again)
    assert "1 write" in text(again)
    notebook.run(TEAR_DOWN)


def test_a_click_reaches_the_session_while_a_cell_awaits(notebook, tmp_path):
    notebook.run(SET_UP.format(folder=str(tmp_path / "s"), transcode_s=30.0))
    notebook.run("dashboard = yk.Dashboard.of(session)\nsession.submit(paths)")
    (model,) = [
        m["content"]["data"]["text/plain"].strip("'")
        for m in notebook.run("dashboard._cancel.model_id")
        if m["msg_type"] == "execute_result"
    ]
    request = notebook.begin(
        "from yotokit.errors import JobCancelledError\n"
        "try:\n    await session.finalize_async()\n"
        "except JobCancelledError:\n    print('cancelled')"
    )
    time.sleep(1.0)
    shell = notebook._client.shell_channel
    click = {"method": "custom", "content": {"event": "click"}}
    message = notebook._client.session.msg("comm_msg", {"comm_id": model, "data": click})
    begin = time.monotonic()
    shell.send(message)
    messages = notebook.collect(request)

    assert "cancelled" in text(messages)
    assert time.monotonic() - begin < 5.0
    notebook.run(TEAR_DOWN)
