from __future__ import annotations

import math

import numpy as np
import pyloudnorm
import pytest
import soundfile as sf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly
from sound import write_tone

from yotokit.audio import measure, programme_lufs
from yotokit.audio.meter import PowerMeter, channel_weights
from yotokit.audio.true_peak import TruePeakMeter

RATE = 48_000


def programme(seconds: float, channels: int, seed: int, rate: int = RATE) -> np.ndarray:
    """Return noise in changing colors and levels, with pauses: like a radio play."""
    random = np.random.default_rng(seed)
    pieces = []
    while sum(map(len, pieces)) < seconds * rate:
        noise = random.standard_normal((int(random.uniform(0.3, 3.0) * rate), channels))
        smooth = np.cumsum(noise, axis=0)
        smooth -= smooth.mean(axis=0)
        mixed = noise + random.uniform(0, 0.3) * smooth
        pieces.append(mixed / np.abs(mixed).max() * 10 ** (random.uniform(-60, -1) / 20))
        if random.random() < 0.3:
            pieces.append(np.zeros((int(random.uniform(0.2, 1.5) * rate), channels)))
    return np.concatenate(pieces)[: int(seconds * rate)].astype(np.float32)


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_integrated_loudness_is_pyloudnorms_within_a_twentieth_lu(tmp_path, rate, channels):
    signal = programme(20.0, channels, seed=rate + channels, rate=rate)
    path = tmp_path / "programme.wav"
    sf.write(path, signal, rate, subtype="FLOAT")

    expected = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(
        signal.astype(np.float64)
    )
    assert measure(path).integrated_lufs == pytest.approx(expected, abs=0.05)


def test_a_sine_at_997_hz_reads_what_the_standard_says(tmp_path):
    """BS.1770-5: 0 dBFS at 997 Hz in one channel of two reads -3.01 LKFS."""
    tone = np.sin(2 * np.pi * 997 * np.arange(20 * RATE) / RATE)
    path = tmp_path / "sine.wav"
    sf.write(path, np.stack([tone, 0 * tone], axis=1), RATE, subtype="FLOAT")

    assert measure(path).integrated_lufs == pytest.approx(-3.01, abs=0.02)


def test_quiet_passages_are_gated_as_tech_3341_case_3_has_it(tmp_path):
    """10 s at -36, 60 s at -23, 10 s at -36 dBFS, stereo, 1 kHz: -23.0 LUFS."""
    levels = np.repeat([-36.0, -23.0, -36.0], [10 * RATE, 60 * RATE, 10 * RATE])
    tone = np.sin(2 * np.pi * 1000 * np.arange(len(levels)) / RATE) * 10 ** (levels / 20)
    path = tmp_path / "case3.wav"
    sf.write(path, np.stack([tone, tone], axis=1), RATE, subtype="PCM_24")

    assert measure(path).integrated_lufs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize(
    ("first", "second", "expected"), [(-20, -30, 10), (-20, -15, 5), (-40, -20, 20)]
)
def test_loudness_range_is_that_of_tech_3342_cases_1_to_3(tmp_path, first, second, expected):
    levels = np.repeat([float(first), float(second)], 20 * RATE)
    tone = np.sin(2 * np.pi * 1000 * np.arange(len(levels)) / RATE) * 10 ** (levels / 20)
    path = tmp_path / "range.wav"
    sf.write(path, np.stack([tone, tone], axis=1), RATE, subtype="PCM_24")

    assert measure(path).range_lu == pytest.approx(expected, abs=1.0)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cuts=st.lists(st.integers(50, 30_000), min_size=1, max_size=12),
    rate=st.sampled_from([11_025, 44_100]),
)
def test_however_a_stream_is_cut_the_power_of_its_steps_is_the_same(cuts, rate):
    signal = programme(3.0, 2, seed=5, rate=rate)
    whole, cut = PowerMeter(rate, 2), PowerMeter(rate, 2)
    whole.add(signal)
    start = 0
    while start < len(signal):
        size = cuts[start % len(cuts)]
        cut.add(signal[start : start + size])
        start += size

    np.testing.assert_allclose(cut.step_power(), whole.step_power(), rtol=1e-9, atol=1e-20)
    assert len(whole.step_power()) == 30


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("seed", range(4))
def test_true_peak_is_that_of_oversampling_everything(rate, seed):
    signal = programme(4.0, 2, seed=seed, rate=rate)
    meter = TruePeakMeter(rate, 2)
    for start in range(0, len(signal), 7919):
        meter.add(signal[start : start + 7919])
    meter.finish()

    factor = 4 if rate < 80_000 else 2
    reference = np.abs(resample_poly(signal.astype(np.float64), factor, 1, axis=0)).max()
    assert 20 * math.log10(meter.peak / reference) == pytest.approx(0.0, abs=0.2)


