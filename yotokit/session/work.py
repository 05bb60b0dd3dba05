"""The words for where a file is on its way, and what is known about it so far."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    from yotokit.audio import FileStamp, GainPlan, Loudness, Rendered
    from yotokit.session.growing import GrowingCurve
    from yotokit.yoto import Chapter, Media

__all__ = ["ENDED_BADLY", "WITH_PROGRESS", "JobState", "Normalize", "Work", "job_id_of"]

Normalize: TypeAlias = Literal["track", "album", "off"]

_numbers = itertools.count(1)


class JobState(StrEnum):
    """Where a file is on its way. The last three are final; a retry is a new attempt."""

    QUEUED = "queued"
    MEASURING = "measuring"
    MEASURED = "measured"
    RENDERING = "rendering"
    RENDERED = "rendered"
    UPLOADING = "uploading"
    TRANSCODING = "transcoding"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED_BADLY = frozenset({JobState.FAILED, JobState.CANCELLED})
"""What has no place on the card, and can be tried again."""

WITH_PROGRESS = frozenset({JobState.MEASURING, JobState.RENDERING, JobState.UPLOADING})
"""Where a worker says how far it is."""


@dataclass(slots=True, eq=False)
class Work:
    """One submitted file. The stages fill it in from top to bottom.

    Attributes
    ----------
    path, title : Path, str
        What was submitted, and what the card will call it.
    stamp : FileStamp or None
        Size and time of the file as it was submitted.
    job_id : str
        In log lines: the same in every run for the same file of the same card.
    number : int
        Unique in the process; in names of rendered files.
    sha256 : str
        Of the source's bytes, hex.
    curve : GrowingCurve or None
        Of the source, as far as it is measured; None once that is whole.
    loudness : Loudness or None
        Of the source.
    plan : GainPlan or None
        The gain that was applied.
    rendered : Rendered or None
        What is sent.
    on_disk : Path or None
        The file that was rendered, as long as it lies there; it is to be removed.
    upload_id, upload_noted_at : str, float
        The service's name for the upload, and when it was entered in the journal.
    resumed : bool
        The service held the bytes from an earlier run.
    sent_bytes : int
        How many bytes were handed to the network.
    media : Media or None
        What the service made of it.
    polls, waited_s : int, float
        How often the service was asked, and the pauses between, in seconds.
    out_of_reach_s, trouble : float, str
        For how long it has been waiting for the network or a token, and for what.
    told : str
        The state that the events told last.
    icon : str
        The display icon that was chosen; empty if none was.
    titled, placed : bool
        The user has chosen its title; its place.
    kept : Chapter or None
        A chapter that was on the card and stays; the path is a name then, and no file.
    kept_at : int
        The place that ``kept`` or ``stands_for`` had on the card, from 1.
    own_path : Path or None
        The file that an earlier run of this session made ``kept`` of.
    stands_for : Chapter or None
        A chapter of the card whose place this file takes.
    still_since_s, sign_of_life : float, str
        From when on the transcode has shown the same, of ``waited_s``; and what it showed.
    sent_anew : bool
        The upload was made once more because its transcode stood still.
    """

    path: Path
    title: str
    stamp: FileStamp | None = None
    job_id: str = "-"
    number: int = field(default_factory=lambda: next(_numbers))
    sha256: str = ""
    curve: GrowingCurve | None = None
    loudness: Loudness | None = None
    plan: GainPlan | None = None
    rendered: Rendered | None = None
    on_disk: Path | None = None
    upload_id: str = ""
    upload_noted_at: float = 0.0
    resumed: bool = False
    sent_bytes: int = 0
    media: Media | None = None
    polls: int = 0
    waited_s: float = 0.0
    out_of_reach_s: float = 0.0
    trouble: str = ""
    told: str = ""
    icon: str = ""
    titled: bool = False
    placed: bool = False
    kept: Chapter | None = None
    kept_at: int = 0
    own_path: Path | None = None
    stands_for: Chapter | None = None
    still_since_s: float = 0.0
    sign_of_life: str = ""
    sent_anew: bool = False


def job_id_of(mark: str, path: Path) -> str:
    """Return a name for a file of a card that is the same in every run."""
    digest = hashlib.blake2s(str(path).encode(errors="surrogateescape"), digest_size=4)
    return f"{mark}-{digest.hexdigest()}"
