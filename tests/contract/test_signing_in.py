"""Signing in, and staying signed in, against the emulator's sign-in service."""

from __future__ import annotations

import json
import logging
import stat
import subprocess
import sys
import threading
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from contract.showing import assert_hidden, caught, error_texts, log_texts
from contract.signing import Keyring, bring, browser, ends_at, expired, login, signed_in, visit

import yotokit as yk
from yotokit import settings
from yotokit.emulator import Fault
from yotokit.emulator.grants import SCOPES
from yotokit.errors import (
    LoginRequiredError,
    ServerError,
    SettingError,
    TokenStoreError,
    UnexpectedAnswerError,
)
from yotokit.yoto.hidden import Hidden
from yotokit.yoto.signin import App, Keeper, SignIn, Tokens, Vault

posix = pytest.mark.skipif(sys.platform == "win32", reason="about POSIX permissions")


def test_a_person_signs_in_by_browser_once_and_is_known_from_then_on(
    service, redirect_uri, monkeypatch
):
    visits = browser(monkeypatch)
    with login(service, redirect_uri) as yoto:
        assert yoto.cards() == ()
        who = yoto.whoami
    assert "Signed in" in visits[0].result(10.0).text
    assert who.renews
    assert set(who.scopes) == SCOPES
    assert who.account.endswith(service.grants.subject)

    monkeypatch.setattr("webbrowser.open", lambda url: pytest.fail("asked again"))
    with login(service, redirect_uri) as yoto:
        assert yoto.cards() == ()


def test_where_the_browser_runs_elsewhere_its_last_address_is_pasted(
    service, redirect_uri, monkeypatch, capsys
):
    monkeypatch.setenv("JUPYTERHUB_USER", "anna")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    answers = iter(["what?", None])

    def asked(prompt):
        answer = next(answers)
        link = capsys.readouterr().out.split("Open this link and sign in:\n")[1].split("\n")[0]
        return ends_at(link) if answer is None else answer

    monkeypatch.setattr("builtins.input", asked)
    with login(service, redirect_uri) as yoto:
        assert yoto.cards() == ()


@pytest.mark.parametrize("form", ["address", "query", "code"])
def test_the_address_its_query_or_the_bare_code_may_be_pasted(app, form):
    sign_in = SignIn(app)
    address = ends_at(sign_in.url)
    query = urlsplit(address).query
    text = {"address": f" '{address}'\n", "query": query, "code": parse_qs(query)["code"][0]}[form]
    assert sign_in.paste(text).refresh is not None


@pytest.mark.parametrize("text", ["", "hello there", "http://127.0.0.1:1/callback", "http://[::1"])
def test_what_is_no_answer_is_told_from_one_and_the_right_one_still_counts(app, text):
    sign_in = SignIn(app)
    with pytest.raises((LoginRequiredError, SettingError), match="address"):
        sign_in.paste(text)
    assert sign_in.paste(ends_at(sign_in.url))


def test_the_answer_to_another_sign_in_is_refused(app):
    with pytest.raises(LoginRequiredError, match="another sign-in"):
        SignIn(app).paste(ends_at(SignIn(app).url))


def test_a_stranger_at_the_port_ends_nothing(app):
    sign_in = SignIn(app).listen()
    try:
        assert visit(f"{app.redirect_uri}?error=access_denied&state=guessed").status_code == 400
        assert visit(f"{app.redirect_uri}?code=guessed&state=guessed").status_code == 400
        assert httpx.get(app.redirect_uri + "x", trust_env=False).status_code == 404
        assert not sign_in.ended
        visit(sign_in.url)
        assert sign_in.wait(10).access
    finally:
        sign_in.close()


def test_who_says_no_is_not_signed_in(service, redirect_uri, monkeypatch):
    service.consent = "deny"
    browser(monkeypatch)
    with pytest.raises(LoginRequiredError, match=r"refused \(access_denied"):
        login(service, redirect_uri)


def test_a_person_is_asked_what_the_application_may_do(service, app):
    service.consent = "ask"
    page = httpx.get(SignIn(app).url, trust_env=False).text
    assert "make, change and delete cards" in page
    assert "Allow" in page


