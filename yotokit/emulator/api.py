"""The API's routes: upload address, transcode, cards."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from yotokit.emulator import content
from yotokit.emulator.page import cards_page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from yotokit.emulator.state import State, Upload

__all__ = ["api_app"]

_DONE_PERCENT = 100


def api_app(state: State, storage_url: Callable[[], str], *, url_life_s: float) -> Starlette:
    """Return the application.

    Parameters
    ----------
    state : State
        What it remembers.
    storage_url : callable
        Returns the address of the storage.
    url_life_s : float
        How long an upload address is good for, seconds.
    """
    api = _Api(state, storage_url, url_life_s)

    def route(method: str, path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
        return Route(path, _guarded(state, endpoint), methods=[method])

    return Starlette(
        routes=[
            route("GET", "/media/transcode/audio/uploadUrl", api.upload_url),
            route("GET", "/media/upload/{upload_id}/transcoded", api.transcoded),
            route("POST", "/content", api.write),
            route("GET", "/content/mine", api.mine),
            route("GET", "/content/{card_id}", api.read),
            route("DELETE", "/content/{card_id}", api.delete),
            Route("/", api.page),
            Route("/emulator/counters", api.counters),
            Route("/emulator/media/{sha256}", api.media),
        ],
        # Keeps a page of the wide web from talking to it through a name that leads here.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    )


class _Api:
    """The endpoints: the service's own, and the emulator's page, counters and sound."""

    def __init__(self, state: State, storage_url: Callable[[], str], url_life_s: float) -> None:
        self._state = state
        self._storage_url = storage_url
        self._url_life_s = url_life_s

    async def upload_url(self, request: Request) -> Response:
        self._state.counters.upload_urls += 1
        query = request.query_params
        upload = self._state.slot(query.get("sha256", ""), query.get("filename", ""))
        if upload is None:
            raise content.RefusedError(400, "bad-request", "query.sha256: not a SHA-256 digest")
        known = upload.transcoding is not None and upload.transcoding.sha256 is not None
        if upload.digest is not None and known:
            return _json({"upload": {"uploadId": upload.upload_id, "uploadUrl": None}})
        signature = secrets.token_hex(32)
        upload.signatures[signature] = time.monotonic() + self._url_life_s
        url = (
            f"{self._storage_url()}/uploads/{upload.upload_id}"
            f"?X-Amz-Expires={self._url_life_s:.0f}&X-Amz-Signature={signature}"
        )
        return _json({"upload": {"uploadId": upload.upload_id, "uploadUrl": url}})

    async def transcoded(self, request: Request) -> Response:
        self._state.counters.polls += 1
        upload = self._state.uploads.get(request.path_params["upload_id"])
        if upload is None or _comes_too_early(upload):
            return _json({"error": {"code": "not-found", "message": "Upload does not exist."}}, 404)
        answer = _transcode_json(upload)
        return _json({"transcode": answer}, 200 if answer["transcodedSha256"] else 202)

    async def write(self, request: Request) -> Response:
        try:
            body = json.loads(await request.body())
        except ValueError:
            raise content.RefusedError(400, "bad-request", "body: not JSON") from None
        return _json({"card": content.write_card(self._state, body)})

    async def mine(self, _: Request) -> Response:
        return _json({"cards": content.list_cards(self._state)})

    async def read(self, request: Request) -> Response:
        return _json({"card": content.get_card(self._state, request.path_params["card_id"])})

    async def delete(self, request: Request) -> Response:
        content.delete_card(self._state, request.path_params["card_id"])
        return _json({"status": "ok"})

    async def page(self, _: Request) -> Response:
        return HTMLResponse(cards_page(self._state))

    async def counters(self, _: Request) -> Response:
        return _json(asdict(self._state.counters))

    async def media(self, request: Request) -> Response:
        upload = self._state.media.get(request.path_params["sha256"])
        if upload is None or upload.path is None:
            return _json({"error": {"code": "not-found", "message": "no such media"}}, 404)
        return FileResponse(upload.path, media_type=upload.content_type or None)


def _guarded(
    state: State, endpoint: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that wants the bearer, and answers refusals in the service's form."""

    async def guarded(request: Request) -> Response:
        offered = request.headers.get("authorization", "")
        if not secrets.compare_digest(offered.encode(), f"Bearer {state.token}".encode()):
            state.counters.refused += 1
            return _json({"error": {"code": "unauthorized", "message": "Unauthorized"}}, 401)
        try:
            return await endpoint(request)
        except content.RefusedError as refused:
            state.counters.refused += 1
            return _json(refused.body, refused.status)

    return guarded


def _comes_too_early(upload: Upload) -> bool:
    """Say whether the record still lags behind the bytes; the first asking finds nothing."""
    transcoding = upload.transcoding
    if transcoding is None:
        return True
    transcoding.polls += 1
    return transcoding.polls == 1 and transcoding.ended_at is None


def _transcode_json(upload: Upload) -> dict[str, Any]:
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


def _json(body: Any, status: int = 200) -> Response:
    return JSONResponse(body, status_code=status)
