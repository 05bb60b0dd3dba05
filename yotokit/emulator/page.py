"""The page at ``/``: the account's cards, the way a parent would look at them."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yotokit.emulator.state import State

__all__ = ["cards_page"]

_COVERS = ("#e4572e", "#f3a712", "#4f9d69", "#2e86ab", "#8e5bd0", "#d1495b")
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cards · local Yoto emulator</title>
<style>
:root {{ color-scheme: light dark; --ground: #faf7f2; --paper: #fff; --ink: #23201c;
  --soft: #6b655d; --line: #e7e0d6; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ground: #191715; --paper: #242120;
  --ink: #f0ebe4; --soft: #a8a097; --line: #3a3532; }} }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; padding: 32px 20px 60px; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }}
main, header {{ max-width: 1080px; margin: 0 auto; }}
h1 {{ font-size: 26px; margin: 0; }}
header p {{ margin: 4px 0 24px; color: var(--soft); }}
main {{ display: grid; gap: 22px; grid-template-columns: repeat(auto-fill, minmax(330px, 1fr));
  align-items: start; }}
article {{ background: var(--paper); border: 1px solid var(--line); border-radius: 16px;
  overflow: hidden; }}
.cover {{ color: #fff; padding: 40px 20px 16px; }}
.cover h2 {{ margin: 0; font-size: 22px; line-height: 1.2; overflow-wrap: anywhere;
  text-shadow: 0 1px 2px rgba(0, 0, 0, .35); }}
.facts {{ padding: 10px 20px; color: var(--soft); font-size: 14px;
  border-bottom: 1px solid var(--line); }}
ol {{ list-style: none; margin: 0; padding: 6px 20px 14px; }}
li {{ display: grid; grid-template-columns: 34px 1fr auto; gap: 4px 12px; padding: 9px 0;
  align-items: center; }}
li + li {{ border-top: 1px solid var(--line); }}
.icon {{ width: 34px; height: 34px; border-radius: 8px; background: #14120f; color: #ffd166;
  display: grid; place-items: center; font: 700 15px/1 ui-monospace, monospace; }}
.title {{ overflow-wrap: anywhere; }}
.length {{ color: var(--soft); font-variant-numeric: tabular-nums; }}
audio {{ grid-column: 2 / 4; width: 100%; height: 32px; }}
.none {{ color: var(--soft); }}
</style></head><body>
<header><h1>My cards</h1><p>{count} on this local emulator of the Yoto service. Nothing here
leaves your machine; it is gone when the emulator stops.</p></header>
<main>{cards}</main></body></html>
"""


def cards_page(state: State) -> str:
    """Return the page."""
    cards = [card for card in state.cards.values() if not card.get("deleted")]
    count = f"{len(cards)} {'card' if len(cards) == 1 else 'cards'}"
    body = "".join(_card(state, card) for card in reversed(cards))
    return _PAGE.format(
        count=count, cards=body or '<p class="none">No card yet: finalize a session.</p>'
    )


def _card(state: State, card: dict[str, Any]) -> str:
    chapters = card["content"]["chapters"]
    tracks = [track for chapter in chapters for track in chapter["tracks"]]
    total = sum(_number(track.get("duration")) for track in tracks)
    color = _COVERS[sum(map(ord, card["cardId"])) % len(_COVERS)]
    items = "".join(_chapter(state, chapter) for chapter in chapters)
    words = f"{len(chapters)} {'chapter' if len(chapters) == 1 else 'chapters'}"
    return (
        f'<article><div class="cover" style="background:{color}">'
        f"<h2>{html.escape(card['title'])}</h2></div>"
        f'<div class="facts">{words} · {_clock(total)} · card {html.escape(card["cardId"])}</div>'
        f"<ol>{items}</ol></article>"
    )


def _chapter(state: State, chapter: dict[str, Any]) -> str:
    length = sum(_number(track.get("duration")) for track in chapter["tracks"])
    players = "".join(_player(state, track) for track in chapter["tracks"])
    label = html.escape(str(chapter.get("overlayLabel") or "·")[:3])
    return (
        f'<li><span class="icon">{label}</span>'
        f'<span class="title">{html.escape(chapter["title"])}</span>'
        f'<span class="length">{_clock(length)}</span>{players}</li>'
    )


def _player(state: State, track: dict[str, Any]) -> str:
    sha256 = track["trackUrl"].removeprefix("yoto:#")
    if sha256 not in state.media:
        return ""
    name = html.escape(track["title"], quote=True)
    return (
        f'<audio controls preload="none" aria-label="{name}" '
        f'src="/emulator/media/{sha256}"></audio>'
    )


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
