"""Scripted faults: the next so many requests of a kind go wrong in a chosen way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Fault", "FaultLayer"]


@dataclass(slots=True)
class Fault:
    """What goes wrong, and how often.

    Parameters
    ----------
    method : str
        ``GET``, ``PUT``...
    path : str
        Beginning of the path.
    status : int or None
        Answer with this status. None with ``lose_answer``.
    times : int
        How many requests it strikes.
    retry_after : str or None
        Value of the ``Retry-After`` header.
    delay_s : float
        Wait first.
    lose_answer : bool
        Do what was asked, then break the connection instead of answering.
    body : str
        What is answered; it need not be JSON.
    """

    method: str
    path: str
    status: int | None = None
    times: int = 1
    retry_after: str | None = None
    delay_s: float = 0.0
    lose_answer: bool = False
    body: str = '{"error":{"code":"scripted","message":"a scripted fault"}}'


class FaultLayer:
    """Stands before an application and lets faults strike."""

    def __init__(self, app: ASGIApp, faults: list[Fault]) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let a fault do so."""
        fault = self._next(scope) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault.lose_answer:
            await self._app(scope, receive, _nowhere)
            await _break_off(send)
        elif fault.status is not None:
            await _answer(send, fault)
        else:
            await self._app(scope, receive, send)

    def _next(self, scope: Scope) -> Fault | None:
        for fault in self._faults:
            matches = scope["method"] == fault.method and scope["path"].startswith(fault.path)
            if matches and fault.times > 0:
                fault.times -= 1
                return fault
        return None


async def _nowhere(message: Message) -> None:
    """Take an answer and keep it."""


async def _break_off(send: Send) -> None:
    """Promise a body and end without it, which makes the server break the connection."""
    headers = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{", "more_body": False})


async def _answer(send: Send, fault: Fault) -> None:
    body = fault.body.encode()
    kind = b"application/json" if fault.body.startswith("{") else b"text/html"
    headers: list[Any] = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    if fault.retry_after is not None:
        headers.append((b"retry-after", fault.retry_after.encode()))
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
