"""How far a transcode is, in the service's words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from yotokit.emulator.wire import RefusedError, base64url

if TYPE_CHECKING:
    from yotokit.emulator.uploads import Transcoding, Upload

__all__ = ["comes_too_early", "is_under_way", "transcode_json"]

_DONE_PERCENT = 100
_STALLED_PERCENT = 42
_OPTIONS_HASH = base64url(bytes(32))


def is_under_way(upload: Upload) -> bool:
    """Say whether a transcode has begun and not ended."""
    return upload.transcoding is not None and upload.transcoding.ended_at is None


def comes_too_early(upload: Upload) -> bool:
    """Say whether the record still lags behind the bytes; the first asking finds nothing."""
    transcoding = upload.transcoding
    if transcoding is None:
        return True
    transcoding.polls += 1
    fault = transcoding.fault
    if fault is not None and fault.kind == "late_record":
        return transcoding.polls <= fault.polls
    return transcoding.polls == 1 and transcoding.ended_at is None


def transcode_json(upload: Upload) -> dict[str, Any]:
    """Return the state of a transcode; a failed one stays a 202, as the service has it.

    Raises
    ------
    RefusedError
        The service will not say.
    """
    state = upload.transcoding
    if state is None:
        raise RuntimeError("asked for a transcode that has not begun")
    kind = _kind(state)
    if kind == "copyright403":
        raise RefusedError(403, "forbidden", "The file was rejected.")
    failed = state.error is not None
    answer = {
        "uploadId": upload.upload_id,
        "uploadFilename": upload.filename,
        "transcodedSha256": state.sha256,
        "failedUploadSha256": upload.upload_id if failed and kind != "error" else None,
        "startedAt": state.started_at,
        "transcodedAt": None if failed else state.ended_at,
        "error": {"name": "TranscodeError", "message": state.error} if failed else None,
        "erroredAt": state.ended_at if failed else None,
        "progress": None if failed else _progress(state),
    }
    if failed and kind == "failed_sha":
        silent = {"error": None, "erroredAt": None, "startedAt": None}
        return {**answer, **silent, "failedOptionsHash": _OPTIONS_HASH}
    if state.info is None or _info_is_missing(state):
        return answer
    return {**answer, "transcodedInfo": state.info}


def _kind(state: Transcoding) -> str:
    return state.fault.kind if state.fault is not None else ""


def _progress(state: Transcoding) -> dict[str, Any] | None:
    if state.sha256 is not None:
        return {"phase": "complete", "percent": _DONE_PERCENT}
    if _kind(state) == "no_progress":
        return None
    if _kind(state) == "stall":
        return {"phase": "transcoding", "percent": _STALLED_PERCENT}
    span = max(state.due - state.begun, 1e-9)
    percent = min(99, int(_DONE_PERCENT * (time.monotonic() - state.begun) / span))
    return {"phase": "transcoding", "percent": percent}


def _info_is_missing(state: Transcoding) -> bool:
    state.answers += 1
    fault = state.fault
    return fault is not None and fault.kind == "incomplete" and state.answers <= fault.polls
