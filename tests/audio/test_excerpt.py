from __future__ import annotations

import io
import itertools
import json
import math
import os
import tracemalloc
from contextlib import suppress
from fractions import Fraction

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st
from sound import write_by_ffmpeg, write_tone

from yotokit.audio import (
    SAMPLES,
    Excerpt,
    Target,
    excerpt,
    excerpt_isolated,
    loudest_span,
    make_samples,
    measure,
    plan_limited,
    render,
)
from yotokit.audio.isolation import process
from yotokit.audio.reading.channels import usual_layout
from yotokit.audio.reading.pyav import PyAVDecoder
from yotokit.audio.reading.sndfile import SndFileDecoder, _ForwardSoundFile
from yotokit.audio.reading.source import open_source
from yotokit.audio.writing.mp3 import encoded, two_channels
from yotokit.errors import (
    AudioError,
    DecoderCrashedError,
    EmptyAudioError,
    IsolationError,
    MissingFileError,
    NonFiniteAudioError,
    SettingError,
    UnreadableAudioError,
)

RATE = 44_100


def chirp(seconds: float = 8.0, rate: int = RATE, channels: int = 2) -> np.ndarray:
    """Return a tone that never sounds the same twice, so that each moment can be told."""
    time_s = np.arange(int(seconds * rate)) / rate
    tone = 0.3 * np.sin(2 * np.pi * (300 + 60 * time_s) * time_s)
    return np.repeat(tone[:, None], channels, axis=1).astype(np.float32)


def peaky(seconds: float = 20.0, rate: int = RATE, channels: int = 2) -> np.ndarray:
    """Return soft noise of lows with knocks: a limiter has work, and MP3 takes nothing away."""
    random = np.random.default_rng(5)
    white = random.standard_normal((int(seconds * rate) + 7, channels))
    signal = 0.03 * np.lib.stride_tricks.sliding_window_view(white, 8, axis=0).sum(axis=-1)
    for place in random.integers(0, len(signal) - 400, round(4 * seconds)):
        signal[place : place + 400] *= random.uniform(4.0, 12.0)
    return np.clip(signal, -0.95, 0.95).astype(np.float32)


def write(folder, signal: np.ndarray, rate: int = RATE, name: str = "a.wav", **how):
    sf.write(folder / name, signal, rate, **({"subtype": "FLOAT"} | how))
    return folder / name


def heard(piece: Excerpt) -> tuple[np.ndarray, int]:
    assert piece.media_type == "audio/mpeg"
    return sf.read(io.BytesIO(piece.data), dtype="float32", always_2d=True)


