"""Files that are damaged, odd or made to do harm: each has an answer, and no answer is silence.

A row of the table is a file, and what becomes of it: an error of ours, or a result that passes
a check. Whatever it is, no number is NaN, memory stays flat, and `render` answers alike.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import io
import os
import random
import struct
import unicodedata
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile as sf
from fuzz.seeds import by_ffmpeg
from sound import write_tone

from yotokit.audio import measure, render
from yotokit.errors import (
    AudioError,
    AudioLimitError,
    EmptyAudioError,
    EmptyFileError,
    MissingFileError,
    NonFiniteAudioError,
    NotAFileError,
    UnreadableAudioError,
    UnreadableFileError,
    YotokitError,
)

pytestmark = pytest.mark.timeout(120)

# --- making files ----------------------------------------------------------------------------


def tone(seconds=0.5, rate=8000):
    return np.sin(2 * np.pi * 300 * np.arange(round(seconds * rate)) / rate) * 0.3


PCM = (tone() * 32_767).astype("<i2").tobytes()


def chunk(name, data, size=None):
    return name + struct.pack("<I", len(data) if size is None else size) + data


def fmt(*, code=1, channels=1, rate=8000, bits=16, align=None, extra=b""):
    align = channels * bits // 8 if align is None else align
    fields = (code, channels, rate, rate * align % 2**32, align % 2**16, bits)
    return chunk(b"fmt ", struct.pack("<HHIIHH", *fields) + extra)


def riff(*chunks):
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def wav(data=PCM, size=None, **header):
    return riff(fmt(**header), chunk(b"data", data, size))


def encoded(signal, rate=8000, **options):
    target = io.BytesIO()
    sf.write(target, signal, rate, **options)
    return target.getvalue()


def floats(*values):
    signal = np.zeros(4000, dtype=np.float32)
    signal[1000 : 1000 + len(values)] = values
    return encoded(signal, format="WAV", subtype="FLOAT")


def mp3(seconds=1.0, **options):
    return encoded(tone(seconds, 16_000), 16_000, format="MP3", **options)


def variable_mp3_without_its_index():
    loud = np.random.default_rng(1).standard_normal(16_000) * 0.2
    signal = np.concatenate([np.zeros(16_000), loud, tone(1, 16_000)])
    data = encoded(signal, 16_000, format="MP3", bitrate_mode="VARIABLE", compression_level=0.5)
    assert b"Xing" in data[:200]
    data = data[data.index(data[:2], 200) :]
    assert b"Xing" not in data
    return data


def id3(*frames):
    body = b"".join(name + struct.pack(">IH", len(data), 0) + data for name, data in frames)
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + body


def titled_mp3(title):
    return id3((b"TIT2", b"\x01" + title.encode("utf-16"))) + mp3()


def pictured_mp3():
    return id3((b"APIC", b"\0image/jpeg\0\x03\0" + b"\xff\xd8\xff" + bytes(10_000_000))) + mp3()


def vorbis(seconds=1.0):
    return encoded(tone(seconds), format="OGG", subtype="VORBIS")


def flac_that_says(frames):
    """The number of samples is 36 bits of a FLAC file's head."""
    data = bytearray(encoded(tone(2.0), format="FLAC"))
    data[21] = data[21] & 0xF0 | frames >> 32
    data[22:26] = struct.pack(">I", frames & 0xFFFFFFFF)
    return bytes(data)


def rf64(data=PCM, size=None):
    sizes = struct.pack("<QQQI", 2**33, len(data) if size is None else size, 0, 0)
    chunks = chunk(b"ds64", sizes) + fmt() + chunk(b"data", data, 0xFFFFFFFF)
    return b"RF64\xff\xff\xff\xffWAVE" + chunks


def w64(size):
    data = bytearray(encoded(tone(), format="W64"))
    where = data.index(b"data") + 16
    data[where : where + 8] = struct.pack("<Q", size)
    return bytes(data)


def aiff_at(rate_bytes):
    data = bytearray(encoded(tone(), format="AIFF"))
    where = data.index(b"COMM") + 16
    data[where : where + 10] = rate_bytes
    return bytes(data)


def m4a_with(old, new):
    pytest.importorskip("av")
    data = by_ffmpeg("aac", ".m4a")
    assert old in data
    return data.replace(old, new, 1)


# --- what is expected of them ----------------------------------------------------------------


def lasting(seconds):
    def check(loudness):
        assert loudness.duration_s == pytest.approx(seconds, abs=0.06)
        assert not [note for note in loudness.notes if "truncated" in note]
        return True

    return check


