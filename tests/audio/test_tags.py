from __future__ import annotations

import base64
import io
import random
import struct
import sys
import time
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st
from sound import write_tone

from yotokit.audio import ChapterMark, Tags, read_tags
from yotokit.audio.reading.tags import LARGEST_COVER_BYTES, LONGEST_TEXT
from yotokit.errors import EmptyFileError, MissingFileError, NotAFileError, UnreadableFileError

JPEG = b"\xff\xd8\xff\xe0" + b"a picture" * 9
PNG = b"\x89PNG\r\n\x1a\n" + b"another" * 9
UTF_8 = b"\x03"


def synchsafe(size):
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def frame(name, content, version=4):
    size = synchsafe(len(content)) if version == 4 else struct.pack(">I", len(content))
    return name + size + b"\0\0" + content


def text(name, value):
    return frame(name, UTF_8 + value.encode())


def id3(*frames, version=4):
    body = b"".join(frames)
    return b"ID3" + bytes([version, 0, 0]) + synchsafe(len(body)) + body


def apic(picture, kind=3):
    return frame(b"APIC", b"\0image/jpeg\0" + bytes([kind]) + b"\0" + picture)


def chap(name, start_s, title):
    times = struct.pack(">4I", int(start_s * 1000), int(start_s * 1000) + 500, 2**32 - 1, 2**32 - 1)
    return frame(b"CHAP", name + b"\0" + times + text(b"TIT2", title))


def comments(*lines):
    parts = [struct.pack("<I", len(line)) + line for line in (line.encode() for line in lines)]
    return struct.pack("<II", 0, len(parts)) + b"".join(parts)


def picture_block(picture):
    mime = b"image/jpeg"
    head = struct.pack(">II", 3, len(mime)) + mime + bytes(4 + 16)
    return head + struct.pack(">I", len(picture)) + picture


def flac(*blocks):
    """Return a FLAC header; blocks are pairs of a type and its content."""
    everything = [(0, bytes(34)), *blocks]
    last = len(everything) - 1
    return b"fLaC" + b"".join(
        bytes([kind | (0x80 if number == last else 0)]) + len(block).to_bytes(3, "big") + block
        for number, (kind, block) in enumerate(everything)
    )