def test_who_may_not_stay_signed_in_is_asked_once_more_and_told_what_that_means(
    service, redirect_uri, monkeypatch, capsys
):
    browser(monkeypatch)
    with login(service, redirect_uri, client_id="short") as yoto:
        assert yoto.cards() == ()
        assert not yoto.whoami.renews
        assert set(yoto.whoami.scopes) == SCOPES - {"offline_access"}
    said = capsys.readouterr().out
    assert "refused offline_access" in said
    assert "sign in again" in said


def test_where_nobody_is_there_to_sign_in_it_is_said_at_once(service, redirect_uri, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    with pytest.raises(LoginRequiredError, match="YOTOKIT_TOKEN"):
        login(service, redirect_uri)


def test_nobody_in_time_is_an_error_that_says_so(service, redirect_uri, monkeypatch):
    service.consent = "ask"  # and nobody clicks
    browser(monkeypatch)
    with pytest.raises(LoginRequiredError, match="nobody signed in within"):
        login(service, redirect_uri, timeout_s=0.2)


def test_a_port_that_is_taken_is_named(app):
    taken = SignIn(app).listen()
    try:
        with pytest.raises(SettingError, match="port cannot be used"):
            SignIn(app).listen()
    finally:
        taken.close()


def test_without_an_application_it_is_said_how_to_get_one():
    with pytest.raises(LoginRequiredError, match=r"dashboard\.yoto\.dev"):
        yk.YotoClient.login()


@pytest.mark.parametrize("uri", ["https://example.org/callback", "http://127.0.0.1/x", "nonsense"])
def test_the_answer_goes_to_this_machine_only(uri):
    with pytest.raises(SettingError, match="redirect_uri"):
        App("https://login.yotoplay.com", "notebook", uri)


def test_logging_out_removes_the_tokens_and_the_next_login_asks(service, redirect_uri, monkeypatch):
    browser(monkeypatch)
    login(service, redirect_uri).logout()
    asked = browser(monkeypatch)
    login(service, redirect_uri).close()
    assert len(asked) == 1


def test_names_keep_accounts_apart(service, redirect_uri, monkeypatch):
    asked = browser(monkeypatch)
    for name in ("anna", "ben", "anna"):
        with login(service, redirect_uri, account=name) as yoto:
            assert yoto.account.endswith(f"/{name}")
    assert len(asked) == 2


def test_eight_threads_with_a_token_at_its_end_renew_it_once(service, app, vault):
    tokens = signed_in(app)
    vault.save(expired(tokens))
    keeper, seen, start = Keeper(app, vault, expired(tokens)), [], threading.Barrier(8)

    def work():
        start.wait()
        seen.append(keeper.current().reveal())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (service.grants.refreshes, service.grants.reuses) == (1, 0)
    assert len(set(seen)) == 1
    assert seen[0] != tokens.access.reveal()


PROCESS = """
import sys, yotokit
from pathlib import Path
from yotokit.yoto.signin import App, Keeper, Vault
import yotokit.yoto.signin.vault as vault
vault._keyring = lambda: None
app = App(sys.argv[1], "notebook", sys.argv[2])
kept = Vault(Path(sys.argv[3]), "somebody")
print("ready", flush=True)
sys.stdin.readline()
print(Keeper(app, kept, kept.load()).current().reveal())
"""


def test_processes_with_a_token_at_its_end_renew_it_once(service, app, vault, tmp_path):
    vault.save(expired(signed_in(app)))
    command = [sys.executable, "-c", PROCESS, app.auth_url, app.redirect_uri]
    command.append(str(tmp_path / "tokens"))
    pipe = subprocess.PIPE
    running = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(4)]
    for one in running:
        one.stdout.readline()
    for one in running:
        one.stdin.write("go\n")
        one.stdin.flush()
    tokens = {one.communicate(timeout=60)[0].strip() for one in running}
    assert (service.grants.refreshes, service.grants.reuses) == (1, 0)
    assert tokens == {vault.load().access.reveal()}


