"""The emulator's page as it is sent; tests/browser looks at it in a browser."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from itertools import pairwise
from pathlib import Path
from string import ascii_uppercase, digits

import httpx
import pytest
from PIL import Image

from yotokit.emulator import RandomFaults
from yotokit.emulator.page import frame
from yotokit.emulator.page.glyphs import label_path
from yotokit.emulator.uploads import Media

SHA256 = "A" * 43
INFO = {"duration": 60, "fileSize": 500_000, "format": "opus", "channels": "stereo"}


@pytest.fixture
def api(emulator):
    emulator._state.media[SHA256] = Media(Path("none"), INFO)
    headers = {"Authorization": f"Bearer {emulator.token}"}
    with httpx.Client(base_url=emulator.url, headers=headers, timeout=10) as client:
        yield client


def card(title="Bedtime", icon=None, **metadata):
    display = {"icon16x16": icon and f"yoto:#{icon}"}
    about = {"title": "The Moon", "overlayLabel": "1", "display": display}
    track = {"key": "01", "trackUrl": f"yoto:#{SHA256}", "type": "audio", **about, **INFO}
    return {
        "title": title,
        "content": {"chapters": [{"key": "a", **about, "tracks": [track]}]},
        "metadata": {"media": {"duration": 60, "fileSize": 500_000}, **metadata},
    }


def post(api, body):
    return api.post("/content", json=body).json()["card"]


def png(size=(16, 16)):
    data = io.BytesIO()
    Image.new("RGBA", size, (200, 30, 30, 255)).save(data, "PNG")
    return data.getvalue()


def upload_icon(api):
    answer = api.post(
        "/media/displayIcons/user/me/upload",
        content=png(),
        headers={"Content-Type": "image/png"},
    )
    return answer.json()["displayIcon"]["mediaId"]


def test_only_the_pages_own_script_and_style_may_run(api):
    post(api, card())
    answer = api.get("/")
    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )

    for kind in ("script", "style"):
        (text,) = re.findall(rf"<{kind}>(.*?)</{kind}>", answer.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert policy[f"{kind}-src"] == f"'sha256-{digest}'"
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert {policy[f"{kind}-src"] for kind in ("img", "media", "connect")} == {"'self'"}
    # What the policy would keep from working.
    markup = re.sub(r"<script>.*?</script>", "", answer.text, flags=re.DOTALL)
    assert not re.search(r"\s(?:style|on\w+)=", markup)


def test_nothing_on_the_page_leads_elsewhere(api):
    elsewhere = "https://cdn.example/a.gif"
    post(api, card(cover={"imageL": elsewhere}, description=elsewhere))

    addresses = re.findall(r'(?:src|href)="([^"]*)"', api.get("/").text)
    assert addresses
    assert all(re.match(r"/[a-z]|#card-", address) for address in addresses)


def test_a_page_that_has_not_changed_is_not_sent_again(api, monkeypatch):
    made = post(api, card())
    known = api.get("/").headers["etag"]
    monkeypatch.setattr(frame, "cards_page", None)  # not even made
    again = api.get("/", headers={"If-None-Match": known})

    assert (again.status_code, again.content) == (304, b"")
    monkeypatch.undo()
    versions = [known]
    for change in (
        lambda: post(api, card("Other") | {"cardId": made["cardId"]}),
        lambda: upload_icon(api),
        lambda: post(api, card("Second")),
        lambda: api.delete(f"/content/{made['cardId']}"),
    ):
        change()
        answer = api.get("/", headers={"If-None-Match": versions[-1]})
        assert answer.status_code == 200
        versions.append(answer.headers["etag"])
    assert all(one != other for one, other in pairwise(versions))


def test_only_a_card_that_changed_has_another_stamp(api):
    def stamps():
        return dict(re.findall(r'<article id="card-(\w+)" data-stamp="(\w+)"', api.get("/").text))

    stays, changes = post(api, card())["cardId"], post(api, card())["cardId"]
    before = stamps()
    post(api, card("Another title") | {"cardId": changes})

    assert stamps()[stays] == before[stays]
    assert stamps()[changes] != before[changes]


def test_a_cover_is_shown_if_it_is_here(api):
    url = "/media/coverImage/user/me/upload?coverType=myo"
    cover = api.post(url, content=png((52, 40)), headers={"Content-Type": "image/png"}).json()
    address = cover["coverImage"]["mediaUrl"]
    post(api, card(cover={"imageL": address}))

    (picture,) = re.findall(r'<img class="cover" src="([^"]+)"', api.get("/").text)
    assert api.get(picture).content == api.get(address).content


@pytest.mark.parametrize(
    "address",
    [
        "https://cdn.example/icons/{icon}",
        "http://127.0.0.1.example/icons/{icon}",
        "http://127.0.0.1/icons/{icon}/",
        "http://127.0.0.1/icons/none",
        "//127.0.0.1/icons/{icon}",
        "javascript:alert(1)",
        "http://[",
        7,
        None,
    ],
)
def test_a_cover_from_elsewhere_is_a_tile_of_one_color(api, emulator, address):
    icon = next(iter(emulator._state.pictures.public))
    address = address.format(icon=icon) if isinstance(address, str) else address
    post(api, card(cover={"imageL": address}))
    page = api.get("/").text

    assert 'class="cover tile tile-' in page
    assert '<img class="cover"' not in page


def test_pictures_on_the_page_are_spared_by_random_faults(api, emulator):
    icon = next(iter(emulator._state.pictures.public))
    post(api, card(icon=icon))
    emulator.faults.append(RandomFaults(1.0))
    page = api.get("/").text

    assert f'src="/emulator/icons/{icon}"' in page
    assert api.get(f"/emulator/icons/{icon}").headers["content-type"] == "image/png"


def test_without_a_card_it_says_what_to_do(api, emulator):
    emulator._state.media.clear()
    assert "Send a few files" in api.get("/").text
    emulator._state.media[SHA256] = Media(Path("none"), INFO)
    assert "1 file arrived" in api.get("/").text
    made = post(api, card())
    assert "No card yet" not in api.get("/").text
    api.delete(f"/content/{made['cardId']}")
    assert "No card yet" in api.get("/").text


def test_icons_of_ones_own_have_a_shelf(api):
    assert "<h2>Your own icons" not in api.get("/").text
    icon = upload_icon(api)
    page = api.get("/").text

    assert "<h2>Your own icons" in page
    assert f'src="/emulator/icons/{icon}"' in page


def test_a_verdict_tells_what_was_found_once_for_all_places(api):
    body = card()
    body["content"]["chapters"] *= 3
    body["metadata"]["media"] = {"duration": 180, "fileSize": 1_500_000}
    post(api, body)
    page = api.get("/").text

    assert '<summary class="verdict chokes">' in page
    assert page.count("is missing: the display stays empty") == 1
    assert "content.chapters.0.display.icon16x16 and 2 more" in page


def points(path):
    """Return the points that a path of squares covers."""
    covered = set()
    for x, y, side in re.findall(r"M(\d+) (\d+)h(\d)v\3h-\3z", path):
        covered |= {(int(x) + i, int(y) + j) for i in range(int(side)) for j in range(int(side))}
    return covered


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize(
    "label", ["", "1", "42", "100", "1234", "12345", "\u05e9", "a b", "W" * 99]
)
def test_a_label_fits_the_display(label, alone):
    assert points(label_path(label, alone=alone)) <= {(x, y) for x in range(16) for y in range(16)}


def test_no_two_letters_look_alike():
    drawn = {letter: label_path(letter, alone=True) for letter in digits + ascii_uppercase}

    assert len(set(drawn.values())) == len(drawn)
