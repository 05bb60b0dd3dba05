from __future__ import annotations

import hashlib
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter, resample_poly
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
from yotokit.audio.reading.info import AudioInfo
from yotokit.audio.reading.source import open_source
from yotokit.audio.writing.encode import lossless_form, lossy_form, open_sink
from yotokit.errors import AudioError, AudioLimitError, SettingError, UnreadableAudioError


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


def test_nothing_is_ever_written_over_its_own_source(tmp_path):
    wav = noise(tmp_path / "in.wav", 0.5, 96_001)
    flac = write_tone(tmp_path / "tone.flac")
    before = wav.read_bytes(), flac.read_bytes()

    for source, output in ((wav, "in.flac"), (flac, "tone.flac"), (flac, "tone.wav")):
        with pytest.raises(SettingError, match="over its own source"):
            render(source, tmp_path / output, 3.0)
    assert normalize(wav, tmp_path)[0].rendered.path.name == "in (2).wav"
    assert (wav.read_bytes(), flac.read_bytes()) == before


@pytest.mark.parametrize("error", [InterruptedError, BrokenPipeError, TimeoutError, KeyError])
def test_what_progress_raises_ends_the_work_and_is_not_taken_for_a_full_disk(tmp_path, error):
    path = write_tone(tmp_path / "in.wav", duration_s=10)

    def stop(share):
        raise error("enough")

    with pytest.raises(error, match="enough"):
        render(path, tmp_path / "out.flac", 3.0, progress=stop)
    assert [p.name for p in tmp_path.iterdir()] == ["in.wav"]


@pytest.mark.parametrize("output", ["", "nul\0.flac"])
def test_an_output_that_is_no_name_is_a_setting_error(tmp_path, output):
    with pytest.raises(SettingError, match="output="):
        render(write_tone(tmp_path / "in.wav"), output, 3.0)


def test_normalize_as_an_album_keeps_the_differences(tmp_path):
    paths = [
        write_tone(tmp_path / f"{n}.wav", peak_dbfs=-30 + 6 * n, duration_s=2) for n in range(2)
    ]
    first, second = normalize(iter(paths), tmp_path / "out", mode="album")

    assert first.plan == second.plan
    assert second.integrated_lufs - first.integrated_lufs == pytest.approx(6.0, abs=0.1)


@pytest.mark.parametrize("workers", [2, 4])
def test_normalize_gives_the_same_bytes_with_any_number_of_workers(tmp_path, workers):
    paths = [write_tone(tmp_path / f"{n}.wav", hertz=200 + 50 * n) for n in range(6)]
    alone = normalize(paths, tmp_path / "alone")
    together = normalize(paths, tmp_path / "together", workers=workers)

    assert [r.rendered.sha256 for r in alone] == [r.rendered.sha256 for r in together]
    assert [r.before.path for r in together] == paths


def noise(path: Path, seconds: float, rate: int = 44_100, channels: int = 2, **options) -> Path:
    """Write noise with little above 16 kHz, where MP3 leaves everything out."""
    samples = np.random.default_rng(1).standard_normal((int(seconds * rate), channels)) * 0.1
    sf.write(path, lfilter([0.2], [1, -0.8], samples, axis=0), rate, **options)
    return path


def test_what_is_too_large_as_flac_becomes_mp3_that_fits_sounds_alike_and_says_so(tmp_path):
    path = noise(tmp_path / "in.wav", 20.0)
    rendered, again = (
        render(path, tmp_path / name, -3.0, max_bytes=700_000) for name in ("a.flac", "b.flac")
    )

    assert rendered.path == tmp_path / "a.mp3"
    assert rendered.content_type == "audio/mpeg"
    assert 500_000 < rendered.size_bytes <= 700_000
    assert rendered.sha256 == again.sha256
    assert "MP3 at 256 kb/s" in rendered.notes[0]
    before, after = measure(path), measure(rendered.path)
    assert after.integrated_lufs == pytest.approx(before.integrated_lufs - 3.0, abs=0.3)
    assert after.duration_s == pytest.approx(before.duration_s, abs=0.06)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp3", "b.mp3", "in.wav"]


