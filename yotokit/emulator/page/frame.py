"""The whole page, and how it is sent: closed to everything from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import html
from functools import cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, Response

from yotokit.emulator.page.cards import card_article, shelf_link

if TYPE_CHECKING:
    from yotokit.emulator.state import State

__all__ = ["cards_page", "page_response"]

_NONE = """<div class="none" id="none"><h2>No card yet</h2>
<p class="soft">$waiting</p>
<pre>import yotokit as yk

yoto = yk.YotoClient.login()  # or: yoto = emulator.client()
session = yk.Session("Bedtime stories", yoto)
session.submit("stories/")
session.finalize()</pre>
<p class="soft">The card shows up here by itself.</p></div>"""


def cards_page(state: State) -> str:
    """Return the page."""
    cards = [card for card in reversed(list(state.cards.values())) if not card.get("deleted")]
    return _file("page.html").substitute(
        version=html.escape(_version(state)),
        favicon=next(iter(state.pictures.public), ""),
        style=_file("page.css").template,
        script=_file("page.js").template,
        count=f"{_count(len(cards), 'card')} on this local emulator",
        # One card needs no list to find it in.
        shelf="".join(shelf_link(state, card) for card in cards) if cards[1:] else "",
        cards="".join(card_article(state, card) for card in cards) or _nothing(state),
        icons=_icons(state),
    )


def page_response(state: State, known: str | None) -> Response:
    """Return the page, or 304 if the browser has it.

    Parameters
    ----------
    state : State
        What is shown.
    known : str or None
        The browser's ``If-None-Match``.
    """
    headers = {
        "ETag": _version(state),
        "Cache-Control": "no-cache",
        "Content-Security-Policy": _policy(),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    if known == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return HTMLResponse(cards_page(state), headers=headers)


def _version(state: State) -> str:
    """Return a value that changes with the page; cheap, since it is asked for all the time."""
    parts: list[Any] = [state.account, _policy(), len(state.uploads), len(state.media)]
    parts += state.pictures.own
    parts += [(id_, c.get("updatedAt"), c.get("deleted")) for id_, c in state.cards.items()]
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def _nothing(state: State) -> str:
    words = "Send a few files, and make a card of them:"
    if state.media:
        words = f"{_count(len(state.media), 'file')} arrived. What is missing is the card:"
    return Template(_NONE).substitute(waiting=words)


def _icons(state: State) -> str:
    if not state.pictures.own:
        return ""
    icons = "".join(
        f'<img src="/emulator/icons/{html.escape(icon)}" alt="" width="48" height="48">'
        for icon in state.pictures.own
    )
    return f"<h2>Your own icons</h2><div>{icons}</div>"


@cache
def _file(name: str) -> Template:
    return Template((Path(__file__).parent / name).read_text("utf-8"))


@cache
def _policy() -> str:
    """Allow the page's own style and script, by their digests, and what this emulator serves."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_digest('page.js')}'",
            f"style-src '{_digest('page.css')}'",
            "img-src 'self'",
            "media-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors http://127.0.0.1:* http://localhost:*",
        )
    )


def _digest(name: str) -> str:
    digest = hashlib.sha256(_file(name).template.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
