"""The words for where a file is on its way, and what is known about it so far."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    from yotokit.audio import FileStamp, GainPlan, Loudness, Rendered
    from yotokit.yoto import Media

__all__ = ["JobState", "Normalize", "Work"]

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


@dataclass(slots=True, eq=False)
class Work:
    """One submitted file. The stages fill it in from top to bottom.

    Attributes
    ----------
    path, title : Path, str
        What was submitted, and what the card will call it.
    number : int
        Unique in the process; in log lines and file names.
    stamp : FileStamp or None
        Size and time of the file as it was submitted.
    loudness : Loudness or None
        Of the source.
    plan : GainPlan or None
        The gain that was applied.
    rendered : Rendered or None
        What is sent.
    upload_id : str
        The service's name for the upload.
    media : Media or None
        What the service made of it.
    polls, waited_s : int, float
        How often the service was asked, and the pauses between, in seconds.
    told : str
        The state that the events told last.
    """

    path: Path
    title: str
    stamp: FileStamp | None = None
    number: int = field(default_factory=lambda: next(_numbers))
    loudness: Loudness | None = None
    plan: GainPlan | None = None
    rendered: Rendered | None = None
    upload_id: str = ""
    media: Media | None = None
    polls: int = 0
    waited_s: float = 0.0
    told: str = ""
