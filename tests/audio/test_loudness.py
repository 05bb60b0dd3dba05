from __future__ import annotations

import math
import warnings
from itertools import pairwise

import numpy as np
import pyloudnorm
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter, resample, resample_poly
from sound import write_tone

from yotokit.audio import measure, programme_lufs
from yotokit.audio.measuring.clipping import ClipFinder
from yotokit.audio.measuring.k_weighting import k_weighting
from yotokit.audio.measuring.power import PowerMeter
from yotokit.audio.measuring.true_peak import TruePeakMeter
from yotokit.audio.measuring.weights import channel_weights
from yotokit.audio.reading.channels import usual_layout

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
    # Its high-pass keeps the numerator of 48 kHz at every rate, which is 0.05 dB too much there.
    tolerance = 0.06 if rate == 22_050 else 0.05
    assert measure(path).integrated_lufs == pytest.approx(expected, abs=tolerance)


def test_a_sine_at_997_hz_reads_what_the_standard_says(tmp_path):
    """BS.1770-5: 0 dBFS at 997 Hz in one channel of two reads -3.01 LKFS."""
    tone = np.sin(2 * np.pi * 997 * np.arange(20 * RATE) / RATE)
    path = tmp_path / "sine.wav"
    sf.write(path, np.stack([tone, 0 * tone], axis=1), RATE, subtype="FLOAT")

    assert measure(path).integrated_lufs == pytest.approx(-3.01, abs=0.02)


def power_of(signal: np.ndarray, rate: int, cuts: list[int]) -> PowerMeter:
    meter = PowerMeter(rate, np.ones(signal.shape[1]))
    start = number = 0
    while start < len(signal):
        size = cuts[number % len(cuts)]
        meter.add(signal[start : start + size])
        start, number = start + size, number + 1
    meter.finish()
    return meter


@settings(max_examples=40, deadline=None)
@given(
    cuts=st.lists(st.integers(1, 200_000), min_size=1, max_size=12),
    rate=st.sampled_from([11_025, 44_100]),
)
def test_however_a_stream_is_cut_its_power_is_the_same_to_the_last_bit(cuts, rate):
    signal = programme(3.0, 2, seed=5, rate=rate)
    whole, cut = power_of(signal, rate, [len(signal)]), power_of(signal, rate, cuts * 300)

    np.testing.assert_array_equal(cut.step_power(), whole.step_power())
    assert cut.max_momentary_power == whole.max_momentary_power > 0
    assert cut.max_short_term_power == whole.max_short_term_power > 0
    assert len(whole.step_power()) == 30


@pytest.mark.parametrize("rate", [4_000, 8_001, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_filtering_blocks_is_filtering_sample_by_sample(rate):
    signal = programme(3.1, 2, seed=rate, rate=rate) + np.float32(0.1)
    weighted = signal.astype(np.float64)
    for b, a in k_weighting(rate):
        weighted = lfilter(b, a, weighted, axis=0)
    squares = (weighted**2).sum(axis=1)
    borders = [(step * rate + 5) // 10 for step in range(31)]
    expected = [squares[i:j].sum() * 10 / rate for i, j in pairwise(borders)]

    measured = power_of(signal, rate, [len(signal)]).step_power()
    np.testing.assert_allclose(measured[:30], expected, rtol=1e-4, atol=1e-11)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 88_200, 96_000, 192_000])
def test_a_tone_is_as_loud_at_every_sample_rate(rate):
    def power(rate: int) -> float:
        tone = 0.1 * np.sin(2 * np.pi * 500 * np.arange(rate * 2) / rate)
        return power_of(tone[:, None].astype(np.float32), rate, [rate]).step_power()[5:].mean()

    assert 10 * math.log10(power(rate) / power(48_000)) == pytest.approx(0.0, abs=0.03)


def test_silence_behind_a_loud_passage_is_silent():
    signal = np.zeros((RATE * 30, 1), dtype=np.float32)
    signal[:RATE] = programme(1.0, 1, seed=3)
    steps = power_of(signal, RATE, [len(signal)]).step_power()

    assert steps[:10].max() > 1e-7
    assert steps[20:].max() < 1e-20


def peak_of(signal: np.ndarray, cuts: int = 7919) -> TruePeakMeter:
    meter = TruePeakMeter(signal.shape[1])
    for start in range(0, len(signal), cuts):
        meter.add(signal[start : start + cuts])
    meter.finish()
    return meter


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("seed", range(4))
def test_true_peak_is_that_of_oversampling_everything(rate, seed):
    signal = programme(4.0, 2, seed=seed, rate=rate)
    reference = np.abs(resample_poly(signal.astype(np.float64), 4, 1, axis=0)).max()

    assert 20 * math.log10(peak_of(signal).peak / reference) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("seed", range(4))
def test_true_peak_below_nine_tenths_of_the_band_is_the_curves_own_within_a_tenth_db(seed):
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(8192))
    spectrum[int(0.9 * len(spectrum)) :] = 0.0
    signal = np.fft.irfft(spectrum) * np.hanning(8192)
    curve = np.abs(resample(np.pad(signal, 512), 32 * (8192 + 1024))).max()

    measured = peak_of(signal[:, None].astype(np.float32)).peak
    assert 20 * math.log10(measured / curve) == pytest.approx(0.0, abs=0.1)


