"""The sign-in service: a page that asks the person, and the tokens."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import parse_qsl, urlencode

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from yotokit.emulator.grants import OAuthError
from yotokit.emulator.wire import RefusedError, body_of, read_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from yotokit.emulator.grants import Grants

__all__ = ["Consent", "oauth_routes"]

Consent: TypeAlias = Literal["ask", "allow", "deny"]

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · local Yoto emulator</title>
<style>
body {{ font: 17px/1.5 system-ui, sans-serif; max-width: 30em; margin: 12vh auto; padding: 0 1em; }}
h1 {{ font-size: 1.4em; }} a {{ display: inline-block; padding: .6em 1.4em; margin-right: .6em;
  border-radius: 999px; border: 1px solid; text-decoration: none; color: inherit; }}
a.yes {{ background: #0b6b3a; border-color: #0b6b3a; color: #fff; }} li {{ margin: .2em 0; }}
</style></head><body>
<h1>{head}</h1>{body}</body></html>
"""
_DENIED = {"error": "access_denied", "error_description": "User did not authorize the request"}
_WORDS = {
    "user:content:view": "see your cards",
    "user:content:manage": "upload audio, and make, change and delete cards",
    "user:icons:manage": "see and upload display icons",
    "offline_access": "stay signed in",
}


def oauth_routes(grants: Grants, consent: Callable[[], Consent]) -> list[Route]:
    """Return the routes of the sign-in service.

    Parameters
    ----------
    grants : Grants
        What was granted.
    consent : callable
        Returns whether the person is asked, or what they would say.
    """

    async def authorize(request: Request) -> Response:
        query = dict(request.query_params)
        try:
            grants.client_for(query)
        except OAuthError as error:  # it cannot be sent back to an address that is not known
            body = f"<p>{html.escape(str(error))}</p>"
            return HTMLResponse(_PAGE.format(head="That cannot be", body=body), error.status)
        answer = query.pop("emulator_answer", consent())
        if answer == "ask":
            return HTMLResponse(_page(query))
        try:
            result = {"code": grants.authorize(query)} if answer == "allow" else _DENIED
        except OAuthError as error:
            result = error.body
        back = urlencode({**result, "state": query.get("state", "")})
        return RedirectResponse(f"{query['redirect_uri']}?{back}", 302)

    async def token(request: Request) -> Response:
        try:
            return JSONResponse(grants.token(_form(await body_of(request))))
        except RefusedError as refused:
            error = OAuthError(refused.status, "invalid_request", str(refused))
            return JSONResponse(error.body, error.status)
        except OAuthError as error:
            return JSONResponse(error.body, error.status)

    return [
        Route("/authorize", authorize, methods=["GET"]),
        Route("/oauth/token", token, methods=["POST"]),
    ]


def _form(body: bytes) -> dict[str, str]:
    """Return the fields of a form; the service takes them as JSON, too."""
    try:
        fields = read_json(body)
    except RefusedError:
        return dict(parse_qsl(body.decode("utf-8", "replace")))
    if not isinstance(fields, dict):
        return {}
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _page(query: dict[str, str]) -> str:
    asked = query.get("scope", "").split()
    items = "".join(f"<li>{html.escape(_WORDS.get(scope, scope))}</li>" for scope in asked)

    def choice(answer: str, label: str) -> str:
        link = html.escape(f"/authorize?{urlencode({**query, 'emulator_answer': answer})}")
        return f'<a class="{"yes" if answer == "allow" else "no"}" href="{link}">{label}</a>'

    body = (
        f"<p>The application <b>{html.escape(query['client_id'])}</b> wants to:</p>"
        f"<ul>{items}</ul><p>{choice('allow', 'Allow')}{choice('deny', 'Deny')}</p>"
        "<p>This is the local emulator of the Yoto service: there is no password.</p>"
    )
    return _PAGE.format(head="Sign in to Yoto", body=body)
