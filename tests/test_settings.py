from __future__ import annotations

import logging
import subprocess
import sys

import pytest

import yotokit as yk
from yotokit import settings
from yotokit.errors import LoginRequiredError, SettingError


def test_the_argument_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("YOTOKIT_API_URL", "https://environment.example")

    assert settings.api_url() == "https://environment.example"
    assert settings.api_url("https://argument.example/") == "https://argument.example"


def test_the_service_itself_is_the_default():
    assert settings.api_url() == "https://api.yotoplay.com"
    assert settings.auth_url() == "https://login.yotoplay.com"


@pytest.mark.parametrize(
    "value",
    [
        "http://api.example",
        "ftp://127.0.0.1",
        "api.example",
        "https://",
        "https://u@h",
        "https://h?q",
    ],
)
def test_an_address_that_would_leak_the_token_or_is_none_is_refused(value):
    with pytest.raises(SettingError):
        settings.api_url(value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_plain_http_is_for_loopback_only(host):
    assert settings.api_url(f"http://{host}:8765") == f"http://{host}:8765"


def test_the_state_folder_can_be_set(monkeypatch, tmp_path):
    monkeypatch.setenv("YOTOKIT_STATE_DIR", str(tmp_path / "kept"))

    assert settings.state_dir() == tmp_path / "kept"
    assert settings.state_dir(tmp_path / "other") == tmp_path / "other"


def test_the_state_folder_is_the_users_own_by_default(monkeypatch):
    monkeypatch.delenv("YOTOKIT_STATE_DIR")

    assert settings.state_dir().name == "yotokit"


def test_login_without_a_token_says_what_to_do():
    with pytest.raises(LoginRequiredError, match="YOTOKIT_TOKEN"):
        yk.YotoClient.login()


@pytest.mark.parametrize("token", ["  ", "a b", "schl\u00fcssel", "a\nb"])
def test_a_token_that_cannot_be_one_is_refused_without_repeating_it(token):
    with pytest.raises(LoginRequiredError) as caught:
        yk.YotoClient.login(token=token)

    assert token.strip() == "" or token not in str(caught.value)


def test_login_takes_everything_from_the_environment(monkeypatch, emulator):
    monkeypatch.setenv("YOTOKIT_TOKEN", emulator.token)
    monkeypatch.setenv("YOTOKIT_API_URL", emulator.url)
    monkeypatch.setenv("YOTOKIT_AUTH_URL", emulator.url)

    with yk.YotoClient.login() as yoto:
        assert yoto.cards() == ()


def test_an_opaque_token_stands_for_the_host_and_the_given_name(emulator):
    with yk.YotoClient.login(token="opaque", api_url=emulator.url, account="anna") as yoto:
        assert yoto.account.endswith("/anna")
    with yk.YotoClient.login(token="opaque", api_url=emulator.url) as yoto:
        assert yoto.account == emulator.url.removeprefix("http://")


def test_the_log_level_of_the_environment_writes_to_stderr():
    code = "import logging, yotokit; logging.getLogger('yotokit.session').info('hello')"
    loud, quiet = (
        subprocess.run(
            [sys.executable, "-c", code],
            env={"YOTOKIT_LOG_LEVEL": level},
            capture_output=True,
            text=True,
            check=True,
        ).stderr
        for level in ("info", "warning")
    )

    assert "INFO yotokit.session [-]: hello" in loud
    assert quiet == ""


def test_a_log_level_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("YOTOKIT_LOG_LEVEL", "chatty")

    with pytest.raises(SettingError, match="CHATTY"):
        settings.set_up_logging(logging.getLogger("yotokit-test"))
