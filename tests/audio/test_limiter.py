from __future__ import annotations

import math

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly
from sound import write_tone

from yotokit.audio import Target, measure, normalize, plan_album, plan_limited, render
from yotokit.audio.reading.info import AudioInfo
from yotokit.audio.writing.limiter import Limiter
from yotokit.errors import AudioError

RATE = 44_100


def spiky(seconds: float, seed: int, level: float = 0.03, channels: int = 2) -> np.ndarray:
    """Return quiet noise with short loud bursts: what no linear gain brings to a target."""
    random = np.random.default_rng(seed)
    signal = random.standard_normal((int(seconds * RATE), channels)) * level
    for start in random.integers(0, len(signal) - 60, int(seconds * 3)):
        length = random.integers(1, 50)
        signal[start : start + length] += random.uniform(-0.8, 0.8, (length, channels))
    return signal.astype(np.float32)


def oversampled_dbtp(signal: np.ndarray) -> float:
    return 20 * math.log10(np.abs(resample_poly(signal, 4, 1, axis=0)).max())


def limited(signal: np.ndarray, ceiling_dbtp: float, cuts: int) -> tuple[np.ndarray, Limiter]:
    info = AudioInfo("WAV", "FLOAT", RATE, signal.shape[1], len(signal), 24, ("L", "R"))
    limiter = Limiter(info, ceiling_dbtp)
    blocks = (signal[start : start + cuts] for start in range(0, len(signal), cuts))
    return np.concatenate(list(limiter.limited(blocks))), limiter


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    ceiling_dbtp=st.floats(-8.0, -1.0),
    cuts=st.integers(100, 70_000),
)
def test_a_limiter_gives_every_sample_back_and_never_turns_up(seed, ceiling_dbtp, cuts):
    signal = spiky(1.0, seed)
    result, limiter = limited(signal, ceiling_dbtp, cuts)
    whole, _ = limited(signal, ceiling_dbtp, len(signal))

    assert result.shape == signal.shape
    assert (np.abs(result) <= np.abs(signal) * (1 + 1e-6)).all()
    assert oversampled_dbtp(result) < ceiling_dbtp + 0.5  # render() checks, and goes lower
    assert limiter.gain_db().max() <= 0.0
    np.testing.assert_allclose(result, whole, atol=1e-6)


def test_what_stays_below_the_ceiling_is_not_touched():
    signal = spiky(1.0, 3) * np.float32(0.1)
    result, limiter = limited(signal, -1.5, 10_000)

    np.testing.assert_array_equal(result, signal)
    assert (limiter.gain_db() == 0.0).all()


