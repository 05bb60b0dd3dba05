"""What the emulator answers, asked without the client; docs/emulator.md lists the same."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import socket
import time
from dataclasses import asdict
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx
import pytest
from PIL import Image
from sound import write_tone

import yotokit as yk
from yotokit.emulator import Emulator


@pytest.fixture
def api(emulator):
    headers = {"Authorization": f"Bearer {emulator.token}"}
    with httpx.Client(base_url=emulator.url, headers=headers, timeout=10) as client:
        yield client


@pytest.fixture
def tone(tmp_path):
    return write_tone(tmp_path / "tone.flac", duration_s=2.0)


def slot(api, data, **params):
    params = {"sha256": hashlib.sha256(data).hexdigest(), "filename": "tone.flac"} | params
    return api.get("/media/transcode/audio/uploadUrl", params=params).json()["upload"]


def put(url, data, **headers):
    return httpx.put(url, content=data, headers=headers)


def transcode(api, upload_id):
    return api.get(f"/media/upload/{upload_id}/transcoded", params={"loudnorm": "false"})


def finished(api, upload_id):
    for _ in range(300):
        answer = transcode(api, upload_id)
        if answer.status_code == 200 or answer.json().get("transcode", {}).get("error"):
            return answer
        time.sleep(0.01)
    raise AssertionError(answer.text)


def upload(api, data):
    where = slot(api, data)
    assert put(where["uploadUrl"], data).status_code == 200
    return finished(api, where["uploadId"]).json()["transcode"]


def card(sha256, **changes):
    track = {
        "key": "01",
        "title": "T",
        "trackUrl": f"yoto:#{sha256}",
        "type": "audio",
        "format": "opus",
        "duration": 2,
        "overlayLabel": "1",
    } | changes
    chapter = {"key": "k", "title": "T", "overlayLabel": "1", "tracks": [track]}
    return {"title": "Card", "content": {"chapters": [chapter]}}


@pytest.mark.parametrize("path", ["/content/mine", "/content/x", "/media/upload/x/transcoded"])
@pytest.mark.parametrize("token", ["", "Bearer wrong", "wrong"])
def test_everything_wants_the_token(emulator, path, token):
    answer = httpx.get(emulator.url + path, headers={"Authorization": token} if token else {})

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "unauthorized"


def test_a_transcode_answers_404_then_202_then_200(emulator, api, tone):
    emulator._transcode_s = (0.8, 0.8)
    data = tone.read_bytes()
    where = slot(api, data)
    put(where["uploadUrl"], data)
    codes, body = [], {}
    while 200 not in codes and len(codes) < 500:
        answer = transcode(api, where["uploadId"])
        codes.append(answer.status_code)
        body = answer.json()
        if answer.status_code == 202:
            assert body["transcode"]["transcodedSha256"] is None
            assert 0 <= body["transcode"]["progress"]["percent"] < 100
        time.sleep(0.01)

    assert codes[0] == 404
    assert set(codes[1:-1]) == {202}
    assert codes[-1] == 200
    info = body["transcode"]["transcodedInfo"]
    assert (info["duration"], info["format"], info["channels"]) == (2, "opus", "mono")
    assert len(body["transcode"]["transcodedSha256"]) == 43


def test_known_bytes_need_no_upload_by_either_spelling_of_their_digest(api, tone, emulator):
    data = tone.read_bytes()
    upload(api, data)
    digest = hashlib.sha256(data).digest()
    short = base64.urlsafe_b64encode(digest).decode().rstrip("=")

    assert slot(api, data)["uploadUrl"] is None
    assert (
        slot(api, data, sha256=short)
        == slot(api, data)
        == {
            "uploadId": short,
            "uploadUrl": None,
        }
    )
    assert transcode(api, short).status_code == 200
    assert emulator.counters.repeated_puts == 0


def test_without_a_digest_every_upload_is_new(api, tone):
    data = tone.read_bytes()
    upload(api, data)
    ids = {slot(api, data, sha256="")["uploadId"] for _ in range(2)}

    assert len(ids) == 2


def test_a_digest_that_is_none_is_refused(api):
    for odd in ("x", "0" * 63, "z" * 64, "!" * 43):
        answer = api.get("/media/transcode/audio/uploadUrl", params={"sha256": odd})
        assert answer.status_code == 400


def test_the_storage_refuses_a_bearer_a_missing_length_and_wrong_bytes(api, tone, emulator):
    data = tone.read_bytes()
    url = slot(api, data)["uploadUrl"]

    def code(answer):
        return answer.status_code, ElementTree.fromstring(answer.content).findtext("Code")

    assert code(put(url, data, Authorization="Bearer x")) == (400, "InvalidArgument")
    assert code(httpx.put(url, content=iter([data]))) == (501, "NotImplemented")
    assert code(put(url, data[:-1] + b"x")) == (400, "BadDigest")
    assert code(put(re.sub("Signature=..", "Signature=zz", url), data)) == (
        403,
        "SignatureDoesNotMatch",
    )
    assert code(put(url.replace("/uploads/", "/uploads/x"), data))[0] == 403
    assert emulator.counters.completed_puts == 0
    assert put(url, data).status_code == 200


def test_the_storage_wants_a_length(api, tone):
    parts = urlsplit(slot(api, tone.read_bytes())["uploadUrl"])
    with socket.create_connection((parts.hostname, parts.port), 5) as connection:
        request = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        connection.sendall(request.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 411")


def test_an_upload_address_expires(tone):
    with Emulator(url_life_s=0.0) as emulator:
        headers = {"Authorization": f"Bearer {emulator.token}"}
        with httpx.Client(base_url=emulator.url, headers=headers) as api:
            answer = put(slot(api, tone.read_bytes())["uploadUrl"], tone.read_bytes())

    assert answer.status_code == 403
    assert "AccessDenied" in answer.text


@pytest.mark.parametrize("kind", ["text", "half", "aiff"])
def test_what_does_not_decode_fails_with_a_202(api, tmp_path, kind):
    if kind == "aiff":
        data = write_tone(tmp_path / "tone.aiff").read_bytes()
    else:
        data = b"no audio " * 100 if kind == "text" else b"fLaC" + bytes(200)
    where = slot(api, data)
    put(where["uploadUrl"], data)
    answer = finished(api, where["uploadId"])

    assert answer.status_code == 202
    state = answer.json()["transcode"]
    assert state["error"]["message"] == "file is not a valid audio/video file"
    assert state["erroredAt"]
    assert state["transcodedSha256"] is None
    assert slot(api, data)["uploadUrl"]


def test_cards_are_created_replaced_listed_read_and_deleted(api, tone, emulator):
    sha256 = upload(api, tone.read_bytes())["transcodedSha256"]
    made = api.post("/content", json=card(sha256)).json()["card"]
    other = api.post("/content", json=card(sha256)).json()["card"]
    replaced = api.post(
        "/content", json=card(sha256) | {"cardId": made["cardId"], "title": "New"}
    ).json()["card"]

    assert re.fullmatch(r"[A-Za-z0-9]{5}", made["cardId"])
    assert made["cardId"] != other["cardId"]
    assert made["content"]["config"]["resumeTimeout"] == 2592000
    assert made["content"]["playbackType"] == "linear"
    assert replaced["createdAt"] == made["createdAt"]
    assert api.get(f"/content/{made['cardId']}").json()["card"]["title"] == "New"
    listed = api.get("/content/mine").json()["cards"]
    assert [c["cardId"] for c in listed] == [made["cardId"], other["cardId"]]
    assert all("chapters" not in c["content"] for c in listed)
    assert api.delete(f"/content/{made['cardId']}").json() == {"status": "ok"}
    assert len(api.get("/content/mine").json()["cards"]) == 1
    again = api.post("/content", json=card(sha256) | {"cardId": made["cardId"]})
    assert again.json()["error"]["message"] == "Deleted card cannot be restored"
    assert (emulator.counters.card_creates, emulator.counters.card_updates) == (2, 1)


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        (lambda c: c.update(title=""), 400, "title"),
        (lambda c: c["content"].update(chapters={}), 400, "expected array, received object"),
        (lambda c: c.update(cardId="zzzzz"), 404, "Card zzzzz does not exist."),
        (lambda c: c.update(content=None), 400, "content"),
        (
            lambda c: c["content"]["chapters"][0]["tracks"][0].update(trackUrl="https://x"),
            400,
            "43",
        ),
        (
            lambda c: c["content"]["chapters"][0]["tracks"][0].update(trackUrl="yoto:#" + "a" * 43),
            400,
            "media file does not exist",
        ),
        (
            lambda c: c["content"]["chapters"][0].update(display={"icon16x16": "yoto:#short"}),
            400,
            "must be 43 characters",
        ),
        (
            lambda c: c["content"].update(chapters=c["content"]["chapters"] * 101),
            400,
            "track count is limited to 100",
        ),
        (lambda c: c["content"]["chapters"].append("x"), 400, "expected array"),
    ],
    ids=range(9),
)
def test_what_the_service_would_refuse_is_refused_in_its_words(api, tone, change, status, says):
    sha256 = upload(api, tone.read_bytes())["transcodedSha256"]
    body = card(sha256)
    change(body)
    answer = api.post("/content", json=body)

    assert answer.status_code == status
    assert says in answer.json()["error"]["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff"])
def test_a_body_that_is_no_card_is_a_400(api, body):
    assert api.post("/content", content=body).status_code == 400


@pytest.mark.parametrize("to", ["api", "storage"])
def test_a_client_that_dies_while_it_sends_has_no_effect(api, tone, emulator, to, caplog):
    data = tone.read_bytes()
    url = slot(api, data)["uploadUrl"] if to == "storage" else f"{emulator.url}/content"
    parts = urlsplit(url)
    method = "PUT" if to == "storage" else "POST"
    with socket.create_connection((parts.hostname, parts.port), 5) as connection:
        request = (
            f"{method} {parts.path}?{parts.query} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {emulator.token}\r\nContent-Length: {len(data)}\r\n\r\n"
        ).encode()
        if to == "storage":
            request = re.sub(rb"Authorization.*?\r\n", b"", request)
        connection.sendall(request + data[:100])
        time.sleep(0.1)
    time.sleep(0.1)

    assert api.get("/content/mine").json() == {"cards": []}
    assert emulator.counters.completed_puts == 0
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_the_page_shows_each_card_and_plays_what_was_uploaded(api, tone, emulator):
    assert "No card yet" in httpx.get(emulator.url).text
    sha256 = upload(api, tone.read_bytes())["transcodedSha256"]
    api.post("/content", json=card(sha256) | {"title": "<b>Moon & Sun"})
    page = httpx.get(emulator.url).text

    assert "&lt;b&gt;Moon &amp; Sun" in page
    assert "<b>Moon" not in page
    assert not re.search(r"(src|href)=\"https?://", page)
    source = re.search(r'src="(/emulator/media/[^"]+)"', page)[1]
    assert httpx.get(emulator.url + source).content.startswith(b"OggS")
    assert httpx.get(f"{emulator.url}/emulator/media/none").status_code == 404


def test_another_host_name_is_turned_away_on_both_ports(emulator):
    for url in emulator._urls:
        assert httpx.get(f"{url}/media/x", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/oauth/token",
        "/content",
        "/media/displayIcons/user/me/upload",
        "/media/coverImage/user/me/upload?coverType=myo",
    ],
)
def test_of_a_body_no_more_than_10_mib_is_taken(api, path):
    pieces = (b" " * (1 << 20) for _ in range(11))
    answer = api.post(path, content=pieces, headers={"Content-Type": "image/png"})

    assert answer.status_code == 413
    assert "larger than 10 MiB" in answer.text
    assert api.get("/content/mine").status_code == 200


@pytest.mark.parametrize("size", [(1, 30_001), (30_001, 1), (7_100, 7_100)])
@pytest.mark.parametrize("kind", ["displayIcons", "coverImage"])
def test_a_picture_of_too_many_pixels_is_turned_away(api, kind, size):
    out = io.BytesIO()
    Image.new("1", size).save(out, "PNG")
    answer = api.post(
        f"/media/{kind}/user/me/upload",
        content=out.getvalue(),
        headers={"Content-Type": "image/png"},
    )

    assert answer.status_code == 413


def test_the_counters_can_be_asked_for(api, emulator):
    api.get("/content/mine")

    assert httpx.get(f"{emulator.url}/emulator/counters").json()["card_lists"] == 1
    assert emulator.counters.card_lists == 1


def test_answers_on_a_connection_that_is_kept_do_not_wait_for_the_network(api):
    begin = time.monotonic()
    for _ in range(200):
        api.get("/content/mine")

    assert time.monotonic() - begin < 6.0  # 0.2 s; 9 s where small pieces are held back


def test_several_emulators_run_at_once_and_each_has_its_own_account():
    with Emulator() as one, Emulator() as two:
        assert one.url != two.url
        assert one.token != two.token


def test_an_emulator_that_is_not_running_says_so():
    emulator = yk.YotoEmulator()
    for ask in (lambda: emulator.url, lambda: emulator.token, emulator.client):
        with pytest.raises(RuntimeError, match="not running"):
            ask()
    assert "not running" in repr(emulator)
    emulator.stop()


def test_an_emulator_starts_and_stops_more_than_once(emulator):
    with Emulator() as other:
        assert other.start() is other
        first = other.url
    with other:
        assert httpx.get(other.url).status_code == 200
    assert first


def test_a_token_that_has_expired_is_refused_and_the_new_one_is_of_the_same_account(emulator, api):
    old = emulator.token
    new = emulator.expire_token()

    assert new == emulator.token != old
    assert api.get("/content/mine").status_code == 401
    headers = {"Authorization": f"Bearer {new}"}
    assert api.get("/content/mine", headers=headers).status_code == 200
    assert account(old) == account(new)


def account(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"]


def test_each_write_to_a_card_is_later_than_the_one_before(api, tone):
    sha256 = upload(api, tone.read_bytes())["transcodedSha256"]
    made = api.post("/content", json=card(sha256)).json()["card"]
    changed = card(sha256) | {"cardId": made["cardId"]}
    times = [made["updatedAt"]]
    times += [api.post("/content", json=changed).json()["card"]["updatedAt"] for _ in range(50)]

    assert times == sorted(set(times))
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time) for time in times)


def test_writes_within_a_millisecond_differ(emulator):
    times = [emulator._running().written_at() for _ in range(1000)]

    assert times == sorted(set(times))


def test_the_counters_tell_how_often_which_bytes_were_taken(api, tone, emulator):
    data = tone.read_bytes()
    url = slot(api, data)["uploadUrl"]
    put(url, data)
    put(url, data)
    digest = hashlib.sha256(data).hexdigest()

    assert emulator.counters.completed_by_digest == {digest: 2}
    asked = httpx.get(f"{emulator.url}/emulator/counters").json()
    assert asked == asdict(emulator.counters) | {"content_writes": 0}
    assert (asked["completed_puts"], asked["repeated_puts"]) == (2, 1)


def test_counters_that_were_taken_stay_as_they_are(api, tone, emulator):
    before = emulator.counters
    upload(api, tone.read_bytes())

    assert before.completed_by_digest == {}
    assert len(emulator.counters.completed_by_digest) == 1


@pytest.mark.parametrize(("null_after", "expected"), [("transcode", False), ("upload", True)])
def test_when_bytes_count_as_known_can_be_chosen(tone, null_after, expected):
    with Emulator(transcode_s=(60.0, 60.0), null_after=null_after) as emulator:
        headers = {"Authorization": f"Bearer {emulator.token}"}
        with httpx.Client(base_url=emulator.url, headers=headers) as api:
            data = tone.read_bytes()
            put(slot(api, data)["uploadUrl"], data)

            assert (slot(api, data)["uploadUrl"] is None) == expected
