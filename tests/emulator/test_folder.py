"""What an emulator keeps in a folder: all that it has answered, also when it is killed."""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
import stat
import subprocess
import sys
import time

import httpx
import pytest
from asking import Caller, card, track_url
from PIL import Image
from sound import write_tone

from yotokit.emulator import Emulator, FolderError


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "kept"


@pytest.fixture
def tone(tmp_path):
    return write_tone(tmp_path / "tone.flac", duration_s=1.0).read_bytes()


@pytest.fixture
def on(folder):
    """Return a function that calls another one with an emulator on the folder, and its caller."""

    def on(what, **knobs):
        with Emulator(folder=folder, transcode_s=(0, 0), **knobs) as emulator:
            caller = Caller(emulator)
            try:
                return what(emulator, caller)
            finally:
                caller.http.close()

    return on


def png(color, size=16):
    out = io.BytesIO()
    Image.new("RGBA", (size, size), color).save(out, "PNG")
    return out.getvalue()


def upload_icon(caller, data):
    return caller.http.post(
        "/media/displayIcons/user/me/upload", content=data, headers={"Content-Type": "image/png"}
    ).json()["displayIcon"]


def upload_cover(caller, data):
    return caller.http.post(
        "/media/coverImage/user/me/upload",
        params={"coverType": "myo"},
        content=data,
        headers={"Content-Type": "image/png"},
    ).json()["coverImage"]


def test_cards_media_pictures_account_and_token_are_there_again(on, tone):
    def fill(emulator, caller):
        sha256 = caller.upload(tone)["transcodedSha256"]
        icon = upload_icon(caller, png("red"))
        cover = upload_cover(caller, png("blue", 600))
        first = caller.write_card(sha256, title="One").json()["card"]
        caller.write_card(sha256, title="Two")
        gone = caller.write_card(sha256, title="Three").json()["card"]
        caller.http.delete(f"/content/{gone['cardId']}")
        changed = card(sha256, icon=f"yoto:#{icon['mediaId']}") | {"cardId": first["cardId"]}
        changed |= {"title": "One, anew", "metadata": {"cover": {"imageL": cover["mediaUrl"]}}}
        caller.http.post("/content", json=changed)
        audio = httpx.get(track_url(caller.playable(first["cardId"]))).content
        return emulator.token, emulator._state.account, emulator.cards, icon, cover, audio

    token, account, cards, icon, cover, audio = on(fill)

    def look(emulator, caller):
        assert (emulator.token, emulator._state.account) == (token, account)
        assert emulator.cards == cards
        assert [c["title"] for c in cards] == ["One, anew", "Two"]
        (own,) = caller.http.get("/media/displayIcons/user/me").json()["displayIcons"]
        assert own["mediaId"] == icon["mediaId"]
        assert httpx.get(own["url"]).content == httpx.get(icon["url"]).content
        assert upload_icon(caller, png("red"))["url"] == {}
        assert Image.open(io.BytesIO(httpx.get(cover["mediaUrl"]).content)).size == (520, 400)
        again = httpx.get(track_url(caller.playable(cards[0]["cardId"]))).content
        assert again == audio
        caller.upload(tone)
        assert emulator.counters.puts == 0
        written = caller.write_card(cards[0]["content"]["chapters"][0]["tracks"][0]["trackUrl"][6:])
        assert written.json()["card"]["updatedAt"] > cards[0]["updatedAt"]
        assert len({c["cardId"] for c in emulator.cards}) == 3

    on(look)


def test_a_deleted_card_stays_deleted(on, tone):
    def delete(_, caller):
        made = caller.write_card(caller.upload(tone)["transcodedSha256"]).json()["card"]
        caller.http.delete(f"/content/{made['cardId']}")
        return made

    made = on(delete)
    answer = on(lambda _, caller: caller.http.post("/content", json=made))

    assert answer.json()["error"]["message"] == "Deleted card cannot be restored"


def test_media_of_another_level_are_made_anew(on, tone):
    def address(_, caller):
        made = caller.write_card(caller.upload(tone)["transcodedSha256"]).json()["card"]
        return httpx.get(track_url(caller.playable(made["cardId"]))).content

    leveled, quieter, untouched = (
        on(address),
        on(address, level_lufs=-23),
        on(address, level_lufs=None),
    )

    assert len({leveled, quieter, untouched}) == 3
    assert on(address) == leveled