def test_mp3_is_the_sound_that_was_meant(tmp_path):
    """Some ways of writing MP3 by libsndfile come back as garbage of the right length."""
    path = write_tone(tmp_path / "in.wav", duration_s=20, rate=44_100, channels=2)
    rendered = render(path, tmp_path / "a.flac", 6.0, max_bytes=300_000)
    written, _ = sf.read(rendered.path)
    expected = sf.read(path)[0] * 10 ** (6.0 / 20)

    assert rendered.path.suffix == ".mp3"
    wrong = written[: len(expected)] - expected[: len(written)]
    assert 10 * np.log10((expected**2).mean() / (wrong**2).mean()) > 20


@pytest.mark.parametrize("kbps", [320, 256, 224, 192, 160, 128, 64])
def test_mp3_is_as_loud_as_was_meant_at_every_rate(tmp_path, kbps):
    path = write_tone(tmp_path / "in.wav", duration_s=20, rate=44_100, channels=2)
    with open_source(path) as source:
        form = lossy_form(source.info, 20.0, int(kbps * 1000 / 8 * 20 * 1.02))
        with open_sink(tmp_path / "out.mp3", form, source.info, path) as write:
            for block in source.blocks():
                write(block)

    assert f"{kbps} kb/s" in form.name
    assert measure(tmp_path / "out.mp3").integrated_lufs == pytest.approx(
        measure(path).integrated_lufs, abs=0.05
    )


def test_an_untouched_file_that_is_too_large_is_converted_all_the_same(tmp_path):
    path = noise(tmp_path / "in.wav", 5.0)

    assert render(path, tmp_path / "a.flac", 0.0).untouched
    assert not render(path, tmp_path / "a.flac", 0.0, max_bytes=850_000).untouched


@pytest.mark.parametrize(
    ("rate", "channels", "max_bytes"), [(96_000, 2, 500_000), (44_100, 6, 500_000), (44_100, 1, 9)]
)
def test_what_no_form_makes_small_enough_is_a_typed_error(tmp_path, rate, channels, max_bytes):
    path = noise(tmp_path / "in.wav", 5.0, rate, channels)
    with pytest.raises(AudioLimitError, match=r"in\.wav: is larger than"):
        render(path, tmp_path / "out.flac", -3.0, max_bytes=max_bytes)

    assert [p.name for p in tmp_path.iterdir()] == ["in.wav"]


def test_a_rate_that_flac_cannot_write_becomes_wav(tmp_path):
    path = noise(tmp_path / "in.wav", 0.5, 96_001)
    rendered = render(path, tmp_path / "out.flac", -3.0)

    assert rendered.path.suffix == ".wav"
    assert sf.info(rendered.path).samplerate == 96_001


def test_samples_above_full_scale_are_never_cut_off_in_silence(tmp_path):
    path = write_tone(tmp_path / "hot.wav", peak_dbfs=3.0, subtype="FLOAT")

    assert "cut off" in render(path, tmp_path / "a.flac", -1.0).notes[0]
    assert render(path, tmp_path / "b.flac", -4.0).notes == ()


@pytest.mark.parametrize("lufs", [-np.inf, -30.0])
def test_a_peak_above_the_ceiling_is_brought_down_even_where_there_is_no_loudness(lufs):
    assert plan_track(loudness(lufs, 3.0), Target()) == GainPlan(-4.5, "true_peak")


def test_a_file_that_was_there_stays_when_writing_over_it_fails(tmp_path):
    path = write_tone(tmp_path / "in.flac", duration_s=10)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] + bytes(range(256)) * 20)
    (tmp_path / "out.flac").write_bytes(b"precious")
    with pytest.raises(UnreadableAudioError):
        render(path, tmp_path / "out.flac", 3.0)

    assert (tmp_path / "out.flac").read_bytes() == b"precious"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.flac", "out.flac"]