def noting(word):
    return lambda loudness: any(word in note for note in loudness.notes)


def silent(loudness):
    return loudness.integrated_lufs == -np.inf and noting("silent")(loudness)


def too_short(loudness):
    return loudness.integrated_lufs == -np.inf and noting("shorter than 0.4 s")(loudness)


def measurable(loudness):
    return np.isfinite(loudness.integrated_lufs) and not loudness.notes


half_a_second = lasting(0.5)
truncated = noting("truncated")
NOT_AUDIO = UnreadableAudioError

ROWS = {
    "nothing": (lambda: b"", EmptyFileError),
    "one byte": (lambda: b"R", NOT_AUDIO),
    "20 bytes of RIFF": (lambda: wav()[:20], NOT_AUDIO),
    "RIFF and WAVE and no more": (riff, NOT_AUDIO),
    "a header alone": (lambda: wav(b""), EmptyAudioError),
    "a web page": (lambda: b"<!doctype html><title>Sign in</title>" * 99, NOT_AUDIO),
    "a playlist": (lambda: b"#EXTM3U\nhttp://127.0.0.1:9/a.mp3\nfile:///etc/passwd\n", NOT_AUDIO),
    "a list for FFmpeg": (lambda: b"ffconcat version 1.0\nfile /etc/passwd\n", NOT_AUDIO),
    "a tag without sound": (lambda: id3((b"TIT2", b"\0A title")), NOT_AUDIO),
    "the first bytes of an M4A": (lambda: b"\0\0\0\x20ftypM4A " + bytes(99), NOT_AUDIO),
    "the first bytes of a WMA": (
        lambda: bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(99),
        NOT_AUDIO,
    ),
    "the first bytes of a Matroska": (lambda: bytes.fromhex("1a45dfa3") + b"\xff" * 99, NOT_AUDIO),
    "the first bytes of an AAC": (lambda: b"\xff\xf1" + bytes(99), (NOT_AUDIO, EmptyAudioError)),
    # WAV
    "data of size 0": (lambda: wav(size=0), (EmptyAudioError, truncated, half_a_second)),
    "data of an odd size": (lambda: wav(PCM[:-1]), lasting(0.5)),
    "data of 4 GiB": (lambda: wav(size=0xFFFFFFF0), half_a_second),
    "data of twice its size": (lambda: wav(size=2 * len(PCM)), truncated),
    "no fmt chunk": (lambda: riff(chunk(b"data", PCM)), NOT_AUDIO),
    "two fmt chunks": (
        lambda: riff(fmt(), fmt(channels=2), chunk(b"data", PCM)),
        (NOT_AUDIO, half_a_second),
    ),
    "data before fmt": (lambda: riff(chunk(b"data", PCM), fmt()), NOT_AUDIO),
    "a chunk of 4 GiB before the data": (
        lambda: riff(fmt(), chunk(b"LIST", b"INFO", 0xFFFFFFF0), chunk(b"data", PCM)),
        (NOT_AUDIO, EmptyAudioError),
    ),
    "a rate of 0": (lambda: wav(rate=0), AudioError),
    "a rate of 1": (lambda: wav(rate=1), AudioLimitError),
    "a rate of 2**31-1": (lambda: wav(rate=2**31 - 1), AudioLimitError),
    "a rate of 2**32-1": (lambda: wav(rate=2**32 - 1), AudioError),
    "no channels": (lambda: wav(channels=0), AudioError),
    "9 channels": (lambda: wav(channels=9), AudioLimitError),
    "65535 channels": (lambda: wav(channels=65_535), AudioError),
    "samples of 0 bits": (lambda: wav(bits=0), AudioError),
    "samples of 7 bits": (lambda: wav(bits=7, align=1), (AudioError, lasting(1.0))),
    "samples of 64 bits": (lambda: wav(bits=64), AudioError),
    "frames of 0 bytes": (lambda: wav(align=0), (AudioError, half_a_second)),
    "a code that nobody has": (lambda: wav(code=0x7777), NOT_AUDIO),
    "ADPCM in blocks of 0": (lambda: wav(code=2, bits=4, align=0), AudioError),
    "IMA ADPCM in blocks of 65535": (lambda: wav(code=17, bits=4, align=65_535), AudioError),
    "GSM in blocks of 0": (lambda: wav(code=0x31, bits=0, align=0), AudioError),
    # numbers
    "NaN": (lambda: floats(np.nan), NonFiniteAudioError),
    "infinity": (lambda: floats(-np.inf), NonFiniteAudioError),
    "1e30": (lambda: floats(1e30), AudioLimitError),
    "1e30 and NaN": (lambda: floats(1e30, np.nan), NonFiniteAudioError),
    "999,999 times full scale": (lambda: floats(999_999.0), half_a_second),
    "denormal numbers": (lambda: floats(*[1e-42] * 3000), silent),
    "zeros": (lambda: wav(bytes(8000)), silent),
    "one half and nothing else": (lambda: wav(b"\0\x40" * 8000), lasting(1.0)),
    # lengths
    "one sample": (lambda: wav(PCM[2:4]), too_short),
    "0.1 s": (lambda: wav(PCM[:1600]), too_short),
    "0.39 s": (lambda: wav(PCM[:6240]), too_short),
    "0.3999 s": (lambda: wav(PCM[:6398]), too_short),
    "0.4 s": (lambda: wav(PCM[:6400]), measurable),
    "3 s of silence, then a tone": (lambda: wav(bytes(48_000) + PCM * 4), measurable),
    # what is rare
    "big-endian WAV": (lambda: encoded(tone(), format="WAV", endian="BIG"), half_a_second),
    "7.1": (
        lambda: encoded(np.tile(tone()[:, None], 8), format="WAVEX"),
        lambda loudness: loudness.channels == 8 and measurable(loudness),
    ),
    "384 kHz": (lambda: encoded(tone(0.5, 384_000), 384_000, format="WAV"), half_a_second),
    "384,001 Hz": (lambda: encoded(tone(), 384_001, format="WAV"), AudioLimitError),
    "4 kHz": (lambda: encoded(tone(0.5, 4000), 4000, format="WAV"), half_a_second),
    "RF64": (rf64, half_a_second),
    "RF64 that says 4.1 GiB": (lambda: rf64(size=4_402_341_478), (AudioError, truncated)),
    "RF64 that says 2**63": (lambda: rf64(size=1 << 63), (AudioError, truncated, half_a_second)),
    "W64 that says 4.1 GiB": (lambda: w64(4_402_341_478), (AudioError, truncated)),
    "W64 that says 2**63": (lambda: w64(1 << 63), (AudioError, truncated, half_a_second)),
    "AIFF": (lambda: encoded(tone(), format="AIFF"), half_a_second),
    "AIFF at 0 Hz": (lambda: aiff_at(bytes(10)), AudioError),
    "AIFF at infinity": (lambda: aiff_at(b"\x7f\xff\x80" + bytes(7)), AudioError),
    "CAF": (lambda: encoded(tone(), format="CAF", subtype="PCM_16"), half_a_second),
    "ALAC in CAF": (lambda: encoded(tone(), format="CAF", subtype="ALAC_16"), half_a_second),
    "AU": (lambda: encoded(tone(), format="AU"), half_a_second),
    "FLAC that says one sample too many": (lambda: flac_that_says(16_001), lasting(2.0)),
    "FLAC that says twice its length": (lambda: flac_that_says(32_000), (AudioError, truncated)),
    # Nothing in the rest of the file says that there is more: it is taken at its word.
    "FLAC that says half its length": (lambda: flac_that_says(8000), lasting(1.0)),
    "FLAC that does not say its length": (lambda: flac_that_says(0), lasting(2.0)),
    "FLAC that says 99 days": (lambda: flac_that_says(2**36 - 1), (AudioError, truncated)),
    "two Ogg files in one": (lambda: vorbis() + vorbis(), (AudioError, truncated, lasting(2.0))),
    "Opus": (lambda: encoded(tone(), format="OGG", subtype="OPUS"), half_a_second),
    "MP3 of variable rate without an index": (variable_mp3_without_its_index, lasting(3.1)),
    "MP3 behind rubbish": (lambda: b"\0rubbish" * 60 + mp3(), (NOT_AUDIO, lasting(1.0))),
    "MP3 with a picture of 10 MB": (pictured_mp3, lasting(1.0)),
    "MP3 with two lines of title": (lambda: titled_mp3("one\r\ntwo\n"), lasting(1.0)),
    "MP3 with pictures in its title": (
        lambda: titled_mp3("\N{FOX FACE}\u202e\u05d0\0b"),
        lasting(1.0),
    ),
    "MP3 with a tag that says 256 MB": (
        lambda: id3((b"TIT2", b"\0a"))[:6] + b"\x7f" * 4 + mp3(),
        (NOT_AUDIO, lasting(1.0)),
    ),
    "a protected M4A": (lambda: m4a_with(b"mp4a", b"drms"), NOT_AUDIO),
    "an M4A of a codec that is no ASCII": (
        lambda: m4a_with(b"mp4a", b"mp4\xe1"),
        (NOT_AUDIO, measurable),
    ),
    "an M4A whose tags are no UTF-8": (
        lambda: m4a_with(b"SoundHandler", b"SoundHandle\xff"),
        measurable,
    ),
}


