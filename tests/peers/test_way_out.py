"""The other tests say that no peer asked another machine; here they would have noticed."""

from __future__ import annotations

import json
from pathlib import Path

from peers.running import CLIENT_IDS, run

ELSEWHERE = "https://service.invalid"
HERE = Path(__file__).parent


def test_what_yoto_cli_asks_elsewhere_is_noticed(program, environment, way_out, home, tokens):
    kept = home / "token"
    kept.write_text(json.dumps({"client_id": CLIENT_IDS["yoto-cli"], **tokens("yoto-cli")}))
    kept.chmod(0o600)
    settings = {"YOTO_CLI_API_URL": ELSEWHERE, "YOTO_CLI_AUTH_URL": ELSEWHERE}
    places = {"YOTO_CLI_TOKEN_FILE": str(kept), "YOTO_CLI_CONFIG_DIR": str(home)}
    command = [program("yoto-cli", "yoto-cli"), "content", "list"]

    assert run(command, environment | settings | places).returncode != 0
    assert "CONNECT service.invalid:443 HTTP/1.1" in way_out.requests


def test_what_yoto_library_asks_elsewhere_is_noticed(program, environment, way_out, home):
    kept = {"access_token": "ended", "refresh_token": "r", "token_type": "Bearer", "expires_at": 0}
    (home / "keychain.json").write_text(json.dumps(kept))
    command = [program("yoto-library", "python"), HERE / "drive_yoto_library.py"]
    elsewhere = environment | {"PEER_SERVICE_URL": ELSEWHERE}

    assert run([*command, "call", "get_my_content"], elsewhere).returncode != 0
    assert "CONNECT service.invalid:443 HTTP/1.1" in way_out.requests


def test_what_yoto_api_asks_elsewhere_is_noticed(program, environment, way_out):
    command = [program("yoto-api", "python"), HERE / "drive_yoto_api.py", "renew", "a-peer", "r"]

    answer = run(command, environment | {"PEER_SERVICE_URL": ELSEWHERE})

    assert json.loads(answer.stdout)["error"] == "YotoAPIError"
    assert "CONNECT service.invalid:443 HTTP/1.1" in way_out.requests
