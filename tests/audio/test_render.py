from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import resample_poly
from sound import write_tone

from yotokit.audio import (
    GainPlan,
    Loudness,
    Target,
    compare,
    make_samples,
    measure,
    normalize,
    plan_album,
    plan_track,
    render,
)
from yotokit.errors import AudioError, SettingError, UnreadableAudioError


def loudness(lufs: float, peak: float) -> Loudness:
    curve = np.zeros(0, dtype=np.float32)
    return Loudness(
        path=Path("x"),
        integrated_lufs=lufs,
        range_lu=5.0,
        range_low_lufs=lufs - 3.0,
        range_high_lufs=lufs + 2.0,
        true_peak_dbtp=peak,
        true_peak_s=0.0,
        sample_peak_dbfs=peak,
        max_momentary_lufs=lufs,
        max_short_term_lufs=lufs,
        duration_s=10.0,
        sample_rate_hz=44_100,
        channels=2,
        momentary_lufs=curve,
        short_term_lufs=curve,
        step_power=np.full(100, 10 ** ((lufs + 0.691) / 10)),
        clipped_s=np.zeros((0, 2)),
    )


@given(
    lufs=st.floats(-69, 0),
    peak=st.floats(-60, 6),
    target=st.floats(-40, -5),
    ceiling=st.floats(-20, 0),
)
def test_a_gain_reaches_the_target_or_the_ceiling_and_never_passes_either(
    lufs, peak, target, ceiling
):
    plan = plan_track(loudness(lufs, peak), Target(target, ceiling))

    assert peak + plan.gain_db <= ceiling + 1e-4
    if plan.limited_by is None:
        assert lufs + plan.gain_db == pytest.approx(target, abs=0.0051)
    else:
        assert plan.limited_by == "true_peak"
        assert peak + plan.gain_db == pytest.approx(ceiling, abs=0.0101)
        assert lufs + plan.gain_db < target + 0.01


def test_silence_gets_no_gain():
    assert plan_track(loudness(-np.inf, -np.inf), Target()) == GainPlan(0.0, "silence")
    assert plan_album([], Target()) == GainPlan(0.0, "silence", album=True)


def test_an_album_gets_one_gain_in_tenths_from_all_of_it():
    parts = [loudness(-30.0, -20.0), loudness(-20.03, -9.0)]
    plan = plan_album(parts, Target())

    assert plan.album
    assert plan.gain_db == pytest.approx(round(plan.gain_db, 1), abs=1e-12)
    assert -20.0 + plan.gain_db > -16.5  # the quiet half is gated away in part only
    assert plan_album([*parts, loudness(-20.0, -0.2)], Target()).limited_by == "true_peak"


@pytest.mark.parametrize(
    "value", [{"lufs": -3}, {"lufs": -60}, {"ceiling_dbtp": 1}, {"lufs": float("nan")}]
)
def test_a_target_that_makes_no_sense_is_refused(value):
    with pytest.raises(SettingError):
        Target(**value)


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "ogg", "aiff"])
@pytest.mark.parametrize("peak_dbfs", [-35.0, -0.1])
def test_a_rendered_file_is_as_loud_as_planned_by_an_independent_meter(tmp_path, suffix, peak_dbfs):
    path = write_tone(
        tmp_path / f"in.{suffix}", peak_dbfs=peak_dbfs, duration_s=4, rate=44_100, channels=2
    )
    before = measure(path)
    plan = plan_track(before, Target())
    rendered = render(path, tmp_path / "out.flac", plan.gain_db)

    signal, rate = sf.read(rendered.path)
    after = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(signal)
    peak = 20 * np.log10(np.abs(resample_poly(signal, 4, 1, axis=0)).max())
    assert after == pytest.approx(before.integrated_lufs + plan.gain_db, abs=0.1)
    assert peak <= -1.5 + 0.05


def test_the_same_input_gives_the_same_bytes_in_any_thread_and_order(tmp_path):
    path = write_tone(tmp_path / "in.wav", duration_s=3, channels=2)
    with ThreadPoolExecutor(4) as pool:
        results = list(
            pool.map(lambda n: render(path, tmp_path / f"{n}.flac", -3.21).sha256, range(12))
        )

    assert len(set(results)) == 1
    assert results[0] == hashlib.sha256((tmp_path / "3.flac").read_bytes()).hexdigest()


def test_a_gain_too_small_to_hear_passes_the_file_untouched(tmp_path):
    path = write_tone(tmp_path / "in.mp3", rate=44_100)
    rendered = render(path, tmp_path / "out.flac", 0.09)

    assert rendered.untouched
    assert rendered.path == path
    assert rendered.content_type == "audio/mpeg"
    assert not (tmp_path / "out.flac").exists()


