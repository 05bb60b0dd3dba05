"""Small audio files in every format that can be read, made in code, the same on every run."""

from __future__ import annotations

import io
import re
import struct
import tempfile
from pathlib import Path

import numpy as np
import soundfile as sf

LAYOUTS = {1: "mono", 2: "stereo", 16: "hexadecagonal"}


def sound(seconds: float, rate: int, channels: int) -> np.ndarray:
    """Return a tone with a little noise, the same on every run."""
    time_s = np.arange(int(seconds * rate)) / rate
    noise = np.random.default_rng(7).standard_normal((len(time_s), channels))
    tone = 0.3 * np.sin(2 * np.pi * 300 * time_s)
    return (tone[:, None] + 0.02 * noise).astype(np.float32)


def by_libsndfile(container: str, subtype: str, *, rate: int = 8000, channels: int = 1) -> bytes:
    target = io.BytesIO()
    signal = sound(0.45, rate, channels)
    sf.write(target, signal, rate, format=container, subtype=subtype)
    return without_chance(target.getvalue())


def without_chance(data: bytes) -> bytes:
    """Take out what differs from run to run: serial numbers of Ogg, and times of writing."""
    if data.startswith(b"OggS"):
        pages = bytearray(data)
        for begin, _ in ogg_pages(data):
            pages[begin + 14 : begin + 18] = b"yoto"
        return with_ogg_checksums(bytes(pages))
    date = rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
    data = re.sub(date, b"2000-01-01 00:00:00 UTC", data)
    peak = data.find(b"PEAK")
    return data if peak < 0 else data[: peak + 12] + bytes(4) + data[peak + 16 :]


def by_ffmpeg(
    codec: str, suffix: str, *, channels: int = 1, seconds: float = 0.5, **options: str
) -> bytes:
    import av

    layout, rate = LAYOUTS[channels], 16_000
    codec_options = {"mapping_family": "255"} if channels > 8 else {}
    signal = (sound(seconds, rate, channels) * 32_767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(signal.reshape(1, -1), format="s16", layout=layout)
    frame.sample_rate = rate
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"seed{suffix}")
        with av.open(str(path), "w", options={"fflags": "+bitexact", **options}) as output:
            stream = output.add_stream(codec, rate=rate, layout=layout, options=codec_options)
            stream.bit_rate = 48_000
            resampler = av.AudioResampler(stream.codec_context.format, layout, rate)
            for part in resampler.resample(frame):
                output.mux(stream.encode(part))
            output.mux(stream.encode(None))
        return path.read_bytes()


SEEDS = {
    "wav": lambda: by_libsndfile("WAV", "PCM_16", channels=2),
    "wav24": lambda: by_libsndfile("WAV", "PCM_24"),
    "wavfloat": lambda: by_libsndfile("WAV", "FLOAT"),
    "wavex": lambda: by_libsndfile("WAVEX", "PCM_16", channels=6),
    "flac": lambda: by_libsndfile("FLAC", "PCM_16", channels=2),
    "mp3": lambda: by_libsndfile("MP3", "MPEG_LAYER_III", rate=16_000, channels=2),
    "ogg": lambda: by_libsndfile("OGG", "VORBIS", rate=16_000, channels=2),
    "opus": lambda: by_libsndfile("OGG", "OPUS", rate=16_000),
    "aiff": lambda: by_libsndfile("AIFF", "PCM_16"),
    "caf": lambda: by_libsndfile("CAF", "PCM_16"),
    "au": lambda: by_libsndfile("AU", "PCM_16"),
    "w64": lambda: by_libsndfile("W64", "PCM_16"),
    "rf64": lambda: by_libsndfile("RF64", "PCM_16"),
    # Nobody sends these, but libsndfile reads them, and such code had holes before.
    "msadpcm": lambda: by_libsndfile("WAV", "MS_ADPCM"),
    "imaadpcm": lambda: by_libsndfile("WAV", "IMA_ADPCM"),
    "gsm": lambda: by_libsndfile("WAV", "GSM610"),
    "nms": lambda: by_libsndfile("WAV", "NMS_ADPCM_16"),
    "cafalac": lambda: by_libsndfile("CAF", "ALAC_16", channels=2),
    "aiffima": lambda: by_libsndfile("AIFF", "IMA_ADPCM"),
    "g723": lambda: by_libsndfile("AU", "G723_24"),
    "voc": lambda: by_libsndfile("VOC", "PCM_16"),
    "svx": lambda: by_libsndfile("SVX", "PCM_16"),
    "paf": lambda: by_libsndfile("PAF", "PCM_24"),
    "mat5": lambda: by_libsndfile("MAT5", "FLOAT"),
    "nist": lambda: by_libsndfile("NIST", "PCM_16"),
    "sds": lambda: by_libsndfile("SDS", "PCM_16"),
    "xi": lambda: by_libsndfile("XI", "DPCM_16"),
}
FFMPEG_SEEDS = {
    "m4a": lambda: by_ffmpeg("aac", ".m4a", channels=2),
    "m4afast": lambda: by_ffmpeg("aac", ".m4a", movflags="faststart"),
    "m4afragments": lambda: by_ffmpeg("aac", ".m4a", movflags="frag_keyframe+empty_moov"),
    "alac": lambda: by_ffmpeg("alac", ".m4a"),
    "wma": lambda: by_ffmpeg("wmav2", ".wma", channels=2),
    "aac": lambda: by_ffmpeg("aac", ".aac"),
    "webm": lambda: by_ffmpeg("libopus", ".webm"),
}


def suffix_of(name: str) -> str:
    """Return the ending of a format's files; the content decides, but for AAC with a tag."""
    return ".aac" if name == "aac" else ".wav"


def seeds(names: list[str] | None = None) -> dict[str, bytes]:
    """Return the untouched files, by format; those of FFmpeg's where PyAV is installed."""
    available = dict(SEEDS)
    try:
        import av  # noqa: F401
    except ImportError:
        pass
    else:
        available |= FFMPEG_SEEDS
    return {name: available[name]() for name in names or available}


_OGG_TABLE = []
for _value in range(256):
    _sum = _value << 24
    for _ in range(8):
        _sum = (_sum << 1) ^ (0x04C11DB7 if _sum & 0x80000000 else 0)
    _OGG_TABLE.append(_sum & 0xFFFFFFFF)


def ogg_pages(data: bytes) -> list[tuple[int, int]]:
    """Return where pages begin and end, as far as they can be followed."""
    pages, begin = [], data.find(b"OggS")
    while 0 <= begin <= len(data) - 27:
        lengths = data[begin + 27 : begin + 27 + data[begin + 26]]
        end = min(len(data), begin + 27 + len(lengths) + sum(lengths))
        pages.append((begin, end))
        begin = data.find(b"OggS", end)
    return pages


def with_ogg_checksums(data: bytes) -> bytes:
    """Make the checksum of each page right."""
    result = bytearray(data)
    for begin, end in ogg_pages(data):
        result[begin + 22 : begin + 26] = bytes(4)
        value = 0
        for byte in result[begin:end]:
            value = (value << 8) & 0xFFFFFFFF ^ _OGG_TABLE[value >> 24 ^ byte]
        result[begin + 22 : begin + 26] = struct.pack("<I", value)
    return bytes(result)
