"""A real IPython kernel: what arrives in a notebook while a cell blocks, and what ■ does."""

from __future__ import annotations

import ast
import time
from collections import Counter
from importlib.metadata import version

import pytest

OFTEN = 12
SOON_S = 0.2


def printed(messages):
    """Return the value that a cell printed last."""
    text = "".join(m["content"]["text"] for m in messages if m["msg_type"] == "stream")
    return ast.literal_eval(text.strip().splitlines()[-1])


def says_something(messages):
    return any(m["msg_type"] == "stream" for m in messages)


def most_in_a_second(messages):
    """Return how many messages the busiest widget sent in its busiest second."""
    sent = {}
    for message in messages:
        if message["msg_type"] == "comm_msg":
            when_s = message["header"]["date"].timestamp()
            sent.setdefault(message["content"]["comm_id"], []).append(when_s)
    return max(
        sum(begin <= when_s < begin + 1.0 for when_s in times)
        for times in sent.values()
        for begin in times
    )


def test_a_session_shows_live_widgets_that_move_while_finalize_blocks(opened):
    notebook = opened("In a kernel", transcode_s=1.5)
    shown = notebook.run("session")
    bundles = [m["content"]["data"] for m in shown if m["msg_type"] == "execute_result"]
    assert "application/vnd.jupyter.widget-view+json" in bundles[0]
    assert "no files yet" in bundles[0]["text/plain"]

    begin = len(notebook.messages)
    printed_too = notebook.run("session.submit(paths)\nprint([session.finalize().summary])")
    messages = notebook.messages[begin:]
    assert "12 of 12 files" in printed(printed_too)[0]
    progress = [
        m["content"]["data"]["state"]["value"]
        for m in messages
        if m["msg_type"] == "comm_msg"
        and isinstance(m["content"]["data"].get("state", {}).get("value"), float)
    ]
    assert len(progress) >= 3
    assert progress == sorted(progress)
    assert most_in_a_second(messages) <= OFTEN
    notebook.until(lambda: {row["state"].split(",")[0] for row in notebook.rows()} == {"done"})


def test_a_thousand_changes_in_a_second_are_at_most_a_dozen_messages_the_last_one_exact(opened):
    notebook = opened("Burst")
    notebook.run("session")
    notebook.run("session.pause(); jobs = session.submit(paths)")
    notebook.until(lambda: len(notebook.rows()) == 12)
    begin = len(notebook.messages)
    messages = notebook.run(
        "events = []\n"
        "stop = session.subscribe(lambda: events.append(time.perf_counter()))\n"
        "begin = time.perf_counter()\n"
        "for n in range(1000):\n"
        "    session.move(jobs[n % 12], 1 + n * 7 % 12)\n"
        "    session.edit(jobs[n % 12], title=f'Song {n}')\n"
        "    time.sleep(max(0.0, begin + n / 1000 - time.perf_counter()))\n"
        "stop()\n"
        "time.sleep(1.5)\n"
        "print((len(events), events[-1] - begin, [job.title for job in session.jobs]))"
    )
    events, lasted_s, titles = printed(messages)

    assert events >= 1000
    assert lasted_s < 5.0
    assert 2 <= most_in_a_second(notebook.messages[begin:]) <= OFTEN
    # What came while the cell blocked is the end of it: nothing is left for later.
    assert [row["title"] for row in notebook.rows()] == titles
    assert [row["position"] for row in notebook.rows()] == list(range(1, 13))


def test_stop_ends_the_waiting_at_once_and_not_the_work(opened):
    notebook = opened("Stopped", transcode_s=4.0)
    notebook.run("session\nsession.submit(paths)")
    took_s = []
    for _ in range(3):
        request = notebook.begin(
            "try:\n    print('waiting', flush=True)\n    session.finalize()\n"
            "except KeyboardInterrupt as stop:\n    print((time.time(), str(stop)))"
        )
        notebook.until(lambda: says_something(notebook.of(request)))  # noqa: B023 - until then
        notebook.take_what_comes(0.3)
        begin_s = time.time()
        notebook.interrupt()
        when_s, says = printed(notebook.collect(request))
        took_s.append(when_s - begin_s)
        assert "goes on in the background" in says
    # The best of three: a machine that is busy with other things may be late once.
    assert min(took_s) < SOON_S, took_s
    assert max(took_s) < 10 * SOON_S, took_s

    again = notebook.run("print((session.finalize().summary, emulator.counters.content_writes))")
    summary, writes = printed(again)
    assert "12 of 12 files" in summary
    assert writes == 1


