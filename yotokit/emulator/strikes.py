"""The ways in which a request can go wrong, each a function around the application."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    Strike: TypeAlias = Callable[[ASGIApp, Scope, Receive, Send], Awaitable[None]]

__all__ = ["PASSING", "STRIKES"]

_STALL_S = 0.2
_TRICKLE_S, _TICK_S = 0.05, 0.02
_JSON, _HTML, _XML = b"application/json", b"text/html", b"application/xml"
_ERROR = b'{"error":{"code":"random","message":"a random fault"}}'
_LOGIN_PAGE = b"<!doctype html><title>Wi-Fi login</title><p>Please accept the terms."
_LOGIN_ADDRESS = b"http://login.wifi.example/?token=x"


async def _nowhere(message: Message) -> None:
    """Take an answer and keep it."""


async def _hang_up(scope: Scope, receive: Receive) -> None:
    """Break the connection, and wait until the server has seen it.

    A server that still believed in the connection would answer 500 for us.
    """
    scope["state"]["connection"].close()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _hold(scope: Scope, receive: Receive) -> None:
    """Do nothing until the other side gives up, or the emulator stops; then reset."""
    while not _is_over(scope):  # noqa: ASYNC110 - the emulator is stopped from another thread
        await asyncio.sleep(_TICK_S)
    scope["state"]["connection"].abort()
    await _hang_up(scope, receive)


def _is_over(scope: Scope) -> bool:
    state = scope["state"]
    return bool(state["connection"].is_closing() or state["stopping"]())


async def _answer_of(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[Any, bytes]:
    """Do what was asked; return the head of the answer and its body."""
    answer: list[Any] = []

    async def keep(message: Message) -> None:
        answer.append(message)

    await app(scope, receive, keep)
    return answer[0], b"".join(message.get("body", b"") for message in answer)


async def _say(
    send: Send, status: int, body: bytes, kind: bytes, *more: tuple[bytes, bytes]
) -> None:
    head = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), *more]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def _refuse(
    app: ASGIApp,  # noqa: ARG001 - it is not asked
    scope: Scope,  # noqa: ARG001
    receive: Receive,  # noqa: ARG001
    send: Send,
    *,
    status: int = 200,
    body: bytes = _ERROR,
    kind: bytes = _JSON,
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> None:
    await _say(send, status, body, kind, *headers)


async def _refuse_signature(
    app: ASGIApp,  # noqa: ARG001 - it is not asked
    scope: Scope,
    receive: Receive,  # noqa: ARG001
    send: Send,
) -> None:
    """Refuse as object storages do: they repeat what they were given, signature and all."""
    query = scope["query_string"].replace(b"&", b"&amp;")
    body = (
        b"<Error><Code>SignatureDoesNotMatch</Code><Message>" + query + b"</Message>"
        b"<StringToSign>" + query + b"</StringToSign></Error>"
    )
    await _say(send, 403, body, _XML)


async def _break_before(
    app: ASGIApp,  # noqa: ARG001 - it is not asked
    scope: Scope,
    receive: Receive,
    send: Send,  # noqa: ARG001
) -> None:
    await _hang_up(scope, receive)


async def _break_in_request(
    app: ASGIApp,  # noqa: ARG001 - it gets no whole request
    scope: Scope,
    receive: Receive,
    send: Send,  # noqa: ARG001
) -> None:
    """Take half of what was announced, and reset the connection."""
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    left = int(announced) // 2
    while left > 0 and (message := await receive())["type"] == "http.request":
        left -= len(message.get("body", b""))
    scope["state"]["connection"].abort()
    await _hang_up(scope, receive)


async def _stop_reading(
    app: ASGIApp,  # noqa: ARG001 - it gets no whole request
    scope: Scope,
    receive: Receive,
    send: Send,  # noqa: ARG001
) -> None:
    """Take the first piece of a request, and no more."""
    await receive()
    await _hold(scope, receive)


async def _stay_silent(
    app: ASGIApp,  # noqa: ARG001 - it is not asked
    scope: Scope,
    receive: Receive,
    send: Send,  # noqa: ARG001
) -> None:
    """Take the whole request, and never answer."""
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass
    await _hold(scope, receive)


async def _lose_answer(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    await app(scope, receive, _nowhere)
    await _hang_up(scope, receive)


async def _cut_answer(
    app: ASGIApp,
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    then: Callable[[Scope, Receive], Awaitable[None]] = _hang_up,
) -> None:
    """Do what was asked, and send the answer up to its middle."""
    head, body = await _answer_of(app, scope, receive)
    if body:
        await send(head)
        half = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
    else:
        # An answer that is all head can only be cut there, which no server does by itself.
        scope["state"]["connection"].write(b"HTTP/1.1 200 OK\r\nETag: ")
    await then(scope, receive)


async def _trickle(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Do what was asked, and send the answer byte by byte."""
    head, body = await _answer_of(app, scope, receive)
    await send(head)
    for byte in body:
        await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
        await asyncio.sleep(_TRICKLE_S)
        if _is_over(scope):
            await _hold(scope, receive)
            return
    await send({"type": "http.response.body", "body": b""})


async def _garble(
    app: ASGIApp,
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    change: Callable[[bytes], bytes],
    kind: bytes = _JSON,
) -> None:
    """Do what was asked, and answer something else, whole and with the right length."""
    head, body = await _answer_of(app, scope, receive)
    await _say(send, head["status"], change(body), kind)


async def _stall(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(_STALL_S)
    await app(scope, receive, send)


_SOON = ((b"retry-after", b"0"),)

STRIKES: dict[str, Strike] = {
    "500": partial(_refuse, status=500),
    "503": partial(_refuse, status=503, headers=_SOON),
    "429": partial(_refuse, status=429, headers=_SOON),
    "signature": _refuse_signature,
    "broken": _break_before,
    "interrupted": _break_in_request,
    "deaf": _stop_reading,
    "mute": _stay_silent,
    "lost": _lose_answer,
    "cut": _cut_answer,
    "frozen": partial(_cut_answer, then=_hold),
    "trickle": _trickle,
    "stall": _stall,
    "empty": partial(_garble, change=lambda _: b""),
    "truncated": partial(_garble, change=lambda body: body[: len(body) // 2]),
    "invalid": partial(_garble, change=lambda body: b"}" + body),
    "mistyped": partial(_garble, change=bytes, kind=_HTML),
    "html": partial(_refuse, body=_LOGIN_PAGE, kind=_HTML),
    "portal": partial(
        _refuse, status=302, body=_LOGIN_PAGE, kind=_HTML, headers=((b"location", _LOGIN_ADDRESS),)
    ),
}
"""By name, what may happen to a request; which have an effect stands in ``docs/emulator.md``."""

PASSING = ("500", "503", "429", "broken", "lost", "cut", "stall")
"""What a client is expected to get over, at any request, by asking again at once."""
