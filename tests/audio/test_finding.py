from __future__ import annotations

import os

import numpy as np
import pytest
import soundfile as sf
from sound import write_tone

from yotokit.audio import find_audio
from yotokit.audio.reading.finding import title_of
from yotokit.errors import (
    EmptyFileError,
    InputError,
    MissingFileError,
    NoAudioFoundError,
    NotAFileError,
    SettingError,
    UnreadableFileError,
)


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


def write_tagged(path, **tags):
    path.parent.mkdir(exist_ok=True)
    with sf.SoundFile(path, "w", 16_000, 1) as file:
        for name, value in tags.items():
            if value:
                setattr(file, name, value)
        file.write(0.1 * np.sin(np.arange(16_000) / 20))
    return path


def write_id3(path, **frames):
    """Write tags alone; what libsndfile writes knows no discs."""
    body = b"".join(
        name.encode() + bytes([0, 0, 0, len(value) + 1, 0, 0, 0]) + value.encode()
        for name, value in frames.items()
    )
    path.write_bytes(b"ID3\x03\0\0" + bytes([0, 0, 0, len(body)]) + body)


@pytest.fixture
def numbered(tmp_path):
    """Return a folder whose names and track numbers tell different orders."""
    for name, number in (("a", "3/3"), ("b", "1/3"), ("c", "2/3")):
        write_tagged(tmp_path / f"{name}.flac", tracknumber=number)
    return tmp_path


def test_a_folder_and_a_pattern_are_taken_in_the_order_of_their_track_numbers(numbered):
    assert names(find_audio(numbered)) == ["b.flac", "c.flac", "a.flac"]
    assert names(find_audio([numbered])) == ["b.flac", "c.flac", "a.flac"]
    assert names(find_audio(f"{numbered}/*.flac")) == ["b.flac", "c.flac", "a.flac"]
    assert names(find_audio(f"{numbered}/[ac].flac")) == ["c.flac", "a.flac"]


def test_without_tags_a_folder_is_taken_in_natural_order(numbered):
    found = find_audio(numbered, tags=False)

    assert names(found) == ["a.flac", "b.flac", "c.flac"]
    assert [candidate.tags for candidate in found] == [None] * 3


def test_files_that_are_named_keep_the_order_in_which_they_are_named(numbered):
    chosen = [numbered / f"{name}.flac" for name in "acb"]

    assert names(find_audio(chosen)) == ["a.flac", "c.flac", "b.flac"]


@pytest.mark.parametrize("spoil", ["no number", "the same number", "nothing in it", "no tags"])
def test_one_number_missing_or_there_twice_leaves_the_folder_in_natural_order(numbered, spoil):
    path = numbered / "d.flac"
    if spoil == "nothing in it":
        path.touch()
    elif spoil == "no tags":
        path.write_bytes(b"no audio")
    else:
        write_tagged(path, tracknumber="" if spoil == "no number" else "2")

    assert names(find_audio(numbered)) == ["a.flac", "b.flac", "c.flac", "d.flac"]


def test_discs_come_one_after_the_other_and_a_disc_without_number_is_the_first(tmp_path):
    write_id3(tmp_path / "a.mp3", TRCK="1", TPOS="2/2")
    write_id3(tmp_path / "b.mp3", TRCK="2")
    write_id3(tmp_path / "c.mp3", TRCK="1", TPOS="1/2")
    write_id3(tmp_path / "d.mp3", TRCK="10", TPOS="1")

    assert names(find_audio(tmp_path)) == ["c.mp3", "b.mp3", "d.mp3", "a.mp3"]


