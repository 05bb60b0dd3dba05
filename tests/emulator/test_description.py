"""The description holds for the emulator, and whatever is asked, the answer is no 500."""

from __future__ import annotations

import copy
import io
import json
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from schemathesis import checks
from schemathesis.specs.openapi import checks as conformance
from sound import write_tone

import yotokit as yk
from yotokit.emulator.description import description

AT_RANDOM = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
CHECKS = [
    checks.not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
]
METHODS = {"get", "put", "post", "delete"}
OPERATIONS = [
    (method, path)
    for path, item in description("", "")["paths"].items()
    for method in sorted(METHODS & set(item))
]
STORAGE = {("put", "/uploads/{upload_id}"), ("get", "/media/{sha256}")}


def encoded(kind):
    out = io.BytesIO()
    Image.new("L", (16, 16), 3).save(out, kind)
    return out.getvalue()


PICTURE = encoded("PNG")
for kind in ("image/png", "image/jpeg", "image/gif"):
    schemathesis.openapi.media_type(kind, st.sampled_from([PICTURE, PICTURE[:60]]) | st.binary())


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    """An emulator with sound, a card, an icon and a cover, and the names of these."""
    sound = write_tone(tmp_path_factory.mktemp("sound") / "tone.flac", duration_s=0.2).read_bytes()
    with yk.YotoEmulator(transcode_s=(0.0, 0.0)) as emulator:
        headers = {"Authorization": f"Bearer {emulator.token}"}
        # No connection is kept from one test to the next, where it would look like one left open.
        limits = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(base_url=emulator.url, headers=headers, timeout=10, limits=limits) as api:
            yield emulator, api, _furnish(api, sound)


def _furnish(api, sound):
    slot = api.get("/media/transcode/audio/uploadUrl").json()["upload"]
    assert httpx.put(slot["uploadUrl"], content=sound).status_code == 200
    state = f"/media/upload/{slot['uploadId']}/transcoded"
    while (answer := api.get(state)).status_code != 200:
        time.sleep(0.01)
    sha256 = answer.json()["transcode"]["transcodedSha256"]
    track = {"key": "01", "title": "T", "trackUrl": f"yoto:#{sha256}", "format": "opus"}
    chapter = {"key": "01", "title": "T", "tracks": [{**track, "type": "audio"}]}
    written = {"title": "Kept", "content": {"chapters": [chapter]}}
    card_id = api.post("/content", json=written).json()["card"]["cardId"]
    png = {"Content-Type": "image/png"}
    uploaded = api.post("/media/displayIcons/user/me/upload", content=PICTURE, headers=png)
    playable = api.get(f"/content/{card_id}", params={"playable": "true"}).json()["card"]
    address = urlsplit(playable["content"]["chapters"][0]["tracks"][0]["trackUrl"])
    put = urlsplit(slot["uploadUrl"])
    return {
        "upload_id": slot["uploadId"],
        "sha256": sha256,
        "card_id": card_id,
        "media_id": uploaded.json()["displayIcon"]["mediaId"],
        "coverType": "myo",
        "timezone": "Europe/London",
        "client_id": "emulator",
        "redirect_uri": "http://127.0.0.1:8787/callback",
        **{
            name: value
            for part in (put, address)
            for name, (value,) in parse_qs(part.query).items()
        },
    }


@pytest.fixture
def schema(furnished):
    """The description as it is served, with names of what is there where a name is wanted."""
    _, api, names = furnished
    served = copy.deepcopy(api.get("/emulator/openapi.json").json())
    for method, path in OPERATIONS:
        for parameter in served["paths"][path][method]["parameters"]:
            if parameter["name"] in names:
                parameter |= {"required": True, "schema": {"enum": [names[parameter["name"]]]}}
    schemas = served["components"]["schemas"]
    schemas["AudioTrack"]["properties"]["trackUrl"] = {"enum": [f"yoto:#{names['sha256']}"]}
    schemas["NewCard"]["properties"]["cardId"] = {"enum": [None, names["card_id"]]}
    return schemathesis.openapi.from_dict(served)


@pytest.fixture
def ask(furnished):
    """Return a function that asks at random, and returns the statuses that were answered."""
    emulator, api, _ = furnished

    def ask(operation, mode):
        port = 1 if (operation.method, operation.path) in STORAGE else 0
        headers = {} if port else {"Authorization": api.headers["Authorization"]}
        seen = set()

        @AT_RANDOM
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask_one(case):
            answer = case.call_and_validate(
                base_url=emulator._urls[port],
                headers=headers,
                session=session,
                checks=CHECKS,
                allow_redirects=False,
            )
            seen.add(answer.status_code)

        with requests.Session() as session:
            ask_one()
        return seen

    return ask