@contextmanager
def flat_memory(megabytes=150):
    """Check at each step of progress, and at the end, that little memory was taken."""
    process = psutil.Process()
    before = process.memory_info().rss

    def look(_share=0.0):
        grown = (process.memory_info().rss - before) / 1e6
        assert grown < megabytes, f"{grown:.0f} MB"

    yield look
    look()


def assert_numbers(loudness):
    for field in dataclasses.fields(loudness):
        value = getattr(loudness, field.name)
        if isinstance(value, float | np.ndarray):
            values = np.asarray(value, dtype=np.float64)
            assert not np.isnan(values).any(), field.name
            assert not (values == np.inf).any(), field.name


def assert_answered(path, output, expected):
    wanted = expected if isinstance(expected, tuple) else (expected,)
    kinds = tuple(each for each in wanted if isinstance(each, type))
    with flat_memory() as look:
        loudness, error = measured(path, look)
        if loudness is None:
            assert isinstance(error, kinds), repr(error)
            assert str(path) in str(error)
            with pytest.raises(type(error)):
                render(path, output, 3.0, progress=look)
            assert not output.exists()
            return
        assert_numbers(loudness)
        checks = [each for each in wanted if not isinstance(each, type)]
        assert any(passes(check, loudness) for check in checks), loudness
        rendered = render(path, output, 3.0, progress=look)
    with sf.SoundFile(rendered.path) as result:
        assert result.frames == round(loudness.duration_s * loudness.sample_rate_hz)
        assert np.isfinite(result.read()).all()


