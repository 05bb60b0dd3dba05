"""Twenty threads and a service that times out for all of them leave the client as good as new."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest
from contract.peers import black_hole
from contract.uploading import send
from sound import write_tone

import yotokit as yk
from yotokit.emulator import Fault
from yotokit.errors import TransportError
from yotokit.yoto.auth import AccessToken, GivenToken

THREADS = 20


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr("yotokit.yoto.http.sending._TIMEOUT", httpx.Timeout(1.0))
    monkeypatch.setattr("yotokit.yoto.http.retry._ATTEMPTS", 1)
    monkeypatch.setattr("yotokit.yoto.uploads._NEW_ADDRESSES", 0)
    monkeypatch.setattr("yotokit.yoto.uploads._LOOKS", 1)


def at_once(call):
    """Call a function in twenty threads that begin together; return errors and results."""
    together = threading.Barrier(THREADS)

    def begin(number):
        together.wait(30)
        try:
            return call(number)
        except Exception as error:
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


def connections(yoto):
    return [
        connection
        for client in (yoto._http._api, yoto._http._bare)
        for connection in client._transport._pool.connections
    ]


def sockets():
    """Return how many connections this process holds: of both ends, where both are here."""
    return len([c for c in psutil.Process().net_connections("tcp") if c.status == "ESTABLISHED"])


@pytest.mark.parametrize("kind", ["mute", "frozen"])
def test_after_time_outs_in_all_threads_every_request_works(yoto, emulator, kind):
    for _ in range(2):
        emulator.faults.append(Fault("GET", "/content/mine", kind=kind, times=THREADS))
        failed = at_once(lambda _: yoto.cards())
        assert [type(error) for error in failed] == [TransportError] * THREADS
        assert connections(yoto) == []

    assert [yoto.cards() for _ in range(5)] == [()] * 5
    assert at_once(lambda _: yoto.cards()) == [()] * THREADS
    assert all(connection.is_idle() for connection in connections(yoto))
    assert len(connections(yoto)) <= THREADS


@pytest.mark.parametrize("kind", ["deaf", "mute", "interrupted"])
def test_after_uploads_that_failed_in_all_threads_every_upload_works(
    yoto, emulator, tmp_path, kind
):
    def upload(number):
        path = write_tone(tmp_path / f"{number}.wav", duration_s=20.0, hertz=200.0 + number)
        return send(yoto, path)

    emulator.faults.append(Fault("PUT", "/uploads/", kind=kind, times=THREADS))
    # What is small fits into the system's buffers: it waits for an answer, not for room.
    failed = at_once(upload)
    assert [type(error) for error in failed] == [TransportError] * THREADS
    assert all(connection.is_idle() for connection in connections(yoto))

    sent = at_once(upload)
    assert len(set(sent)) == THREADS
    assert (emulator.counters.completed_puts, emulator.counters.repeated_puts) == (THREADS, 0)


def test_after_connections_that_nobody_took_the_pool_is_empty(emulator):
    with (
        black_hole() as url,
        yk.YotoClient(GivenToken(AccessToken(emulator.token)), api_url=url) as yoto,
    ):
        failed = at_once(lambda _: yoto.cards())

        assert all("no connection" in str(error) for error in failed)
        assert connections(yoto) == []


def test_a_client_that_is_closed_holds_no_connection(emulator):
    before = sockets()
    yoto = emulator.client()
    assert at_once(lambda _: yoto.cards()) == [()] * THREADS
    assert sockets() > before
    yoto.close()

    assert connections(yoto) == []
