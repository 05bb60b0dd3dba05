"""yoto-library, which keeps cards as folders: its whole way, against the emulator."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import httpx
import pytest
from peers.running import run
from PIL import Image
from sound import write_tone

pytestmark = pytest.mark.usefixtures("stays_here")

DRIVER = Path(__file__).with_name("drive_yoto_library.py")


class YotoLibrary:
    def __init__(self, python, environment):
        self.python = python
        self.environment = environment

    def __call__(self, step, *arguments):
        """Have it do something that has to succeed, and return what it says."""
        answer = self.run(step, *arguments)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    def run(self, step, *arguments):
        return run([self.python, DRIVER, step, *arguments], self.environment)


@pytest.fixture
def keychain(home, tokens):
    """Hold an access token that has ended, and a refresh token that is good."""
    file = home / "keychain.json"

    def put(refresh_token):
        kept = {"access_token": "ended", "refresh_token": refresh_token}
        file.write_text(json.dumps(kept | {"token_type": "Bearer", "expires_at": 0}))

    def read():
        return json.loads(file.read_text())

    return put, read


@pytest.fixture
def library(program, environment, emulator, keychain, tokens):
    python = program("yoto-library", "python")
    put, _ = keychain
    put(tokens("yoto-library")["refresh_token"])
    return YotoLibrary(python, environment | {"PEER_SERVICE_URL": emulator.url})


@pytest.fixture
def folder(tmp_path):
    """Two tracks whose names are those of public icons: it asks no language model then."""
    folder = tmp_path / "Night"
    folder.mkdir()
    for hertz, name in ((300.0, "moon"), (400.0, "rocket")):
        write_tone(folder / f"{name}.flac", hertz=hertz, duration_s=1.0)
    Image.new("RGB", (638, 1011), (60, 80, 160)).save(folder / "cover.png")
    (folder / "description.txt").write_text("Two for the night")
    return folder


@pytest.fixture
def known(library, emulator, folder):
    """Have it send its tracks, and let the emulator make media of them."""
    end = time.monotonic() + 10.0
    for upload_id in library("send", *folder.glob("*.flac")):
        while _status(emulator, upload_id) != 200:
            assert time.monotonic() < end, "the emulator made no media"
            time.sleep(0.02)


def _status(emulator, upload_id):
    headers = {"Authorization": f"Bearer {emulator.token}"}
    url = f"{emulator.url}/media/upload/{upload_id}/transcoded"
    return httpx.get(url, headers=headers).status_code


def test_it_renews_its_token_in_json_and_keeps_the_new_one(library, emulator, keychain):
    _, read = keychain
    before = read()["refresh_token"]

    assert library("call", "get_my_content") == []
    assert library("call", "get_my_content") == []

    assert (emulator.grants.refreshes, emulator.grants.reuses) == (1, 0)
    assert read()["refresh_token"] != before


def test_it_gives_up_where_the_first_poll_finds_nothing(library, emulator, folder):
    emulator._transcode_s = (5.0, 5.0)
    answer = library.run("upload", folder / "moon.flac")

    assert answer.returncode != 0
    assert "404 Not Found" in answer.stderr
    assert emulator.counters.completed_puts == 1
    assert emulator.counters.polls == 1


@pytest.mark.usefixtures("known")
def test_what_it_sent_is_what_the_emulator_took(emulator, folder):
    assert emulator.counters.completed_by_digest == {
        hashlib.sha256(path.read_bytes()).hexdigest(): 1 for path in folder.glob("*.flac")
    }


@pytest.mark.usefixtures("known")
def test_a_folder_it_pushes_is_the_card_that_the_emulator_has(library, emulator, folder):
    said = library("sync", folder)

    (card,) = emulator.cards
    assert said["errors"] == []
    assert said["card_id"] == card["cardId"] == (folder / ".yoto-card-id").read_text()
    assert (card["title"], card["metadata"]["description"]) == ("Night", "Two for the night")
    chapters = card["content"]["chapters"]
    assert [chapter["title"] for chapter in chapters] == ["moon", "rocket"]
    assert {chapter["tracks"][0]["format"] for chapter in chapters} == {"opus"}
    assert httpx.get(card["metadata"]["cover"]["imageL"]).headers["content-type"] == "image/jpeg"
    icons = {icon["title"]: icon["mediaId"] for icon in library("call", "get_public_icons")}
    shown = [chapter["display"]["icon16x16"] for chapter in chapters]
    assert shown == [f"yoto:#{icons['moon']}", f"yoto:#{icons['rocket']}"]
    assert emulator.counters.puts == 2
    found = httpx.get(f"{emulator.url}/emulator/lint/{card['cardId']}").json()
    assert found["verdict"] == "plays with remarks"
    assert {one["rule"] for one in found["findings"]} == {"duration", "file-size", "totals"}


@pytest.mark.usefixtures("known")
def test_pushed_again_the_same_card_is_changed_and_nothing_is_sent(library, emulator, folder):
    card_id = library("sync", folder)["card_id"]
    (folder / "playlist.jsonl").write_text('"rocket.flac"\n"moon.flac"\n')
    said = library("sync", folder)

    (card,) = emulator.cards
    assert (said["card_id"], said["tracks_uploaded"], said["errors"]) == (card_id, 0, [])
    assert [c["title"] for c in card["content"]["chapters"]] == ["rocket", "moon"]
    assert "cover" in card["metadata"]
    counters = emulator.counters
    assert (counters.card_creates, counters.card_updates, counters.puts) == (1, 1, 2)


@pytest.mark.usefixtures("known")
def test_it_lists_reads_and_deletes_its_card(library, emulator, folder):
    card_id = library("sync", folder)["card_id"]
    (card,) = emulator.cards

    assert [listed["cardId"] for listed in library("call", "get_my_content")] == [card_id]
    assert library("call", "get_content", card_id)["content"] == card["content"]
    assert library("call", "delete_content", card_id) == {"status": "ok"}
    assert emulator.cards == []


def test_an_icon_of_its_own_is_taken_and_listed(library, emulator, tmp_path):
    picture = tmp_path / "big.png"
    Image.new("RGB", (64, 64), (200, 40, 40)).save(picture)

    icon = library("upload_icon", picture)["displayIcon"]

    (listed,) = library("call", "get_user_icons")
    assert listed["mediaId"] == icon["mediaId"]
    answer = httpx.get(f"{emulator.url}/icons/{icon['mediaId']}")
    assert answer.headers["content-type"] == "image/png"
