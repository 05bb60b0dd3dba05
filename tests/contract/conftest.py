"""What several tests of the client want: short pauses, a look at what it sends, a sign-in."""

from __future__ import annotations

import pytest

import yotokit as yk
from yotokit.emulator.grants import SCOPES, Client
from yotokit.yoto.signin import App, Vault


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch):
    """A developer's own keyring is no place for tests."""
    monkeypatch.setattr("yotokit.yoto.signin.vault._keyring", lambda: None)


@pytest.fixture
def short_pauses(monkeypatch):
    """Repeat requests almost at once."""
    monkeypatch.setattr("yotokit.yoto.http.retry._backoff", lambda state: 0.01)


@pytest.fixture
def wait_s(request):
    """For how long the client is to wait for the service, seconds.

    It is short only for the kinds of fault that are waited for: where none is, a slow machine must
    not run into a time-out of its own.
    """
    kind = getattr(request.node, "callspec", None) and request.node.callspec.params.get("kind")
    return 0.5 if kind in {None, "mute", "frozen", "deaf", "trickle"} else 10.0


@pytest.fixture
def short_waits(monkeypatch, short_pauses, wait_s):
    """Give up soon what does not answer, and ask again almost at once."""
    import httpx

    monkeypatch.setattr("yotokit.yoto.http.sending._TIMEOUT", httpx.Timeout(wait_s))
    monkeypatch.setattr("yotokit.yoto.http.sockets._ANSWER_S", wait_s)
    monkeypatch.setattr("yotokit.yoto.http.http._UNTOLD_PAUSE_S", 0.05)
    monkeypatch.setattr("yotokit.yoto.uploads._LOOK_PAUSE_S", 0.05)


@pytest.fixture
def seen(monkeypatch):
    """Return the requests that the client sends: method, path, headers."""
    import httpx

    requests = []
    handle = httpx.HTTPTransport.handle_request

    def watched(self, request):
        requests.append((request.method, request.url, dict(request.headers)))
        return handle(self, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", watched)
    return requests


@pytest.fixture
def service(redirect_uri):
    clients = [
        Client("notebook", (redirect_uri,)),
        Client("short", (redirect_uri,), SCOPES - {"offline_access"}),
    ]
    with yk.YotoEmulator(consent="allow", clients=clients, transcode_s=(0.0, 0.05)) as emulator:
        yield emulator


@pytest.fixture
def app(service, redirect_uri):
    return App(service.url, "notebook", redirect_uri)


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path / "tokens", "somebody")