def test_new_tokens_are_kept_before_they_are_used(service, app, vault, monkeypatch):
    """Who is killed in between has lost nothing: the old refresh token is of no use any more."""
    keeper = Keeper(app, vault, expired(signed_in(app)))
    access = keeper.current()
    assert vault.load().access == access
    assert keeper.renew(access) == vault.load().access


def test_a_refused_refresh_token_ends_in_one_clear_error_and_is_not_kept(service, app, vault):
    tokens = signed_in(app)
    vault.save(expired(tokens))
    Keeper(app, vault, expired(tokens)).current()
    vault.save(expired(tokens))  # as if the new ones had been lost
    with pytest.raises(LoginRequiredError, match=r"invalid_grant.*Sign in again"):
        Keeper(app, vault, expired(tokens)).current()
    assert vault.load() is None
    assert service.grants.reuses == 1


def test_a_sign_in_service_that_fails_loses_no_token(service, app, vault):
    tokens = expired(signed_in(app))
    vault.save(tokens)
    service.faults.append(Fault("POST", "/oauth/token", status=500))
    keeper = Keeper(app, vault, tokens)
    with pytest.raises(ServerError):
        keeper.current()
    assert vault.load().refresh == tokens.refresh
    assert keeper.current() != tokens.access


def test_an_answer_that_is_no_token_is_told_from_one(service, app):
    service.faults.append(Fault("POST", "/oauth/token", status=200, body='{"access_token": 7}'))
    service.faults.append(Fault("POST", "/oauth/token", status=200, body="<html>Wi-Fi</html>"))
    for text in ("no usable token", "login page"):
        sign_in = SignIn(app)
        with pytest.raises(UnexpectedAnswerError, match=text):
            sign_in.paste(ends_at(sign_in.url))


def test_an_answer_without_a_new_refresh_token_keeps_the_old_one():
    first = Tokens.from_answer({"access_token": "a", "refresh_token": "r", "expires_in": 60})
    assert Tokens.from_answer({"access_token": "b"}, before=first).refresh == first.refresh


def test_a_token_that_ends_in_the_middle_of_a_session_costs_one_renewal_and_no_file(
    service, redirect_uri, monkeypatch, tones, engine
):
    browser(monkeypatch)
    with login(service, redirect_uri) as yoto, yk.Session("Long", yoto, engine=engine) as session:
        session.submit(tones(2))
        session.wait(20)
        service.expire_token()
        session.submit(tones(6, folder="more"))
        assert len(session.finalize().done) == 8
    assert (service.grants.refreshes, service.grants.reuses) == (1, 0)


def test_a_token_without_a_permission_is_told_from_a_wrong_one(service, redirect_uri):
    token = service.grants.mint(("user:content:view",))
    with yk.YotoClient.login(token=token, api_url=service.url, auth_url=service.url) as yoto:
        yoto.cards()
        with pytest.raises(yk.YotokitError, match="permission"):
            yoto.upload_slot("0" * 64, "x.wav")


@posix
def test_tokens_are_in_a_file_for_their_owner_alone(app, vault, tmp_path):
    tokens = signed_in(app)
    (tmp_path / "tokens").mkdir(mode=0o755)
    vault.save(tokens)
    (path,) = (tmp_path / "tokens").glob("*.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert vault.load() == tokens


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_can_read_is_refused(app, vault, tmp_path, mode):
    vault.save(signed_in(app))
    (path,) = (tmp_path / "tokens").glob("*.json")
    path.chmod(mode)
    with pytest.raises(TokenStoreError, match="chmod 600"):
        vault.load()


@posix
def test_a_link_in_the_place_of_the_file_is_refused(app, vault, tmp_path):
    vault.save(signed_in(app))
    (path,) = (tmp_path / "tokens").glob("*.json")
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TokenStoreError, match="cannot be read"):
        vault.load()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"access_token": 1}', "[" * 100_000, "\x00"])
def test_a_damaged_file_counts_as_none(app, vault, tmp_path, text):
    vault.save(signed_in(app))
    (path,) = (tmp_path / "tokens").glob("*.json")
    path.write_text(text)
    assert vault.load() is None


