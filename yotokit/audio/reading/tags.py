"""What a file says of itself: title, number, picture, chapter marks. Damaged tags say nothing."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tinytag import TinyTag

from yotokit.audio.reading.files import as_path, check_file
from yotokit.errors import UnreadableFileError
from yotokit.loading import load

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["ChapterMark", "Tags", "read_tags"]

LONGEST_TEXT = 200
HIGHEST_NUMBER = 9_999
MOST_CHAPTERS = 1_000
LARGEST_COVER_BYTES = 10_000_000

_TEXT_BYTES = 8_192
_LYRICS_BYTES = 64
_AROUND_COVER_BYTES = 65_536  # its type and description, and the text of the same chunk
_MOST_BYTES = 32 << 20
_MOST_READS = 50_000
_MOST_NULS = 16_384
# Their parts belong together, so a long one is not cut: Ogg and WMA.
_UNDIVIDED = (b"OggS", b"\x30\x26\xb2\x75")
_ID3_CHUNKS = (b"id3 ", b"ID3 ")
_SYNCED_LYRICS = (b"SYLT", b"SLT")  # as ID3 2.3 and 2.4 say, and as 2.2 does
_HEAD_BYTES = 10
_FLAC_LENGTH_BYTES = 4

_JOINERS = "\u200c\u200d"  # emoji and some scripts need them; they are no whitespace
_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"GIF8": "image/gif"}
_CHAPTER_KEY = re.compile(r"chapter([0-9]{1,4})")
_CHAPTER_TIME = re.compile(r"([0-9]{1,4}):([0-9]{1,2}):([0-9]{1,2}(?:\.[0-9]{1,9})?)")


@dataclass(frozen=True, slots=True)
class ChapterMark:
    """Where a chapter begins inside a file.

    Attributes
    ----------
    start_s : float
        Seconds from the start of the file, 0 or more.
    title : str
        Empty where it has none.
    """

    start_s: float
    title: str


@dataclass(frozen=True, slots=True)
class Tags:
    """What a file says of itself.

    Attributes
    ----------
    title, artist, album : str
        One line of at most 200 characters, without control characters and without marks that
        turn the direction of writing. Empty where nothing is said.
    track_number, disc_number : int or None
        1 to 9,999; None where there is none.
    cover : bytes or None
        The picture as it is stored, at most 10 MB; only where it was asked for.
    cover_type : str
        The picture's media type, told by its first bytes: ``image/jpeg``, ``image/png``,
        ``image/gif`` or ``image/webp``. Empty where there is no picture.
    chapters : tuple of ChapterMark
        By their start, at most 1,000.
    """

    title: str = ""
    artist: str = ""
    album: str = ""
    track_number: int | None = None
    disc_number: int | None = None
    cover: bytes | None = field(default=None, repr=False)
    cover_type: str = ""
    chapters: tuple[ChapterMark, ...] = ()


def read_tags(path: str | os.PathLike[str], *, cover: bool = False, chapters: bool = True) -> Tags:
    """Return what an audio file says of itself; nothing where its tags are damaged.

    Parameters
    ----------
    path : path-like
        MP3, FLAC, Ogg, Opus, WAV, AIFF, M4A or WMA; the content decides, not the ending. Other
        files have no tags.
    cover : bool
        Load the picture. One of more than 10 MB is left alone.
    chapters : bool
        Look for chapter marks. Those of Ogg and FLAC are always found, those of MP3 and M4A
        where PyAV is installed (``yotokit[av]``).

    Raises
    ------
    InputError
        There is no such file, or it cannot be opened.

    Examples
    --------
    >>> import pathlib, soundfile, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "1.flac")
    ...     with soundfile.SoundFile(path, "w", 8_000, 1) as file:
    ...         file.title, file.tracknumber = "The Fox", "3/12"
    ...         file.write([0.0] * 80)
    ...     tags = read_tags(path)
    >>> tags.title, tags.track_number
    ('The Fox', 3)
    """
    source = as_path(path)
    check_file(source)
    told = _look(source)
    if told is None:
        return Tags()
    # Looked for apart: a damaged picture takes nothing from the title.
    picture, kind = _picture(_look(source, pictures=True)) if cover else (None, "")
    return Tags(
        title=_line(told.title),
        artist=_line(told.artist),
        album=_line(told.album),
        track_number=_number(told.track),
        disc_number=_number(told.disc),
        cover=picture,
        cover_type=kind,
        chapters=_chapters(source, told) if chapters else (),
    )


class _TagFile(io.BufferedReader):
    """An open file that gives out no more than tags may need, whatever they claim to hold.

    A library that reads as much as a tag says allocates gigabytes for a damaged one. It also
    compares each value of a field with all others; each takes a NUL at least, in its length or
    at its end, so the count of NULs bounds the time. Synced lyrics may take the square of their
    length, and nobody asked for them.
    """

    def __init__(self, path: Path, *, pictures: bool) -> None:
        super().__init__(io.FileIO(path))
        self._pictures = pictures
        self._undivided = False
        self._head = b""
        self._reads = self._given = self._nuls = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Return what comes next; of a long text its beginning, as if the rest were read too."""
        head, wanted = self._head, max(0, size or 0)
        chunk = head.startswith(_ID3_CHUNKS)
        picture = self._pictures and (chunk or _announces_picture(head))
        most = _MOST_BYTES if self._undivided else _TEXT_BYTES
        if picture:
            most = LARGEST_COVER_BYTES + _AROUND_COVER_BYTES
        elif head.startswith(_SYNCED_LYRICS):
            most = _LYRICS_BYTES
        data = super().read(min(wanted, most))
        if picture and len(data) < wanted:
            raise ValueError("the picture is too large or cut off")
        if chunk and _SYNCED_LYRICS[data[3:4] == b"\2"] in data:
            raise ValueError("synced lyrics in a chunk")
        if wanted > most:
            self.seek(wanted - most, io.SEEK_CUR)
        self._count(data, nuls=chunk or not picture)
        return data

    def _count(self, data: bytes, *, nuls: bool) -> None:
        if not self._reads:
            self._undivided = data.startswith(_UNDIVIDED)
        self._head = data if len(data) <= _HEAD_BYTES else b""
        self._reads += 1
        self._given += len(data)
        self._nuls += data.count(0) if nuls else 0
        if self._reads > _MOST_READS or self._given > _MOST_BYTES or self._nuls > _MOST_NULS:
            raise ValueError("this is more than tags hold")


