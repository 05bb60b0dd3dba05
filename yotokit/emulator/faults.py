"""Faults: the next so many requests of a kind go wrong in a chosen way, or a share of all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yotokit.emulator.chance import RandomFaults
from yotokit.emulator.strikes import STRIKES

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from yotokit.emulator.counters import Counters

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
        Answer with this status.
    times : int
        How many requests it strikes.
    retry_after : str or None
        Value of the ``Retry-After`` header.
    delay_s : float
        Wait first.
    lose_answer : bool
        The same as the kind ``"lost"``.
    body : str
        What is answered with a status; it need not be JSON.
    kind : str or None
        What happens instead, a name of `strikes.STRIKES`.

    Raises
    ------
    ValueError
        The kind is not known.
    """

    method: str
    path: str
    status: int | None = None
    times: int = 1
    retry_after: str | None = None
    delay_s: float = 0.0
    lose_answer: bool = False
    body: str = '{"error":{"code":"scripted","message":"a scripted fault"}}'
    kind: str | None = None

    def __post_init__(self) -> None:
        if self.lose_answer:
            self.kind = "lost"
        if self.kind is not None and self.kind not in STRIKES:
            raise ValueError(f"kind={self.kind!r}: give one of {', '.join(STRIKES)}")


class FaultLayer:
    """Stands before an application and lets faults strike."""

    def __init__(
        self,
        app: ASGIApp,
        faults: list[Fault | RandomFaults],
        counters: Counters,
        stopping: Callable[[], bool],
    ) -> None:
        self._app = app
        self._faults = faults
        self._counters = counters
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let a fault do so."""
        if scope["type"] == "http":
            scope["state"]["stopping"] = self._stopping
            for fault in self._faults:
                if isinstance(fault, RandomFaults):
                    kind = fault.draw(scope)
                    if kind is not None:
                        self._counters.struck(kind)
                        await STRIKES[kind](self._app, scope, receive, send)
                        return
                elif _strikes(fault, scope):
                    self._counters.struck("scripted")
                    await self._follow(fault, scope, receive, send)
                    return
        await self._app(scope, receive, send)

    async def _follow(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault.kind is not None:
            await STRIKES[fault.kind](self._app, scope, receive, send)
        elif fault.status is not None:
            await _answer(send, fault)
        else:
            await self._app(scope, receive, send)


def _strikes(fault: Fault, scope: Scope) -> bool:
    matches = scope["method"] == fault.method and scope["path"].startswith(fault.path)
    if not matches or fault.times <= 0:
        return False
    fault.times -= 1
    return True


async def _answer(send: Send, fault: Fault) -> None:
    body = fault.body.encode()
    kind = b"application/json" if fault.body.startswith("{") else b"text/html"
    headers: list[Any] = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    if fault.retry_after is not None:
        headers.append((b"retry-after", fault.retry_after.encode()))
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