def test_a_name_with_dots_keeps_them(tmp_path):
    path = write_tone(tmp_path / "Mr. Fox.wav")

    assert normalize(path, tmp_path / "out")[0].rendered.path.name == "Mr. Fox.flac"
    assert render(path, tmp_path / "No. 7", 3.0).path.name == "No. 7.flac"


def test_compare_names_those_that_stand_out_and_why(tmp_path):
    paths = [
        write_tone(tmp_path / f"{n}.wav", peak_dbfs=p)
        for n, p in enumerate([-20, -21, -20, -6, -40])
    ]
    sf.write(tmp_path / "silent.wav", np.zeros(16_000), 16_000)
    clipped = np.clip(3 * np.sin(np.arange(16_000) / 20), -1, 1)
    sf.write(tmp_path / "clipped.wav", clipped, 16_000)
    comparison = compare([*paths, tmp_path / "silent.wav", tmp_path / "clipped.wav"], workers=2)

    reasons = {path.stem: reason for path, reason in comparison.outliers.items()}
    assert list(reasons) == ["3", "4", "silent", "clipped"]
    assert reasons["3"] == "14.0 LU louder than the middle"
    assert reasons["4"].startswith("20.0 LU quieter than the middle, recorded low: 40 dB of room")
    assert reasons["silent"] == "silent"
    assert "clipped in 1.0 s" in reasons["clipped"]
    assert reasons["3"] in repr(comparison)
    assert [row["path"] for row in comparison.to_dict()][:5] == list(map(str, paths))
    assert comparison._repr_html_().count("<img") == 6  # silence has no line
    assert comparison.plot()._repr_png_()


def test_a_quiet_file_with_high_peaks_is_told_apart_from_one_recorded_low(tmp_path):
    for number in range(3):
        write_tone(tmp_path / f"{number}.wav", peak_dbfs=-10, duration_s=2)
    tone, rate = sf.read(tmp_path / "0.wav")
    tone *= 0.1
    tone[100:103] = 0.9
    sf.write(tmp_path / "3.wav", tone, rate)

    (reason,) = compare(sorted(tmp_path.glob("*.wav"))).outliers.values()
    assert "though its peaks are high" in reason


def test_a_comparison_draws_the_range_where_it_lies_not_around_the_middle(tmp_path):
    levels = np.repeat([0.02, 0.2], 16_000 * 8)
    tone = np.sin(2 * np.pi * 440 * np.arange(len(levels)) / 16_000) * levels
    sf.write(tmp_path / "a.wav", tone, 16_000)
    comparison = compare([tmp_path / "a.wav"])
    (part,) = comparison.parts
    figure = comparison.plot()

    (bar,) = figure.axes[1].patches
    assert bar.get_x() == pytest.approx(part.range_low_lufs)
    assert bar.get_width() == pytest.approx(part.range_lu)


def test_a_bar_shows_how_far_many_files_are_and_only_where_somebody_looks(tmp_path, capsys):
    paths = [write_tone(tmp_path / f"{n}.wav") for n in range(3)]
    compare(paths)
    assert capsys.readouterr().err == ""
    compare(paths, progress=True)
    assert "measuring" in capsys.readouterr().err


def test_compare_and_normalize_take_folders_and_patterns_like_a_session(tmp_path):
    for number in (10, 2, 1):
        write_tone(tmp_path / f"{number}.wav", hertz=200 + number)

    assert [part.path.name for part in compare(tmp_path).parts] == ["1.wav", "2.wav", "10.wav"]
    assert len(compare(f"{tmp_path}/1*.wav").parts) == 2
    results = normalize(tmp_path, tmp_path / "out")
    assert [result.rendered.path.name for result in results] == ["1.flac", "2.flac", "10.flac"]


