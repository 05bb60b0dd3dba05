"""What the service deals in, as frozen values: cards, chapters, tracks, uploads, transcodes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from yotokit.yoto.display import card_html, card_text
from yotokit.yoto.hidden import Hidden
from yotokit.yoto.lint import lint
from yotokit.yoto.plain import REFERENCE, mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yotokit.yoto.lint import Finding

__all__ = [
    "DEFAULT_ICON",
    "Card",
    "Chapter",
    "Media",
    "SignedAddress",
    "StreamAddress",
    "Track",
    "Traffic",
    "Transcode",
    "UploadSlot",
]

DEFAULT_ICON = f"{REFERENCE}aUm9i3ex3qqAMYBv-i-O-pYMKuMJGICtR3Vhf289u2Q"
"""The display icon that the service's own examples use."""


@dataclass(frozen=True, slots=True)
class Media:
    """Audio as the service made it of an upload.

    Attributes
    ----------
    sha256 : str
        The service's name for it, 43 characters of base64url; of a stream, its address.
    duration_s : float
        Seconds.
    size_bytes : int
        Bytes.
    format : str
        What a track that plays it must say: ``opus``, ``aac``...
    channels : {"mono", "stereo"}
        In the service's words.
    """

    sha256: str
    duration_s: float
    size_bytes: int
    format: str
    channels: str


@dataclass(frozen=True, slots=True)
class Transcode:
    """How far the service is with an upload.

    Attributes
    ----------
    media : Media or None
        The result, once there is one.
    phase : str
        The service's word, empty where it gave none.
    percent : float or None
        0 to 100, where it gave a number.
    there : bool
        The service knows of the upload: its bytes have arrived.
    """

    media: Media | None
    phase: str = ""
    percent: float | None = None
    there: bool = True


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went over the network so far.

    Attributes
    ----------
    requests : int
        Requests sent, repeated ones too.
    retries : int
        Those that were repetitions.
    bytes_sent : int
        Bytes of audio handed to the network, of broken-off uploads too.
    """

    requests: int = 0
    retries: int = 0
    bytes_sent: int = 0


class StreamAddress(str):
    """An address that may be a credential, as part of a value that travels like any other."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<address of a stream>"


class SignedAddress(Hidden):
    """An address that is a credential."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<signed address>"


@dataclass(frozen=True, slots=True)
class UploadSlot:
    """Where to send a file.

    Attributes
    ----------
    upload_id : str
        To ask for the transcode with.
    url : str or None
        A signed address, and so a secret; None if the service holds the bytes already.
    """

    upload_id: str
    url: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Track:
    """One audio file on a card.

    Attributes
    ----------
    key : str
        Unique in its chapter.
    title : str
        As the app shows it.
    media : Media
        What is played.
    overlay_label : str
        What the player shows: a number, usually.
    icon : str or None
        Display icon, a ``yoto:#`` reference.
    extra : mapping
        What the service says and this package does not know; it is sent back as it came.
    """

    key: str
    title: str
    media: Media
    overlay_label: str
    icon: str | None = DEFAULT_ICON
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class Chapter:
    """What the player's buttons move between; usually one track.

    Attributes
    ----------
    key : str
        Unique on the card, and the same for the same audio: players keep audio by it.
    title, overlay_label, icon, extra
        As for `Track`.
    tracks : tuple of Track
        In order.
    """

    key: str
    title: str
    tracks: tuple[Track, ...]
    overlay_label: str
    icon: str | None = DEFAULT_ICON
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)

    @property
    def duration_s(self) -> float:
        """Seconds of all its tracks."""
        return math.fsum(track.media.duration_s for track in self.tracks)

    @property
    def size_bytes(self) -> int:
        """Bytes of all its tracks."""
        return sum(track.media.size_bytes for track in self.tracks)


@dataclass(frozen=True, slots=True)
class Card:
    """A playlist that a physical card can be linked to.

    Attributes
    ----------
    title : str
        As the app shows it.
    chapters : tuple of Chapter
        In order. Empty in a list of cards: ask for the one card to get them.
    card_id : str
        The service's five characters; empty for a card that is not there yet.
    updated_at : str
        When it was last written, as the service says.
    content, metadata, extra : mapping
        What else the service says of the two, and beside them; it is sent back as it came.
    pictures : mapping of str to bytes
        Pictures to show it with, by reference or address; see `YotoClient.illustrated`.
    """

    title: str
    chapters: tuple[Chapter, ...] = ()
    card_id: str = ""
    updated_at: str = ""
    content: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)
    metadata: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)
    pictures: Mapping[str, bytes] = field(
        default_factory=dict, repr=False, hash=False, compare=False
    )

    @property
    def duration_s(self) -> float:
        """Seconds of all chapters."""
        return math.fsum(chapter.duration_s for chapter in self.chapters)

    @property
    def size_bytes(self) -> int:
        """Bytes of all chapters."""
        return sum(chapter.size_bytes for chapter in self.chapters)

    @property
    def cover(self) -> str:
        """The address of its cover; empty if it has none."""
        address = mapping(self.metadata.get("cover")).get("imageL")
        return address if isinstance(address, str) else ""

    @property
    def icons(self) -> tuple[str, ...]:
        """The icons of its chapters, then those of their tracks, each once."""
        icons = [chapter.icon for chapter in self.chapters]
        icons += [track.icon for chapter in self.chapters for track in chapter.tracks]
        return tuple(dict.fromkeys(icon for icon in icons if icon))

    def lint(self) -> tuple[Finding, ...]:
        """Return what the service would refuse of it, and what a player would choke on."""
        return lint(self)

    def __str__(self) -> str:
        return card_text(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001 - IPython's form
        printer.text("..." if cycle else str(self))

    def _repr_html_(self) -> str:
        return card_html(self)
