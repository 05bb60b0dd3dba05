from __future__ import annotations

import contextlib
import math
import os
import struct
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from sound import write_tone

from yotokit.audio import digest, measure
from yotokit.audio.reading.source import open_source
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


def read_whole(path):
    with open_source(path) as source:
        return np.concatenate([block.copy() for block in source.blocks(1000)])


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "aiff", "mp3"])
def test_blocks_hold_what_reading_at_once_gives(tmp_path, suffix):
    path = write_tone(tmp_path / f"tone.{suffix}", duration_s=2, rate=44_100, channels=2)
    expected, _ = sf.read(path, dtype="float32", always_2d=True)

    np.testing.assert_array_equal(read_whole(path), expected)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MissingFileError, match=r"gone\.mp3: no such file") as caught:
        measure(tmp_path / "gone.mp3")
    assert caught.value.path == tmp_path / "gone.mp3"
    assert isinstance(caught.value, FileNotFoundError)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(NotAFileError, match="is a folder"):
        measure(tmp_path)


def test_an_empty_file_is_told_from_a_damaged_one(tmp_path):
    path = tmp_path / "empty.mp3"
    path.touch()
    with pytest.raises(EmptyFileError, match="0 bytes"):
        measure(path)


@pytest.mark.parametrize("name", ["story.mp3", "story.wav", "story.flac", "story.ogg", "story"])
def test_text_under_any_name_is_no_audio(tmp_path, name):
    path = tmp_path / name
    path.write_text("Once upon a time there was a file that was no audio at all.\n" * 50)
    with pytest.raises(UnreadableAudioError, match="is not audio that can be decoded"):
        measure(path)


def test_a_header_alone_holds_no_sound(tmp_path):
    path = tmp_path / "header.wav"
    sf.write(path, np.zeros(0), 44_100)
    with pytest.raises(EmptyAudioError):
        measure(path)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_samples_that_are_no_numbers_fail_the_file(tmp_path, value):
    signal = np.zeros(100_000, dtype=np.float32)
    signal[77_777] = value
    path = tmp_path / "nan.wav"
    sf.write(path, signal, 44_100, subtype="FLOAT")
    with pytest.raises(NonFiniteAudioError):
        measure(path)


def test_finite_samples_of_absurd_size_fail_the_file_and_nothing_overflows(tmp_path):
    path = tmp_path / "huge.wav"
    sf.write(path, np.full(50_000, 3e38, dtype=np.float32), 44_100, subtype="FLOAT")
    with pytest.raises(AudioLimitError, match="a million times"):
        measure(path)


@pytest.mark.parametrize("rate", [1000, 2_000_000])
def test_a_rate_out_of_bounds_is_refused(tmp_path, rate):
    path = tmp_path / "rate.wav"
    sf.write(path, np.zeros(1000), rate)
    with pytest.raises(AudioLimitError, match="Hz"):
        measure(path)


def test_nine_channels_are_refused(tmp_path):
    path = tmp_path / "nine.wav"
    sf.write(path, np.zeros((1000, 9)), 44_100)
    with pytest.raises(AudioLimitError, match="9 channels"):
        measure(path)


def test_a_header_that_lies_about_its_length_allocates_nothing(tmp_path):
    """36 bits of the FLAC stream info hold the number of samples; claim the largest."""
    path = write_tone(tmp_path / "liar.flac", duration_s=1)
    data = bytearray(path.read_bytes())
    data[21] |= 0x0F
    data[22:26] = b"\xff" * 4
    path.write_bytes(data)
    tracemalloc.start()
    try:
        with contextlib.suppress(AudioError):
            assert "truncated" in measure(path).notes[-1]
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


def test_a_file_longer_than_the_limit_is_refused_by_its_samples(tmp_path, monkeypatch):
    monkeypatch.setattr("yotokit.audio.reading.source.MAX_DURATION_S", 3.0)
    path = write_tone(tmp_path / "long.wav", duration_s=10)
    with pytest.raises(AudioLimitError, match="split it"):
        measure(path)


def test_a_pipe_is_refused_and_nothing_hangs(tmp_path):
    path = tmp_path / "pipe.wav"
    os.mkfifo(path)
    with pytest.raises(NotAFileError, match="regular"):
        measure(path)
    with pytest.raises(NotAFileError, match="regular"):
        digest(path)


def test_a_link_in_a_circle_is_refused(tmp_path):
    path = tmp_path / "loop.wav"
    path.symlink_to(path)
    with pytest.raises(YotokitError, match=r"loop\.wav"):
        measure(path)


@contextlib.contextmanager
def without_privileges():
    """Be nobody for a while, where the tests run as root, who may read everything."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_file_that_may_not_be_read_says_so():
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        path = write_tone(Path(folder, "secret.wav"))
        path.chmod(0)
        with without_privileges(), pytest.raises(UnreadableFileError, match=r"secret\.wav"):
            measure(path)


def test_a_data_size_of_four_gigabytes_in_a_small_wav_does_no_harm(tmp_path):
    path = write_tone(tmp_path / "size.wav")
    data = bytearray(path.read_bytes())
    where = data.index(b"data") + 4
    data[where : where + 4] = struct.pack("<I", 0xFFFFFFF0)
    path.write_bytes(data)

    assert measure(path).duration_s == pytest.approx(1.0, abs=0.01)


def test_errors_survive_a_trip_to_another_process(tmp_path):
    import pickle

    error = pickle.loads(pickle.dumps(MissingFileError(tmp_path / "a.mp3", "no such file")))

    assert error.path == tmp_path / "a.mp3"
    assert "no such file" in str(error)