def level_db(signal: np.ndarray) -> float:
    middle = signal[len(signal) // 10 : -len(signal) // 10]
    return 10 * math.log10(float((middle**2).mean()))


def best_offset(found: np.ndarray, wanted: np.ndarray) -> int:
    """Return by how many samples one signal is behind another."""
    size = 1 << (len(found) + len(wanted)).bit_length()
    product = np.fft.rfft(found, size) * np.conj(np.fft.rfft(wanted, size))
    offset = int(np.argmax(np.fft.irfft(product)))
    return offset if offset < size // 2 else offset - size


# --- seeking ---------------------------------------------------------------------------------

SNDFILE = {
    "wav": {"subtype": "PCM_16"},
    "flac": {},
    "mp3": {},
    "ogg": {},
    "opus": {"format": "OGG", "subtype": "OPUS"},
    "aiff": {},
    "caf": {},
    "w64": {},
    "au": {},
}
FFMPEG = {
    "m4a": ("aac", "fltp"),
    "m4b": ("alac", "s16p"),
    "aac": ("aac", "fltp"),
    "wma": ("wmav2", "fltp"),
    "mka": ("aac", "fltp"),
}
FORMATS = [*SNDFILE, *FFMPEG]


def written(folder, suffix: str, seconds: float = 8.0):
    rate = 48_000 if suffix == "opus" else RATE
    path, signal = folder / f"chirp.{suffix}", chirp(seconds, rate)
    if suffix in FFMPEG:
        return write_by_ffmpeg(path, signal, *FFMPEG[suffix]), signal
    with sf.SoundFile(path, "w", rate, 2, **SNDFILE[suffix]) as file:
        for start in range(
            0, len(signal), 65_536
        ):  # the encoder of Vorbis dies of too much at once
            file.write(signal[start : start + 65_536])
    return path, signal


def blocks_from(path, start_s):
    with open_source(path, start_s=start_s) as source:
        place = source.frames
        return place, np.concatenate([block.copy() for block in source.blocks(4096)])


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_is_read_from_within_as_it_is_from_its_beginning(tmp_path, suffix):
    path, _ = written(tmp_path, suffix)
    begin, whole = blocks_from(path, 0.0)
    place, part = blocks_from(path, 5.0)
    rate = sf.info(path).samplerate if suffix in SNDFILE else RATE
    # Matroska and WMA count in milliseconds; the others in samples.
    slack = 50 if suffix in ("wma", "mka") else 0

    assert begin == 0
    assert 0 <= 5.0 * rate - place < (6.0 if suffix == "mka" else 1.0) * rate
    assert abs(place + len(part) - len(whole)) <= slack
    warm, clear = round(0.5 * rate), slice(place + round(0.5 * rate), place + round(2.5 * rate))
    found = part[warm : warm + 2 * rate, 0]
    offset = best_offset(found, whole[clear, 0])
    assert abs(offset) <= slack
    if not slack:
        np.testing.assert_allclose(found, whole[clear, 0], atol=1e-4)


def refused_by_libsndfile(self, frame):
    raise sf.LibsndfileError(39)


TIMES = itertools.cycle([Fraction(0), Fraction(7)])


@pytest.mark.parametrize(
    ("suffix", "place", "seek"),
    [
        ("flac", (SndFileDecoder, "seek"), lambda self, frame: None),
        ("m4a", (PyAVDecoder, "seek"), lambda self, frame: None),
        ("flac", (_ForwardSoundFile, "seek"), refused_by_libsndfile),
        ("flac", (_ForwardSoundFile, "seek"), lambda self, frame: -1),
        ("flac", (_ForwardSoundFile, "seek"), lambda self, frame: frame + 1),
        ("m4a", (PyAVDecoder, "_frame_s"), lambda self: None),
        ("m4a", (PyAVDecoder, "_frame_s"), lambda self: next(TIMES)),
    ],
)
def test_a_file_that_cannot_be_entered_within_is_read_from_its_beginning(
    tmp_path, monkeypatch, suffix, place, seek
):
    path, _ = written(tmp_path, suffix)
    expected, _ = heard(excerpt(path, start_s=5.0, duration_s=2.0))
    monkeypatch.setattr(*place, seek, raising=False)
    with open_source(path, start_s=5.0) as source:
        assert source.frames == 0
    found, _ = heard(excerpt(path, start_s=5.0, duration_s=2.0))
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_ten_hours_are_entered_without_reading_them(tmp_path):
    path = tmp_path / "long.wav"
    with sf.SoundFile(path, "w", RATE, 1) as file:
        file.write(np.zeros(RATE))
    with path.open("r+b") as file:  # a hole of ten hours
        size = 36_000 * RATE * 2
        file.truncate(44 + size)
        for place, value in ((4, 36 + size), (40, size)):
            file.seek(place)
            file.write(value.to_bytes(4, "little"))
    shares = []
    piece = excerpt(path, start_s=35_000.0, progress=shares.append)

    assert piece.duration_s == 12.0
    assert len(shares) < 20
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize("suffix", ["flac", "mp3", "ogg", "m4a", "aac", "wma"])
def test_compressed_files_are_entered_without_decoding_what_comes_before(tmp_path, suffix):
    path, _ = written(tmp_path, suffix, 120.0)
    shares = []
    excerpt(path, start_s=110.0, duration_s=2.0, progress=shares.append)
    assert len(shares) <= 5  # blocks of a second and a half


# --- what is heard ---------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_excerpt_is_the_sound_at_that_place(tmp_path, suffix):
    path, signal = written(tmp_path, suffix)
    rate = 48_000 if suffix == "opus" else RATE
    piece = excerpt(path, start_s=3.0, duration_s=2.0)
    found, found_rate = heard(piece)

    assert found_rate == rate
    assert len(found) == 2 * rate
    assert (piece.start_s, piece.duration_s) == (3.0, 2.0)
    wanted = signal[3 * rate : 5 * rate, 0]
    # Some encoders put a block of silence before the sound.
    assert abs(best_offset(found[:, 0], wanted)) <= (2100 if suffix == "wma" else 1100)
    assert level_db(found) == pytest.approx(level_db(wanted), abs=0.2)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_before_and_after_differ_by_the_gain(tmp_path, sample):
    (path,) = make_samples(tmp_path, samples=(sample,))
    gain_db = -6.0 if sample.peak_dbfs > -12.0 else 9.0
    start_s = loudest_span(measure(path), 6.0)
    before = heard(excerpt(path, start_s=start_s, duration_s=6.0))[0]
    after = heard(excerpt(path, start_s=start_s, duration_s=6.0, gain_db=gain_db))[0]

    assert before.shape == after.shape
    assert level_db(after) - level_db(before) == pytest.approx(gain_db, abs=0.1)


def test_an_excerpt_is_as_loud_as_what_is_sent(tmp_path):
    path = write(tmp_path, peaky())
    loudness = measure(path)
    plan = plan_limited(loudness, Target(lufs=-14, ceiling_dbtp=-2, limiter=True))
    assert plan.limiter_dbtp == -2
    sent = render(path, tmp_path / "sent.flac", plan.gain_db, limiter_dbtp=plan.limiter_dbtp).path
    start_s = loudest_span(loudness)
    piece = excerpt(path, start_s=start_s, gain_db=plan.gain_db, limiter_dbtp=plan.limiter_dbtp)

    wanted = sf.read(sent, start=round(start_s * RATE), frames=12 * RATE)[0]
    found = heard(piece)[0]
    assert level_db(found) == pytest.approx(level_db(wanted), abs=0.1)
    write(tmp_path, found, name="found.wav")
    assert measure(tmp_path / "found.wav").true_peak_dbtp < -2 + 1.0  # MP3 lifts noise a little


@pytest.mark.parametrize("start_s", [0.0, 0.01, 0.5, 3.3, 17.0])
def test_a_limiter_that_begins_a_second_before_is_the_one_that_began_at_the_beginning(
    tmp_path, monkeypatch, start_s
):
    path = write(tmp_path, peaky())
    sent = render(path, tmp_path / "sent.flac", 12.0, limiter_dbtp=-3.0).path
    sounds = []

    def kept(sound, rate):
        sounds.append(sound.copy())
        return b"MP3"

    monkeypatch.setattr("yotokit.audio.writing.excerpt.encoded", kept)
    excerpt(path, start_s=start_s, duration_s=3.0, gain_db=12.0, limiter_dbtp=-3.0)
    first = round(start_s * RATE)
    wanted = sf.read(sent, start=first, frames=3 * RATE, dtype="float32")[0]

    assert np.abs(wanted).max() > 0.6  # there was something to limit
    np.testing.assert_allclose(sounds[0], wanted, atol=2e-4)


def test_without_a_limiter_what_is_too_loud_is_cut_off_as_render_does(tmp_path, monkeypatch):
    path = write(tmp_path, chirp())
    sent = render(path, tmp_path / "sent.flac", 20.0).path
    sounds = []
    monkeypatch.setattr(
        "yotokit.audio.writing.excerpt.encoded",
        lambda sound, rate: (sounds.append(sound.copy()), b"MP3")[1],
    )
    excerpt(path, start_s=1.0, duration_s=2.0, gain_db=20.0)
    wanted = sf.read(sent, start=RATE, frames=2 * RATE, dtype="float32")[0]
    assert np.abs(sounds[0]).max() == 1.0
    np.testing.assert_allclose(sounds[0], wanted, atol=2e-4)


def test_it_begins_and_ends_in_silence_and_is_itself_a_moment_later(tmp_path):
    path = write(tmp_path, np.full((5 * RATE, 1), 0.5, dtype=np.float32))
    sound = np.full((2 * RATE, 1), 0.5, dtype=np.float32)
    found, _ = sf.read(io.BytesIO(encoded(sound, RATE)), always_2d=True)

    assert len(found) == 2 * RATE
    assert sound[0, 0] == 0.0
    assert abs(sound[-1, 0]) < 1e-5
    assert np.abs(np.diff(sound[:, 0])).max() < 0.002  # no step that would click
    assert (sound[round(0.015 * RATE) : -round(0.015 * RATE)] == 0.5).all()
    piece = heard(excerpt(path, start_s=1.0, duration_s=2.0))[0]
    assert np.abs(piece[[0, -1]]).max() < 0.03
    assert piece[RATE, 0] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("rate", "becomes"),
    [
        (4_000, 16_000),
        (8_000, 16_000),
        (11_025, 16_000),
        (16_000, 16_000),
        (22_050, 22_050),
        (37_800, 44_100),
        (44_100, 44_100),
        (48_000, 48_000),
        (50_000, 48_000),
        (88_200, 44_100),
        (96_000, 48_000),
        (176_400, 44_100),
        (192_000, 48_000),
        (384_000, 48_000),
    ],
)
def test_a_rate_that_mp3_has_not_becomes_the_next_and_sounds_the_same(tmp_path, rate, becomes):
    time_s = np.arange(4 * rate) / rate
    path = write(tmp_path, 0.3 * np.sin(2 * np.pi * 997 * time_s), rate)
    found, found_rate = heard(excerpt(path, start_s=1.0, duration_s=2.0))

    assert found_rate == becomes
    assert len(found) == 2 * becomes
    middle = found[becomes // 2 : -becomes // 2, 0]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert np.argmax(spectrum) * becomes / len(middle) == pytest.approx(997, abs=1.1)
    assert level_db(found) == pytest.approx(20 * math.log10(0.3) - 3.01, abs=0.1)


@pytest.mark.parametrize("channels", [3, 4, 5, 6, 7, 8])
def test_more_than_two_channels_are_heard_on_the_side_where_they_stand(tmp_path, channels):
    for place, speaker in enumerate(usual_layout(channels)):
        signal = np.zeros((3 * RATE, channels), dtype=np.float32)
        signal[:, place] = chirp(3.0, channels=1)[:, 0]
        path = write(tmp_path, signal, name=f"{channels} {speaker} {place}.wav")
        left, right = heard(excerpt(path, start_s=0.5, duration_s=2.0))[0].T
        left_db, right_db = level_db(left + 1e-9), level_db(right + 1e-9)
        if speaker == "LFE":
            assert max(left_db, right_db) < -80
        elif speaker in ("C", "Cs"):
            assert left_db == pytest.approx(right_db, abs=0.1)
            assert left_db > -30
        elif speaker.startswith("L"):
            assert left_db > right_db + 30
        else:
            assert right_db > left_db + 30


@given(st.lists(st.sampled_from(["L", "R", "C", "LFE", "Ls", "Rss", "Cs", "top"]), max_size=8))
def test_channels_at_full_scale_are_full_scale_and_no_more_when_mixed_down(layout):
    matrix = two_channels(tuple(layout))
    if len(layout) < 3:
        assert matrix is None
    else:
        assert matrix.shape == (len(layout), 2)
        assert (matrix >= 0).all()
        assert matrix.sum(axis=0).max() <= 1.0 + 1e-6


def test_one_channel_stays_one(tmp_path):
    assert heard(excerpt(write(tmp_path, chirp(channels=1)), start_s=1.0))[0].shape[1] == 1


# --- where it lies ---------------------------------------------------------------------------


def test_where_the_file_ends_the_excerpt_ends(tmp_path):
    path = write(tmp_path, chirp(8.0))
    piece = excerpt(path, start_s=6.5)
    assert piece.duration_s == pytest.approx(1.5, abs=1e-4)
    assert len(heard(piece)[0]) == pytest.approx(1.5 * RATE, abs=1)


def test_what_is_shorter_than_asked_for_is_heard_whole(tmp_path):
    for seconds in (1 / RATE, 0.01, 0.3):
        piece = excerpt(write(tmp_path, chirp(seconds + 1e-9)), start_s=0.0)
        assert piece.duration_s == pytest.approx(seconds, abs=1e-4)
        assert piece.data


@pytest.mark.parametrize("work", [excerpt, excerpt_isolated])
@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "m4a"])
def test_a_place_behind_the_end_is_a_setting_error_that_tells_the_end(tmp_path, suffix, work):
    path, _ = written(tmp_path, suffix, 4.0)
    with pytest.raises(SettingError, match=r"start_s=99: .*chirp\..* ends at 4\.\d s"):
        work(path, start_s=99)


