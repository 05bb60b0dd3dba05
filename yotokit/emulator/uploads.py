"""Uploads and the media made of them, and how they are kept.

An upload is kept from the moment it has all its bytes: an address that was given out does not
outlive the emulator.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from yotokit.emulator.keeping import Keeper
    from yotokit.emulator.transcode_faults import TranscodeFault

__all__ = [
    "Media",
    "Transcoding",
    "Upload",
    "keep_media",
    "keep_upload",
    "kept_media",
    "kept_uploads",
]


@dataclass(slots=True)
class Transcoding:
    """How far the emulator is with an upload."""

    started_at: str
    due: float
    begun: float
    polls: int = 0
    answers: int = 0
    fault: TranscodeFault | None = None
    info: dict[str, Any] | None = None
    sha256: str | None = None
    error: str | None = None
    ended_at: str | None = None


@dataclass(slots=True)
class Upload:
    """A slot, and what came into it."""

    upload_id: str
    filename: str
    digest: bytes | None
    signatures: dict[str, float] = field(default_factory=dict)
    path: Path | None = None
    size_bytes: int = 0
    transcoding: Transcoding | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """What a transcode came to.

    Attributes
    ----------
    path : Path
        The upload that it was made of.
    info : dict
        What the service says of it.
    """

    path: Path
    info: dict[str, Any]


def keep_upload(keeper: Keeper, upload: Upload) -> None:
    """Write an upload that has its bytes."""
    if upload.path is None:
        return
    done = upload.transcoding
    document = {
        "filename": upload.filename,
        "digest": upload.digest.hex() if upload.digest is not None else None,
        "file": upload.path.name,
        "size_bytes": upload.size_bytes,
        # One that has not ended begins anew.
        "transcoding": _document(done) if done is not None and done.ended_at is not None else None,
    }
    keeper.put("upload", upload.upload_id, document)


def _document(done: Transcoding) -> dict[str, Any]:
    names = ("started_at", "ended_at", "sha256", "info", "error")
    return {name: getattr(done, name) for name in names}


def keep_media(keeper: Keeper, sha256: str, media: Media) -> None:
    """Write what a transcode came to."""
    keeper.put("media", sha256, {"file": media.path.name, "info": media.info})


def kept_uploads(keeper: Keeper, folder: Path) -> dict[str, Upload]:
    """Return the uploads that are kept and whole."""
    uploads = {}
    for upload_id, document, _ in keeper.all("upload"):
        digest, done = document["digest"], document["transcoding"]
        path = folder / document["file"]
        if not path.is_file() or path.stat().st_size != document["size_bytes"]:
            continue  # after a power cut, say: it is as if it had never come
        uploads[upload_id] = Upload(
            upload_id,
            document["filename"],
            bytes.fromhex(digest) if digest is not None else None,
            path=path,
            size_bytes=document["size_bytes"],
            transcoding=Transcoding(**done, due=0.0, begun=0.0) if done is not None else None,
        )
    return uploads


def kept_media(keeper: Keeper, folder: Path) -> dict[str, Media]:
    """Return the media that are kept."""
    return {
        sha256: Media(folder / document["file"], document["info"])
        for sha256, document, _ in keeper.all("media")
        if (folder / document["file"]).is_file()
    }