def test_a_keyring_is_used_where_there_is_one(app, tmp_path, monkeypatch):
    ring = Keyring()
    monkeypatch.setattr("yotokit.yoto.signin.vault._keyring", lambda: ring)
    vault, tokens = Vault(tmp_path / "tokens", "somebody"), signed_in(app)
    vault.save(tokens)
    assert vault.place == "keyring"
    assert not list(tmp_path.rglob("*.json"))
    assert Vault(tmp_path / "tokens", "somebody").load() == tokens
    vault.clear()
    assert (ring.kept, vault.load()) == ({}, None)


def test_what_a_keyring_does_not_take_goes_into_the_file(app, tmp_path, monkeypatch):
    monkeypatch.setattr("yotokit.yoto.signin.vault._keyring", lambda: Keyring(longest=100))
    vault, tokens = Vault(tmp_path / "tokens", "somebody"), signed_in(app)
    vault.save(tokens)
    assert vault.place == "file"
    assert Vault(tmp_path / "tokens", "somebody").load() == tokens


def test_a_stand_in_for_a_keyring_is_none(monkeypatch):
    import keyring
    from keyring.backends import fail, null

    monkeypatch.undo()
    before = keyring.get_keyring()
    try:
        for stand_in in (fail.Keyring(), null.Keyring()):
            keyring.set_keyring(stand_in)
            from yotokit.yoto.signin import vault

            assert vault._keyring() is None
    finally:
        keyring.set_keyring(before)


def test_no_token_shows_in_a_repr_a_log_or_an_error(  # noqa: PLR0917 - fixtures
    service, app, vault, caplog, redirect_uri, monkeypatch, capsys
):
    caplog.set_level(logging.DEBUG)
    browser(monkeypatch)
    with login(service, redirect_uri) as yoto:
        yoto.cards()
        shown = [repr(yoto), repr(yoto.whoami), repr(yoto._tokens.tokens)]
        tokens = yoto._tokens.tokens
        service.expire_token()
        yoto.cards()
        again = yoto._tokens.tokens
    with pytest.raises(LoginRequiredError) as refused:
        Keeper(app, vault, expired(tokens)).current()
    shown += [repr(refused.value), caplog.text, capsys.readouterr().out]
    text = "\n".join(shown)
    for secret in (tokens.access, tokens.refresh, again.access, again.refresh):
        assert secret.reveal() not in text
    with pytest.raises(TypeError):
        json.dumps(tokens.access)


@pytest.mark.parametrize("way", ["browser", "paste"])
@pytest.mark.parametrize("kind", ["400", "500", "cut", "invalid", "broken"])
def test_a_sign_in_that_fails_at_its_end_shows_neither_code_nor_verifier(  # noqa: PLR0917
    witness, service, app, caplog, monkeypatch, way, kind
):
    """The code may still be good then, and with the verifier it is as good as a token."""
    monkeypatch.setattr("yotokit.yoto.http.retry._backoff", lambda state: 0.01)
    sign_in = SignIn(app)
    address = Hidden(ends_at(sign_in.url))
    secrets = witness.secrets | {sign_in._verifier}
    for name in ("", "yotokit", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    how = {"status": int(kind)} if kind.isdigit() else {"kind": kind}
    service.faults.append(Fault("POST", "/oauth/token", times=99, **how))
    if way == "paste":
        error = caught(lambda: sign_in.paste(str(address)))
    else:
        sign_in.listen()
        bring(address)
        error = caught(sign_in.wait, 10.0)

    assert isinstance(error, yk.YotokitError), repr(error)
    assert parse_qs(urlsplit(address).query)["code"][0] in secrets
    assert_hidden(secrets | witness.secrets, error_texts(error))
    assert_hidden(secrets | witness.secrets, log_texts(caplog.records))


def test_a_machine_far_from_its_user_is_recognized(monkeypatch):
    for name in settings._REMOTE:
        monkeypatch.delenv(name, raising=False)
    assert not settings.is_remote()
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release")
    assert settings.is_remote()
