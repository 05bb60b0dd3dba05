"""How far a transcode is, in the service's words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yotokit.emulator.state import Upload

__all__ = ["comes_too_early", "is_under_way", "transcode_json"]

_DONE_PERCENT = 100


def is_under_way(upload: Upload) -> bool:
    """Say whether a transcode has begun and not ended."""
    return upload.transcoding is not None and upload.transcoding.ended_at is None


def comes_too_early(upload: Upload) -> bool:
    """Say whether the record still lags behind the bytes; the first asking finds nothing."""
    transcoding = upload.transcoding
    if transcoding is None:
        return True
    transcoding.polls += 1
    return transcoding.polls == 1 and transcoding.ended_at is None


def transcode_json(upload: Upload) -> dict[str, Any]:
    """Return the state of a transcode; a failed one stays a 202, as the service has it."""
    state = upload.transcoding
    if state is None:
        raise RuntimeError("asked for a transcode that has not begun")
    failed = state.error is not None
    span = max(state.due - state.begun, 1e-9)
    percent = min(99, int(_DONE_PERCENT * (time.monotonic() - state.begun) / span))
    progress: dict[str, Any] | None = {"phase": "transcoding", "percent": percent}
    if state.sha256 is not None:
        progress = {"phase": "complete", "percent": _DONE_PERCENT}
    answer = {
        "uploadId": upload.upload_id,
        "uploadFilename": upload.filename,
        "transcodedSha256": state.sha256,
        "failedUploadSha256": upload.upload_id if failed else None,
        "startedAt": state.started_at,
        "transcodedAt": None if failed else state.ended_at,
        "error": {"name": "TranscodeError", "message": state.error} if failed else None,
        "erroredAt": state.ended_at if failed else None,
        "progress": None if failed else progress,
    }
    return answer if state.info is None else {**answer, "transcodedInfo": state.info}
