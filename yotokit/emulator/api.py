"""The API's routes: upload address, transcode, cards."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from yotokit.emulator import content
from yotokit.emulator.page import cards_page
from yotokit.emulator.progress import comes_too_early, is_under_way, transcode_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from yotokit.emulator.state import State, Upload

__all__ = ["api_app"]

# Of a poll that has to be repeated. A client under test may keep a clock of its own, which jumps
# where it would wait; without this it would have waited for hours before a transcode is done.
_ROUND_TRIP_S = 0.04


def api_app(
    state: State,
    storage_url: Callable[[], str],
    *,
    url_life_s: float,
    null_after: Literal["transcode", "upload"],
) -> Starlette:
    """Return the application.

    Parameters
    ----------
    state : State
        What it remembers.
    storage_url : callable
        Returns the address of the storage.
    url_life_s : float
        How long an upload address is good for, seconds.
    null_after : {"transcode", "upload"}
        From when on the same bytes get no address any more.
    """
    api = _Api(state, storage_url, url_life_s, null_after)

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

    def __init__(
        self,
        state: State,
        storage_url: Callable[[], str],
        url_life_s: float,
        null_after: Literal["transcode", "upload"],
    ) -> None:
        self._state = state
        self._storage_url = storage_url
        self._url_life_s = url_life_s
        self._null_after = null_after

    async def upload_url(self, request: Request) -> Response:
        self._state.counters.upload_urls += 1
        query = request.query_params
        upload = self._state.slot(query.get("sha256", ""), query.get("filename", ""))
        if upload is None:
            raise content.RefusedError(400, "bad-request", "query.sha256: not a SHA-256 digest")
        if upload.digest is not None and self._is_known(upload):
            return _json({"upload": {"uploadId": upload.upload_id, "uploadUrl": None}})
        signature = secrets.token_hex(32)
        upload.signatures[signature] = time.monotonic() + self._url_life_s
        url = (
            f"{self._storage_url()}/uploads/{upload.upload_id}"
            f"?X-Amz-Expires={self._url_life_s:.0f}&X-Amz-Signature={signature}"
        )
        return _json({"upload": {"uploadId": upload.upload_id, "uploadUrl": url}})

    def _is_known(self, upload: Upload) -> bool:
        transcoding = upload.transcoding
        if transcoding is None or transcoding.error is not None:
            return False
        return transcoding.sha256 is not None or self._null_after == "upload"

    async def transcoded(self, request: Request) -> Response:
        self._state.counters.polls += 1
        upload = self._state.uploads.get(request.path_params["upload_id"])
        if upload is not None and is_under_way(upload):
            await asyncio.sleep(_ROUND_TRIP_S)
        if upload is None or comes_too_early(upload):
            return _json({"error": {"code": "not-found", "message": "Upload does not exist."}}, 404)
        answer = transcode_json(upload)
        return _json({"transcode": answer}, 200 if answer["transcodedSha256"] else 202)

    async def write(self, request: Request) -> Response:
        try:
            body = json.loads(await request.body())
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
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
        counters = self._state.counters
        return _json({**asdict(counters), "content_writes": counters.content_writes})

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


def _json(body: Any, status: int = 200) -> Response:
    return JSONResponse(body, status_code=status)