def ogg(*lines):
    """Return the first two packets of an Ogg Vorbis file, in pages."""
    pages = b""
    for packet in (b"\x01vorbis" + bytes(23), b"\x03vorbis" + comments(*lines)):
        sizes = [255] * (len(packet) // 255) + [len(packet) % 255]
        for start in range(0, len(sizes), 255):
            part = sizes[start : start + 255]
            begin = start * 255
            pages += b"OggS\0\0" + bytes(8) + struct.pack("<III", 1, 0, 0) + bytes([len(part)])
            pages += bytes(part) + packet[begin : begin + sum(part)]
    return pages


def wav(*chunks):
    body = b"".join(name + struct.pack("<I", len(data)) + data for name, data in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


@pytest.fixture
def read(tmp_path):
    def read(content, **options):
        path = tmp_path / "file"
        path.write_bytes(content)
        return read_tags(path, **options)

    return read


def write_m4a(file):
    av = pytest.importorskip("av")
    names = {"title": "Fox", "artist": "Ann", "album": "Wood", "track": "3/12", "disc": "2/2"}
    with av.open(file, "w", format="ipod") as container:
        container.metadata.update(names)
        stream = container.add_stream("aac", rate=16_000, layout="mono")
        container.set_chapters(
            [
                {
                    "id": n,
                    "start": 1_500 * n,
                    "end": 1_500 * (n + 1),
                    "time_base": Fraction(1, 1_000),
                    "metadata": {"title": f"Part {n}"},
                }
                for n in (0, 1)
            ]
        )
        for number in range(47):
            silence = np.zeros((1, 1024), np.float32)
            sound = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
            sound.sample_rate, sound.pts = 16_000, 1024 * number
            container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    return file


@pytest.mark.parametrize(
    ("name", "subtype"),
    [("a.flac", "PCM_16"), ("a.ogg", "VORBIS"), ("a.opus", "OPUS"), ("a.mp3", "MPEG_LAYER_III")],
)
def test_title_artist_album_and_number_are_read_from_what_libsndfile_writes(
    tmp_path, name, subtype
):
    container = {"opus": "OGG"}.get(name[2:], name[2:].upper())
    path = tmp_path / name
    with sf.SoundFile(path, "w", 16_000, 1, subtype, format=container) as file:
        file.title, file.artist, file.album, file.tracknumber = "The Fox", "Ann", "Wood", "3/12"
        file.write(np.zeros(1600))

    assert read_tags(path) == Tags("The Fox", "Ann", "Wood", 3)


@pytest.mark.parametrize("name", ["a.wav", "a.aiff"])
def test_title_and_artist_are_read_from_wav_and_aiff(tmp_path, name):
    path = tmp_path / name
    with sf.SoundFile(path, "w", 16_000, 1) as file:
        file.title, file.artist = "The Fox", "Ann"
        file.write(np.zeros(1600))
    tags = read_tags(path)

    assert (tags.title, tags.artist) == ("The Fox", "Ann")


def test_m4a_is_read_with_its_disc_and_its_chapters(read):
    content = write_m4a(io.BytesIO()).getvalue()

    marks = (ChapterMark(0.0, "Part 0"), ChapterMark(1.5, "Part 1"))
    assert read(content) == Tags("Fox", "Ann", "Wood", 3, 2, chapters=marks)
    assert read(content, chapters=False).chapters == ()


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize(
    "encoded",
    [
        b"\x00" + "Zoë".encode("latin-1"),
        b"\x01" + b"\xff\xfe" + "Zoë".encode("utf-16-le") + b"\0\0",
        b"\x01" + b"\xfe\xff" + "Zoë".encode("utf-16-be"),
        b"\x02" + "Zoë".encode("utf-16-be"),
        b"\x03" + "Zoë".encode() + b"\0",
    ],
)
def test_id3_is_read_in_each_of_its_encodings(read, version, encoded):
    content = id3(frame(b"TIT2", encoded, version), version=version) + bytes(200)

    assert read(content).title == "Zoë"


def test_the_oldest_id3_is_read_with_its_picture(read):
    def short(name, content):
        return name + len(content).to_bytes(3, "big") + content

    frames = short(b"TT2", b"\0Fox"), short(b"TRK", b"\x003/4"), short(b"PIC", b"\0JPG\3\0" + JPEG)
    tags = read(id3(*frames, version=2) + bytes(99), cover=True)

    assert tags == Tags("Fox", track_number=3, cover=JPEG, cover_type="image/jpeg")


def test_a_tag_at_the_end_of_an_mp3_is_read(read):
    old = b"TAG" + b"The Fox".ljust(30, b"\0") + b"Ann".ljust(30, b"\0") + b"Wood".ljust(30, b"\0")
    content = b"\xff\xfb\x90\x00" + bytes(500) + old + bytes(4 + 28) + b"\x00\x07\xff"

    assert read(content) == Tags("The Fox", "Ann", "Wood", 7)


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ("  The\r\n\tFox  ", "The Fox"),
        ("A\x07B\x1b[0m\x7f", "A B [0m"),
        ("Fox\u2028and\u00a0hen", "Fox and hen"),
        ("\u202eevil\u202c \u2066x\u2069\ufeff\u200e", "evil x"),
        ("שלום עולם", "שלום עולם"),
        ("👨\u200d👩\u200d👧 family", "👨\u200d👩\u200d👧 family"),
        ("Zoe\u0308", "Zoë"),
        ("x" * 5_000, "x" * LONGEST_TEXT),
        ("\u200d \u200c", ""),
        ("\ue000\U000f0000", ""),
    ],
)
def test_a_title_becomes_one_clean_line(read, told, title):
    assert read(id3(text(b"TIT2", told))).title == title
    assert read(flac((4, comments(f"TITLE={told}")))).title == title


def test_a_nul_ends_a_title(read):
    assert read(id3(text(b"TIT2", "Fox\0Hen"))).title == "Fox"


def test_a_misread_byte_order_mark_is_no_title(read):
    unsynchronised = b"\x01\xff\x00\xfe" + "Fox".encode("utf-16-le")

    assert read(id3(frame(b"TIT2", unsynchronised), text(b"TPE1", "Ann"))) == Tags(artist="Ann")


@given(st.text(max_size=300))
def test_any_text_becomes_one_line_that_can_be_sent_and_read_again(told):
    from yotokit.audio.reading.tags import _line

    line = _line(told)

    assert len(line) <= LONGEST_TEXT
    assert line == " ".join(line.split())
    assert not any(char < " " for char in line)
    assert line.encode().decode() == line
    assert line.startswith("ÿ") or _line(line) == line


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("3/12", 3),
        ("03", 3),
        ("12/", 12),
        ("0", None),
        ("-3", None),
        ("A3", None),
        ("", None),
        ("10000", None),
        ("9" * 5_000, None),
    ],
)
def test_numbers_are_read_with_and_without_a_total(read, told, number):
    mp3 = read(id3(text(b"TRCK", told), text(b"TPOS", told)))
    other = read(flac((4, comments(f"TRACKNUMBER={told}", f"DISCNUMBER={told}"))))

    assert (mp3.track_number, mp3.disc_number) == (number, number)
    assert (other.track_number, other.disc_number) == (number, number)