def measured(path, progress):
    try:
        return measure(path, progress=progress), None
    except YotokitError as error:
        return None, error


def passes(check, loudness):
    try:
        return bool(check(loudness))
    except AssertionError:
        return False


@pytest.mark.parametrize("name", ROWS)
def test_a_file_that_nobody_wants_has_its_answer(tmp_path, name):
    make, expected = ROWS[name]
    path = tmp_path / "hostile.wav"
    path.write_bytes(make())
    assert_answered(path, tmp_path / "out.flac", expected)


WRITERS = {
    "wav": {"format": "WAV"},
    "flac": {"format": "FLAC"},
    "mp3": {"format": "MP3"},
    "ogg": {"format": "OGG", "subtype": "VORBIS"},
    "opus": {"format": "OGG", "subtype": "OPUS"},
    "aiff": {"format": "AIFF"},
    "caf": {"format": "CAF", "subtype": "PCM_16"},
    "au": {"format": "AU"},
    "w64": {"format": "W64"},
    "rf64": {"format": "RF64"},
}
FFMPEG_WRITERS = {
    "m4a": partial(by_ffmpeg, "aac", ".m4a"),
    "m4a for the web": partial(by_ffmpeg, "aac", ".m4a", movflags="faststart"),
    "m4a in fragments": partial(by_ffmpeg, "aac", ".m4a", movflags="frag_keyframe+empty_moov"),
    "wma": partial(by_ffmpeg, "wmav2", ".wma"),
    "webm": partial(by_ffmpeg, "libopus", ".webm"),
    "aac": partial(by_ffmpeg, "aac", ".aac"),
}


