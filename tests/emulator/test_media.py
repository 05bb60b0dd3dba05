"""The media that the emulator makes: what a player would fetch, and who may fetch it."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import httpx
import numpy as np
import pyloudnorm
import pytest
import soundfile as sf
from asking import Caller, card, track_url
from sound import write_by_ffmpeg, write_tone

from yotokit.emulator import Emulator


def code(answer):
    return answer.status_code, ElementTree.fromstring(answer.content).findtext("Code")


@pytest.fixture
def tone(tmp_path):
    return write_tone(tmp_path / "tone.flac", duration_s=2.0).read_bytes()


def test_a_playable_card_has_a_signed_address_of_ogg_opus_and_the_stored_one_has_not(caller, tone):
    sha256 = caller.upload(tone)["transcodedSha256"]
    made = caller.write_card(sha256).json()["card"]
    url = track_url(caller.playable(made["cardId"], signingType="s3", timezone="Europe/London"))
    parts = urlsplit(url)
    answer = httpx.get(url)

    assert parts.path == f"/media/{sha256}"
    assert parts.fragment == f"sha256={sha256}"
    assert set(parse_qs(parts.query)) == {"Expires", "Signature", "Key-Pair-Id"}
    assert 3590 < int(parse_qs(parts.query)["Expires"][0]) - time.time() <= 3600
    assert answer.headers["content-type"] == "audio/ogg"
    info = sf.info(io.BytesIO(answer.content))
    assert (info.format, info.subtype, info.samplerate) == ("OGG", "OPUS", 48_000)
    assert track_url(caller.http.get(f"/content/{made['cardId']}").json()["card"]) == (
        f"yoto:#{sha256}"
    )


def test_an_address_that_is_altered_expired_or_of_no_medium_is_refused(caller, tone):
    url = caller.address_of(tone).partition("#")[0]
    other = re.search(r"Signature=(.)", url)[1]
    altered = url.replace(f"Signature={other}", f"Signature={'B' if other == 'A' else 'A'}")
    later = re.sub(r"Expires=\d+", "Expires=99999999999", url)

    for wrong in (altered, later, url.split("?")[0], url.replace("Key-Pair-Id=E", "Key-Pair-Id=X")):
        assert code(httpx.get(wrong)) == (403, "SignatureDoesNotMatch")
    assert code(httpx.get(url.replace("/media/", "/media/x"))) == (403, "SignatureDoesNotMatch")
    assert code(httpx.get(url, headers={"Authorization": "Bearer x"})) == (400, "InvalidArgument")
    assert code(httpx.get(re.sub("Signature=[^&]+", "Signature=%ff%C3%A9", url)))[0] == 403
    assert httpx.get(url).status_code == 200


def test_an_address_ends(tone):
    with Emulator(transcode_s=(0, 0), playable_life_s=0.0) as emulator:
        caller = Caller(emulator)
        url = caller.address_of(tone)
        caller.http.close()

        assert code(httpx.get(url)) == (403, "AccessDenied")


def test_a_part_of_the_audio_can_be_asked_for(caller, tone):
    url = caller.address_of(tone)
    whole = httpx.get(url).content
    part = httpx.get(url, headers={"Range": "bytes=100-199"})

    assert part.status_code == 206
    assert part.content == whole[100:200]
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole)}"
    assert httpx.get(url, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    assert int(httpx.head(url).headers["content-length"]) == len(whole)


def test_playable_icons_have_an_address_beside_their_reference(caller, tone):
    sha256 = caller.upload(tone)["transcodedSha256"]
    icons = caller.http.get("/media/displayIcons/user/yoto").json()["displayIcons"]
    icon = f"yoto:#{icons[0]['mediaId']}"
    made = caller.write_card(**card(sha256, icon=icon)).json()["card"]
    (chapter,) = caller.playable(made["cardId"])["content"]["chapters"]
    unknown = caller.write_card(**card(sha256, icon="yoto:#" + "a" * 43)).json()["card"]
    (dark,) = caller.playable(unknown["cardId"])["content"]["chapters"]

    for holder in (chapter, *chapter["tracks"]):
        assert holder["display"] == {"icon16x16": icon, "iconUrl16x16": icons[0]["url"]}
    assert dark["display"] == {"icon16x16": "yoto:#" + "a" * 43}
    stored = caller.http.get(f"/content/{made['cardId']}").json()["card"]
    assert "iconUrl16x16" not in stored["content"]["chapters"][0]["display"]


def test_a_playable_card_cannot_be_posted_back(caller, tone):
    made = caller.write_card(caller.upload(tone)["transcodedSha256"]).json()["card"]
    answer = caller.http.post("/content", json=caller.playable(made["cardId"]))

    assert answer.status_code == 400
    assert "trackUrl" in answer.json()["error"]["message"]


def test_a_stream_stays_the_address_that_it_is(caller):
    body = card("x")
    body["content"]["chapters"][0]["tracks"][0] |= {"type": "stream", "trackUrl": "https://r.fm/1"}
    made = caller.http.post("/content", json=body).json()["card"]

    assert track_url(caller.playable(made["cardId"])) == "https://r.fm/1"


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../../etc/passwd", "Europe", "a\0b"])
def test_a_time_zone_that_there_is_not_is_refused(caller, tone, zone):
    made = caller.write_card(caller.upload(tone)["transcodedSha256"]).json()["card"]
    answer = caller.http.get(f"/content/{made['cardId']}", params={"timezone": zone})

    assert answer.status_code == 400
    assert "timezone" in answer.json()["error"]["message"]


RATE_HZ = 44_100


def wav(signal, rate=RATE_HZ, **options):
    out = io.BytesIO()
    sf.write(out, signal, rate, format="WAV", subtype="FLOAT", **options)
    return out.getvalue()


def at_lufs(lufs, kind, channels=2, rate=RATE_HZ, duration_s=4.0):
    """Return a tone or soft noise of a loudness; Opus carries nothing above 20 kHz."""
    frames = int(duration_s * rate)
    if kind == "tone":
        mono = np.sin(2 * np.pi * 997 * np.arange(frames) / rate)
    else:
        mono = np.convolve(np.random.default_rng(1).uniform(-1, 1, frames), np.ones(8), "same")
    signal = np.repeat(mono[:, None], channels, axis=1)
    return signal * 10 ** ((lufs - pyloudnorm.Meter(rate).integrated_loudness(signal)) / 20)


def heard(content):
    samples, rate = sf.read(io.BytesIO(content), always_2d=True)
    return pyloudnorm.Meter(rate).integrated_loudness(samples), len(samples) / rate, samples


@pytest.mark.parametrize("rate", [16_000, 44_100])
@pytest.mark.parametrize("kind", ["tone", "noise"])
@pytest.mark.parametrize("lufs", [-30.0, -8.0])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_audio_is_brought_to_the_level_of_the_service(caller, lufs, kind, channels, rate):
    signal = at_lufs(lufs, kind, channels, rate)
    level, duration_s, samples = heard(httpx.get(caller.address_of(wav(signal, rate))).content)

    assert level == pytest.approx(-16.0, abs=0.5)
    assert duration_s == pytest.approx(4.0, abs=0.1)
    assert samples.shape[1] == channels


@pytest.mark.parametrize("lufs", [-30.0, -8.0])
@pytest.mark.parametrize("kind", ["tone", "noise"])
def test_without_a_level_the_audio_stays_as_loud_as_it_was(lufs, kind):
    with Emulator(transcode_s=(0, 0), level_lufs=None) as emulator:
        caller = Caller(emulator)
        content = httpx.get(caller.address_of(wav(at_lufs(lufs, kind)))).content
        caller.http.close()

    assert heard(content)[0] == pytest.approx(lufs, abs=0.5)


def test_quiet_is_told_from_loud_by_the_gates_of_bs1770(caller):
    loud, quiet = at_lufs(-20, "noise", duration_s=5), at_lufs(-45, "noise", duration_s=20)
    content = httpx.get(caller.address_of(wav(np.concatenate([quiet, loud, 0 * loud])))).content

    assert heard(content)[0] == pytest.approx(-16.0, abs=0.5)


def test_a_peak_stays_below_the_ceiling_and_the_level_below_what_was_asked(caller):
    clicks = np.zeros((RATE_HZ * 4, 1))
    clicks[:: RATE_HZ // 4] = 0.9
    clicks += 0.01 * at_lufs(-20, "tone", 1)
    level, _, samples = heard(httpx.get(caller.address_of(wav(clicks))).content)

    assert level < -17.0
    assert np.abs(samples).max() <= 1.0


@pytest.mark.parametrize("frames", [1, 480, 48_000])
def test_silence_and_what_is_very_short_are_made_as_they_are(caller, frames):
    content = httpx.get(caller.address_of(wav(np.full((frames, 1), 0.1 * (frames < 500))))).content
    samples, _ = sf.read(io.BytesIO(content))

    assert len(samples) == pytest.approx(frames * 48_000 / RATE_HZ, abs=1)
    assert np.abs(samples).max() <= 0.2


def test_sound_goes_through_a_change_of_rate_without_a_seam(tmp_path):
    """Seconds that are resampled one after the other come to the same as all at once."""
    from scipy.signal import resample_poly

    from yotokit.emulator.decoding import decoding
    from yotokit.emulator.encoding import _seconds

    noise = np.random.default_rng(1).uniform(-1, 1, (111_111, 2)).astype(np.float32)
    for rate, up, down in [(44_100, 160, 147), (96_000, 1, 2), (44_101, 48_000, 44_101)]:
        sf.write(tmp_path / "noise.wav", noise, rate, subtype="FLOAT")
        with decoding(tmp_path / "noise.wav") as sound:
            pieces = list(_seconds(sound))

        assert len(pieces) > 1
        assert np.array_equal(np.concatenate(pieces), resample_poly(noise, up, down))


@pytest.mark.parametrize("channels", [3, 6])
def test_more_than_two_channels_are_folded_into_two(caller, channels):
    signal = np.zeros((RATE_HZ * 2, channels))
    signal[:, 2] = at_lufs(-20, "tone", 1, duration_s=2)[:, 0]
    _, _, samples = heard(httpx.get(caller.address_of(wav(signal))).content)

    assert samples.shape[1] == 2
    assert np.abs(samples[:, 0] - samples[:, 1]).max() < 0.05
    assert np.abs(samples).max() > 0.1


def test_what_libsndfile_does_not_read_is_made_too_where_pyav_is_installed(caller, tmp_path):
    pytest.importorskip("av")
    signal = at_lufs(-25, "tone", 2).astype(np.float32)
    data = write_by_ffmpeg(tmp_path / "book.m4a", signal, "aac", "fltp").read_bytes()
    level, duration_s, _ = heard(httpx.get(caller.address_of(data, filename="book.m4a")).content)

    assert level == pytest.approx(-16.0, abs=0.5)
    assert duration_s == pytest.approx(4.0, abs=0.1)


def test_a_file_is_made_when_it_is_asked_for_and_once_for_all_who_ask(caller, tone, emulator):
    from concurrent.futures import ThreadPoolExecutor
    from unittest.mock import patch

    from yotokit.emulator import encoding

    url = caller.address_of(tone)
    folder = emulator._running().media_folder
    assert list(folder.iterdir()) == []
    with (
        patch("yotokit.emulator.media.encode", side_effect=encoding.encode) as encode,
        ThreadPoolExecutor(8) as pool,
    ):
        answers = list(pool.map(httpx.get, [url] * 8))

    assert {answer.content for answer in answers} == {answers[0].content}
    assert encode.call_count == 1
    assert [path.suffix for path in folder.iterdir()] == [".opus"]


def test_a_stop_does_not_wait_for_a_long_file_that_is_being_made(tmp_path):
    from threading import Thread

    sf.write(tmp_path / "long.flac", np.zeros(8_000 * 3_000, np.int16), 8_000)
    with Emulator(transcode_s=(0, 0)) as emulator:
        caller = Caller(emulator)
        url = caller.address_of((tmp_path / "long.flac").read_bytes())
        caller.http.close()
        answers = []
        asked = Thread(target=lambda: answers.append(httpx.get(url, timeout=30)))
        asked.start()
        time.sleep(0.3)
        begin = time.monotonic()
    asked.join(30)

    assert time.monotonic() - begin < 4.0
    assert [answer.status_code for answer in answers] == [503]


def test_a_long_file_is_measured_without_being_held_in_memory(tmp_path):
    import tracemalloc

    from yotokit.emulator.encoding import _gain

    sf.write(tmp_path / "long.flac", np.zeros((RATE_HZ * 300, 2), np.int16), RATE_HZ)
    _gain(tmp_path / "long.flac", -16.0, lambda: True)  # loads the libraries
    tracemalloc.start()
    try:
        assert _gain(tmp_path / "long.flac", -16.0, lambda: False) == 1.0
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes < 20e6  # the whole file would be 115 MB


def test_an_emulator_starts_without_the_libraries_for_sound():
    code = (
        "import sys\nfrom yotokit.emulator import Emulator\nwith Emulator():\n    pass\n"
        "print({'numpy', 'scipy', 'soundfile', 'av', 'httpx'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout == "set()\n"
