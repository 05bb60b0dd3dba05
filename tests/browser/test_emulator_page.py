"""The emulator's page in headless Chromium: what it shows, plays, keeps and lets nobody do."""

from __future__ import annotations

import hashlib
import io
import time

import httpx
import pytest
from PIL import Image
from sound import write_tone

pytestmark = pytest.mark.timeout(120)
LONG_S = 20.0
PIXELS = """image => {
  const canvas = new OffscreenCanvas(16, 16), pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0);
  return [...pen.getImageData(0, 0, 16, 16).data];
}"""


@pytest.fixture
def page(emulator, watched):
    """Return the page; the emulator outlives it."""
    watched.set_viewport_size({"width": 1200, "height": 1000})
    return watched


@pytest.fixture
def api(emulator):
    headers = {"Authorization": f"Bearer {emulator.token}"}
    with httpx.Client(base_url=emulator.url, headers=headers, timeout=10) as client:
        yield client


@pytest.fixture
def track(api, tmp_path):
    """Return a function that uploads a tone, and returns a track of it."""

    def make(hertz=440.0, duration_s=2.0):
        data = write_tone(tmp_path / "tone.wav", hertz=hertz, duration_s=duration_s).read_bytes()
        asked = {"sha256": hashlib.sha256(data).hexdigest(), "filename": "tone.wav"}
        slot = api.get("/media/transcode/audio/uploadUrl", params=asked).json()["upload"]
        httpx.put(slot["uploadUrl"], content=data, headers={"Content-Type": "audio/wav"})
        for _ in range(500):
            answer = api.get(f"/media/upload/{slot['uploadId']}/transcoded")
            if answer.status_code == 200:
                break
            time.sleep(0.02)
        made = answer.json()["transcode"]
        info = made["transcodedInfo"]
        return {
            "type": "audio",
            "trackUrl": f"yoto:#{made['transcodedSha256']}",
            **{key: info[key] for key in ("format", "channels", "duration", "fileSize")},
        }

    return make


@pytest.fixture
def icons(api):
    found = api.get("/media/displayIcons/user/yoto").json()["displayIcons"]
    return {icon["title"]: icon["mediaId"] for icon in found}


def card(title, chapters, **metadata):
    """Return the body of a card; a chapter is a title, a track and an icon."""
    made = []
    for number, (name, track, icon) in enumerate(chapters, 1):
        about = {
            "title": name,
            "overlayLabel": str(number),
            "display": {"icon16x16": icon and f"yoto:#{icon}"},
        }
        made.append({"key": f"k{number}", **about, "tracks": [{"key": "01", **about, **track}]})
    tracks = [track for _, track, _ in chapters]
    totals = {key: sum(track[key] for track in tracks) for key in ("duration", "fileSize")}
    return {
        "title": title,
        "content": {"chapters": made},
        "metadata": {"media": totals, **metadata},
    }


