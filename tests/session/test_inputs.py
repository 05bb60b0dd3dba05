from __future__ import annotations

import os

import pytest
from sound import write_tone

from yotokit.errors import (
    EmptyFileError,
    MissingFileError,
    NoAudioFoundError,
    NotAFileError,
    SettingError,
)
from yotokit.session import find_audio
from yotokit.session.inputs import title_of


def names(candidates):
    return [candidate.path.name for candidate in candidates]


@pytest.fixture
def folder(tmp_path):
    for name in ("10 ten.wav", "2 two.wav", "1 one.wav", "B side/3 three.wav"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        write_tone(path)
    (tmp_path / "cover.jpg").write_bytes(b"no audio")
    (tmp_path / "notes.txt").write_text("no audio")
    write_tone(tmp_path / "._1 one.wav")
    return tmp_path


def test_a_folder_is_taken_in_natural_order_with_its_subfolders_and_without_other_files(folder):
    assert names(find_audio(folder)) == ["1 one.wav", "2 two.wav", "10 ten.wav", "3 three.wav"]


def test_a_pattern_is_taken_in_natural_order(folder):
    assert names(find_audio(f"{folder}/*.wav")) == ["1 one.wav", "2 two.wav", "10 ten.wav"]
    assert len(find_audio(f"{folder}/**/*.wav")) == 4


def test_a_list_keeps_its_order_and_names_each_file_once(folder):
    chosen = [folder / "10 ten.wav", str(folder / "1 one.wav"), folder / "10 ten.wav"]

    assert names(find_audio(chosen)) == ["10 ten.wav", "1 one.wav"]
    assert names(find_audio(iter(chosen))) == ["10 ten.wav", "1 one.wav"]


def test_a_file_whose_name_looks_like_a_pattern_is_the_file(tmp_path):
    path = write_tone(tmp_path / "song [live] *.wav")

    assert names(find_audio(path)) == [path.name]


def test_a_file_that_is_named_is_taken_whatever_its_ending(tmp_path):
    path = write_tone(tmp_path / "tone.wav").rename(tmp_path / "tone.bak")

    assert names(find_audio(path)) == ["tone.bak"]


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda p: p / "gone.mp3", MissingFileError, "gone.mp3: no such file"),
        (lambda p: p / "file.txt" / "x.mp3", MissingFileError, "no such file"),
        (lambda p: p / "empty.mp3", EmptyFileError, "empty.mp3: is empty"),
        (lambda p: p / "x.wav", NotAFileError, "x.wav: is a folder"),
        (
            lambda p: p / "nothing here",
            NoAudioFoundError,
            "nothing here: the folder holds no audio",
        ),
        (lambda p: p / "*.ogg", NoAudioFoundError, "the pattern holds no audio"),
        (lambda p: "", MissingFileError, "'': is no path"),
        (lambda p: "a\0b.mp3", MissingFileError, "a\\x00b.mp3"),
        (lambda p: p / ("a" * 300 + ".mp3"), Exception, "aaa.mp3"),
    ],
)
def test_what_cannot_be_taken_is_named_with_what_to_do(tmp_path, make, error, says):
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "file.txt").write_text("x")
    (tmp_path / "x.wav").mkdir()
    (tmp_path / "nothing here").mkdir()
    with pytest.raises(error) as caught:
        find_audio(make(tmp_path))

    assert says in str(caught.value)


def test_a_bad_file_in_a_folder_is_a_verdict_and_no_exception(folder):
    (folder / "0 empty.mp3").touch()
    (folder / "11 is a folder.wav").mkdir()
    os.mkfifo(folder / "12 pipe.wav")
    verdicts = {c.path.name: type(c.error) for c in find_audio(folder)}

    assert verdicts["0 empty.mp3"] is EmptyFileError
    assert verdicts["12 pipe.wav"] is NotAFileError
    assert verdicts["1 one.wav"] is type(None)
    assert type(find_audio(f"{folder}/11*")[0].error) is NotAFileError


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("01 - The Moon.mp3", "The Moon"),
        ("1. Sun.flac", "Sun"),
        ("07_Rain_Song.ogg", "Rain Song"),
        ("1984.wav", "1984"),
        ("99 Balloons.wav", "Balloons"),
        ("12.wav", "12"),
        ("A\nB\x07.wav", "A B"),
        ("x" * 300 + ".wav", "x" * 100),
        (".wav", ".wav"),
    ],
)
def test_titles_are_made_of_file_names(tmp_path, name, title):
    assert title_of(tmp_path / name) == title


def test_a_title_for_several_files_is_refused(folder, yoto, threads):
    import yotokit as yk

    with yk.Session("x", yoto, engine=threads) as session:
        with pytest.raises(SettingError, match="for one file"):
            session.submit(folder, title="All")
        assert session.jobs == []


@pytest.mark.parametrize("what", [None, 7, [None], [7, "x"]])
def test_what_is_no_path_at_all_is_refused(what):
    with pytest.raises(SettingError, match="no path"):
        find_audio(what)


def test_a_path_in_bytes_is_a_path(tmp_path):
    path = write_tone(tmp_path / "tone.wav")

    assert names(find_audio(os.fsencode(path))) == ["tone.wav"]


def test_a_pattern_works_in_a_folder_with_brackets_and_names_each_file_once(tmp_path, monkeypatch):
    folder = tmp_path / "Bedtime [2023]"
    (folder / "side").mkdir(parents=True)
    write_tone(folder / "a.wav")
    write_tone(folder / "side" / "b.wav")
    monkeypatch.chdir(folder)

    assert names(find_audio("*.wav")) == ["a.wav"]
    assert names(find_audio("**/**/*.wav")) == ["a.wav", "b.wav"]