def test_a_header_that_promises_more_than_there_is_is_found_out(tmp_path):
    path = write(tmp_path, chirp(4.0), subtype="PCM_16")
    os.truncate(path, path.stat().st_size // 2)
    assert excerpt(path, start_s=1.0).duration_s == pytest.approx(1.0, abs=0.01)
    with pytest.raises(SettingError, match=r"start_s=3\.0"):
        excerpt(path, start_s=3.0)


def test_a_stream_that_does_not_tell_its_length_is_read_to_its_end(tmp_path, monkeypatch):
    path = write(tmp_path, chirp(4.0))
    monkeypatch.setattr("yotokit.audio.reading.sndfile._UNKNOWN_FRAMES", 0)
    assert excerpt(path, start_s=3.0).duration_s == pytest.approx(1.0, abs=1e-4)
    with pytest.raises(SettingError, match=r"ends at 4\.0 s"):
        excerpt(path, start_s=5.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"start_s": -1.0},
        {"start_s": math.nan},
        {"start_s": math.inf},
        {"start_s": "1"},
        {"start_s": None},
        {"start_s": 1e9},
        {"duration_s": 0.0},
        {"duration_s": 31.0},
        {"duration_s": math.nan},
        {"duration_s": "x"},
        {"gain_db": math.nan},
        {"gain_db": 1e6},
        {"gain_db": "x"},
        {"limiter_dbtp": 3.0},
        {"limiter_dbtp": "x"},
    ],
)
def test_numbers_that_make_no_sense_are_refused(tmp_path, wrong):
    with pytest.raises(SettingError):
        excerpt(write(tmp_path, chirp(1.0)), **({"start_s": 0.0} | wrong))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 99), st.integers(1, 60))
