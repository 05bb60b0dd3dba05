"""yoto-api, which steers players: its tokens against the emulator, which has no players."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from peers.running import CLIENT_IDS, run

pytestmark = pytest.mark.usefixtures("stays_here")

DRIVER = Path(__file__).with_name("drive_yoto_api.py")


@pytest.fixture
def api(program, environment, emulator):
    python = program("yoto-api", "python")
    surroundings = environment | {"PEER_SERVICE_URL": emulator.url}

    def ask(step, refresh_token):
        command = [python, DRIVER, step, CLIENT_IDS["yoto-api"], refresh_token]
        answer = run(command, surroundings)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    return ask


def test_it_renews_its_token_again_and_again(api, emulator, tokens):
    token = tokens("yoto-api")["refresh_token"]
    seen = [token]
    for _ in range(3):
        seen.append(api("renew", seen[-1])["refresh_token"])

    assert len(set(seen)) == 4
    assert (emulator.grants.refreshes, emulator.grants.reuses) == (3, 0)


def test_a_token_that_was_used_ends_its_whole_line(api, emulator, tokens):
    first = tokens("yoto-api")["refresh_token"]
    second = api("renew", first)["refresh_token"]

    assert api("renew", first)["error"] == "AuthenticationError"
    assert api("renew", second)["error"] == "AuthenticationError"
    assert emulator.grants.reuses == 1


@pytest.mark.parametrize("step", ["update_player_list", "update_library", "update_groups"])
def test_it_says_so_where_the_emulator_has_no_players_and_no_family(api, tokens, step):
    answer = api(step, tokens("yoto-api")["refresh_token"])

    assert answer["error"] == "YotoAPIError"
    assert "HTTP 404" in answer["message"]


def test_the_old_way_to_sign_in_is_not_offered(api, tokens):
    answer = api("device_code_flow_start", tokens("yoto-api")["refresh_token"])

    assert answer["error"] == "AuthenticationError"
    assert "404" in answer["message"]
