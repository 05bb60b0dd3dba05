"""The first port's routes: what the service's API answers, and the emulator's own pages."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from yotokit.emulator import content
from yotokit.emulator.description import description
from yotokit.emulator.lint import lint_routes
from yotokit.emulator.oauth import oauth_routes
from yotokit.emulator.page import page_response
from yotokit.emulator.playable import check_timezone, playable_card
from yotokit.emulator.progress import comes_too_early, is_under_way, transcode_json
from yotokit.emulator.serving import THIS_MACHINE
from yotokit.emulator.wire import RefusedError, body_of, read_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from yotokit.emulator.media import MediaFiles
    from yotokit.emulator.oauth import Consent
    from yotokit.emulator.playable import Signer
    from yotokit.emulator.state import State
    from yotokit.emulator.uploads import Upload

__all__ = ["api_app"]

_VIEW, _MANAGE = "user:content:view", "user:content:manage"
_ICONS = "user:icons:manage"

# Of a poll that has to be repeated. A client under test may keep a clock of its own, which jumps
# where it would wait; without this it would have waited for hours before a transcode is done.
_ROUND_TRIP_S = 0.04


def api_app(
    state: State,
    storage_url: Callable[[], str],
    signer: Signer,
    media: MediaFiles,
    consent: Callable[[], Consent],
) -> Starlette:
    """Return the application.

    Parameters
    ----------
    state : State
        What it remembers.
    storage_url : callable
        Returns the address of the storage.
    signer : Signer
        Signs the addresses of playable cards.
    media : MediaFiles
        The audio that the page plays.
    consent : callable
        Returns whether a person is asked at sign-in, or what they say.
    """
    api = _Api(state, storage_url, signer, media)

    def route(
        method: str, path: str, endpoint: Callable[[Request], Awaitable[Response]], scope: str
    ) -> Route:
        return Route(path, _guarded(state, endpoint, scope), methods=[method])

    return Starlette(
        routes=[
            route("GET", "/media/transcode/audio/uploadUrl", api.upload_url, _MANAGE),
            route("GET", "/media/upload/{upload_id}/transcoded", api.transcoded, _MANAGE),
            route("POST", "/content", api.write, _MANAGE),
            route("GET", "/content/mine", api.mine, _VIEW),
            route("GET", "/content/{card_id}", api.read, _VIEW),
            route("DELETE", "/content/{card_id}", api.delete, _MANAGE),
            route("GET", "/media/displayIcons/user/yoto", api.public_icons, _ICONS),
            route("GET", "/media/displayIcons/user/me", api.own_icons, _ICONS),
            route("POST", "/media/displayIcons/user/me/upload", api.upload_icon, _ICONS),
            route("POST", "/media/coverImage/user/me/upload", api.upload_cover, _MANAGE),
            Route("/icons/{media_id}", api.picture),
            *oauth_routes(state.grants, consent),
            Route("/", api.page),
            # The page's own way to the pictures, which no random fault strikes.
            Route("/emulator/icons/{media_id}", api.picture),
            *lint_routes(state),
            Route("/emulator/openapi.json", api.description),
            Route("/emulator/counters", api.counters),
            Route("/emulator/media/{sha256}", api.media),
        ],
        middleware=[THIS_MACHINE],
    )


class _Api:
    """The endpoints: the service's own, and the emulator's page, counters and sound."""

    def __init__(
        self,
        state: State,
        storage_url: Callable[[], str],
        signer: Signer,
        media: MediaFiles,
    ) -> None:
        self._state = state
        self._storage_url = storage_url
        self._signer = signer
        self._media = media

    async def upload_url(self, request: Request) -> Response:
        self._state.counters.upload_urls += 1
        query = request.query_params
        upload = self._state.slot(query.get("sha256", ""), query.get("filename", ""))
        if upload is None:
            raise RefusedError(400, "bad-request", "query.sha256: not a SHA-256 digest")
        if upload.digest is not None and self._is_known(upload):
            return _json({"upload": {"uploadId": upload.upload_id, "uploadUrl": None}})
        signature = secrets.token_hex(32)
        life_s = self._state.knobs.url_life_s
        upload.signatures[signature] = time.monotonic() + life_s
        url = (
            f"{self._storage_url()}/uploads/{upload.upload_id}"
            f"?X-Amz-Expires={life_s:.0f}&X-Amz-Signature={signature}"
        )
        return _json({"upload": {"uploadId": upload.upload_id, "uploadUrl": url}})

    def _is_known(self, upload: Upload) -> bool:
        transcoding = upload.transcoding
        if transcoding is None or transcoding.error is not None:
            return False
        return transcoding.sha256 is not None or self._state.knobs.null_after == "upload"

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
        body = read_json(await body_of(request))
        return _json({"card": content.write_card(self._state, body)})

    async def mine(self, _: Request) -> Response:
        return _json({"cards": content.list_cards(self._state)})

    async def read(self, request: Request) -> Response:
        query = request.query_params
        check_timezone(query.get("timezone"))
        card = content.get_card(self._state, request.path_params["card_id"])
        if query.get("playable") == "true":
            card = playable_card(self._state, card, self._signer)
        return _json({"card": card})

    async def delete(self, request: Request) -> Response:
        content.delete_card(self._state, request.path_params["card_id"])
        return _json({"status": "ok"})

    async def public_icons(self, _: Request) -> Response:
        return _json({"displayIcons": self._state.pictures.public_icons()})

    async def own_icons(self, _: Request) -> Response:
        return _json({"displayIcons": self._state.pictures.own_icons()})

    async def upload_icon(self, request: Request) -> Response:
        self._state.counters.icon_uploads += 1
        icon = self._state.pictures.upload_icon(
            await body_of(request),
            request.headers.get("content-type", ""),
            convert=request.query_params.get("autoConvert") != "false",
        )
        return _json({"displayIcon": icon})

    async def upload_cover(self, request: Request) -> Response:
        self._state.counters.cover_uploads += 1
        cover = self._state.pictures.upload_cover(
            await body_of(request),
            request.headers.get("content-type", ""),
            request.query_params.get("coverType", "default"),
        )
        return _json({"coverImage": cover})

    async def picture(self, request: Request) -> Response:
        found = self._state.pictures.find(request.path_params["media_id"])
        if found is None:
            return _json({"error": {"code": "not-found", "message": "no such picture"}}, 404)
        return Response(found[0], media_type=found[1])

    async def page(self, request: Request) -> Response:
        return page_response(self._state, request.headers.get("if-none-match"))

    async def description(self, request: Request) -> Response:
        return _json(description(str(request.base_url).rstrip("/"), self._storage_url()))

    async def counters(self, _: Request) -> Response:
        counters = self._state.counters
        return _json({**asdict(counters), "content_writes": counters.content_writes})

    async def media(self, request: Request) -> Response:
        try:
            path = await self._media.find(request.path_params["sha256"])
        except RefusedError as refused:
            return _json(refused.body, refused.status)
        if path is None:
            return _json({"error": {"code": "not-found", "message": "no such media"}}, 404)
        return FileResponse(path, media_type="audio/ogg")


def _guarded(
    state: State, endpoint: Callable[[Request], Awaitable[Response]], scope: str
) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that wants a token with a scope, and refuses in the service's form."""

    async def guarded(request: Request) -> Response:
        try:
            _check_token(state, request, scope)
            return await endpoint(request)
        except RefusedError as refused:
            state.counters.refused += 1
            return _json(refused.body, refused.status)

    return guarded


def _check_token(state: State, request: Request, scope: str) -> None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    scopes = state.grants.scopes_of(token) if kind == "Bearer" else None
    if scopes is None:
        raise RefusedError(401, "unauthorized", "Unauthorized")
    if scope not in scopes:
        raise RefusedError(403, "forbidden", f"The token lacks {scope}")


def _json(body: Any, status: int = 200) -> Response:
    return JSONResponse(body, status_code=status)
