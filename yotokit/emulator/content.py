"""Cards: what the service takes, what it refuses and in which words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from yotokit.emulator.wire import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yotokit.emulator.state import State

__all__ = ["delete_card", "get_card", "list_cards", "write_card"]

_MOST_TRACKS = 100
_LONGEST_TITLE = 140
_REFERENCE = re.compile(r"yoto:#[A-Za-z0-9_-]{43}")
_RESUME_TIMEOUT_S = 2_592_000


def write_card(state: State, body: Any) -> dict[str, Any]:
    """Create or replace a card, and return it.

    Raises
    ------
    RefusedError
        The service would answer with this.
    """
    if not isinstance(body, dict):
        raise _bad("body: Invalid input: expected object")
    if state.knobs.merge_updates:
        body = _merged(state, body)
    _check_title(body.get("title"))
    content = body.get("content")
    if not isinstance(content, dict):
        raise _bad("body.content: Invalid input: expected object")
    _check_chapters(state, content.get("chapters"))
    card_id = body.get("cardId")
    now = state.written_at()
    if card_id is None:
        card_id = state.new_card_id()
        created_at = now
        state.counters.card_creates += 1
    else:
        known = _known(state, card_id)
        if known.get("deleted"):
            raise _bad("Deleted card cannot be restored")
        created_at = known["createdAt"]
        state.counters.card_updates += 1
    config = content.get("config") if isinstance(content.get("config"), dict) else {}
    metadata = body.get("metadata") if isinstance(body.get("metadata"), dict) else {}
    card = {
        "cardId": card_id,
        "title": body["title"],
        "content": {
            "playbackType": "linear",
            **content,
            "config": {"resumeTimeout": _RESUME_TIMEOUT_S, **(config or {})},
        },
        "metadata": {"authors": [], "abridged": False, **(metadata or {})},
        "createdAt": created_at,
        "updatedAt": now,
        "userId": state.account,
    }
    state.write_card(card)
    return card


def get_card(state: State, card_id: str) -> dict[str, Any]:
    """Return a card, a deleted one too.

    Raises
    ------
    RefusedError
        There is none.
    """
    state.counters.card_reads += 1
    card = state.earlier.seen(card_id, state.cards.get(card_id))
    if card is None:
        raise _missing(card_id)
    return card


def list_cards(state: State) -> list[dict[str, Any]]:
    """Return all cards that are not deleted, without their chapters."""
    state.counters.card_lists += 1
    return [
        {**card, "content": {k: v for k, v in card["content"].items() if k != "chapters"}}
        for card_id, newest in state.cards.items()
        if (card := state.earlier.seen(card_id, newest)) is not None and not card.get("deleted")
    ]


def delete_card(state: State, card_id: str) -> None:
    """Mark a card as deleted, for good.

    Raises
    ------
    RefusedError
        There is none.
    """
    state.write_card({**_known(state, card_id), "deleted": True})
    state.counters.card_deletes += 1


def _known(state: State, card_id: Any) -> dict[str, Any]:
    card = state.cards.get(card_id) if isinstance(card_id, str) else None
    if card is None:
        raise _missing(card_id)
    return card


def _merged(state: State, body: dict[Any, Any]) -> dict[Any, Any]:
    """Return a body with what it leaves out taken from the card that it is to change."""
    card_id = body.get("cardId")
    card = state.cards.get(card_id) if isinstance(card_id, str) else None
    if card is None:
        return body
    merged: dict[Any, Any] = {"title": card["title"], **body}
    for name in ("content", "metadata"):
        new = body.get(name, {})
        merged[name] = {**card[name], **new} if isinstance(new, dict) else new
    return merged


def _check_title(title: Any) -> None:
    if not isinstance(title, str) or not 1 <= len(title) <= _LONGEST_TITLE:
        raise _bad("body.title: Invalid input: expected string of 1 to 140 characters")


def _check_chapters(state: State, chapters: Any) -> None:
    if not isinstance(chapters, list):
        kind = "object" if isinstance(chapters, dict) else type(chapters).__name__
        raise _bad(f"body.content.chapters: Invalid input: expected array, received {kind}")
    tracks = list(_tracks(chapters))
    if len(tracks) > _MOST_TRACKS:
        raise _bad(f"track count is limited to {_MOST_TRACKS}")
    for where, track in tracks:
        for key in ("key", "title", "trackUrl", "type", "format"):
            if not isinstance(track.get(key), str):
                raise _bad(f"{where}.{key}: Invalid input: expected string")
        if track["type"] != "stream":
            _check_reference(f"{where}.trackUrl", track["trackUrl"])
            if track["trackUrl"].removeprefix("yoto:#") not in state.media:
                raise _bad(f"{where}.trackUrl: media file does not exist")


def _tracks(chapters: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, chapter in enumerate(chapters):
        where = f"body.content.chapters.{number}"
        if not isinstance(chapter, dict) or not isinstance(chapter.get("tracks"), list):
            raise _bad(f"{where}.tracks: Invalid input: expected array")
        for key in ("key", "title"):
            if not isinstance(chapter.get(key), str):
                raise _bad(f"{where}.{key}: Invalid input: expected string")
        _check_icon(where, chapter)
        for place, track in enumerate(chapter["tracks"]):
            if not isinstance(track, dict):
                raise _bad(f"{where}.tracks.{place}: Invalid input: expected object")
            _check_icon(f"{where}.tracks.{place}", track)
            yield f"{where}.tracks.{place}", track


def _check_icon(where: str, holder: dict[str, Any]) -> None:
    display = holder.get("display")
    icon = display.get("icon16x16") if isinstance(display, dict) else None
    if icon is not None:
        _check_reference(f"{where}.display.icon16x16", icon)


def _check_reference(where: str, value: Any) -> None:
    if not isinstance(value, str) or not _REFERENCE.fullmatch(value):
        raise _bad(f"{where}: reference must be yoto:# and must be 43 characters")


def _missing(card_id: Any) -> RefusedError:
    return RefusedError(404, "not-found", f"Card {card_id} does not exist.")


def _bad(message: str) -> RefusedError:
    return RefusedError(400, "bad-request", message)