def test_the_loudest_span_is_the_loudest(tmp_path_factory, seed, tenths):
    random = np.random.default_rng(seed)
    loudness = measure(write_tone(tmp_path_factory.mktemp("span") / "a.wav", duration_s=0.5))
    steps = random.uniform(0, 1, 50) ** 4
    object.__setattr__(loudness, "step_power", steps)
    start = round(loudest_span(loudness, tenths / 10) * 10)
    means = [steps[at : at + tenths].mean() for at in range(max(1, 50 - tenths + 1))]
    assert means[start] == pytest.approx(max(means))


def test_the_loudest_span_of_silence_and_of_little_is_at_the_beginning(tmp_path):
    silent = measure(write(tmp_path, np.zeros((20 * RATE, 1)), name="silent.wav"))
    short = measure(write(tmp_path, chirp(0.05), name="short.wav"))
    assert loudest_span(silent) == 0.0
    assert loudest_span(short) == 0.0
    assert loudest_span(silent, 0.01) == 0.0


# --- what nobody wants -----------------------------------------------------------------------


def test_silence_is_silence(tmp_path):
    path = write(tmp_path, np.zeros((9 * RATE, 2)))
    for limiter_dbtp in (None, -1.0):
        piece = excerpt(path, start_s=1.0, gain_db=40.0, limiter_dbtp=limiter_dbtp)
        assert np.abs(heard(piece)[0]).max() < 1e-6


