from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st
from sound import write_tone

from yotokit.audio import SAMPLES, make_samples, measure, measure_isolated
from yotokit.audio.isolation import process
from yotokit.audio.measuring import momentary
from yotokit.audio.measuring.measure import LoudnessMeter
from yotokit.audio.measuring.momentary import MomentaryTeller
from yotokit.audio.reading.info import AudioInfo
from yotokit.errors import IsolationError, NonFiniteAudioError


@pytest.fixture
def told_all(monkeypatch):
    """Have every block tell, however fast they come."""
    monkeypatch.setattr(momentary, "_PAUSE_S", 0.0)


@settings(max_examples=60, deadline=None)
@given(
    cuts=st.lists(st.integers(1, 150_000), min_size=1, max_size=9),
    looks=st.lists(st.booleans(), min_size=1, max_size=7),
    seconds=st.floats(0.0, 12.0),
    rate=st.sampled_from([8_000, 11_025, 44_100, 48_000]),
    seed=st.integers(0, 99),
)
def test_the_pieces_make_the_whole_curve_to_the_last_bit_however_the_stream_is_cut(
    cuts, looks, seconds, rate, seed
):
    random = np.random.default_rng(seed)
    signal = random.standard_normal((int(seconds * rate), 2)).astype(np.float32)
    signal *= np.repeat(random.uniform(0, 0.3, len(signal) // 999 + 1), 999)[: len(signal), None]
    meter = LoudnessMeter(AudioInfo("WAV", "FLOAT", rate, 2, 0, 24, ("L", "R")))
    pieces = [np.zeros(0, dtype=np.float32)]
    teller = MomentaryTeller(pieces.append, meter.new_step_power)
    teller._told_s = -np.inf
    start = number = 0
    while start < len(signal):
        meter.add(signal[start : start + cuts[number % len(cuts)]])
        start, number = start + cuts[number % len(cuts)], number + 1
        if looks[number % len(looks)]:
            teller._told_s = -np.inf  # as if it were long ago
            teller.look()
    meter.flush()
    teller.look(last=True)

    whole = meter.finish(None).momentary_lufs
    assert np.concatenate(pieces).tobytes() == whole.tobytes()
    assert all(len(piece) for piece in pieces[1:])


@pytest.mark.parametrize("work", [measure, measure_isolated])
@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".ogg"])
def test_files_of_every_format_tell_their_whole_curve(tmp_path, told_all, work, suffix):
    (path, *_) = make_samples(
        tmp_path, samples=tuple(s for s in SAMPLES if s.name.endswith(suffix))
    )
    pieces, lengths = [], []
    loudness = work(path, curve=pieces.append, length=lengths.append)

    assert np.concatenate(pieces).tobytes() == loudness.momentary_lufs.tobytes()
    assert lengths == [pytest.approx(loudness.duration_s)]
    assert {piece.dtype for piece in pieces} == {np.dtype(np.float32)}
    assert not any(piece.flags.writeable for piece in pieces)


def test_a_piece_comes_before_the_progress_that_has_others_look_at_it(tmp_path, told_all):
    order = []
    measure(
        write_tone(tmp_path / "tone.wav", duration_s=20.0),
        length=lambda _: order.append("length"),
        curve=lambda _: order.append("curve"),
        progress=lambda _: order.append("progress"),
    )
    assert order[:5] == ["length", *["curve", "progress"] * 2]


def test_pieces_come_ten_times_a_second_at_most(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("yotokit.audio.measuring.momentary.time.monotonic", lambda: now[0])
    path = write_tone(tmp_path / "tone.wav", duration_s=60.0)

    def pieces_where_a_block_takes(seconds):
        pieces = []

        def progress(_):
            now[0] += seconds

        measure(path, curve=pieces.append, progress=progress)
        return len(pieces)

    assert pieces_where_a_block_takes(0.0) == 2  # at once, and what is left at the end
    assert pieces_where_a_block_takes(0.04) == 6  # of fifteen blocks each third
    assert pieces_where_a_block_takes(0.2) == 15


def test_what_has_no_loudness_tells_nothing(tmp_path):
    pieces = []
    measure(write_tone(tmp_path / "short.wav", duration_s=0.3), curve=pieces.append)
    assert pieces == []


def test_silence_is_told_as_silence(tmp_path):
    sf.write(tmp_path / "silence.wav", np.zeros(48_000), 48_000)
    pieces = []
    measure(tmp_path / "silence.wav", curve=pieces.append)
    assert np.concatenate(pieces).tolist() == [-np.inf] * 7


@pytest.mark.parametrize("place", [65_535, 65_536, 100_000, 199_999])
def test_samples_that_are_no_numbers_are_never_told(tmp_path, told_all, place):
    signal = np.full(200_000, 0.1, dtype=np.float32)
    signal[place] = np.nan
    sf.write(tmp_path / "nan.wav", signal, 48_000, subtype="FLOAT")
    pieces = []
    with pytest.raises(NonFiniteAudioError):
        measure(tmp_path / "nan.wav", curve=pieces.append)
    assert not any(np.isnan(piece).any() for piece in pieces)


def test_what_a_listener_raises_ends_the_measurement(tmp_path):
    path = write_tone(tmp_path / "tone.wav", duration_s=9.0)
    for name in ("curve", "length"):
        for work in (measure, measure_isolated):
            with pytest.raises(ZeroDivisionError):
                work(path, **{name: lambda _: 1 / 0})


def test_a_stream_without_a_length_tells_none(tmp_path, monkeypatch):
    path = write_tone(tmp_path / "tone.wav")
    monkeypatch.setattr("yotokit.audio.reading.sndfile._UNKNOWN_FRAMES", 0)
    lengths = []
    measure(path, length=lengths.append)
    assert lengths == []


HOSTILE = {
    "a curve that is no text": {"curve": [1.0]},
    "a curve of half a value": {"curve": "AAAA"},
    "a curve that is no base64": {"curve": "#"},
    "a curve of no numbers": {"curve": "AADAfwAAwH8="},
    "a curve without bounds": {"curve": "AACAfw=="},
    "a length that is text": {"length": "long"},
    "a length that is no number": {"length": float("nan")},
    "a length without end": {"length": float("inf")},
    "a length beyond all numbers": {"length": 10**4000},
    "no length": {"length": 0},
    "a length before the beginning": {"length": -1.0},
}


@pytest.mark.parametrize("message", HOSTILE.values(), ids=HOSTILE)
def test_what_a_decoder_that_was_taken_over_tells_meanwhile_is_not_believed(
    tmp_path, monkeypatch, message
):
    line = json.dumps(message) + "\n"
    monkeypatch.setattr(process, "_PROGRAM", f"import sys; sys.stdout.write({line!r})")
    heard = []
    with pytest.raises(IsolationError, match="nonsense"):
        measure_isolated(write_tone(tmp_path / "tone.wav"), curve=heard.append, length=heard.append)
    assert heard == []
