from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile as sf
from sound import write_by_ffmpeg

from yotokit.audio import measure, render
from yotokit.audio.reading.pyav import PyAVDecoder, _layout
from yotokit.audio.reading.source import open_source
from yotokit.errors import EmptyAudioError, UnreadableAudioError

av = pytest.importorskip("av")

RATE = 44_100
FORMS = [
    ("m4a", "aac", "fltp"),
    ("m4b", "aac", "fltp"),
    ("aac", "aac", "fltp"),
    ("m4a", "alac", "s16p"),
    ("wma", "wmav2", "fltp"),
    ("mka", "aac", "fltp"),
]


def sound(seconds: float = 3.0, channels: int = 2) -> np.ndarray:
    time_s = np.arange(int(seconds * RATE)) / RATE
    tone = 0.2 * np.sin(2 * np.pi * 440 * time_s) * (0.6 + 0.4 * np.sin(5 * time_s))
    return np.repeat(tone[:, None], channels, axis=1).astype(np.float32)


@pytest.mark.parametrize(("suffix", "codec", "sample_format"), FORMS)
def test_what_ffmpeg_reads_measures_like_the_same_sound_in_wav(
    tmp_path, suffix, codec, sample_format
):
    path = write_by_ffmpeg(tmp_path / f"in.{suffix}", sound(), codec, sample_format)
    sf.write(tmp_path / "in.wav", sound(), RATE, subtype="FLOAT")
    measured, expected = measure(path), measure(tmp_path / "in.wav")

    assert measured.integrated_lufs == pytest.approx(expected.integrated_lufs, abs=0.15)
    assert measured.true_peak_dbtp == pytest.approx(expected.true_peak_dbtp, abs=0.3)
    assert measured.duration_s == pytest.approx(expected.duration_s, abs=0.06)
    assert measured.sample_rate_hz == RATE
    assert measured.notes == ()


def test_a_lossless_file_comes_out_to_the_last_bit(tmp_path):
    path = write_by_ffmpeg(tmp_path / "in.m4a", sound(), "alac", "s16p")
    with open_source(path) as source:
        decoded = np.concatenate([block.copy() for block in source.blocks(5000)])

    assert source.info.bits == 16
    assert len(decoded) == len(sound())
    np.testing.assert_allclose(decoded, sound(), atol=1 / 32768)


def test_a_rendered_m4a_is_flac_of_the_same_length(tmp_path):
    path = write_by_ffmpeg(tmp_path / "in.m4a", sound(), "aac", "fltp")
    rendered = render(path, tmp_path / "out.flac", 3.0)

    assert sf.info(rendered.path).subtype == "PCM_16"
    assert measure(rendered.path).integrated_lufs == pytest.approx(
        measure(path).integrated_lufs + 3.0, abs=0.05
    )
    assert render(path, tmp_path / "out.flac", 0.0).content_type == "audio/mp4"


def test_wma_is_always_converted_because_nobody_knows_that_the_service_takes_it(tmp_path):
    path = write_by_ffmpeg(tmp_path / "in.wma", sound(), "wmav2", "fltp")

    assert not render(path, tmp_path / "out.flac", 0.0).untouched


def test_six_channels_are_known_by_name(tmp_path):
    path = write_by_ffmpeg(tmp_path / "in.m4a", sound(1.0, 6), "aac", "fltp", layout="5.1")
    with open_source(path) as source:
        assert source.info.layout == ("L", "R", "C", "LFE", "Ls", "Rs")


def test_without_the_extra_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    path = write_by_ffmpeg(tmp_path / "in.m4a", sound(0.5), "aac", "fltp")
    monkeypatch.setitem(sys.modules, "av", None)

    with pytest.raises(UnreadableAudioError, match=r'in\.m4a.*pip install "yotokit\[av\]"'):
        measure(path)


def test_a_protected_file_says_so(tmp_path):
    path = write_by_ffmpeg(tmp_path / "in.m4a", sound(0.5), "aac", "fltp")
    path.write_bytes(path.read_bytes().replace(b"mp4a", b"drms"))

    with pytest.raises(UnreadableAudioError, match="protected"):
        measure(path)


def test_a_film_without_sound_is_a_typed_error(tmp_path):
    path = tmp_path / "silent.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 16
        output.mux(stream.encode(av.VideoFrame(16, 16, "yuv420p")))
        output.mux(stream.encode(None))

    with pytest.raises(UnreadableAudioError, match="holds no sound"):
        measure(path)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
