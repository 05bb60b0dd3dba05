"""Where the service may behave in more than one way, the emulator can."""

from __future__ import annotations

import time
from contextlib import contextmanager

import pytest
from asking import Caller, card
from sound import write_tone

from yotokit.emulator import Emulator


@pytest.fixture
def tone(tmp_path):
    return write_tone(tmp_path / "tone.flac").read_bytes()


@contextmanager
def calling(**knobs):
    with Emulator(transcode_s=(0, 0), **knobs) as emulator:
        caller = Caller(emulator)
        yield caller
        caller.http.close()


def title(caller, card_id):
    answer = caller.http.get(f"/content/{card_id}")
    return answer.json()["card"]["title"] if answer.status_code == 200 else answer.status_code


def titles(caller):
    return [c["title"] for c in caller.http.get("/content/mine").json()["cards"]]


def test_for_a_while_after_a_write_a_read_gives_what_was_before(tone):
    with calling(stale_read_s=1.5) as caller:
        sha256 = caller.upload(tone)["transcodedSha256"]
        made = caller.write_card(sha256, title="One").json()["card"]
        assert (title(caller, made["cardId"]), titles(caller)) == (404, [])
        time.sleep(1.6)
        assert (title(caller, made["cardId"]), titles(caller)) == ("One", ["One"])

        changed = {"cardId": made["cardId"], "title": "Two"}
        assert caller.write_card(sha256, **changed).json()["card"]["title"] == "Two"
        assert caller.http.delete(f"/content/{made['cardId']}").status_code == 200
        assert (title(caller, made["cardId"]), titles(caller)) == ("One", ["One"])
        again = caller.write_card(sha256, **changed)
        assert again.json()["error"]["message"] == "Deleted card cannot be restored"
        time.sleep(1.6)
        assert titles(caller) == []


def test_by_default_what_was_written_is_read_at_once(tone):
    with calling() as caller:
        sha256 = caller.upload(tone)["transcodedSha256"]
        made = caller.write_card(sha256, title="One").json()["card"]
        assert title(caller, made["cardId"]) == "One"


@pytest.mark.parametrize("merge", [True, False])
def test_an_update_keeps_what_it_leaves_out_only_where_it_is_told_to(tone, merge):
    with calling(merge_updates=merge) as caller:
        sha256 = caller.upload(tone)["transcodedSha256"]
        body = card(sha256) | {"metadata": {"author": "A", "category": "music"}}
        body["content"]["activity"] = "yoto_Player"
        made = caller.http.post("/content", json=body).json()["card"]
        chapters = {"chapters": body["content"]["chapters"]}
        change = {"cardId": made["cardId"], "title": "New", "content": chapters}
        changed = caller.http.post(
            "/content", json=change | {"metadata": {"category": "stories"}}
        ).json()["card"]

        assert changed["metadata"].get("author") == ("A" if merge else None)
        assert changed["metadata"]["category"] == "stories"
        assert changed["content"].get("activity") == ("yoto_Player" if merge else None)

        only_title = caller.http.post("/content", json={"cardId": made["cardId"], "title": "T"})
        assert only_title.status_code == (200 if merge else 400)
        unknown = caller.http.post("/content", json=change | {"cardId": "zzzzz"})
        assert unknown.status_code == 404


@pytest.mark.parametrize("body", [{"content": 7}, {"metadata": None}, {"cardId": []}, {"title": 5}])
def test_a_merge_of_what_makes_no_sense_is_answered(tone, body):
    with calling(merge_updates=True) as caller:
        made = caller.write_card(caller.upload(tone)["transcodedSha256"]).json()["card"]
        answer = caller.http.post("/content", json={"cardId": made["cardId"]} | body)

        assert answer.status_code in (200, 400, 404)