def test_each_folder_has_an_order_of_its_own(tmp_path):
    for folder in ("b side", "d side"):
        write_tagged(tmp_path / folder / "x.flac", tracknumber="2")
        write_tagged(tmp_path / folder / "y.flac", tracknumber="1")
    write_tagged(tmp_path / "d side" / "z.flac")
    write_tagged(tmp_path / "a.flac", tracknumber="2")
    write_tagged(tmp_path / "c.flac", tracknumber="1")
    found = [str(candidate.path.relative_to(tmp_path)) for candidate in find_audio(tmp_path)]

    assert [name.replace(os.sep, "/") for name in found] == [
        "c.flac",
        "b side/y.flac",
        "b side/x.flac",
        "a.flac",
        "d side/x.flac",
        "d side/y.flac",
        "d side/z.flac",
    ]


def test_a_file_that_cannot_be_opened_has_no_tags_and_is_no_error_yet(tmp_path, monkeypatch):
    path = write_tagged(tmp_path / "03 fox.flac", title="The Fox")

    def refuse(path, **_):
        raise UnreadableFileError(path, "cannot be opened")

    monkeypatch.setattr("yotokit.audio.reading.finding.read_tags", refuse)
    (candidate,) = find_audio(path)

    assert (candidate.title, candidate.tags, candidate.error) == ("fox", None, None)


@pytest.mark.parametrize(
    ("told", "title"),
    [("The Fox", "The Fox"), ("", "x"), (" \u202e ", "x"), ("y" * 99 + " z", "y" * 99)],
)
def test_a_title_is_the_tags_or_else_the_names(tmp_path, told, title):
    (candidate,) = find_audio(write_tagged(tmp_path / "1 x.flac", title=told))

    assert candidate.title == title


def test_a_session_takes_titles_from_tags_unless_told_otherwise(tmp_path, yoto, threads):
    import yotokit as yk

    path = write_tagged(tmp_path / "03 - hen.flac", title="The Fox")
    with yk.Session("x", yoto, engine=threads) as session:
        assert [job.title for job in session.submit(path)] == ["The Fox"]
    with yk.Session("x", yoto, engine=threads) as session:
        assert [job.title for job in session.submit(path, title="Ann")] == ["Ann"]
    with yk.Session("x", yoto, engine=threads, tags=False) as session:
        assert [job.title for job in session.submit(path)] == ["hen"]


def test_a_session_takes_a_folder_by_its_numbers_unless_told_otherwise(numbered, yoto, threads):
    import yotokit as yk

    with yk.Session("x", yoto, engine=threads) as session:
        session.submit(numbered)
        assert [job.title for job in session.jobs] == ["b", "c", "a"]
    with yk.Session("x", yoto, engine=threads, tags=False) as session:
        session.submit(numbered)
        assert [job.title for job in session.jobs] == ["a", "b", "c"]


@pytest.mark.parametrize("name", ["~nosuchuser/a.wav", "x" * 300, "x" * 300 + "*.wav", "a" * 5000])
def test_a_name_that_cannot_be_one_is_a_typed_error(name):
    with pytest.raises(InputError):
        find_audio(name)


def test_a_title_that_several_files_have_is_none(tmp_path):
    for number in (1, 2, 3):
        with sf.SoundFile(tmp_path / f"{number} Part.flac", "w", 8_000, 1) as file:
            file.title = "The Book" if number < 3 else "The End"
            file.write(np.zeros(80))

    assert [candidate.title for candidate in find_audio(tmp_path)] == ["Part", "Part", "The End"]


def test_track_numbers_of_different_albums_do_not_order_a_folder(tmp_path):
    write_tagged(tmp_path / "01 Moon.flac", tracknumber="7", album="A")
    write_tagged(tmp_path / "02 Sun.flac", tracknumber="2", album="B")
    write_tagged(tmp_path / "03 Star.flac", tracknumber="5", album="C")

    assert names(find_audio(tmp_path)) == ["01 Moon.flac", "02 Sun.flac", "03 Star.flac"]


def test_a_title_that_several_files_of_a_list_have_is_none(tmp_path):
    for number in (1, 2):
        write_tagged(tmp_path / f"Chapter {number}.flac", title="The Book")

    listed = find_audio(sorted(tmp_path.iterdir()))
    assert [candidate.title for candidate in listed] == ["Chapter 1", "Chapter 2"]