def test_aiff_is_always_converted_because_the_service_refuses_it(tmp_path):
    path = write_tone(tmp_path / "in.aiff")
    rendered = render(path, tmp_path / "out.flac", 0.0)

    assert not rendered.untouched
    np.testing.assert_array_equal(sf.read(rendered.path)[0], sf.read(path)[0])


def test_flac_holds_as_many_bits_as_the_source(tmp_path):
    for subtype, expected in (("PCM_16", "PCM_16"), ("PCM_24", "PCM_24"), ("FLOAT", "PCM_24")):
        path = write_tone(tmp_path / f"{subtype}.wav", subtype=subtype)
        rendered = render(path, tmp_path / f"{subtype}.flac", 3.0)
        assert sf.info(rendered.path).subtype == expected


def test_a_file_that_breaks_off_leaves_no_output(tmp_path):
    path = write_tone(tmp_path / "in.flac", duration_s=10)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + bytes(range(256)) * 20)
    with pytest.raises(UnreadableAudioError):
        render(path, tmp_path / "out.flac", 3.0)

    assert not (tmp_path / "out.flac").exists()


def test_a_folder_that_is_gone_is_a_typed_error(tmp_path):
    path = write_tone(tmp_path / "in.wav")
    with pytest.raises(AudioError, match="cannot be normalized"):
        render(path, tmp_path / "gone" / "out.flac", 3.0)


def test_normalize_writes_files_at_the_target(tmp_path):
    paths = [write_tone(tmp_path / f"{n}.wav", peak_dbfs=-30 + n, duration_s=2) for n in range(3)]
    results = normalize(paths, tmp_path / "out", target=Target(-20.0))

    assert [result.rendered.path.name for result in results] == ["0.flac", "1.flac", "2.flac"]
    for result in results:
        assert measure(result.rendered.path).integrated_lufs == pytest.approx(-20.0, abs=0.1)
        assert result.integrated_lufs == pytest.approx(-20.0, abs=0.01)


def test_normalize_never_writes_over_a_source_or_a_result(tmp_path):
    (tmp_path / "a").mkdir()
    sources = [write_tone(tmp_path / "x.flac"), write_tone(tmp_path / "a" / "x.wav", hertz=300)]
    before = sources[0].read_bytes()
    results = normalize(sources, tmp_path)

    assert sources[0].read_bytes() == before
    assert len({result.rendered.path for result in results}) == 2


def test_normalize_as_an_album_keeps_the_differences(tmp_path):
    paths = [
        write_tone(tmp_path / f"{n}.wav", peak_dbfs=-30 + 6 * n, duration_s=2) for n in range(2)
    ]
    first, second = normalize(iter(paths), tmp_path / "out", mode="album")

    assert first.plan == second.plan
    assert second.integrated_lufs - first.integrated_lufs == pytest.approx(6.0, abs=0.1)


def test_compare_names_those_that_stand_out(tmp_path):
    paths = [
        write_tone(tmp_path / f"{n}.wav", peak_dbfs=p) for n, p in enumerate([-20, -21, -20, -6])
    ]
    comparison = compare(paths)

    assert list(comparison.outliers) == [paths[3]]
    assert "14.0 LU louder" in repr(comparison)
    assert [row["path"] for row in comparison.to_dict()] == list(map(str, paths))
    assert comparison._repr_html_().count("<svg") == 4
    assert comparison.plot()._repr_png_()


def test_the_samples_are_the_same_sound_each_time_and_differ_in_loudness(tmp_path):
    first, second = make_samples(tmp_path / "a"), make_samples(tmp_path / "b")
    levels = [measure(path).integrated_lufs for path in first]

    assert len(first) == 12
    assert {path.suffix for path in first} == {".wav", ".flac", ".mp3", ".ogg"}
    assert max(levels) - min(levels) > 25
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(sf.read(one)[0], sf.read(other)[0])
    modified = [path.stat().st_mtime_ns for path in first]
    make_samples(tmp_path / "a")
    assert [path.stat().st_mtime_ns for path in first] == modified


def test_normalize_knows_a_source_by_whatever_name(tmp_path):
    folder = tmp_path / "songs"
    folder.mkdir()
    source = write_tone(folder / "a.flac", duration_s=3)
    (tmp_path / "link").symlink_to(folder)
    before = source.read_bytes()
    for target in (folder / ".." / "songs", tmp_path / "link"):
        normalize(source, target)

    assert source.read_bytes() == before