def test_the_description_covers_each_route_and_nothing_else(emulator):
    routes = [route for server in emulator._servers for route in server.config.app._app.routes]

    assert sorted(OPERATIONS) == sorted(
        (method.lower(), route.path) for route in routes for method in route.methods - {"HEAD"}
    )


def test_it_is_served_with_the_addresses_of_both_ports(emulator):
    served = httpx.get(f"{emulator.url}/emulator/openapi.json").json()

    assert served == description(*emulator._urls)
    assert served["servers"] == [{"url": emulator.url}]


@pytest.mark.parametrize(("method", "path"), [o for o in OPERATIONS if o not in STORAGE])
def test_what_wants_a_token_by_the_description_is_what_refuses_without_one(emulator, method, path):
    operation = description("", "")["paths"][path][method]
    answer = httpx.request(method, emulator.url + path.replace("{", "").replace("}", ""))

    assert (answer.status_code == 401) == ("security" in operation or path == "/oauth/token")


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_what_the_description_allows_is_answered_as_it_says(schema, ask, method, path):
    seen = ask(schema[path][method], schemathesis.GenerationMode.POSITIVE)

    # A code and a refresh token are good for once.
    assert path == "/oauth/token" or {200, 302} & seen


@pytest.mark.parametrize(
    ("method", "path"),
    [
        (method, path)
        for method, path in OPERATIONS
        if description("", "")["paths"][path][method]["parameters"] or method in ("post", "put")
    ],
)
def test_what_the_description_forbids_is_no_server_error(schema, ask, method, path):
    assert ask(schema[path][method], schemathesis.GenerationMode.NEGATIVE)


@pytest.mark.parametrize("gap", [1, 2])
@pytest.mark.parametrize("kind", ["PNG", "GIF", "JPEG"])
def test_a_picture_of_which_some_is_missing_is_taken_or_refused(furnished, kind, gap):
    _, api, _ = furnished
    path = "/media/displayIcons/user/me/upload"
    whole, png = encoded(kind), {"Content-Type": "image/png"}
    seen = {
        api.post(path, content=whole[:at] + whole[at + gap :], headers=png).status_code
        for at in range(len(whole))
    }

    assert seen <= {200, 400, 413}  # without a byte, it may say to be a large one


@AT_RANDOM
@given(body=st.binary(), kind=st.sampled_from(["application/json", "image/png", "text/plain", ""]))
@pytest.mark.parametrize(
    "path",
    [
        "/content",
        "/oauth/token",
        "/media/displayIcons/user/me/upload",
        "/media/coverImage/user/me/upload",
    ],
)
def test_bytes_that_mean_nothing_are_refused(furnished, path, body, kind):
    _, api, _ = furnished

    answer = api.post(path, content=body, headers={"Content-Type": kind})

    assert 400 <= answer.status_code < 500


def with_number(number):
    return f'{{"title": "T", "content": {{"chapters": [], "n": {number}}}}}'


RADIO = {
    "key": "1",
    "title": "T",
    "type": "stream",
    "trackUrl": "https://radio.invalid",
    "format": "mp3",
    "duration": 10**400,
    "fileSize": -(10**400),
}
ODD_CARDS = {
    "not a number": with_number("NaN"),
    "infinity": with_number("-Infinity"),
    "beyond all numbers": with_number("1e999"),
    "of five thousand digits": with_number("9" * 5000),
    "deep": with_number("[" * 5000 + "]" * 5000),
    "very deep": "[" * 200_000,
    "half a character": '{"title": "\\ud800", "content": {"chapters": []}}',
    "half a character below": '{"title": "T", "content": {"chapters": [], "\\udfff": 1}}',
    "as long as no audio": json.dumps(
        {
            "title": "T",
            "content": {"chapters": [{"key": "1", "title": "T", "tracks": [RADIO]}]},
        }
    ),
}


@pytest.mark.parametrize("odd", ODD_CARDS)
def test_an_odd_card_is_taken_or_refused_and_spoils_nothing(emulator, odd):
    headers = {"Authorization": f"Bearer {emulator.token}"}
    with httpx.Client(base_url=emulator.url, headers=headers, timeout=30) as api:
        written = api.post("/content", content=ODD_CARDS[odd].encode())
        assert written.status_code in (200, 400)

        pages = ["/", "/content/mine", "/emulator/lint", "/emulator/counters"]
        if written.status_code == 200:
            card_id = written.json()["card"]["cardId"]
            pages += [f"/content/{card_id}", f"/content/{card_id}?playable=true"]
            pages += [f"/emulator/lint/{card_id}"]
        assert {api.get(page).status_code for page in pages} == {200}
