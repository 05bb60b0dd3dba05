"""The service's ways of writing digests, times and refusals."""

from __future__ import annotations

import base64
import json
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["RefusedError", "UnusableAudioError", "base64url", "body_of", "read_json", "timestamp"]

_DEEPEST = 64
_LARGEST_BODY_BYTES = 10 << 20


class RefusedError(Exception):
    """An error in the service's form."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": code, "message": message}}


class UnusableAudioError(Exception):
    """The service would answer that this is no audio."""

    def __init__(self, message: str = "file is not a valid audio/video file") -> None:
        super().__init__(message)


def base64url(data: bytes) -> str:
    """Return bytes as base64url without padding, as the service writes digests."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


async def body_of(request: Request) -> bytes:
    """Return the body of a request, of which no more is held than is taken.

    Raises
    ------
    RefusedError
        It is larger than 10 MiB, or breaks off.
    """
    from starlette.requests import ClientDisconnect  # noqa: PLC0415 - with the servers only

    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > _LARGEST_BODY_BYTES:
                raise RefusedError(413, "payload-too-large", "the body is larger than 10 MiB")
    except ClientDisconnect:  # nobody is there to read it
        raise RefusedError(400, "bad-request", "the body broke off") from None
    return bytes(body)


def read_json(body: bytes) -> Any:
    """Return what JSON says; all of it can be sent again.

    Python reads more than that: NaN, numbers without end, halves of characters.

    Raises
    ------
    RefusedError
        It is no JSON, or too deep.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(400, "bad-request", "body: not JSON") from None
    if not _is_sound(value):
        raise RefusedError(400, "bad-request", "body: not JSON, or too deep")
    return value


def _is_sound(value: Any) -> bool:
    left = [(value, 0)]
    while left:
        part, depth = left.pop()
        if isinstance(part, dict | list):
            inner = [*part, *part.values()] if isinstance(part, dict) else part
            left += [(item, depth + 1) for item in inner]
        if isinstance(part, str) and part.encode("utf-8", "replace").decode() != part:
            return False
        if (isinstance(part, float) and not math.isfinite(part)) or depth > _DEEPEST:
            return False
    return True


def timestamp(moment: datetime | None = None) -> str:
    """Return a time, or the present one, as the service writes it."""
    return (moment or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