@pytest.mark.skipif(
    tuple(map(int, version("ipykernel").split(".")[:2])) < (7, 4),
    reason="before ipykernel 7.4, what a front end without subshells sends waits for the cell",
)
def test_what_is_clicked_while_a_cell_awaits_takes_effect_before_it_ends(opened):
    notebook = opened("Steered", transcode_s=60.0)
    notebook.run("session")
    notebook.run("jobs = session.submit(paths)")
    notebook.until(lambda: len(notebook.rows()) == 12)
    request = notebook.begin(
        "try:\n    await session.finalize_async()\n"
        "except yk.YotokitError as error:\n    print([type(error).__name__])"
    )
    table = notebook.table()
    first, second, third, *_ = (row["title"] for row in notebook.rows())

    def steer(do, name, holds, **more):
        notebook.tell(table, {"do": do, "job": notebook.row(name)["id"], **more})
        notebook.until(holds)
        assert not notebook.has_ended(request)

    steer("cancel", first, lambda: notebook.row(first)["state"] == "cancelled")
    steer("retry", first, lambda: notebook.row(first)["state"] != "cancelled")
    steer("move", second, lambda: notebook.row(second)["position"] == 9, position=9)
    steer("up", second, lambda: notebook.row(second)["position"] == 8)
    new = "Anna's song"
    steer("edit", third, lambda: new in [row["title"] for row in notebook.rows()], title=new)
    steer("remove", new, lambda: len(notebook.rows()) == 11)
    pause = notebook.named(description="Pause")
    notebook.click(pause)
    notebook.until(lambda: notebook.widgets[pause]["description"] == "Go on")
    notebook.click(pause)
    notebook.until(lambda: notebook.widgets[pause]["description"] == "Pause")
    assert not notebook.has_ended(request)
    notebook.click(notebook.named(description="Cancel all"))

    assert printed(notebook.collect(request)) == ["JobCancelledError"]


def test_what_is_clicked_while_a_cell_blocks_takes_effect_after_it(opened):
    notebook = opened("Blocked")
    notebook.run("session")
    notebook.run("session.pause(); jobs = session.submit(paths)")
    notebook.until(lambda: len(notebook.rows()) == 12)
    first, second, *_ = (row["title"] for row in notebook.rows())
    last = notebook.row(first)["id"], notebook.row(second)["id"]
    request = notebook.begin("print([1], flush=True); time.sleep(1.0)")
    notebook.until(lambda: says_something(notebook.of(request)))
    notebook.tell(notebook.table(), {"do": "move", "job": last[0], "position": 12})
    notebook.tell(notebook.table(), {"do": "cancel", "job": last[1]})
    notebook.tell(notebook.table(), {"do": "edit", "job": "nobody", "title": "x"})
    notebook.tell(notebook.table(), {"do": "harm", "job": last[1]})
    messages = notebook.collect(request)
    notebook.until(lambda: notebook.row(first)["position"] == 12)
    notebook.until(lambda: notebook.row(second)["state"] == "cancelled")

    assert not [m for m in messages if m["msg_type"] == "error"]
    assert printed(notebook.run("session.unpause(); print([session.jobs[-1].title])")) == [first]


def test_a_painter_that_fails_says_so_once_and_stops_no_session(opened):
    notebook = opened("Unpainted")
    notebook.run("session")
    messages = notebook.run(
        "import logging\n"
        "records = []\n"
        "handler = logging.Handler()\n"
        "handler.emit = records.append\n"
        "logging.getLogger('yotokit').addHandler(handler)\n"
        "def fails():\n    raise ValueError('nothing to see')\n"
        "session.snapshot = fails\n"
        "session.submit(paths)\n"
        "jobs = session.jobs\n"
        "summary = session.finalize().summary\n"
        "del session.snapshot\n"
        "session.move(jobs[0], 2)\n"
        "time.sleep(0.5)\n"
        "logging.getLogger('yotokit').removeHandler(handler)\n"
        "print((summary, [r.getMessage() for r in records if r.levelname == 'ERROR']))"
    )
    summary, errors = printed(messages)

    assert "12 of 12 files" in summary
    assert len(errors) == 1
    assert "the work goes on" in errors[0]


def test_a_whole_session_puts_nothing_into_cells_that_they_did_not_ask_for(opened):
    notebook = opened("Silent", transcode_s=0.5)
    begin = len(notebook.messages)
    notebook.run("session")
    notebook.run("jobs = session.submit(paths)")
    notebook.run("time.sleep(0.3)")
    notebook.run("report = session.finalize()")
    notebook.run("session.move(jobs[0], 5); session.retry(); report = session.finalize()")
    notebook.run("session.close()")
    notebook.take_what_comes(0.5)
    kinds = Counter(m["msg_type"] for m in notebook.messages[begin:])

    assert kinds["execute_result"] == 1
    assert not kinds.keys() - {
        "comm_msg",
        "comm_open",
        "execute_input",
        "execute_result",
        "status",
    }


def test_five_hundred_files_have_as_many_widgets_as_five(opened):
    notebook = opened("Many")
    widgets = {}
    for count in (5, 500):
        notebook.run(
            "import numpy, pathlib, soundfile\n"
            f"folder = pathlib.Path('many {count}'); folder.mkdir()\n"
            f"for n in range({count}):\n"
            "    soundfile.write(folder / f'{n:03}.wav', numpy.full(800, n / 1000), 8000)\n"
            "session.close()\n"
            "session = yk.Session('Many', yoto, limits=yk.Limits(tracks=None), journal=False)"
        )
        begin = len(notebook.messages)
        notebook.run("session")
        notebook.run("session.pause(); jobs = session.submit(folder)")
        notebook.until(lambda: len(notebook.rows()) == count)  # noqa: B023 - until that is so
        last = notebook.rows()[-1]["id"]
        notebook.tell(notebook.table(), {"do": "select", "job": last})
        notebook.until(lambda: notebook.widgets[notebook.table()]["shown"] == last)  # noqa: B023
        kinds = Counter(m["msg_type"] for m in notebook.messages[begin:])
        widgets[count] = kinds["comm_open"]

    assert widgets[5] == widgets[500]
    assert widgets[5] < 150
