"""`python -m yotokit.emulator`: how it is found, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys

import httpx
import pytest

import yotokit as yk


@pytest.fixture
def start(tmp_path):
    """Return a function that starts the program; what runs is ended by its id."""
    started = []

    def start(*arguments, port="0"):
        program = subprocess.Popen(
            [sys.executable, "-m", "yotokit.emulator", "--port", port, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"TMPDIR": str(tmp_path)},
        )
        started.append(program)
        return program

    yield start
    for program in started:
        program.kill()
        program.communicate()


def test_it_says_how_to_reach_it_and_ends_on_ctrl_c(start):
    program = start()
    text = "".join(program.stdout.readline() for _ in range(5))
    url = re.search(r"YOTOKIT_API_URL=(\S+)", text)[1]
    token = re.search(r"YOTOKIT_TOKEN=(\S+)", text)[1]
    with yk.YotoClient.login(token=token, api_url=url) as yoto:
        assert yoto.cards() == ()
    os.kill(program.pid, signal.SIGINT)

    assert program.wait(10) == 0
    assert program.stderr.read() == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_program_can_find_it_and_end_it_and_nothing_is_left(start, tmp_path, number):
    program = start("--json")
    found = json.loads(program.stdout.readline())
    with yk.YotoClient.login(token=found["token"], api_url=found["url"]) as yoto:
        assert yoto.cards() == ()
    assert len(list(tmp_path.glob("yotokit-emulator-*"))) == 1
    os.kill(program.pid, number)

    assert program.wait(10) == 0
    assert program.communicate() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_transcodes_take_as_long_and_requests_fail_as_often_as_it_was_told(start):
    program = start("--json", "--transcode-s", "0", "0", "--fault-share", "1", "--fault-seed", "3")
    found = json.loads(program.stdout.readline())
    for _ in range(20):
        try:
            httpx.get(f"{found['url']}/content/mine")
        except httpx.TransportError:
            continue
    counters = httpx.get(f"{found['url']}/emulator/counters").json()

    assert counters["faults"] == sum(counters["faults_by_kind"].values()) == 20
    assert len(counters["faults_by_kind"]) > 3


@pytest.mark.parametrize("share", ["2", "-1", "many"])
def test_a_share_that_is_none_is_refused(start, share):
    program = start("--fault-share", share)

    assert program.wait(10) == 2
    assert "--fault-share" in program.stderr.read()


@pytest.mark.parametrize("port", ["65536", "-1", "many"])
def test_a_port_that_is_none_is_refused(start, port):
    program = start(port=port)

    assert program.wait(10) == 2
    told = program.stderr.read()
    assert "argument --port: give a number from 0 to 65535" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("port", [65_536, -1])
def test_an_emulator_is_not_made_for_a_port_that_is_none(port):
    with pytest.raises(ValueError, match=f"port={port}: give one from 0 to 65535"):
        yk.YotoEmulator(port=port)


def test_a_port_that_is_taken_is_one_clear_line(start, emulator):
    program = start(port=emulator.url.rsplit(":", 1)[1])

    assert program.wait(10) == 1
    told = program.stderr.read()
    assert told.count("\n") == 1
    assert "try --port 0" in told