def test_a_bad_file_is_named_in_a_comparison_and_ends_nothing(tmp_path):
    write_tone(tmp_path / "good.wav")
    (tmp_path / "bad.wav").write_text("not audio " * 100)
    (tmp_path / "empty.wav").touch()
    comparison = compare(tmp_path)

    assert [part.path.name for part in comparison.parts] == ["good.wav"]
    assert {path.name for path in comparison.failed} == {"bad.wav", "empty.wav"}
    assert repr(comparison).count("FAILED: is") == 2
    assert "FAILED: is empty" in comparison._repr_html_()
    assert comparison.plot()._repr_png_()
    with pytest.raises(AudioError, match=r"bad\.wav"):
        normalize([tmp_path / "good.wav", tmp_path / "bad.wav"], tmp_path / "out")


@pytest.mark.parametrize("wrong", [None, 7, 1.5, object()])
def test_what_is_no_path_is_a_setting_error(tmp_path, wrong):
    for call in (measure, compare, lambda what: normalize(what, tmp_path / "out")):
        with pytest.raises(SettingError, match="no path"):
            call(wrong)


@pytest.mark.parametrize("workers", [0, -1, 1.5, "2", None])
def test_workers_that_make_no_sense_are_refused(tmp_path, workers):
    with pytest.raises(SettingError, match="workers="):
        compare(write_tone(tmp_path / "a.wav"), workers=workers)


@pytest.mark.parametrize("gain_db", [float("nan"), float("inf"), 1e6])
def test_a_gain_that_makes_no_sense_is_refused(tmp_path, gain_db):
    with pytest.raises(SettingError, match="gain_db="):
        render(write_tone(tmp_path / "a.wav"), tmp_path / "b.flac", gain_db)


def test_a_folder_that_cannot_be_made_is_a_setting_error(tmp_path):
    path = write_tone(tmp_path / "a.wav")
    with pytest.raises(SettingError, match="folder="):
        normalize(path, path / "out")


def test_nothing_to_compare_is_an_empty_comparison():
    comparison = compare([])
    assert comparison.plot()._repr_png_()

    assert comparison.parts == ()
    assert comparison.outliers == {}
    assert comparison._repr_html_()


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


def test_sixteen_bits_are_rounded_as_libsndfile_rounds_them_and_clipped_at_both_ends(tmp_path):
    samples = np.random.default_rng(1).uniform(-1.1, 1.1, 100_000).astype(np.float32)
    samples[:4] = [1.0, -1.0, 0.5 / 32768, 1.5 / 32768]
    sf.write(tmp_path / "in.wav", samples, 44_100, subtype="FLOAT")
    sf.write(tmp_path / "expected.flac", samples, 44_100, subtype="PCM_16")
    info = AudioInfo("WAV", "PCM_16", 44_100, 1, 0, 16, ("M",))
    with open_sink(tmp_path / "out.flac", lossless_form(info), info, tmp_path / "in.wav") as write:
        write(samples[:, None].copy())

    expected, written = (
        sf.read(tmp_path / name, dtype="int16")[0] for name in ("expected.flac", "out.flac")
    )
    np.testing.assert_array_equal(written, expected)
    assert written[:4].tolist() == [32767, -32768, 0, 2]


def test_a_sixteen_bit_file_that_is_converted_without_gain_keeps_every_bit(tmp_path):
    samples = np.random.default_rng(1).integers(-32768, 32768, 50_000).astype(np.int16)
    sf.write(tmp_path / "in.aiff", samples, 44_100)
    rendered = render(tmp_path / "in.aiff", tmp_path / "out.flac", 0.0)

    np.testing.assert_array_equal(sf.read(rendered.path, dtype="int16")[0], samples)


PITCHES = {"L": 300, "R": 450, "C": 600, "LFE": 60, "Ls": 750, "Rs": 900}
PITCHES |= {"Cs": 1050, "Lss": 1200, "Rss": 1350}
SPEAKERS = list(PITCHES)[:6]


def tone_in_each_channel(names) -> np.ndarray:
    """Return a tone of another pitch in each channel, one loud one in the low-frequency channel."""
    time_s = np.arange(48_000) / 48_000
    tones = [
        (0.5 if name == "LFE" else 0.02) * np.sin(2 * np.pi * PITCHES[name] * time_s)
        for name in names
    ]
    return np.stack(tones, axis=1)