def test_the_addresses_stay_the_same_where_the_ports_are_free(on, folder):
    first = on(lambda emulator, _: emulator._urls)
    assert on(lambda emulator, _: emulator._urls) == first

    with Emulator(port=int(first[0].rsplit(":", 1)[1])):
        other = on(lambda emulator, _: emulator._urls)
    assert other[0] != first[0]


def test_an_upload_that_was_not_made_into_media_before_the_end_is_afterwards(folder, tone):
    slow = Emulator(folder=folder, transcode_s=(3600, 3600))
    with slow:
        caller = Caller(slow)
        query = {"sha256": hashlib.sha256(tone).hexdigest(), "filename": "tone.flac"}
        slot = caller.http.get("/media/transcode/audio/uploadUrl", params=query).json()["upload"]
        httpx.put(slot["uploadUrl"], content=tone)
        assert caller.http.get("/content/mine").status_code == 200
        caller.http.close()
    with Emulator(folder=folder, transcode_s=(0, 0)) as emulator:
        caller = Caller(emulator)
        url = f"/media/upload/{slot['uploadId']}/transcoded"
        for _ in range(500):
            answer = caller.http.get(url)
            if answer.status_code == 200:
                break
            time.sleep(0.01)
        caller.http.close()

        assert answer.json()["transcode"]["transcodedInfo"]["duration"] == 1
        assert answer.json()["transcode"]["uploadFilename"] == "tone.flac"
        assert emulator.counters.puts == 0