@pytest.mark.parametrize("work", [excerpt, excerpt_isolated])
def test_what_is_no_sound_is_a_typed_error(tmp_path, work):
    (tmp_path / "text.mp3").write_text("Once upon a time.\n" * 99)
    signal = chirp(4.0)
    signal[3 * RATE] = np.nan
    broken = write(tmp_path, signal, name="nan.wav")
    empty = write(tmp_path, signal[:0], name="empty.wav")
    for path, kind in (
        (tmp_path / "gone.wav", MissingFileError),
        (tmp_path / "text.mp3", UnreadableAudioError),
        (broken, NonFiniteAudioError),
        (empty, EmptyAudioError),
    ):
        with pytest.raises(kind):
            work(path, start_s=0.0)
    assert work(broken, start_s=0.0, duration_s=1.0).duration_s == 1.0


@pytest.mark.parametrize("suffix", ["flac", "mp3", "ogg", "opus", "m4a", "aac", "wma"])
def test_a_damaged_file_gives_an_excerpt_or_a_typed_error(tmp_path, suffix):
    path, _ = written(tmp_path, suffix, 6.0)
    whole = path.read_bytes()
    random = np.random.default_rng(7)
    for _ in range(25):
        data = bytearray(whole)
        for place in random.integers(0, len(data), 12):
            data[place] = random.integers(256)
        path.write_bytes(data[: random.integers(len(data) // 2, len(data))])
        with suppress(AudioError, SettingError):
            piece = excerpt(path, start_s=2.5, duration_s=1.0, gain_db=3.0, limiter_dbtp=-1.0)
            assert np.isfinite(heard(piece)[0]).all()


def test_memory_does_not_grow_with_the_file(tmp_path):
    peaks = []
    for minutes in (1, 12):
        path = tmp_path / f"{minutes}.flac"
        with sf.SoundFile(path, "w", RATE, 2) as file:
            for _ in range(minutes * 6):
                file.write(chirp(10.0))
        tracemalloc.start()
        try:
            excerpt(path, start_s=minutes * 60 - 20.0, gain_db=6.0, limiter_dbtp=-1.0)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert max(peaks) < 40e6
    assert peaks[1] < 1.1 * peaks[0]


def test_what_progress_raises_ends_the_work(tmp_path):
    path = write(tmp_path, chirp())
    for work in (excerpt, excerpt_isolated):
        with pytest.raises(KeyboardInterrupt):
            work(path, start_s=0.0, progress=lambda _: (_ for _ in ()).throw(KeyboardInterrupt))


def test_a_library_that_writes_no_mp3_is_a_typed_error(tmp_path, monkeypatch):
    monkeypatch.setattr("yotokit.audio.writing.mp3._FORM", {"format": "CD"})
    with pytest.raises(AudioError, match="gives no excerpt"):
        excerpt(write(tmp_path, chirp()), start_s=0.0)


# --- in a process of its own -----------------------------------------------------------------


def test_a_process_of_its_own_gives_the_same_bytes(tmp_path):
    path = write(tmp_path, peaky())
    how = {"start_s": 3.0, "duration_s": 2.0, "gain_db": 6.0, "limiter_dbtp": -1.0}
    assert excerpt_isolated(path, **how) == excerpt(path, **how)


def forged(**changes):
    answer = {
        "data": {"bytes": "SUQz"},
        "media_type": "audio/mpeg",
        "start_s": 0.0,
        "duration_s": 1.0,
    } | changes
    return f"import sys; sys.stdout.write({json.dumps({'result': answer})!r} + chr(10))"


@pytest.mark.parametrize(
    "changes",
    [
        {"media_type": "text/html"},
        {"data": {"bytes": ""}},
        {"data": {"bytes": "#"}},
        {"data": {"bytes": 3}},
        {"data": "SUQz"},
        {"start_s": "<script>"},
        {"start_s": math.nan},
        {"start_s": 3.0},
        {"duration_s": math.inf},
        {"duration_s": -1.0},
        {"duration_s": 31},
    ],
)
def test_a_forged_answer_is_not_believed(tmp_path, monkeypatch, changes):
    path = write_tone(tmp_path / "tone.wav")
    monkeypatch.setattr(process, "_PROGRAM", forged())
    assert excerpt_isolated(path, start_s=0.0).data == b"ID3"
    monkeypatch.setattr(process, "_PROGRAM", forged(**changes))
    with pytest.raises(IsolationError, match="nonsense"):
        excerpt_isolated(path, start_s=0.0)


def test_more_bytes_than_an_excerpt_has_are_not_believed(tmp_path, monkeypatch):
    program = forged(data={"bytes": "MUCH"}).replace("MUCH", "' + 'AAAA' * 700_000 + '")
    monkeypatch.setattr(process, "_PROGRAM", program)
    with pytest.raises(IsolationError, match="nonsense"):
        excerpt_isolated(write_tone(tmp_path / "tone.wav"), start_s=0.0)


def test_a_decoder_that_crashes_costs_the_excerpt_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(
        process,
        "_PROGRAM",
        "print('{\"progress\": 0}', flush=True); import ctypes; ctypes.string_at(0)",
    )
    with pytest.raises(DecoderCrashedError):
        excerpt_isolated(write_tone(tmp_path / "tone.wav"), start_s=0.0)
