"""The second port: plays the object storage that takes the uploads and hands out the media."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from yotokit.emulator.serving import THIS_MACHINE
from yotokit.emulator.wire import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.emulator.media import MediaFiles
    from yotokit.emulator.playable import Signer
    from yotokit.emulator.state import State
    from yotokit.emulator.uploads import Upload

__all__ = ["storage_app"]

_LARGEST_BYTES = 5 << 30
_TWO_WAYS = "InvalidArgument", "Only one auth mechanism allowed"


def storage_app(
    state: State, uploaded: Callable[[Upload], None], signer: Signer, media: MediaFiles
) -> Starlette:
    """Return the application.

    Parameters
    ----------
    state : State
        What it remembers.
    uploaded : callable
        Called with each upload that was taken.
    signer : Signer
        Says which addresses of media are good.
    media : MediaFiles
        The media.
    """

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
        uploaded(upload)
        return Response(headers={"ETag": f'"{seen.hexdigest()[:32]}"'})

    async def get(request: Request) -> Response:
        sha256 = request.path_params["sha256"]
        if "authorization" in request.headers:
            refusal = 400, *_TWO_WAYS
        elif wrong := signer.refusal(sha256, dict(request.query_params)):
            refusal = 403, *wrong
        else:
            return await _audio(media, sha256)
        state.counters.refused += 1
        return _error(*refusal)

    return Starlette(
        routes=[
            Route("/uploads/{upload_id}", put, methods=["PUT"]),
            Route("/media/{sha256}", get, methods=["GET"]),
        ],
        middleware=[THIS_MACHINE],
    )


async def _audio(media: MediaFiles, sha256: str) -> Response:
    try:
        path = await media.find(sha256)
    except RefusedError as refused:
        return _error(refused.status, "SlowDown", str(refused))
    if path is None:
        return _error(404, "NoSuchKey", "The specified key does not exist")
    return FileResponse(path, media_type="audio/ogg")


def _refusal(request: Request, upload: Upload | None) -> Response | None:
    """Return why the storage would not take the request, or None."""
    headers = request.headers
    length = headers.get("content-length", "")
    signature = request.query_params.get("X-Amz-Signature", "")
    expires = upload.signatures.get(signature) if upload is not None else None
    refusal = None
    if "authorization" in headers:
        refusal = 400, *_TWO_WAYS
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
