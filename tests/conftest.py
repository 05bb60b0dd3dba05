"""What all tests share: sound made in code, engines, an emulator, and a look at what was left."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import os
import socket
import tempfile
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import psutil
import pytest
from sound import write_tone

import yotokit as yk
from yotokit.engine import Engine, InlineEngine

if TYPE_CHECKING:
    from pathlib import Path

ENGINES = {
    "inline": lambda: InlineEngine(seed=1),
    "threads": lambda: Engine(cpu_workers=2, net_workers=4),
    "one worker per lane": lambda: Engine(cpu_workers=1, net_workers=1, ask_workers=1, slots=1),
}


@pytest.fixture
def tones(tmp_path):
    """Return a function that writes numbered tones of different pitch and level into a folder."""

    def write(count: int, *, folder: str = "tones", **options) -> list[Path]:
        target = tmp_path / folder
        target.mkdir(exist_ok=True)
        return [
            write_tone(
                target / f"{n:02} tone {n}.wav",
                hertz=200.0 + 10 * n,
                peak_dbfs=-30.0 + n % 20,
                **options,
            )
            for n in range(1, count + 1)
        ]

    return write


@pytest.fixture(params=ENGINES)
def engine(request):
    engine = ENGINES[request.param]()
    yield engine
    engine.close()


@pytest.fixture
def threads():
    engine = Engine(cpu_workers=2, net_workers=4)
    yield engine
    engine.close()


@pytest.fixture(autouse=True, scope="session")
def quick_stops():
    """Have emulators stop soon: uvicorn looks around ten times a second, a thousand tests wait."""

    def sleep(seconds):
        return asyncio.sleep(min(seconds, 0.01))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("uvicorn.server.asyncio", SimpleNamespace(**vars(asyncio) | {"sleep": sleep}))
        yield


@pytest.fixture
def emulator():
    with yk.YotoEmulator(transcode_s=(0.0, 0.05)) as emulator:
        yield emulator


@pytest.fixture
def yoto(emulator):
    with emulator.client() as client:
        yield client


@pytest.fixture
def redirect_uri():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/callback"


@pytest.fixture
def witness(monkeypatch):
    """See what emulators give out; ask for it before the emulator."""
    from contract.showing import Witness

    return Witness(monkeypatch)


@pytest.fixture(autouse=True)
def own_surroundings(tmp_path_factory, monkeypatch):
    """Give each test its own state folder and its own place for temporary files."""
    folder = tmp_path_factory.mktemp("surroundings")
    monkeypatch.setenv("YOTOKIT_STATE_DIR", str(folder / "state"))
    for name in ("YOTOKIT_TOKEN", "YOTOKIT_API_URL", "YOTOKIT_AUTH_URL"):
        monkeypatch.delenv(name, raising=False)
    temporary = folder / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    return temporary


@pytest.fixture(autouse=True)
def nothing_is_left_behind(own_surroundings):
    """Fail a test that leaves threads, descriptors, child processes or temporary files."""
    process = psutil.Process()
    before = _ours(), process.num_fds() if hasattr(process, "num_fds") else 0
    yield
    end = time.monotonic() + 5.0
    while time.monotonic() < end:
        left = _ours() - before[0], list(own_surroundings.glob("yotokit-*"))
        descriptors = (process.num_fds() if hasattr(process, "num_fds") else 0) - before[1]
        if not any(left) and descriptors <= 0:
            break
        gc.collect()
        time.sleep(0.02)
    assert left == (set(), [])
    assert descriptors <= 0, f"{descriptors} descriptors were left open"
    assert not process.children()


def _ours() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("yotokit")}


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch):
    """Refuse every connection that would leave the machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            assert host == "localhost" or ipaddress.ip_address(host).is_loopback, host
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def on_ci() -> bool:
    return os.environ.get("CI") == "true"