COVERED = {
    "mp3": lambda picture: id3(text(b"TIT2", "Fox"), apic(picture)),
    "flac": lambda picture: flac((4, comments("TITLE=Fox")), (6, picture_block(picture))),
    "flac, picture first": lambda picture: flac(
        (6, picture_block(picture)), (4, comments("TITLE=Fox"))
    ),
    "ogg": lambda picture: ogg(
        "METADATA_BLOCK_PICTURE=" + base64.b64encode(picture_block(picture)).decode(), "TITLE=Fox"
    ),
    "wav": lambda picture: wav((b"id3 ", id3(text(b"TIT2", "Fox"), apic(picture)))),
}


@pytest.mark.parametrize("kind", COVERED)
@pytest.mark.parametrize("size", [100, 300_000, LARGEST_COVER_BYTES])
def test_a_picture_of_up_to_ten_megabytes_is_loaded_when_it_is_asked_for(read, kind, size):
    picture = JPEG.ljust(size, b"p")
    content = COVERED[kind](picture)

    assert read(content) == Tags("Fox")
    assert read(content, cover=True) == Tags("Fox", cover=picture, cover_type="image/jpeg")
    assert "ppp" not in repr(read(content, cover=True))


@pytest.mark.parametrize("kind", COVERED)
def test_a_larger_picture_is_left_alone(read, kind):
    content = COVERED[kind](JPEG.ljust(LARGEST_COVER_BYTES + 1, b"p"))

    assert read(content, cover=True) == Tags("Fox")


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        (PNG, "image/png"),
        (b"GIF89a" + bytes(20), "image/gif"),
        (b"RIFF\x20\0\0\0WEBPVP8 " + bytes(20), "image/webp"),
        (b"http://example.org/cover.jpg", ""),
        (b"<svg onload='alert(1)'/>", ""),
        (b"\xff", ""),
        (b"", ""),
    ],
)
def test_a_pictures_own_bytes_say_what_it_is(read, picture, kind):
    tags = read(id3(text(b"TIT2", "Fox"), apic(picture)), cover=True)

    assert tags == Tags("Fox", cover=picture if kind else None, cover_type=kind)


def test_the_front_cover_comes_before_other_pictures(read):
    content = id3(apic(PNG, kind=4), apic(JPEG, kind=3))

    assert read(content, cover=True).cover == JPEG


@pytest.mark.parametrize("kind", ["mp3", "flac", "wav"])
@pytest.mark.parametrize("size", [2_000, 200_000])
def test_a_picture_that_is_cut_off_takes_nothing_from_the_title(read, kind, size):
    content = COVERED[kind](JPEG.ljust(size, b"p"))[:-500]

    assert read(content, cover=True) == Tags("Fox")


def test_chapter_frames_of_an_mp3_are_read_by_pyav_and_sorted(tmp_path, monkeypatch):
    pytest.importorskip("av")
    sound = write_tone(tmp_path / "tone.mp3").read_bytes()
    path = tmp_path / "book.mp3"
    marks = chap(b"b", 0.5, "Two\r\n\u202e"), chap(b"a", 0, "One")
    path.write_bytes(id3(text(b"TIT2", "Book"), *marks) + sound)

    assert read_tags(path).chapters == (ChapterMark(0.0, "One"), ChapterMark(0.5, "Two"))

    monkeypatch.setitem(sys.modules, "av", None)
    assert read_tags(path) == Tags("Book")


@pytest.mark.parametrize("make", [ogg, lambda *lines: flac((4, comments(*lines)))])
def test_chapters_in_comments_are_read_without_pyav(read, monkeypatch, make):
    monkeypatch.setitem(sys.modules, "av", None)
    content = make(
        "CHAPTER002=00:01:30.500",
        "CHAPTER002NAME=Two",
        "CHAPTER001=00:00:00.000",
        "CHAPTER003=soon",
        "CHAPTERS=00:00:01.000",
    )

    assert read(content).chapters == (ChapterMark(0.0, ""), ChapterMark(90.5, "Two"))


def test_long_texts_and_synced_lyrics_beside_the_title_do_no_harm(read):
    lyrics = b"\x01eng\x02\x01" + "la\0".encode("utf-16-le") * 3_000
    content = id3(
        frame(b"USLT", b"\x03eng\0" + b"la " * 100_000),
        frame(b"SYLT", lyrics),
        frame(b"PRIV", b"XMP\0" + b"<x>" * 100_000),
        text(b"TIT2", "Fox"),
    )

    assert read(content) == Tags("Fox")