def test_the_gain_falls_before_a_peak_and_rises_slowly_behind_it():
    signal = np.full((RATE, 2), 0.1, dtype=np.float32)
    signal[RATE // 2] = 1.0
    result, _ = limited(signal, -6.0, 5000)
    gain_db = 20 * np.log10(result[:, 0] / signal[:, 0])

    peak = RATE // 2
    assert gain_db[peak] <= -6.0
    assert gain_db[peak - RATE // 50] == 0.0
    assert gain_db[peak - 64] < -2.0
    assert -5.5 < gain_db[peak + RATE // 40] < -2.5
    assert gain_db[peak + RATE // 8] == 0.0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("target", [Target(-16, -1.5, limiter=True), Target(-14, -3, limiter=True)])
def test_a_limited_file_reaches_the_target_and_never_passes_the_ceiling(tmp_path, seed, target):
    sf.write(tmp_path / "spiky.wav", spiky(8.0, seed, 0.06), RATE, subtype="FLOAT")
    before = measure(tmp_path / "spiky.wav")
    plan = plan_limited(before, target)
    rendered = render(
        before.path, tmp_path / "out.flac", plan.gain_db, limiter_dbtp=plan.limiter_dbtp
    )

    samples, _ = sf.read(rendered.path)
    after = measure(rendered.path)
    assert plan.limited_by == "limiter"
    assert oversampled_dbtp(samples) <= target.ceiling_dbtp
    assert after.integrated_lufs == pytest.approx(target.lufs, abs=0.2)
    assert rendered.integrated_lufs == pytest.approx(after.integrated_lufs, abs=0.01)
    assert rendered.limiter_gain_db.min() < -1.0
    assert len(rendered.limiter_gain_db) == pytest.approx(80, abs=1)


def test_a_limiter_turns_down_by_twelve_db_at_most(tmp_path):
    signal = np.zeros((RATE * 4, 1), dtype=np.float32)
    signal += np.random.default_rng(1).standard_normal(signal.shape).astype(np.float32) * 1e-3
    signal[1000] = 0.9
    sf.write(tmp_path / "click.wav", signal, RATE, subtype="FLOAT")
    before = measure(tmp_path / "click.wav")
    plan = plan_limited(before, Target(limiter=True))

    assert before.true_peak_dbtp + plan.gain_db == pytest.approx(-1.5 - 0.35 + 12.0, abs=0.01)


def test_where_limiting_brings_nothing_nearer_the_linear_gain_is_taken(tmp_path):
    """A knock a second is all peak: turned down, it is quieter, and more gain does not help."""
    time_s = np.arange(RATE * 10) / RATE
    knocks = np.sin(2 * np.pi * 500 * time_s) * 0.9 * np.where(time_s % 1 < 0.02, 1.0, 0.02)
    sf.write(tmp_path / "knocks.wav", knocks, RATE)
    linear, limited = (
        normalize(
            tmp_path / "knocks.wav", tmp_path / str(limiter), target=Target(-14, limiter=limiter)
        )[0]
        for limiter in (False, True)
    )

    assert abs(limited.integrated_lufs + 14) <= abs(linear.integrated_lufs + 14) + 0.01


def test_a_file_that_reaches_the_target_anyway_gets_no_limiter(tmp_path):
    path = write_tone(tmp_path / "tone.wav", duration_s=2)
    plan = plan_limited(measure(path), Target(limiter=True))

    assert plan.limiter_dbtp is plan.limited_by is None


def test_a_result_above_the_ceiling_never_takes_its_place(tmp_path, monkeypatch):
    monkeypatch.setattr("yotokit.audio.writing.render._METERS_DIFFER_DB", 30.0)
    monkeypatch.setattr("yotokit.audio.writing.render._MOST_TRIALS", 1)
    sf.write(tmp_path / "spiky.wav", spiky(1.0, 5), RATE)
    (tmp_path / "out.flac").write_bytes(b"of another day")
    with pytest.raises(AudioError, match="limiter does not bring below"):
        render(tmp_path / "spiky.wav", tmp_path / "out.flac", 9.0, limiter_dbtp=-1.5)

    assert (tmp_path / "out.flac").read_bytes() == b"of another day"


def test_a_mono_file_counted_twice_reaches_the_target_counted_twice(tmp_path):
    sf.write(tmp_path / "spiky.wav", spiky(6.0, 5, 0.06)[:, :1], RATE)
    target = Target(limiter=True)
    (result,) = normalize(tmp_path / "spiky.wav", tmp_path / "o", target=target, dual_mono=True)

    assert result.plan.limited_by == "limiter"
    assert result.integrated_lufs == pytest.approx(-16.0, abs=0.2)
    assert measure(result.rendered.path).integrated_lufs == pytest.approx(-19.0, abs=0.2)


def test_the_gain_curve_takes_ten_values_a_second_however_long_the_file(tmp_path):
    signal = spiky(7.3, 2)
    _, limiter = limited(signal, -6.0, 9999)

    assert len(limiter.gain_db()) == 73
    assert limiter.gain_db().min() < -1.0


def test_limited_bytes_are_the_same_each_time(tmp_path):
    sf.write(tmp_path / "spiky.wav", spiky(2.0, 5), RATE)
    first, second = (
        render(tmp_path / "spiky.wav", tmp_path / name, 9.0, limiter_dbtp=-1.5).sha256
        for name in ("a.flac", "b.flac")
    )

    assert first == second


def test_normalize_with_a_limiter_draws_its_gain(tmp_path):
    sf.write(tmp_path / "spiky.wav", spiky(4.0, 5, 0.06), RATE)
    (result,) = normalize(tmp_path / "spiky.wav", tmp_path / "out", target=Target(limiter=True))
    figure = result.plot(target_lufs=-16.0)

    assert result.integrated_lufs == pytest.approx(-16.0, abs=0.2)
    assert [axes.get_ylabel() for axes in figure.axes] == ["loudness (LUFS)", "limiter (dB)"]
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_an_album_with_a_limiter_gets_the_gain_that_its_highest_peak_forbids(tmp_path):
    for number, level in enumerate([0.3, 1.0]):
        sf.write(tmp_path / f"{number}.wav", spiky(4.0, number) * np.float32(level), RATE)
    parts = [measure(tmp_path / f"{number}.wav") for number in range(2)]
    linear = plan_album(parts, Target())
    plan = plan_album(parts, Target(limiter=True))

    assert linear.limited_by == "true_peak"
    assert plan.limited_by == "limiter"
    assert plan.gain_db > linear.gain_db
    assert plan.limiter_dbtp == -1.5