def _announces_picture(head: bytes) -> bool:
    """Whether a picture may follow: after ID3's frame, M4A's data, FLAC's length."""
    picture = head.startswith((b"APIC", b"PIC")) or head.endswith(b"data")
    return picture or len(head) == _FLAC_LENGTH_BYTES


def _look(path: Path, *, pictures: bool = False) -> TinyTag | None:
    """Have the library read the tags; None where it cannot."""
    try:
        file = _TagFile(path, pictures=pictures)
    except OSError as error:
        raise UnreadableFileError(path, f"cannot be opened ({error.strerror})") from error
    with file:
        try:
            return TinyTag.get(file_obj=file, duration=False, image=pictures)
        except Exception:  # whatever damaged bytes lead to
            return None


def _line(text: str | None) -> str:
    # No name begins with this letter: it is half of a byte-order mark, so what follows is none.
    if not text or text.startswith("\xff"):
        return ""
    composed = unicodedata.normalize("NFC", text[: 4 * LONGEST_TEXT])
    words = " ".join("".join(map(_shown, composed)).split())
    return words[:LONGEST_TEXT].strip(" " + _JOINERS)


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cc":
        return " "
    hidden = category in ("Cf", "Cs", "Co") and char not in _JOINERS
    return "" if hidden else char


def _number(value: int | None) -> int | None:
    return value if value is not None and 1 <= value <= HIGHEST_NUMBER else None


def _picture(told: TinyTag | None) -> tuple[bytes | None, str]:
    """Return a picture and its media type; what its bytes say counts, not what the tag says."""
    image = told and (told.images.front_cover or told.images.any)
    if not image or len(image.data) > LARGEST_COVER_BYTES:
        return None, ""
    head = image.data[:12]
    kind = next((kind for magic, kind in _PICTURES.items() if head.startswith(magic)), "")
    if head[:4] == b"RIFF" and head[8:] == b"WEBP":
        kind = "image/webp"
    return (image.data, kind) if kind else (None, "")


def _chapters(path: Path, told: TinyTag) -> tuple[ChapterMark, ...]:
    marks = list(_comment_chapters(told.other)) or list(_container_chapters(path))
    return tuple(sorted(marks, key=lambda mark: mark.start_s)[:MOST_CHAPTERS])


def _comment_chapters(fields: dict[str, list[str]]) -> Iterator[ChapterMark]:
    """Yield what Ogg and FLAC keep in comments: CHAPTER001=0:01:30.5, CHAPTER001NAME=Title."""
    for key, values in fields.items():
        time = _CHAPTER_KEY.fullmatch(key) and _CHAPTER_TIME.fullmatch(values[0].strip())
        if time:
            start_s = 3600.0 * int(time[1]) + 60.0 * int(time[2]) + float(time[3])
            yield ChapterMark(start_s, _line(fields.get(f"{key}name", [""])[0]))


def _container_chapters(path: Path) -> Iterator[ChapterMark]:
    """Yield what MP3 and M4A keep in frames of their own, where PyAV is there to read them."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
            # Told what to expect, FFmpeg does not guess: some of its formats list addresses.
            container = "mov" if head[4:] == b"ftyp" else "mp3" if head[:3] == b"ID3" else ""
            if not container:
                return
            load("av")
            import av  # noqa: PLC0415 - an extra

            file.seek(0)
            with av.open(file, "r", format=container, metadata_errors="replace") as opened:
                found = opened.chapters()
    except Exception:  # PyAV is not there, or whatever damaged bytes lead to
        return
    for chapter in found:
        if chapter["time_base"]:
            start_s = max(0.0, float(chapter["start"] * chapter["time_base"]))
            yield ChapterMark(start_s, _line(chapter["metadata"].get("title")))