@pytest.mark.parametrize("suffix", ["au", "caf", "w64", "rf64"])
def test_a_format_without_tags_has_none(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    sf.write(path, np.zeros(160), 16_000, format=suffix.upper(), subtype="PCM_16")

    assert read_tags(path, cover=True) == Tags()


MANY = b"".join(b"%x\0" % n for n in range(500_000))
DAMAGED = {
    "random bytes after ID3": b"ID3\x04\x00\x00" + random.Random(7).randbytes(100_000),
    "sizes of 7f": b"ID3\x04\x00\x00" + b"\x7f" * 4 + b"APIC" + b"\x7f" * 4 + b"\0\0\0",
    "a picture of 256 MB": id3(frame(b"APIC", b"", 3), version=3)[:6]
    + b"\x7f" * 4
    + b"APIC\x0f\xff\xff\xff\0\0\0image/jpeg\0\3\0"
    + JPEG,
    "a FLAC comment of 4 GB": b"fLaC\x84\xff\xff\xff" + bytes(4) + b"\1\0\0\0" + b"\xff" * 4,
    "four billion FLAC comments": b"fLaC\x84\xff\xff\xff" + bytes(4) + b"\xff" * 4 + bytes(10**6),
    "a FLAC picture of 4 GB": flac((6, picture_block(JPEG)[:38] + b"\xff" * 4)),
    "a WAV list of 4 GB": b"RIFF\xff\xff\xff\xffWAVELIST\xff\xff\xff\xffINFOINAM\xff\xff\xff\x7f",
    "an ID3 chunk of 4 GB": b"RIFF\xff\xff\xff\xffWAVEid3 \xff\xff\xff\xffID3\x04\0\0"
    + b"\x7f" * 4
    + b"APIC"
    + b"\x7f" * 4,
    "an M4A of 2^63 bytes": b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42\0\0\0\1moov\x7f"
    + b"\xff" * 7
    + b"\0\0\0\1udta\x7f"
    + b"\xff" * 7,
    "an Ogg packet without end": (ogg("A=" + "x" * 200_000)[58 + 28 :][: 27 + 255 + 65_025]) * 99,
    "a title of half a million values": id3(frame(b"TIT2", UTF_8 + MANY)),
    "the same in a chunk": wav((b"id3 ", id3(frame(b"TIT2", UTF_8 + MANY)))),
    "a comment of many values": flac((4, comments(*[f"A={n}" for n in range(10**5)]))),
    "half a million empty frames": id3(frame(b"TIT2", b"") * 500_000),
    "lyrics that go round and round": id3(frame(b"SYLT", b"\1eng\2\1" + b"a\0\0b" * 100_000)),
    "the same lyrics in a chunk": wav(
        (b"id3 ", id3(frame(b"SYLT", b"\1eng\2\1" + b"a\0\0b" * 4_000)))
    ),
    "nothing but zeros": bytes(100_000),
    "text": b"no audio at all",
    "one byte": b"I",
    "only a signature": b"fLaC",
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_tags_raise_nothing_end_soon_and_take_little_memory(read, damage):
    begun = time.monotonic()
    tracemalloc.start()
    try:
        tags = read(DAMAGED[damage], cover=True)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert tags.cover is None
    assert len(tags.title) <= 1
    assert peak < 50e6
    assert time.monotonic() - begun < 30


def test_five_hundred_damaged_files_raise_nothing_and_end_soon(read):
    dice = random.Random(20)
    sound = [make(JPEG.ljust(20_000, b"p")) for make in COVERED.values()]
    sound.append(id3(text(b"TIT2", "Fox"), chap(b"a", 0, "One"), text(b"TRCK", "3/12")))
    sound.append(wav((b"LIST", b"INFOINAM\4\0\0\0Fox\0IART\4\0\0\0Ann\0")))
    begun = time.monotonic()
    for number in range(500):
        content = bytearray(sound[number % len(sound)])
        for _ in range(dice.randint(1, 8)):
            content[dice.randrange(min(len(content), 400))] = dice.choice((0, 255, 127, 1, 64))
        if number % 5 == 0:
            del content[dice.randrange(4, len(content)) :]
        tags = read(bytes(content), cover=number % 2 == 0, chapters=number % 3 == 0)
        assert len(tags.title) <= LONGEST_TEXT

    assert time.monotonic() - begun < 60


def test_what_is_no_file_raises_what_submitting_it_would(tmp_path, monkeypatch):
    (tmp_path / "empty.mp3").touch()
    with pytest.raises(MissingFileError, match=r"gone\.mp3"):
        read_tags(tmp_path / "gone.mp3")
    with pytest.raises(EmptyFileError):
        read_tags(tmp_path / "empty.mp3")
    with pytest.raises(NotAFileError):
        read_tags(tmp_path)

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(io, "FileIO", refuse)
    with pytest.raises(UnreadableFileError, match=r"cannot be opened \(Permission denied\)"):
        read_tags(write_tone(tmp_path / "tone.wav"))
