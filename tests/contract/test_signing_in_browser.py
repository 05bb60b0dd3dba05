"""The way back from the browser: strangers at the port, poor connections, odd addresses."""

from __future__ import annotations

import math
import socket
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from contract.signing import browser, ends_at, login, visit

import yotokit as yk
from yotokit.emulator.grants import Client
from yotokit.errors import LoginRequiredError
from yotokit.yoto.signin import SignIn

# A page takes no time at all; a machine that is busy with other things gets some.
GENEROUS_S = 2.0


@pytest.mark.parametrize(
    "query",
    ["error=x&error_description=offline_access", "code=guessed", "error=x", "state=", "", "code=["],
)
def test_a_stranger_at_the_port_changes_nothing(app, query):
    sign_in = SignIn(app).listen()
    try:
        link = sign_in.url
        assert visit(f"{app.redirect_uri}?{query}").status_code == 400
        assert (sign_in.ended, sign_in.note) == (False, "")
        visit(link)
        assert sign_in.wait(10).refresh
    finally:
        sign_in.close()


def test_connections_that_say_nothing_or_little_are_in_nobodys_way(app, capfd):
    sign_in, there = SignIn(app).listen(), app.address
    with socket.create_connection(there), socket.create_connection(there) as slow:
        slow.sendall(b"GET /x HTTP/1.1\r\nA: ")
        lost = socket.create_connection(there)
        lost.sendall(b"GET /x")
        lost.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        lost.close()  # with a reset
        begin = time.monotonic()
        assert "Signed in" in visit(sign_in.url).text
        assert sign_in.wait(10).access
        assert time.monotonic() - begin < GENEROUS_S
    assert capfd.readouterr().err == ""


def test_the_wait_for_the_browser_ends_in_time_whoever_is_connected(app):
    sign_in, ended = SignIn(app).listen(), threading.Event()
    with socket.create_connection(app.address) as slow:
        slow.sendall(b"GET /x HTTP/1.1\r\nA: ")

        def trickle():
            while not ended.wait(0.1):
                slow.sendall(b"a")

        with ThreadPoolExecutor(1) as pool:
            pool.submit(trickle)
            begin = time.monotonic()
            with pytest.raises(LoginRequiredError, match="nobody signed in"):
                sign_in.wait(0.5)
            took_s = time.monotonic() - begin
            ended.set()
    assert took_s < GENEROUS_S


def test_an_answer_is_waited_for_as_long_as_one_likes(service, redirect_uri, monkeypatch):
    browser(monkeypatch)
    login(service, redirect_uri, timeout_s=math.inf).close()


def test_an_answer_may_come_to_the_other_loopback(monkeypatch):
    try:
        with socket.socket(socket.AF_INET6) as free:
            free.bind(("::1", 0))
            redirect_uri = f"http://[::1]:{free.getsockname()[1]}/callback"
    except OSError:
        pytest.skip("this machine has no IPv6")
    browser(monkeypatch)
    with yk.YotoEmulator(consent="allow", clients=[Client("notebook", (redirect_uri,))]) as service:
        login(service, redirect_uri).close()


def test_a_paste_that_is_no_address_is_one_of_three_tries(
    service, redirect_uri, monkeypatch, capsys
):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    answers = iter(["http://[x", "http://[y", None])

    def asked(prompt):
        answer = next(answers)
        link = capsys.readouterr().out.split("Open this link and sign in:\n")[1].split("\n")[0]
        return ends_at(link) if answer is None else answer

    monkeypatch.setattr("builtins.input", asked)
    login(service, redirect_uri, paste=True).close()