def post(api, body):
    answer = api.post("/content", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["card"]


def playing(page):
    return page.evaluate(
        "() => [...document.querySelectorAll('audio')].filter(a => !a.paused)"
        ".map(a => [a.getAttribute('src'), a.currentTime, a.duration])"
    )


def test_a_card_shows_its_icons_point_by_point_and_plays(page, api, emulator, track, icons):
    picture = io.BytesIO()
    Image.new("RGB", (52, 40), (20, 40, 90)).save(picture, "PNG")
    cover = api.post(
        "/media/coverImage/user/me/upload?coverType=myo",
        content=picture.getvalue(),
        headers={"Content-Type": "image/png"},
    ).json()["coverImage"]["mediaUrl"]
    first, second = track(300.0), track(400.0, LONG_S)
    chapters = [("The moon", first, icons["moon"]), ("The owl", second, icons["owl"])]
    post(api, card("Bedtime", [*chapters, ("No icon", first, None)], cover={"imageL": cover}))
    page.goto(emulator.url)

    assert page.get_by_role("heading", name="Bedtime").is_visible()
    assert page.locator("article img.cover").evaluate("i => i.decode().then(() => i.naturalWidth)")
    assert page.locator(".verdict").first.inner_text().startswith("! plays with remarks")
    display = page.locator(".display img:not(.glow)")
    for name, button in (("moon", "The moon"), ("owl", "The owl")):
        page.get_by_role("button", name=button).click()
        png = httpx.get(f"{emulator.url}/icons/{icons[name]}").content
        page.wait_for_function(
            "id => document.querySelector('.display img').src.endsWith(id)", arg=icons[name]
        )
        display.evaluate("image => image.decode()")
        assert bytes(display.evaluate(PIXELS)) == Image.open(io.BytesIO(png)).tobytes()
        assert page.locator(".caption b").inner_text() == button
    page.wait_for_function(
        "() => [...document.querySelectorAll('audio')].some(a => !a.paused && a.currentTime > 0.2)"
    )
    ((source, _, duration_s),) = playing(page)
    assert source == f"/emulator/media/{second['trackUrl'].removeprefix('yoto:#')}"
    assert duration_s == pytest.approx(LONG_S, abs=0.2)

    page.get_by_role("button", name="Pause").click()
    assert playing(page) == []
    page.get_by_role("button", name="Next chapter").click()
    assert page.locator(".caption b").inner_text() == "No icon"
    assert not display.is_visible()
    assert page.locator(".display path").get_attribute("d")
    assert page.get_by_role("button", name="Next chapter").is_disabled()
    assert playing(page) == []


def test_the_end_of_a_chapter_leads_on_to_the_next(page, api, emulator, track, icons):
    short, long = track(300.0, 1.0), track(400.0, LONG_S)
    post(api, card("Two", [("One", short, icons["cat"]), ("Other", long, icons["dog"])]))
    page.goto(emulator.url)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => document.querySelector('.caption b').textContent === 'Other'")
    page.wait_for_function(
        "() => [...document.querySelectorAll('audio')].some(a => !a.paused && a.currentTime > 0.1)"
    )

    assert playing(page)[0][2] == pytest.approx(LONG_S, abs=0.2)


def test_what_changes_shows_by_itself_and_what_plays_plays_on(page, faults, api, emulator, track):
    page.goto(emulator.url)
    assert page.get_by_text("No card yet").is_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    long, other = track(300.0, LONG_S), track(400.0)
    stays = post(api, card("Stays", [("Quiet", other, None)]))
    made = post(api, card("Grows", [("One", long, None)]))
    page.get_by_role("button", name="One").click(timeout=15_000)
    page.evaluate("() => { window.kept = document.querySelectorAll('article'); }")
    page.wait_for_function("() => [...document.querySelectorAll('audio')].some(a => !a.paused)")
    before_s = playing(page)[0][1]
    body = card("Grows", [("New first", other, None), ("One, renamed", long, None)])
    # The chapter that plays keeps its key.
    for chapter, key in zip(body["content"]["chapters"], ("k9", "k1"), strict=True):
        chapter["key"] = key
    post(api, body | {"cardId": made["cardId"]})
    page.get_by_role("button", name="New first").wait_for(timeout=15_000)

    assert page.locator(f"#card-{made['cardId']} .caption b").inner_text() == "One, renamed"
    page.wait_for_timeout(300)
    ((_, after_s, _),) = playing(page)
    assert after_s > before_s
    assert page.locator(f"#card-{stays['cardId']}").evaluate("e => window.kept[1] === e")
    api.delete(f"/content/{stays['cardId']}")
    page.locator(f"#card-{stays['cardId']}").wait_for(state="detached", timeout=15_000)
    assert len(playing(page)) == 1
    assert faults == []
    emulator.stop()
    page.get_by_text("The emulator does not answer").wait_for(timeout=15_000)
    page.close()
    faults.clear()


def test_odd_cards_do_no_harm_and_fit_a_phone(page, api, emulator, track, icons):
    sound = track()
    hostile = '</script><script>alert(1)</script>"><img src=x onerror=alert(2)>'
    names = [
        hostile,
        "\u202e\u05e9\u05dc\u05d5\u05dd",
        "w" * 500,
        *(f"Song {n}" for n in range(97)),
    ]
    icon = icons["fish"]
    body = card(hostile, [(name, sound, icon) for name in names])
    body["metadata"] |= {
        "cover": {"imageL": "javascript:alert(3)"},
        "author": hostile,
        "description": "d" * 5000,
    }
    post(api, body)
    post(
        api, card("Elsewhere", [("x", sound, None)], cover={"imageL": "https://cdn.example/a.gif"})
    )
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(emulator.url)

    assert page.locator("article h2").first.inner_text() == "Elsewhere"
    assert page.locator("article h2").last.inner_text() == hostile
    assert page.locator("li .name").count() == 101
    assert page.locator("script").count() == 1
    assert page.locator("img.cover").count() == 0
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360


def test_a_script_that_got_in_all_the_same_would_not_run(page, faults, emulator):
    page.goto(emulator.url)
    hit = page.evaluate(
        "() => { const script = document.createElement('script');"
        " script.textContent = 'window.hit = true'; document.body.append(script);"
        " return window.hit; }"
    )
    loaded = page.evaluate(
        "() => new Promise(done => { const image = new Image();"
        " image.onload = () => done(true); image.onerror = () => done(false);"
        " image.src = 'http://127.0.0.1:9/a.png'; })"
    )

    assert (hit, loaded) == (None, False)
    assert len(faults) == 2
    assert all("Content Security Policy" in words for words in faults)
    faults.clear()


def test_the_page_can_be_used_with_the_keys_alone(page, api, emulator, track, icons):
    sound = track()
    post(api, card("Keys", [(f"Part {n}", sound, icons["sun"]) for n in (1, 2, 3)]))
    page.goto(emulator.url)
    page.get_by_role("button", name="Part 1").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    assert page.locator(".caption b").inner_text() == "Part 3"
    page.wait_for_function("() => [...document.querySelectorAll('audio')].some(a => !a.paused)")
