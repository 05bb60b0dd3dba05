"""Other people's clients, as programs, against an emulator; and no way out of the machine."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import threading
from pathlib import Path

import httpx
import pytest
from peers.install import FOLDER, PEERS, is_installed, programs
from peers.running import CLIENT_IDS

import yotokit as yk
from yotokit.emulator.grants import Client

# These run in the peers' environments.
collect_ignore_glob = ["drive_*.py"]

SCOPES = "user:content:view user:content:manage user:icons:manage offline_access"


class WayOut:
    """Stands where a proxy would: whatever a peer asks of another machine comes here, and ends."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.requests = []
        self._thread = threading.Thread(target=self._note, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _note(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self.requests.append(connection.recv(200).decode(errors="replace").split("\r\n")[0])


@pytest.fixture
def way_out():
    way_out = WayOut()
    yield way_out
    way_out.close()


@pytest.fixture
def callback_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def emulator(callback_port):
    callback = (f"http://127.0.0.1:{callback_port}/callback",)
    clients = [Client(client_id, callback) for client_id in sorted(set(CLIENT_IDS.values()))]
    with yk.YotoEmulator(transcode_s=(0.0, 0.05), consent="allow", clients=clients) as emulator:
        yield emulator


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def program():
    """Return a function that says where a peer's program is; without the peer, skip."""
    told = os.environ.get("YOTOKIT_PEERS")
    folder = Path(told) if told else FOLDER

    def find(peer, name):
        if not is_installed(folder, peer):
            words = f"{peer} {PEERS[peer]} is not in {folder}: run tests/peers/install.py"
            pytest.fail(words) if told else pytest.skip(words)
        return programs(folder, peer) / name

    return find


@pytest.fixture
def environment(home, way_out):
    """Return the environment of a peer: nothing of ours, a home of its own, no way out."""
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), way_out.url)
    proxies |= {name.lower(): url for name, url in proxies.items()}
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TMPDIR") if name in os.environ}
    return (
        kept
        | proxies
        | {
            "HOME": str(home),
            "NO_PROXY": "127.0.0.1",
            "PATH": os.defpath,
            "PYTHONDONTWRITEBYTECODE": "1",
        }
    )


@pytest.fixture
def stays_here(way_out):
    """Fail a test whose peer has asked for another machine."""
    yield
    assert way_out.requests == []


@pytest.fixture
def tokens(emulator, callback_port):
    """Return a function that signs a peer in, as its person would: code and PKCE."""

    def sign_in(peer):
        verifier = "v" * 64
        challenge = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "client_id": CLIENT_IDS[peer],
            "redirect_uri": f"http://127.0.0.1:{callback_port}/callback",
            "response_type": "code",
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "audience": "https://api.yotoplay.com",
            "scope": SCOPES,
        }
        answer = httpx.get(f"{emulator.url}/authorize", params=asked)
        form = {
            "grant_type": "authorization_code",
            "client_id": asked["client_id"],
            "redirect_uri": asked["redirect_uri"],
            "code": httpx.URL(answer.headers["location"]).params["code"],
            "code_verifier": verifier,
        }
        return httpx.post(f"{emulator.url}/oauth/token", data=form).raise_for_status().json()

    return sign_in
