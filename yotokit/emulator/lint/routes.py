"""``/emulator/lint``: what a player would make of the cards, for programs that ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from yotokit.emulator.lint.card import lint_card

if TYPE_CHECKING:
    from starlette.requests import Request

    from yotokit.emulator.state import State

__all__ = ["lint_routes"]


def lint_routes(state: State) -> list[Route]:
    """Return the routes; like the emulator's other pages, they want no token."""

    async def every(_: Request) -> Response:
        cards = [card for card in state.cards.values() if not card.get("deleted")]
        return _json({"cards": [lint_card(state, card).as_json() for card in cards]})

    async def one(request: Request) -> Response:
        card = state.cards.get(request.path_params["card_id"])
        if card is None:
            return _json({"error": {"code": "not-found", "message": "no such card"}}, 404)
        return _json(lint_card(state, card).as_json())

    return [Route("/emulator/lint", every), Route("/emulator/lint/{card_id}", one)]


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")