@pytest.mark.parametrize("percent", [25, 50, 99])
@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_that_was_cut_off_is_refused_or_says_so(tmp_path, kind, percent):
    data = encoded(tone(20.0), **WRITERS[kind])
    path = tmp_path / f"cut.{kind}"
    path.write_bytes(data[: len(data) * percent // 100])
    assert_answered(path, tmp_path / "out.flac", (AudioError, truncated))


@pytest.mark.parametrize("percent", [25, 50, 99])
@pytest.mark.parametrize("kind", FFMPEG_WRITERS)
def test_a_file_for_pyav_that_was_cut_off_is_refused_or_says_so(tmp_path, kind, percent):
    pytest.importorskip("av")
    data = FFMPEG_WRITERS[kind](seconds=20.0)
    path = tmp_path / f"cut.{kind}"
    path.write_bytes(data[: len(data) * percent // 100])
    assert_answered(path, tmp_path / "out.flac", (AudioError, truncated))


@pytest.mark.parametrize("kind", WRITERS)
def test_a_whole_file_is_not_called_truncated(tmp_path, kind):
    path = tmp_path / f"whole.{kind}"
    path.write_bytes(encoded(tone(20.0), **WRITERS[kind]))
    assert_answered(path, tmp_path / "out.flac", lasting(20.0))


@pytest.mark.parametrize("kind", WRITERS)
def test_any_bit_may_be_flipped(tmp_path, kind):
    whole = encoded(tone(0.5), **WRITERS[kind])
    chance, path = random.Random(kind), tmp_path / f"flipped.{kind}"
    for _ in range(64):
        data = bytearray(whole)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        assert_answered(path, tmp_path / "out.flac", (YotokitError, lambda _loudness: True))
        (tmp_path / "out.flac").unlink(missing_ok=True)


def test_more_channels_than_pyav_can_hand_out_are_refused_before_it_tries(tmp_path, monkeypatch):
    """It reads memory that is not its own where there are more than eight, and may crash."""
    pytest.importorskip("av")
    path = tmp_path / "many.webm"
    path.write_bytes(by_ffmpeg("libopus", ".webm", channels=16))
    given = []
    monkeypatch.setattr("yotokit.audio.reading.pyav._samples", given.append)
    with pytest.raises(AudioLimitError, match="16 channels"):
        measure(path)
    assert not given


def test_a_page_of_ogg_that_was_cut_off_is_told(tmp_path):
    data = vorbis(20.0)
    path = tmp_path / "page.ogg"
    path.write_bytes(data[: data.rindex(b"OggS") + 200])
    assert_answered(path, tmp_path / "out.flac", (AudioError, truncated))


def test_silence_in_front_does_not_count(tmp_path):
    alone, behind = tmp_path / "alone.wav", tmp_path / "behind.wav"
    alone.write_bytes(wav(PCM * 20))
    behind.write_bytes(wav(bytes(48_000) + PCM * 20))
    assert measure(behind).integrated_lufs == pytest.approx(measure(alone).integrated_lufs, abs=0.2)


def test_thirteen_hours_are_refused_in_flat_memory(tmp_path):
    path = tmp_path / "long.wav"
    size = 13 * 3600 * 4000
    path.write_bytes(wav(b"", size=size, rate=4000, bits=8))
    os.truncate(path, path.stat().st_size + size)
    with flat_memory() as look, pytest.raises(AudioLimitError, match="12 hours"):
        measure(path, progress=look)


def test_a_bomb_of_flac_is_measured_and_rendered_in_flat_memory(tmp_path):
    path = tmp_path / "bomb.flac"
    with sf.SoundFile(path, "w", 48_000, 8) as file:
        for _ in range(120):
            file.write(np.zeros((48_000, 8)))
    assert path.stat().st_size < 500_000
    assert_answered(path, tmp_path / "out.flac", silent)


# --- what stands at a path -------------------------------------------------------------------

NAMES = {
    "an option": "-i.wav",
    "an address": "concat:a.wav",
    "two lines": "a\nb.wav",
    "255 bytes": "n" * 251 + ".wav",
    "bytes that are no UTF-8": os.fsdecode(b"bad\xff.wav"),
    "a picture": "\N{FOX FACE}.wav",
    "right to left": "\u202e\u05d0\u05d1.wav",
    "percents and braces": "%s {0} %(x)s.wav",
    "a star": "*?[a].wav",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_file_may_have_any_name(tmp_path, monkeypatch, name):
    write_tone(tmp_path / "good.wav").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert measure(name).path == Path(name)
    assert_answered(Path(name), tmp_path / "out.flac", lasting(1.0))


@pytest.mark.parametrize("name", ["n" * 300 + ".wav", "nul\0.wav"], ids=["too long", "NUL"])
def test_a_name_that_there_cannot_be_is_refused(tmp_path, name):
    assert_answered(tmp_path / name, tmp_path / "out.flac", UnreadableFileError)


def test_two_names_that_look_alike_are_two_files(tmp_path):
    names = [unicodedata.normalize(form, "M\xe4rchen.wav") for form in ("NFC", "NFD")]
    for level, name in enumerate(names):
        write_tone(tmp_path / name, peak_dbfs=-20.0 - 6 * level)
    if len(list(tmp_path.iterdir())) < len(names):
        pytest.skip("this file system holds them for one")
    one, other = (measure(tmp_path / name) for name in names)
    assert one.integrated_lufs - other.integrated_lufs == pytest.approx(6.0, abs=0.1)


def test_links_to_a_file_are_the_file(tmp_path):
    path = write_tone(tmp_path / "good.wav")
    (tmp_path / "soft.wav").symlink_to(path)
    (tmp_path / "hard.wav").hardlink_to(path)
    for name in ("soft.wav", "hard.wav"):
        assert measure(tmp_path / name).integrated_lufs == measure(path).integrated_lufs
        assert_answered(tmp_path / name, tmp_path / "out.flac", lasting(1.0))


def pipe(path):
    os.mkfifo(path)


def folder(path):
    path.mkdir()


def below_a_file(path):
    return write_tone(path) / "inside.wav"


def link_to(target):
    def make(path):
        path.symlink_to(target or path)

    return make


THINGS = {
    "a pipe": (pipe, NotAFileError),
    "a folder": (folder, NotAFileError),
    "a link to nothing": (link_to("/no/such/file.wav"), MissingFileError),
    "a link to itself": (link_to(None), UnreadableFileError),
    "a link to zeros without end": (link_to("/dev/zero"), NotAFileError),
    "a place below a file": (below_a_file, MissingFileError),
}


@pytest.mark.parametrize("thing", THINGS)
def test_what_is_no_file_is_refused_before_it_is_opened(tmp_path, thing):
    make, expected = THINGS[thing]
    path = tmp_path / "thing.wav"
    assert_answered(make(path) or path, tmp_path / "out.flac", expected)


@pytest.mark.parametrize("size", [4_000_000, 0xFFFFFFF0, None])
def test_a_file_that_grows_while_it_is_read_comes_to_an_end(tmp_path, size):
    path = tmp_path / "growing.wav"
    path.write_bytes(wav(PCM * 40, size=size))
    heard = []

    def write_on(share):
        heard.append(share)
        assert len(heard) < 1000
        with path.open("ab") as file:
            file.write(PCM * 40)

    with flat_memory():
        assert_numbers(measure(path, progress=write_on))


def test_a_file_that_shrinks_while_it_is_read_is_refused_or_says_so(tmp_path):
    path = tmp_path / "shrinking.wav"
    path.write_bytes(wav(PCM * 200))
    try:
        loudness = measure(path, progress=lambda _share: os.truncate(path, 100_000))
    except AudioError:
        return
    assert_numbers(loudness)
    assert truncated(loudness)


def long_mp3(seconds=6.0):
    """Return an MP3 without an index."""
    return (
        encoded(tone(seconds, 16_000), 16_000, format="MP3")
        .replace(b"Xing", b"NoNo")
        .replace(b"Info", b"NoNo")
    )


def test_an_mp3_with_a_tag_in_its_middle_is_told_to_be_read_in_part(tmp_path):
    data = long_mp3()
    path = tmp_path / "joined.mp3"
    path.write_bytes(data + b"TAG" + bytes(125) + data)
    loudness = measure(path)

    assert loudness.duration_s > 11 or "lie behind something" in loudness.notes[-1]


def test_two_mp3_files_one_behind_the_other_are_told_to_be_read_in_part(tmp_path):
    data = encoded(tone(6.0, 16_000), 16_000, format="MP3")
    path = tmp_path / "joined.mp3"
    path.write_bytes(data + data)
    loudness = measure(path)

    assert loudness.duration_s > 11 or "truncated" in loudness.notes[-1]


def test_an_mp3_without_an_index_is_read_whole_or_told_to_be_read_in_part(tmp_path, monkeypatch):
    """libsndfile takes the first frame's rate for all, and stops where the file would end then."""
    path = tmp_path / "long.mp3"
    path.write_bytes(long_mp3())

    if importlib.util.find_spec("av"):
        assert measure(path).duration_s == pytest.approx(6.0, abs=0.15)
        assert measure(path).notes == ()
    monkeypatch.setattr("yotokit.audio.reading.pyav.is_installed", lambda: False)
    assert measure(path).duration_s < 1.0
    assert "truncated: it should hold 6." in measure(path).notes[-1]


@pytest.mark.parametrize("seconds", [1.0, 6.0])
@pytest.mark.parametrize("tail", [b"", b"TAG" + bytes(125), b"APETAGEX" + bytes(50_000)])
def test_a_whole_mp3_gets_no_note(tmp_path, seconds, tail):
    path = tmp_path / "whole.mp3"
    path.write_bytes(mp3(seconds) + tail)
    assert measure(path).notes == ()
