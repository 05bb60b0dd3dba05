"""Sound for the tests, made in code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soundfile as sf

if TYPE_CHECKING:
    from pathlib import Path


def write_tone(
    path: Path,
    *,
    peak_dbfs: float = -20.0,
    duration_s: float = 1.0,
    rate: int = 16_000,
    channels: int = 1,
    hertz: float = 440.0,
    **options: str,
) -> Path:
    """Write a tone that swells a little, so that files of different pitch differ."""
    time_s = np.arange(int(duration_s * rate)) / rate
    tone = np.sin(2 * np.pi * hertz * time_s) * (0.8 + 0.2 * np.sin(2 * np.pi * time_s))
    signal = tone / np.abs(tone).max() * 10 ** (peak_dbfs / 20)
    sf.write(path, np.repeat(signal[:, None], channels, axis=1), rate, **options)
    return path


def write_by_ffmpeg(
    path: Path,
    signal: np.ndarray,
    codec: str,
    sample_format: str,
    *,
    layout: str = "stereo",
    rate: int = 44_100,
) -> Path:
    """Encode with FFmpeg, by PyAV, what libsndfile has no encoder for."""
    import av

    container = {".m4b": "mp4", ".m4a": "mp4", ".aac": "adts", ".wma": "asf"}.get(path.suffix)
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout=layout)
        stream.codec_context.format = sample_format
        stream.bit_rate = 128_000
        frame = av.AudioFrame.from_ndarray(signal.reshape(1, -1), "flt", layout)
        frame.sample_rate = rate
        resampler = av.AudioResampler(sample_format, layout, rate, 1024)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return path