def pitches(samples: np.ndarray) -> list[int]:
    spectrum = np.abs(np.fft.rfft(samples[8_000:40_000], axis=0))
    return (spectrum.argmax(axis=0) * 1.5).tolist()


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_the_channels_of_ogg_come_out_in_the_order_of_flac(tmp_path, subtype):
    in_wav_order = tone_in_each_channel(SPEAKERS)
    in_ogg_order = in_wav_order[:, [0, 2, 1, 4, 5, 3]]
    sf.write(tmp_path / "a.ogg", in_ogg_order, 48_000, format="OGG", subtype=subtype)
    rendered = render(tmp_path / "a.ogg", tmp_path / "a.flac", 6.0)

    assert pitches(sf.read(rendered.path)[0]) == [300, 450, 600, 60, 750, 900]
    assert measure(rendered.path).integrated_lufs == pytest.approx(
        measure(tmp_path / "a.ogg").integrated_lufs + 6.0, abs=0.05
    )


@pytest.mark.parametrize("layout", ["L R LFE", "L R C LFE", "L R C Cs", "L R C LFE Lss Rss"])
def test_a_layout_that_flac_cannot_say_is_kept_in_wav(tmp_path, layout):
    names = tuple(layout.split())
    info = AudioInfo("WAVEX", "PCM_16", 48_000, len(names), 0, 16, names)
    with open_sink(tmp_path / "in.wav", lossless_form(info), info, tmp_path) as write:
        write(tone_in_each_channel(names).astype(np.float32))
    rendered = render(tmp_path / "in.wav", tmp_path / "out.flac", 3.0)

    with open_source(rendered.path) as source:
        assert source.info.layout == names
    assert rendered.path.suffix == ".wav"
    assert measure(rendered.path).integrated_lufs == pytest.approx(
        measure(tmp_path / "in.wav").integrated_lufs + 3.0, abs=0.05
    )


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files as POSIX does")
@pytest.mark.parametrize("missing_bytes", [1, 100, 1_000, 5_000])
@pytest.mark.parametrize("max_bytes", [None, 300_000])
def test_a_file_whose_last_bytes_do_not_fit_on_the_disk_is_an_error(
    tmp_path, missing_bytes, max_bytes
):
    import resource

    path = noise(tmp_path / "in.wav", 10.0)
    size = render(path, tmp_path / "whole.flac", 3.0, max_bytes=max_bytes).size_bytes
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size - missing_bytes, hard))
    try:
        if max_bytes is None:
            with pytest.raises(AudioError, match="make room"):
                render(path, tmp_path / "cut.flac", 3.0)
        else:
            with pytest.raises(AudioError):
                render(path, tmp_path / "cut.flac", 3.0, max_bytes=max_bytes)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert not list(tmp_path.glob("cut*"))


def test_normalize_replaces_nothing_that_it_did_not_write_unless_told(tmp_path):
    path = write_tone(tmp_path / "song.wav")
    out = tmp_path / "out"
    out.mkdir()
    (out / "song.flac").write_bytes(b"precious")
    with pytest.raises(SettingError, match=r"song\.flac: is there already"):
        normalize(path, out)

    assert (out / "song.flac").read_bytes() == b"precious"
    (first,) = normalize(path, out, overwrite=True)
    assert normalize(path, out)[0].rendered == first.rendered
    assert [p.name for p in out.iterdir()] == ["song.flac"]


@pytest.mark.parametrize("target", [-16, "loud", {"lufs": -16}])
def test_a_target_of_another_type_is_refused(tmp_path, target):
    with pytest.raises(SettingError, match=r"yk\.Target"):
        normalize(write_tone(tmp_path / "a.wav"), tmp_path / "out", target=target)


def test_a_limiter_is_on_or_off():
    with pytest.raises(SettingError, match="True or False"):
        Target(limiter="no")
