"""The Python functions that `ways.py` compares; each runs in a process of its own.

Each returns integrated loudness in LUFS and true peak in dBTP, as far as it has them, so that it
can be seen that all did the same work.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

Answer = tuple[float | None, float | None]
BLOCK_FRAMES = 65_536  # what yotokit reads at once
LUPY_FRAMES = 4096  # among the fastest of its block sizes; its documentation shows 512


def yotokit(path: str) -> Answer:
    import yotokit

    loudness = yotokit.measure(path)
    return loudness.integrated_lufs, loudness.true_peak_dbtp


def decoding(path: str) -> Answer:
    from yotokit.audio.reading.source import open_source

    with open_source(path) as source:
        for _ in source.blocks():
            pass
    return None, None


def pyebur128(path: str) -> Answer:
    import pyebur128 as library
    import soundfile

    info, modes = soundfile.info(path), library.MeasurementMode
    state = library.R128State(
        info.channels, info.samplerate, modes.MODE_I | modes.MODE_LRA | modes.MODE_TRUE_PEAK
    )
    for block in soundfile.blocks(path, BLOCK_FRAMES, dtype="float32", always_2d=True):
        state.add_frames(block.reshape(-1), len(block))
    library.get_loudness_range(state)
    peak = max(library.get_true_peak(state, channel) for channel in range(info.channels))
    return library.get_loudness_global(state), decibels(peak)


def loudstream(path: str) -> Answer:
    import loudstream

    return loudstream.Meter().measure(path)


def lupy(path: str) -> Answer:
    import lupy
    import soundfile

    info = soundfile.info(path)
    meter = lupy.Meter(LUPY_FRAMES, info.channels, sample_rate=info.samplerate)
    for block in soundfile.blocks(path, BLOCK_FRAMES, dtype="float64", always_2d=True):
        meter.write_all(block.T)
    return float(meter.integrated_lkfs), float(meter.true_peak_max)


def rs_audio_stats(path: str) -> Answer:
    import rs_audio_stats

    _, results = rs_audio_stats.analyze_audio(
        path,
        integrated_loudness=True,
        short_term_loudness=True,
        momentary_loudness=True,
        loudness_range=True,
        true_peak=True,
    )
    return results.integrated_loudness, results.true_peak


def pyloudnorm(path: str) -> Answer:
    import pyloudnorm
    import soundfile

    samples, rate = soundfile.read(path)
    return pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(samples), None


def in_threads(function: str, paths: Sequence[str], workers: int) -> list[Answer]:
    """Measure many files in one of these ways, side by side."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(globals()[function], paths))


def decibels(peak: float) -> float:
    """Return a magnitude in decibels below full scale."""
    return 20 * math.log10(peak) if peak > 0 else -math.inf
