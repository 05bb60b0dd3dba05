"""yoto-cli, a program in Rust that others wrote: its whole way, against the emulator."""

from __future__ import annotations

import json
import re
import subprocess

import httpx
import pytest
from peers.running import CLIENT_IDS, WITHIN_S, run
from PIL import Image
from sound import write_tone

import yotokit as yk

pytestmark = pytest.mark.usefixtures("stays_here")


class YotoCli:
    def __init__(self, program, environment):
        self.command = [str(program), "--output", "json"]
        self.environment = environment

    def __call__(self, *arguments):
        """Run a command that has to succeed, and return what it says."""
        answer = self.run(*arguments)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    def fails(self, *arguments):
        """Run a command that has to fail, and return the kind of error."""
        answer = self.run(*arguments)
        assert answer.returncode != 0, answer.stdout
        return json.loads(answer.stderr.strip().splitlines()[-1])["error"]

    def run(self, *arguments):
        return run([*self.command, *arguments], self.environment)

    def sign_in(self, port):
        """Open the page that it prints, as the person's browser would."""
        arguments = ["--client-id", CLIENT_IDS["yoto-cli"], "--no-browser", "--port", str(port)]
        with subprocess.Popen(
            [*self.command, "auth", "login", *arguments, "--timeout", "20"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            links = (re.search(r"http://\S+", line) for line in process.stderr)
            link = next(filter(None, links)).group()
            httpx.get(link, follow_redirects=True).raise_for_status()
            said, trouble = process.communicate(timeout=WITHIN_S)
        assert process.returncode == 0, trouble
        return json.loads(said)


@pytest.fixture
def new_cli(program, environment, emulator, home):
    addresses = {"YOTO_CLI_API_URL": emulator.url, "YOTO_CLI_AUTH_URL": emulator.url}
    places = {"YOTO_CLI_TOKEN_FILE": str(home / "token"), "YOTO_CLI_CONFIG_DIR": str(home)}
    return YotoCli(program("yoto-cli", "yoto-cli"), environment | addresses | places)


@pytest.fixture
def cli(new_cli, callback_port):
    new_cli.sign_in(callback_port)
    return new_cli


@pytest.fixture
def book(tmp_path):
    """Three tales with a cover, the first of them with an icon of its own."""
    book = tmp_path / "Moon stories"
    book.mkdir()
    for n in (1, 2, 3):
        write_tone(book / f"{n:02} - Tale {n}.flac", hertz=300.0 + 100 * n, duration_s=1.0)
    Image.new("RGB", (700, 900), (60, 80, 160)).save(book / "cover.png")
    Image.new("RGBA", (16, 16), (240, 220, 90, 255)).save(book / "moon.png")
    (book / "icons.json").write_text('{"1": "moon.png"}')
    return book


def chapters(emulator):
    (card,) = emulator.cards
    return card["content"]["chapters"]


def titles(emulator):
    return [chapter["title"] for chapter in chapters(emulator)]


def test_it_signs_in_with_a_browser_and_renews_a_token_that_is_refused(
    new_cli, emulator, callback_port
):
    said = new_cli.sign_in(callback_port)
    emulator.expire_token()

    assert said["signed_in"]
    assert said["refreshable"]
    assert new_cli("content", "list") == {"items": []}
    assert new_cli("content", "list") == {"items": []}
    assert (emulator.grants.refreshes, emulator.grants.reuses) == (1, 0)


def test_signed_out_it_keeps_no_token(cli, home):
    assert "access_token" in (home / "token").read_text()

    assert cli("auth", "logout")["removed"]
    assert not (home / "token").exists()
    assert cli.fails("content", "list")["kind"] == "not_authenticated"


def test_without_a_sign_in_it_asks_nothing(new_cli, emulator):
    assert new_cli.fails("content", "list")["kind"] == "not_authenticated"
    assert emulator.counters.card_lists == 0


def test_what_it_uploads_is_the_card_that_the_emulator_has(cli, emulator, book):
    said = cli("upload", "--yes", book)

    (card,) = emulator.cards
    assert said["card_id"] == card["cardId"]
    assert (said["uploaded"], said["reused"]) == (3, 0)
    assert card["title"] == "Moon stories"
    assert titles(emulator) == ["Tale 1", "Tale 2", "Tale 3"]
    assert [c["tracks"][0]["format"] for c in chapters(emulator)] == ["opus"] * 3
    assert card["metadata"]["media"]["duration"] == said["duration_seconds"] == 3
    assert httpx.get(card["metadata"]["cover"]["imageL"]).headers["content-type"] == "image/jpeg"
    icon = chapters(emulator)[0]["display"]["icon16x16"].removeprefix("yoto:#")
    assert httpx.get(f"{emulator.url}/icons/{icon}").content == (book / "moon.png").read_bytes()


def test_what_it_uploads_is_a_card_that_plays(cli, emulator, book):
    card_id = cli("upload", "--yes", book)["card_id"]

    found = httpx.get(f"{emulator.url}/emulator/lint/{card_id}").json()
    assert (found["verdict"], found["findings"]) == ("plays", [])


def test_it_counts_one_create_and_each_file_sent_once(cli, emulator, book):
    cli("upload", "--yes", book)
    counters = emulator.counters

    assert (counters.card_creates, counters.card_updates) == (1, 0)
    assert (counters.puts, counters.completed_puts, counters.repeated_puts) == (3, 3, 0)
    assert (counters.icon_uploads, counters.cover_uploads) == (1, 1)
    assert counters.refused == 0


def test_what_it_lists_and_shows_is_what_is_there(cli, emulator, book):
    cli("upload", "--yes", book)
    (card,) = emulator.cards

    (listed,) = cli("content", "list")["items"]
    shown = cli("content", "show", card["cardId"])

    assert (listed["card_id"], listed["title"]) == (card["cardId"], card["title"])
    assert listed["updated_at"] == card["updatedAt"]
    assert [c["title"] for c in shown["chapters"]] == titles(emulator)
    assert [c["key"] for c in shown["chapters"]] == [c["key"] for c in chapters(emulator)]
    assert shown["cover_url"] == card["metadata"]["cover"]["imageL"]


def test_its_edits_arrive_one_by_one(cli, emulator, book):
    card_id = cli("upload", "--yes", book)["card_id"]

    cli("content", "edit", card_id, "--title", "Night stories", "--author", "Ann", "--yes")
    cli("content", "chapter", "move", card_id, "3", "1", "--yes")
    cli("content", "chapter", "rename", card_id, "1", "The last", "--yes")
    cli("content", "chapter", "delete", card_id, "2", "--yes")

    (card,) = emulator.cards
    assert (card["cardId"], card["title"]) == (card_id, "Night stories")
    assert card["metadata"]["author"] == "Ann"
    assert "cover" in card["metadata"]
    assert titles(emulator) == ["The last", "Tale 2"]
    assert emulator.counters.card_updates == 4


def test_what_it_appends_and_replaces_is_not_sent_again(cli, emulator, book):
    card_id = cli("upload", "--yes", book)["card_id"]

    appended = cli("content", "append", card_id, book, "--yes")
    assert (appended["uploaded"], appended["reused"]) == (0, 3)
    assert titles(emulator) == ["Tale 1", "Tale 2", "Tale 3"] * 2

    replaced = cli("upload", "--yes", "--replace", card_id, book)
    assert (replaced["card_id"], replaced["reused"]) == (card_id, 3)
    assert titles(emulator) == ["Tale 1", "Tale 2", "Tale 3"]
    assert emulator.counters.puts == 3


def test_what_it_deletes_is_gone(cli, emulator, book):
    card_id = cli("upload", "--yes", book)["card_id"]

    assert cli("content", "delete", card_id, "--yes")["deleted"]
    assert emulator.cards == []
    assert cli("content", "list") == {"items": []}


def test_it_names_a_card_that_never_was(cli):
    assert cli.fails("content", "show", "zzzzz")["kind"] == "not_found"


def test_a_file_that_is_no_audio_is_named_and_no_card_is_made(cli, emulator, book):
    (book / "04 - Torn.mp3").write_bytes(b"ID3" + bytes(5000))

    error = cli.fails("upload", "--yes", book)

    assert error["kind"] == "transcode_failed"
    assert "Torn" in error["message"]
    assert emulator.cards == []


def test_it_finds_the_public_icons(cli):
    found = cli("icons", "list", "-q", "moon")

    assert "moon" in {icon["title"] for icon in found["items"]}
    assert found["total"] > len(found["items"])


def test_a_card_of_ours_is_one_that_it_shows_and_edits(cli, emulator, threads, book):
    with emulator.client() as yoto, yk.Session("Ours", yoto, engine=threads) as session:
        session.submit(book)
        session.finalize()
    (card,) = emulator.cards
    keys = [chapter["key"] for chapter in chapters(emulator)]

    assert len(cli("content", "show", card["cardId"])["chapters"]) == 3
    cli("content", "chapter", "move", card["cardId"], "3", "1", "--yes")
    assert [c["key"] for c in chapters(emulator)] == [keys[2], keys[0], keys[1]]
