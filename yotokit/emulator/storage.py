"""The second port: plays the object storage that takes the uploads."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.emulator.state import State, Upload

__all__ = ["storage_app"]

_LARGEST_BYTES = 5 << 30


def storage_app(state: State, uploaded: Callable[[Upload], None]) -> Starlette:
    """Return the application; it calls a function with each upload that was taken."""

    async def put(request: Request) -> Response:
        state.counters.puts += 1
        upload = state.uploads.get(request.path_params["upload_id"])
        refusal = _refusal(request, upload)
        if refusal is not None or upload is None:
            state.counters.refused += 1
            return refusal or _error(403, "AccessDenied", "no such upload")
        path, seen, size = state.new_file(), hashlib.sha256(), 0
        try:
            with path.open("wb") as file:
                async for piece in request.stream():
                    seen.update(piece)
                    size += len(piece)
                    file.write(piece)
        except ClientDisconnect:
            path.unlink()
            return Response(status_code=400)
        if upload.digest is not None and seen.digest() != upload.digest:
            path.unlink()
            state.counters.refused += 1
            return _error(400, "BadDigest", "the bytes are not those that were announced")
        state.counters.completed(seen.hexdigest(), again=upload.path is not None)
        # What was there before stays on disk: a transcode may still be reading it.
        upload.path, upload.size_bytes = path, size
        upload.content_type = request.headers.get("content-type", "")
        uploaded(upload)
        return Response(headers={"ETag": f'"{seen.hexdigest()[:32]}"'})

    return Starlette(routes=[Route("/uploads/{upload_id}", put, methods=["PUT"])])


def _refusal(request: Request, upload: Upload | None) -> Response | None:
    """Return why the storage would not take the request, or None."""
    headers = request.headers
    length = headers.get("content-length", "")
    signature = request.query_params.get("X-Amz-Signature", "")
    expires = upload.signatures.get(signature) if upload is not None else None
    refusal = None
    if "authorization" in headers:
        refusal = 400, "InvalidArgument", "Only one auth mechanism allowed"
    elif "chunked" in headers.get("transfer-encoding", ""):
        refusal = 501, "NotImplemented", "Transfer-Encoding is not implemented"
    elif not length.isdigit():
        refusal = 411, "MissingContentLength", "You must provide the Content-Length header"
    elif int(length) > _LARGEST_BYTES:
        refusal = 400, "EntityTooLarge", "Your proposed upload is too large"
    elif expires is None:
        refusal = 403, "SignatureDoesNotMatch", "The signature does not match"
    elif time.monotonic() > expires:
        refusal = 403, "AccessDenied", "Request has expired"
    return _error(*refusal) if refusal is not None else None


def _error(status: int, code: str, message: str) -> Response:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    )
    return Response(body, status_code=status, media_type="application/xml")
