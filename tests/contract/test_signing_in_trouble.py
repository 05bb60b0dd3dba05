"""What must not end a sign-in, what must, and how soon."""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from contract.peers import black_hole
from contract.signing import Keyring, browser, ends_at, expired, login, signed_in

import yotokit as yk
from yotokit.emulator import Fault
from yotokit.errors import (
    ApiError,
    JobCancelledError,
    LoginRequiredError,
    NotFoundError,
    SettingError,
    TokenStoreError,
    TransportError,
)
from yotokit.yoto.signin import App, Keeper, SignIn, Tokens, Vault

posix = pytest.mark.skipif(sys.platform == "win32", reason="about POSIX files")
# A cancel has 0.2 s, and a page no time at all; a machine that is busy with other things gets more.
GENEROUS_S = 2.0
TOKEN = ("POST", "/oauth/token")
REFUSALS = {
    "too many requests": (429, '{"error": "too_many_requests"}'),
    "a time-out": (408, ""),
    "a proxy's page": (403, "<html>company proxy says no</html>"),
    "no such page": (404, "<html>"),
    "a proxy's login": (407, ""),
    "an unknown application": (401, '{"error": "invalid_client"}'),
    "no renewals for it": (403, '{"error": "unauthorized_client"}'),
}


class TroubledKeyring(Keyring):
    """A keyring that can be locked, in part."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses: set[str] = set()

    def _look(self, what):
        if what in self.refuses:
            raise OSError("locked")

    def get_password(self, service, key):
        self._look("get")
        return super().get_password(service, key)

    def set_password(self, service, key, text):
        self._look("set")
        super().set_password(service, key, text)

    def delete_password(self, service, key):
        self._look("delete")
        super().delete_password(service, key)


@pytest.fixture
def ring(monkeypatch):
    ring = TroubledKeyring()
    monkeypatch.setattr("yotokit.yoto.signin.vault._keyring", lambda: ring)
    return ring


def at_its_end(app, vault):
    """Return a keeper of tokens that are to be renewed, which are kept, too."""
    vault.save(expired(signed_in(app)))
    return Keeper(app, vault, vault.load())


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_that_is_not_about_the_refresh_token_loses_no_token(service, app, vault, name):
    status, body = REFUSALS[name]
    keeper = at_its_end(app, vault)
    before = vault.load()
    service.faults.append(Fault(*TOKEN, status=status, body=body))
    with pytest.raises(ApiError) as caught:
        keeper.current()
    assert not isinstance(caught.value, NotFoundError)  # it is not the card that is gone
    assert vault.load() == before
    assert keeper.current() == vault.load().access


def test_a_renewal_is_tried_once_for_each_that_asks(service, app, vault):
    """Who tries again does so without the lock that others wait for."""
    fault = Fault(*TOKEN, status=429, retry_after="0", times=9)
    keeper = at_its_end(app, vault)
    service.faults.append(fault)
    with pytest.raises(ApiError):
        keeper.current()
    assert fault.times == 8


@pytest.mark.parametrize("name", REFUSALS)
def test_a_code_that_was_not_looked_at_is_not_called_used(service, app, short_pauses, name):
    status, body = REFUSALS[name]
    service.faults.append(Fault(*TOKEN, status=status, body=body, times=6))
    sign_in = SignIn(app)
    with pytest.raises(ApiError, match=f"answered {status}"):
        sign_in.paste(ends_at(sign_in.url))


def test_tokens_that_a_keyring_refuses_once_replace_those_that_it_has(service, app, ring, tmp_path):
    keeper = at_its_end(app, Vault(tmp_path / "tokens", "somebody"))
    ring.refuses = {"set", "delete"}
    keeper.current()
    ring.refuses = set()
    later = Vault(tmp_path / "tokens", "somebody")
    assert later.load() == keeper.tokens
    assert Keeper(app, later, expired(later.load())).renew(keeper.tokens.access)
    assert (service.grants.refreshes, service.grants.reuses) == (2, 0)
    assert later.place == "keyring"


def test_tokens_that_cannot_be_kept_are_not_taken_back_for_those_that_were(
    service, app, vault, monkeypatch
):
    keeper = at_its_end(app, vault)

    def full(tokens):
        raise TokenStoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(vault, "save", full)
        first = keeper.current()
    assert keeper.renew(first) not in (None, first)
    assert (service.grants.refreshes, service.grants.reuses) == (2, 0)
    assert vault.load() == keeper.tokens


def test_who_logs_out_is_logged_out_in_other_kernels_too(service, redirect_uri, monkeypatch):
    browser(monkeypatch)
    first, second = login(service, redirect_uri), login(service, redirect_uri)
    first.logout()
    with second:
        assert second.cards() == ()  # its token is still good...
        service.expire_token()
        with pytest.raises(LoginRequiredError, match="signed out meanwhile"):
            second.cards()
    asked = browser(monkeypatch)
    login(service, redirect_uri).close()
    assert len(asked) == 1


def test_a_keyring_that_does_not_answer_is_no_log_out(app, ring, tmp_path):
    keeper = at_its_end(app, Vault(tmp_path / "tokens", "somebody"))
    ring.refuses = {"get", "set", "delete"}
    access = keeper.current()
    ring.refuses = set()
    assert Vault(tmp_path / "tokens", "somebody").load().access == access


@pytest.mark.parametrize("refuses", [{"delete"}, {"delete", "get"}])
def test_a_log_out_that_the_keyring_does_not_heed_is_an_error(
    service, redirect_uri, monkeypatch, ring, refuses
):
    browser(monkeypatch)
    yoto = login(service, redirect_uri)
    ring.refuses = refuses
    with pytest.raises(TokenStoreError, match=r"keyring may still hold.*logout\(\) again"):
        yoto.logout()
    with pytest.raises(SettingError, match="closed"):
        yoto.cards()
    ring.refuses = set()
    yoto.logout()
    assert ring.kept == {}


def cancelled(call):
    """Call it in four threads with one event, set that, and return the seconds to the last end."""
    stop = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(call, stop) for _ in range(4)]
        time.sleep(0.3)
        assert not any(each.done() for each in running)
        begin = time.monotonic()
        stop.set()
        errors = [each.exception(60) for each in running]
    assert all(isinstance(error, JobCancelledError) for error in errors), errors
    return time.monotonic() - begin


def renewing_at(auth_url, service, app, vault):
    """Return a client whose token has ended, and is renewed somewhere else."""
    keeper = Keeper(App(auth_url, "notebook", app.redirect_uri), vault, signed_in(app))
    yoto = yk.YotoClient(keeper, api_url=service.url)
    keeper._tokens = expired(keeper.tokens)
    return yoto


def test_a_cancel_ends_the_wait_for_a_sign_in_service_that_takes_no_connection(service, app, vault):
    with black_hole() as url, renewing_at(url, service, app, vault) as yoto:
        assert cancelled(lambda stop: yoto.upload_slot("0" * 64, "x", stop=stop)) < GENEROUS_S


def test_a_cancel_ends_the_pauses_before_a_renewal(service, app, vault, monkeypatch):
    monkeypatch.setattr("yotokit.yoto.http.retry._backoff", lambda state: 60.0)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with renewing_at(url, service, app, vault) as yoto:
            assert cancelled(lambda stop: yoto.upload_slot("0" * 64, "x", stop=stop)) < GENEROUS_S


def test_a_cancel_ends_the_wait_for_another_program_that_renews(app, vault):
    keeper = at_its_end(app, vault)
    with vault.lock():
        assert cancelled(keeper.current) < GENEROUS_S


def test_a_renewal_that_is_on_its_way_outlasts_a_cancel(service, app, vault):
    """Its answer holds the only refresh token that is good from then on."""
    keeper, stop = at_its_end(app, vault), threading.Event()
    service.faults.append(Fault(*TOKEN, delay_s=0.5))
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(keeper.current, stop)
        end = time.monotonic() + 10
        while not service.counters.faults and time.monotonic() < end:
            time.sleep(0.01)
        stop.set()
        assert renewing.result(10) == vault.load().access
    assert (service.grants.refreshes, service.grants.reuses) == (1, 0)


def kept_at(vault):
    (path,) = vault._folder.glob("*.json")
    return path


def test_a_file_that_is_not_even_text_counts_as_none(app, vault):
    vault.save(signed_in(app))
    path = kept_at(vault)
    path.write_bytes(path.read_bytes()[:-3] + b"\xff\xfe\xff")
    assert vault.load() is None


@posix
@pytest.mark.parametrize("make", [os.mkdir, lambda path: os.mkfifo(path, 0o600)])
def test_what_is_no_file_is_refused_at_once(app, vault, make):
    vault.save(signed_in(app))
    path = kept_at(vault)
    path.unlink()
    make(path)
    told = []

    def load():
        try:
            vault.load()
        except TokenStoreError as error:
            told.append(str(error))

    thread = threading.Thread(target=load, daemon=True)  # a pipe would keep it for good
    thread.start()
    thread.join(10)
    assert "is no file; remove it" in told[0]


@pytest.mark.parametrize("end", [1.7e12, 1e300, 10**400, True], ids=["ms", "far", "huge", "yes"])
def test_an_end_that_no_calendar_has_is_not_known(service, end):
    claims = base64.urlsafe_b64encode(json.dumps({"sub": "anna", "exp": end}).encode()).decode()
    with yk.YotoClient.login(token=f"a.{claims}.b", api_url=service.url) as yoto:
        assert yoto.whoami.expires_at is None
    assert Tokens.from_answer({"access_token": f"a.{claims}.b"}).expires_soon is False


def test_a_token_with_a_short_life_is_used_for_half_of_it(service, app, vault):
    service.grants.token_life_s = 30.0
    tokens = signed_in(app)
    vault.save(tokens)
    keeper = Keeper(app, vault, vault.load())
    assert {keeper.current() for _ in range(3)} == {tokens.access}
    assert service.grants.refreshes == 0
    assert Tokens(tokens.access, tokens.refresh, time.time() + 14, (), tokens.early_s).expires_soon


def test_a_login_whose_renewal_gets_no_connection_is_tried_again_and_then_said(
    service, app, redirect_uri, monkeypatch, short_pauses
):
    browser(monkeypatch)
    login(service, redirect_uri).close()
    state = Vault(yk.settings.state_dir() / "tokens", f"{app.key}/")
    state.save(expired(state.load()))
    tries = []

    def refused(*_, **__):
        tries.append(1)
        raise TransportError("no connection", may_have_arrived=False)

    monkeypatch.setattr("yotokit.yoto.signin.oauth.post_form", refused)
    with pytest.raises(TransportError):
        login(service, redirect_uri)
    assert len(tries) == 6
    assert state.load() is not None


def test_a_login_that_the_service_renews_for_no_application_asks_anew(
    service, app, redirect_uri, monkeypatch
):
    browser(monkeypatch)
    login(service, redirect_uri).close()
    state = Vault(yk.settings.state_dir() / "tokens", f"{app.key}/")
    state.save(expired(state.load()))
    service.faults.append(Fault(*TOKEN, status=403, body='{"error": "unauthorized_client"}'))
    asked = browser(monkeypatch)
    login(service, redirect_uri).close()
    assert len(asked) == 1
