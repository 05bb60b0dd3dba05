"""The ways in which a request can go wrong, each a function around the application."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    Strike: TypeAlias = Callable[[ASGIApp, Scope, Receive, Send], Awaitable[None]]

__all__ = ["PASSING", "STRIKES", "break_off", "nowhere"]

_STALL_S = 0.2
_ERROR = b'{"error":{"code":"random","message":"a random fault"}}'
_LOGIN_PAGE = b"<!doctype html><title>Wi-Fi login</title><p>Please accept the terms."


async def nowhere(message: Message) -> None:
    """Take an answer and keep it."""


async def break_off(scope: Scope, receive: Receive, send: Send) -> None:
    """Promise a body, and break the connection instead of sending it."""
    headers = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})
    await _hang_up(scope, receive)


async def _hang_up(scope: Scope, receive: Receive) -> None:
    """Break the connection, and wait until the server has seen it.

    A server that still believed in the connection would answer 500 for us.
    """
    scope["state"]["connection"].close()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(
    app: ASGIApp,  # noqa: ARG001 - it is not asked
    scope: Scope,  # noqa: ARG001
    receive: Receive,  # noqa: ARG001
    send: Send,
    *,
    status: int,
    body: bytes = _ERROR,
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> None:
    kind = b"application/json" if body.startswith(b"{") else b"text/html"
    head = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def _break_before(
    app: ASGIApp,  # noqa: ARG001 - it is not asked
    scope: Scope,
    receive: Receive,
    send: Send,  # noqa: ARG001
) -> None:
    await _hang_up(scope, receive)


async def _lose_answer(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    await app(scope, receive, nowhere)
    await _hang_up(scope, receive)


async def _cut_answer(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Do what was asked, and send the answer up to its middle."""
    answer: list[Any] = []

    async def keep(message: Message) -> None:
        answer.append(message)

    await app(scope, receive, keep)
    body = b"".join(message.get("body", b"") for message in answer)
    if body:
        await send(answer[0])
        half = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
    else:
        # An answer that is all head can only be cut there, which no server does by itself.
        scope["state"]["connection"].write(b"HTTP/1.1 200 OK\r\nETag: ")
    await _hang_up(scope, receive)


async def _stall(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(_STALL_S)
    await app(scope, receive, send)


_SOON = ((b"retry-after", b"0"),)

STRIKES: dict[str, Strike] = {
    "500": partial(_refuse, status=500),
    "503": partial(_refuse, status=503, headers=_SOON),
    "429": partial(_refuse, status=429, headers=_SOON),
    "broken": _break_before,
    "lost": _lose_answer,
    "cut": _cut_answer,
    "stall": _stall,
    "html": partial(_refuse, status=200, body=_LOGIN_PAGE),
}
"""By name, what may happen to a request. ``broken`` has no effect; ``lost`` and ``cut`` have."""

PASSING = tuple(kind for kind in STRIKES if kind != "html")
"""What a client is expected to get over by asking again."""