@settings(max_examples=30, deadline=None)
@given(cut=st.integers(1, 100_000), seed=st.integers(0, 5))
def test_however_a_stream_is_cut_its_true_peak_is_the_same(cut, seed):
    signal = programme(1.0, 2, seed=seed, rate=16_000)
    whole, cut_up = peak_of(signal, len(signal)), peak_of(signal, cut)

    assert 20 * math.log10(cut_up.peak / whole.peak) == pytest.approx(0.0, abs=0.001)
    assert cut_up.peak_frame == whole.peak_frame
    assert cut_up.sample_peak == whole.sample_peak == np.abs(signal).max()


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_skipping_gives_exactly_the_peak_of_interpolating_every_stretch(monkeypatch, channels):
    signal = np.random.default_rng(9).uniform(-0.5, 0.5, (RATE, channels)).astype(np.float32)
    skipping = peak_of(signal)
    judged = TruePeakMeter._bounds

    def without_bounds(self, piece, stretches):
        level, bound = judged(self, piece, stretches)
        return level, np.full_like(bound, np.inf)

    monkeypatch.setattr(TruePeakMeter, "_bounds", without_bounds)
    complete = peak_of(signal)

    assert skipping.peak == pytest.approx(complete.peak, rel=1e-6)
    assert skipping.peak_frame == complete.peak_frame
    assert complete.peak > complete.sample_peak


def test_the_place_of_the_peak_is_told_to_the_sample():
    signal = np.zeros((RATE, 2), dtype=np.float32)
    signal[31_234, 1] = 0.5
    meter = peak_of(signal)

    assert meter.peak_frame == 31_234
    assert meter.peak == pytest.approx(0.5)


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(1, 5000), at=st.integers(0, 15_990), length=st.integers(1, 9))
def test_three_samples_at_full_scale_are_a_clipped_span_and_two_are_not(cut, at, length):
    signal = np.zeros((16_000, 2), dtype=np.float32)
    signal[at : at + length, 1] = 32767 / 32768
    finder = ClipFinder(8_000, 2)
    for start in range(0, len(signal), cut):
        block = signal[start : start + cut]
        finder.add(block, np.abs(block).max(), start)

    spans = finder.spans_s()
    if length < 3:
        assert spans.shape == (0, 2)
    else:
        assert len(spans) == 1
        assert spans[0, 0] <= at / 8_000 < spans[0, 1]


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


def test_the_low_frequency_channel_of_5_1_counts_nothing_wherever_it_stands():
    assert channel_weights(usual_layout(6)).tolist() == [1, 1, 1, 0, 1.41, 1.41]
    assert channel_weights(("L", "LFE", "Ls", "R")).tolist() == [1, 0, 1.41, 1]
    assert channel_weights(("L", "R", "LFE")).tolist() == [1, 1, 0]


def test_the_back_channels_of_7_1_count_as_front_ones_because_the_sides_have_their_own():
    weights = dict(zip(usual_layout(8), channel_weights(usual_layout(8)), strict=True))

    assert weights["Lss"] == weights["Rss"] == 1.41
    assert weights["Ls"] == weights["Rs"] == 1.0


def test_mono_is_one_channel_and_two_when_asked_for(tmp_path):
    path = write_tone(tmp_path / "tone.wav", duration_s=2)

    assert channel_weights(usual_layout(1)).tolist() == [1]
    difference = measure(path, dual_mono=True).integrated_lufs - measure(path).integrated_lufs
    assert difference == pytest.approx(3.01, abs=0.01)


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
    assert loudness.plot(figure.axes[0]) is figure


def labels(figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_a_figure_shows_target_range_peak_and_what_was_clipped(tmp_path):
    sweep = np.linspace(0.1, 1.5, 12 * RATE) * np.sin(np.arange(12 * RATE) / 30)
    sf.write(tmp_path / "hot.wav", np.clip(sweep, -1, 1), RATE)
    loudness = measure(tmp_path / "hot.wav")
    figure = loudness.plot(target_lufs=-16.0, after=loudness)

    told = " | ".join(labels(figure))
    for words in ("target -16.0 LUFS", "range (LRA)", "true peak", "clipped,", "after"):
        assert words in told
    (start_s, end_s), *_ = loudness.clipped_s
    assert 6.0 < start_s < end_s <= 12.0


@pytest.mark.parametrize("name", ["$money_$.wav", "100%.wav", "tab\there.wav", "\u2600\ufe0f.wav"])
def test_a_file_of_any_name_can_be_drawn(tmp_path, name):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        loudness = measure(write_tone(tmp_path / name, duration_s=4))

        assert loudness.plot()._repr_png_()


def test_silence_and_a_single_sample_can_be_drawn(tmp_path):
    sf.write(tmp_path / "silence.wav", np.zeros(RATE), RATE)
    sf.write(tmp_path / "one.wav", [0.5], RATE)

    for name in ("silence", "one"):
        assert measure(tmp_path / f"{name}.wav").plot(target_lufs=-16.0)._repr_png_()


def test_a_measurement_cannot_be_changed(tmp_path):
    loudness = measure(write_tone(tmp_path / "tone.wav", duration_s=5))

    for array in (loudness.momentary_lufs, loudness.step_power, loudness.clipped_s):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_thousands_of_clipped_spans_are_one_thing_to_draw(tmp_path):
    tone = 0.5 * np.sin(np.arange(1000 * 8_000) / 20)
    tone.reshape(-1, 1600)[:, :5] = 1.0
    sf.write(tmp_path / "hot.wav", tone, 8_000)
    loudness = measure(tmp_path / "hot.wav")
    (axes,) = loudness.plot().axes

    assert len(loudness.clipped_s) == 5000
    assert len(axes.collections) + len(axes.patches) < 10