def test_skipping_gives_exactly_the_peak_of_interpolating_every_stretch(monkeypatch):
    signal = np.random.default_rng(9).uniform(-0.5, 0.5, (RATE, 1)).astype(np.float32)
    skipping, complete = TruePeakMeter(RATE, 1), TruePeakMeter(RATE, 1)
    skipping.add(signal)
    monkeypatch.setattr(
        TruePeakMeter,
        "_bounds",
        staticmethod(lambda s, intervals, c: np.full(-(-intervals // 32), np.inf, np.float32)),
    )
    complete.add(signal)

    assert skipping.peak == complete.peak > skipping.sample_peak


def test_a_peak_between_samples_is_found(tmp_path):
    """A quarter-rate sine sampled 45 degrees off its crest peaks 3.01 dB above its samples."""
    tone = np.sin(np.pi / 2 * np.arange(RATE) + np.pi / 4) * 0.5
    tone *= np.minimum(1.0, np.minimum(np.arange(RATE), np.arange(RATE)[::-1]) / 4800)
    path = tmp_path / "quarter.wav"
    sf.write(path, tone, RATE, subtype="FLOAT")
    loudness = measure(path)

    assert loudness.sample_peak_dbfs == pytest.approx(-9.03, abs=0.01)
    assert loudness.true_peak_dbtp == pytest.approx(-6.02, abs=0.1)


def test_silence_has_no_loudness_and_says_so(tmp_path):
    path = tmp_path / "silence.wav"
    sf.write(path, np.zeros(RATE * 2), RATE)
    loudness = measure(path)

    assert loudness.integrated_lufs == loudness.true_peak_dbtp == -math.inf
    assert loudness.range_lu == 0.0
    assert "silent" in loudness.notes[0]
    assert "nan" not in loudness._repr_html_()


@pytest.mark.parametrize("frames", [1, 100, int(0.39 * RATE)])
def test_less_than_one_gating_block_has_no_loudness_and_says_so(tmp_path, frames):
    path = tmp_path / "short.wav"
    sf.write(path, np.full(frames, 0.5), RATE)
    loudness = measure(path)

    assert loudness.integrated_lufs == -math.inf
    assert "0.4 s" in loudness.notes[0]
    assert loudness.true_peak_dbtp >= -6.1


def test_the_same_file_measures_the_same_to_the_last_bit(tmp_path):
    path = write_tone(tmp_path / "tone.ogg", duration_s=5, rate=44_100, channels=2)
    first, second = measure(path), measure(path)

    assert first.to_dict() == second.to_dict()
    np.testing.assert_array_equal(first.step_power, second.step_power)


def test_several_files_as_a_programme_are_as_loud_as_joined(tmp_path):
    fade = np.minimum(1.0, np.minimum(np.arange(15 * RATE), np.arange(15 * RATE)[::-1]) / 4800)
    parts = [programme(15.0, 2, seed) * fade[:, None] for seed in (1, 2, 3)]
    for number, part in enumerate(parts):
        sf.write(tmp_path / f"{number}.wav", part, RATE, subtype="FLOAT")
    sf.write(tmp_path / "joined.wav", np.concatenate(parts), RATE, subtype="FLOAT")
    separate = [measure(tmp_path / f"{number}.wav") for number in range(3)]

    joined = measure(tmp_path / "joined.wav").integrated_lufs
    assert programme_lufs(separate) == pytest.approx(joined, abs=0.05)
    assert programme_lufs([]) == -math.inf


def test_the_low_frequency_channel_of_5_1_counts_nothing():
    assert channel_weights(6).tolist() == [1, 1, 1, 0, 1.41, 1.41]
    assert channel_weights(1).tolist() == [1]


def test_progress_is_told_and_what_it_raises_ends_the_measurement(tmp_path):
    path = write_tone(tmp_path / "tone.wav", duration_s=20)
    told = []
    measure(path, progress=told.append)

    assert told == sorted(told)
    assert told[-1] == 1.0
    with pytest.raises(ZeroDivisionError):
        measure(path, progress=lambda share: 1 / 0)


def test_a_measurement_can_be_plotted_and_is_shown_as_a_picture(tmp_path):
    loudness = measure(write_tone(tmp_path / "tone.wav", duration_s=5))
    figure = loudness.plot(target_lufs=-16.0)

    assert figure._repr_png_().startswith(b"\x89PNG")
    assert "target -16.0 LUFS" in [text.get_text() for text in figure.axes[0].get_legend().texts]
    assert loudness.plot(figure.axes[0]) is figure