@pytest.mark.parametrize(("suffix", "codec", "sample_format"), FORMS)
def test_a_truncated_file_is_refused_or_told(tmp_path, suffix, codec, sample_format, share):
    path = write_by_ffmpeg(tmp_path / f"in.{suffix}", sound(), codec, sample_format)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    try:
        loudness = measure(path)
    except (UnreadableAudioError, EmptyAudioError):
        return

    # A stream of AAC frames has no header that could tell how many there should be.
    assert suffix == "aac" or "truncated" in loudness.notes[-1]


def test_a_name_that_ffmpeg_would_take_for_an_address_is_only_a_name(tmp_path, monkeypatch):
    write_by_ffmpeg(tmp_path / "in.m4a", sound(0.5), "aac", "fltp")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.m4a").rename("concat:other.m4a|more.m4a")

    assert measure("concat:other.m4a|more.m4a").duration_s == pytest.approx(0.5, abs=0.06)


def test_a_playlist_is_not_followed(tmp_path):
    """Whatever container is claimed, FFmpeg is told which, so it never guesses a list."""
    path = tmp_path / "list.m4a"
    path.write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.m4a\n")

    for container in ("mov", "aac", "asf", "matroska"):
        with pytest.raises((UnreadableAudioError, EmptyAudioError)):
            PyAVDecoder(path, container)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("FL FR FC LFE BL BR TFL TFR", "L R C LFE Ls Rs top top"),
        ("FL FR FC LFE SL SR", "L R C LFE Ls Rs"),
        ("FL FR FC LFE BL BR SL SR", "L R C LFE Ls Rs Lss Rss"),
        ("FL FR FLC FRC", "L R Lc Rc"),
        ("FL FR NONE", ""),
        ("FC", ""),
    ],
)
def test_loudspeakers_are_known_by_ffmpegs_names_or_not_at_all(told, expected):
    channels = [SimpleNamespace(name=name) for name in told.split()]
    frame = SimpleNamespace(layout=SimpleNamespace(channels=channels))

    assert " ".join(_layout(frame)) == expected


def test_eight_planes_are_read_whole_though_pyav_counts_them_wrong(tmp_path):
    pitches = np.array([300, 400, 500, 60, 700, 800, 900, 1000])  # the fourth is low by its nature
    time_s = np.arange(48_000 * 2) / 48_000
    signal = (0.1 * np.sin(2 * np.pi * pitches * time_s[:, None])).astype(np.float32)
    path = write_by_ffmpeg(tmp_path / "in.mka", signal, "aac", "fltp", layout="7.1", rate=48_000)
    with open_source(path) as source:
        decoded = np.concatenate([block.copy() for block in source.blocks()])

    spectrum = np.abs(np.fft.rfft(decoded[24_000:72_000], axis=0))
    assert spectrum.argmax(axis=0).tolist() == pytest.approx(pitches, abs=2)
    assert len(decoded) == pytest.approx(len(signal), abs=3_000)


def test_raw_aac_is_not_called_truncated_by_a_guess_of_its_length(tmp_path):
    noise = np.random.default_rng(1).standard_normal((RATE * 4, 2)).astype(np.float32)
    loud_then_still = noise * np.repeat([0.3, 0.0001], RATE * 2)[:, None].astype(np.float32)

    assert measure(write_by_ffmpeg(tmp_path / "in.aac", loud_then_still, "aac", "fltp")).notes == ()


def test_a_film_is_never_sent_as_it_is_and_its_pictures_do_not_count_as_sound(tmp_path):
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as output:
        voice = output.add_stream("aac", rate=RATE, layout="stereo")
        pictures = output.add_stream("mpeg4", rate=10)
        pictures.width = pictures.height = 16
        heard = av.AudioFrame.from_ndarray(sound(1.0).reshape(1, -1), "flt", "stereo")
        heard.sample_rate = RATE
        resampler = av.AudioResampler("fltp", "stereo", RATE, 1024)
        for piece in [*resampler.resample(heard), *resampler.resample(None)]:
            output.mux(voice.encode(piece))
        output.mux(voice.encode(None))
        for number in range(30):
            picture = av.VideoFrame(16, 16, "yuv420p")
            picture.pts = number
            output.mux(pictures.encode(picture))
        output.mux(pictures.encode(None))

    loudness = measure(path)
    assert loudness.duration_s == pytest.approx(1.0, abs=0.06)
    assert loudness.notes == ()
    assert render(path, tmp_path / "out.flac", 0.0).path.suffix == ".flac"