def sign_in(emulator):
    import base64

    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    client = {"client_id": "emulator", "redirect_uri": "http://127.0.0.1:8787/callback"}
    asked = client | {
        "response_type": "code",
        "audience": "https://api.yotoplay.com",
        "scope": "user:content:view offline_access",
        "code_challenge": challenge.decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    back = httpx.get(f"{emulator.url}/authorize", params=asked).headers["location"]
    code = httpx.URL(back).params["code"]
    form = client | {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
    }
    return httpx.post(f"{emulator.url}/oauth/token", data=form).json()


def refresh(emulator, token):
    form = {"grant_type": "refresh_token", "client_id": "emulator", "refresh_token": token}
    return httpx.post(f"{emulator.url}/oauth/token", data=form)


def test_who_has_signed_in_stays_signed_in_and_an_old_token_stays_old(on):
    first = on(lambda emulator, _: sign_in(emulator), consent="allow")
    headers = {"Authorization": f"Bearer {first['access_token']}"}

    def renew(emulator, _):
        assert httpx.get(f"{emulator.url}/content/mine", headers=headers).status_code == 200
        return refresh(emulator, first["refresh_token"]).json()["refresh_token"]

    second = on(renew)

    def reuse(emulator, _):
        assert refresh(emulator, first["refresh_token"]).status_code == 403
        return refresh(emulator, second)

    assert on(reuse).status_code == 403  # revoked by the reuse
    assert on(lambda emulator, _: refresh(emulator, second)).status_code == 403


def test_a_reuse_revokes_nothing_where_it_is_told_so(on):
    first = on(lambda emulator, _: sign_in(emulator), consent="allow")

    def reuse(emulator, _):
        second = refresh(emulator, first["refresh_token"]).json()["refresh_token"]
        assert refresh(emulator, first["refresh_token"]).status_code == 403
        return refresh(emulator, second)

    assert on(reuse, reuse_revokes=False).status_code == 200


def test_a_token_that_was_let_expire_is_refused_after_a_restart_too(on):
    old, new = on(lambda emulator, _: (emulator.token, emulator.expire_token()))

    def look(emulator, _):
        assert emulator.token == new
        headers = {"Authorization": f"Bearer {old}"}
        return httpx.get(f"{emulator.url}/content/mine", headers=headers)

    assert on(look).status_code == 401
    assert on(lambda emulator, _: emulator.token, token_life_s=0.0) == new


def test_a_token_whose_time_has_passed_is_replaced_at_the_start(on):
    first = on(lambda emulator, _: emulator.token, token_life_s=0.2)
    time.sleep(0.3)

    def look(emulator, caller):
        assert emulator.token != first
        return caller.http.get("/content/mine")

    assert on(look).status_code == 200


def test_the_folder_is_private_and_a_folder_with_something_else_in_it_is_left_alone(
    on, folder, tmp_path
):
    on(lambda *_: None)
    other = tmp_path / "photos"
    other.mkdir(mode=0o755)
    (other / "moon.jpg").write_bytes(b"x")
    with pytest.raises(FolderError, match="holds something else; name an empty one"):
        Emulator(folder=other).start()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(other.stat().st_mode) == 0o755
    assert [path.name for path in other.iterdir()] == ["moon.jpg"]


def test_a_second_emulator_on_the_same_folder_is_refused_until_the_first_has_stopped(folder):
    second = Emulator(folder=folder)
    with Emulator(folder=folder) as first:
        with pytest.raises(FolderError, match="another emulator is using the folder"):
            second.start()
        assert "not running" in repr(second)
        assert httpx.get(first.url).status_code == 200
    with second:
        assert httpx.get(second.url).status_code == 200


def test_a_folder_of_a_newer_version_is_refused_and_left_as_it_is(on, folder):
    on(lambda *_: None)
    database = folder / "emulator.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()
    before = database.read_bytes()
    with pytest.raises(FolderError, match=r"newer yotokit \(its format is 2, this one knows 1\)"):
        Emulator(folder=folder).start()

    assert database.read_bytes() == before


@pytest.mark.parametrize("damage", [b"no database at all" * 100, None], ids=["other", "cut"])
def test_a_folder_that_cannot_be_read_is_refused_in_clear_words(on, folder, damage, tone):
    on(lambda _, caller: [caller.write_card(caller.upload(tone)["transcodedSha256"])] * 5)
    database = folder / "emulator.sqlite3"
    for extra in folder.glob("emulator.sqlite3-*"):
        extra.unlink()
    database.write_bytes(damage or database.read_bytes()[:5000])
    with pytest.raises(FolderError, match="holds cannot be read"):
        Emulator(folder=folder).start()


@pytest.mark.parametrize("kind", ["account", "ports", "upload", "media", "card", "icon"])
@pytest.mark.parametrize("damage", ["{", "7"])
def test_a_document_that_makes_no_sense_is_refused_in_clear_words(on, folder, tone, kind, damage):
    def fill(_, caller):
        upload_icon(caller, png("red"))
        caller.write_card(caller.upload(tone)["transcodedSha256"])

    on(fill)
    with sqlite3.connect(folder / "emulator.sqlite3") as connection:
        connection.execute("UPDATE documents SET document = ? WHERE kind = ?", (damage, kind))
    connection.close()
    with pytest.raises(FolderError, match="holds cannot be read: it is damaged"):
        Emulator(folder=folder).start()


def test_a_folder_of_somebody_elses_among_the_uploads_is_left_alone(on, folder):
    on(lambda *_: None)
    (folder / "uploads" / "mine").mkdir()
    on(lambda *_: None)

    assert (folder / "uploads" / "mine").is_dir()


def test_a_file_in_the_place_of_the_folder_is_refused_in_clear_words(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(FolderError, match="cannot be used"):
        Emulator(folder=tmp_path / "file").start()


def test_files_that_were_left_half_done_go_and_an_upload_that_lost_its_file_is_asked_for_again(
    on, folder, tone
):
    on(lambda _, caller: caller.upload(tone))
    (kept,) = (folder / "uploads").iterdir()
    (folder / "uploads" / "half").write_bytes(b"x")
    (folder / "media" / "x.part").write_bytes(b"x")
    on(lambda *_: None)
    assert list((folder / "uploads").iterdir()) == [kept]
    assert list((folder / "media").iterdir()) == []

    kept.write_bytes(tone[:100])

    def again(emulator, caller):
        assert caller.upload(tone)["transcodedSha256"]
        return emulator.counters.completed_puts

    assert on(again) == 1


def test_a_temporary_folder_goes_with_the_program_also_when_nothing_is_stopped(tmp_path):
    code = (
        "from yotokit.emulator import Emulator\n"
        "import os\n"
        "emulator = Emulator().start()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    raise SystemExit\n"
        "os.waitpid(child, 0)\n"
        "print(emulator._home.folder.exists())"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        timeout=60,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("True\n", "")
    assert list(tmp_path.glob("yotokit-*")) == []
