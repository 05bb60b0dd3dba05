"""A card on the page: cover, facts, a player that shows its icons, chapters with their sound.

Everything in a card was written by somebody else: all of it is escaped, and no address in it is
used, only names of pictures and media that are here.
"""

from __future__ import annotations

import hashlib
import html
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from yotokit.emulator.lenient import (
    chapters_of,
    icon_of,
    mapping,
    media_name_of,
    number,
    text,
    tracks_of,
)
from yotokit.emulator.lint import lint_card
from yotokit.emulator.page.glyphs import label_path

if TYPE_CHECKING:
    from yotokit.emulator.state import State

__all__ = ["card_article", "shelf_link"]

_TILES = 6
_VERDICTS = {"plays": "plays", "plays with remarks": "remarks", "a player would choke": "chokes"}
_SIGNS = {"plays": "✓", "plays with remarks": "!", "a player would choke": "✗"}
_LABEL_LETTERS = 4


def shelf_link(state: State, card: dict[str, Any]) -> str:
    """Return a small cover that leads to a card."""
    return (
        f'<a href="#card-{_escaped(card.get("cardId"))}">{_cover(state, card)}'
        f'<span dir="auto">{_escaped(card.get("title"))}</span></a>'
    )


def card_article(state: State, card: dict[str, Any]) -> str:
    """Return a card; its ``data-stamp`` changes with what is shown of it."""
    body = _player(chapters_of(card)) + _about(state, card) + _chapters(state, card)
    stamp = hashlib.sha256(body.encode()).hexdigest()[:16]
    card_id = _escaped(card.get("cardId"))
    return f'<article id="card-{card_id}" data-stamp="{stamp}">{body}</article>'


def _about(state: State, card: dict[str, Any]) -> str:
    metadata = mapping(card.get("metadata"))
    chapters = chapters_of(card)
    tracks = [track for chapter in chapters for track in tracks_of(chapter)]
    megabytes = sum(number(track.get("fileSize")) or 0.0 for track in tracks) / 1e6
    facts = [
        _escaped(metadata.get("author")),
        f"{len(chapters)} {'chapter' if len(chapters) == 1 else 'chapters'}",
        _clock(tracks),
        f"{megabytes:.1f} MB",
        f"card {_escaped(card.get('cardId'))}",
    ]
    words = _escaped(metadata.get("description"))
    return (
        f'<div class="about">{_cover(state, card)}<div><h2 dir="auto">{_escaped(card.get("title"))}'
        f'</h2><p class="facts">{" · ".join(filter(None, facts))}</p>'
        f"{f'<p class=words dir=auto>{words}</p>' if words else ''}"
        f"{_verdict(state, card)}</div></div>"
    )


def _verdict(state: State, card: dict[str, Any]) -> str:
    verdict = lint_card(state, card)
    kind, words = _VERDICTS[verdict.words], f"{_SIGNS[verdict.words]} {verdict.words}"
    if not verdict.findings:
        return f'<span class="verdict {kind}">{words}</span>'
    alike: dict[tuple[str, str], list[str]] = {}
    for finding in verdict.findings:
        alike.setdefault((finding.severity, finding.problem), []).append(finding.where)
    findings = "".join(
        f"<dt>{_escaped(places[0])}{f' and {len(places) - 1} more' if places[1:] else ''}</dt>"
        f'<dd class="{severity}">{_escaped(problem)}</dd>'
        for (severity, problem), places in alike.items()
    )
    return (
        f'<details><summary class="verdict {kind}">{words} ({len(alike)})</summary>'
        f"<dl>{findings}</dl></details>"
    )


def _cover(state: State, card: dict[str, Any]) -> str:
    picture = _cover_picture(state, mapping(mapping(card.get("metadata")).get("cover")))
    if picture:
        return f'<img class="cover" src="/emulator/icons/{picture}" alt="">'
    tile = sum(map(ord, text(card.get("cardId")))) % _TILES
    letter = _escaped(text(card.get("title")).strip()[:1].upper())
    return f'<span class="cover tile tile-{tile}" aria-hidden="true">{letter}</span>'


def _cover_picture(state: State, cover: dict[str, Any]) -> str:
    """Return the media id of a cover that is here, or "" for one that is elsewhere.

    The port is not looked at: an emulator that is started again may have another.
    """
    try:
        address = urlsplit(text(cover.get("imageL")))
        local = address.scheme == "http" and address.hostname in ("127.0.0.1", "localhost")
    except ValueError:
        return ""
    folder, _, media_id = address.path.rpartition("/")
    here = local and folder == "/icons" and state.pictures.find(media_id) is not None
    return html.escape(media_id) if here else ""


def _player(chapters: list[dict[str, Any]]) -> str:
    """Return the player; what it shows comes from the chosen chapter."""
    if not chapters:
        return '<div class="player"><div class="display"></div></div>'
    return (
        '<div class="player"><button class="display" type="button" aria-label="Play">'
        '<img alt="" hidden><img class="glow" alt="" hidden>'
        '<svg viewBox="0 0 16 16" aria-hidden="true"><path d=""/></svg></button><div class="knobs">'
        '<button class="knob" type="button" data-step="-1" aria-label="Previous chapter"></button>'
        '<p class="caption" aria-live="polite"><b dir="auto"></b><span class="soft"></span></p>'
        '<button class="knob" type="button" data-step="1" aria-label="Next chapter"></button>'
        "</div></div>"
    )


def _chapters(state: State, card: dict[str, Any]) -> str:
    items = "".join(_chapter(state, chapter) for chapter in chapters_of(card))
    return f'<div class="chapters"><ol>{items}</ol></div>'


def _chapter(state: State, chapter: dict[str, Any]) -> str:
    tracks = tracks_of(chapter)
    label = text(chapter.get("overlayLabel"))[:_LABEL_LETTERS]
    icon = next((i for i in map(icon_of, (chapter, *tracks)) if state.pictures.knows_icon(i)), "")
    points = label_path(label, alone=not icon)
    image = f'<svg viewBox="0 0 16 16"><path d="{label_path(label, alone=True)}"/></svg>'
    if icon:
        image = f'<img src="/emulator/icons/{html.escape(icon)}" alt="" width="32" height="32">'
    sounds = "".join(_track(state, track, named=len(tracks) > 1) for track in tracks)
    return (
        f'<li data-key="{_escaped(chapter.get("key"))}" data-label="{points}">'
        f'<button class="chapter" type="button"><span class="icon">{image}</span>'
        f'<span class="name"><span class="number">{html.escape(label)}</span>'
        f"<bdi>{_escaped(chapter.get('title'))}</bdi></span>"
        f'<span class="length">{_clock(tracks)}</span></button>'
        f'<div class="tracks">{sounds}</div></li>'
    )


def _track(state: State, track: dict[str, Any], *, named: bool) -> str:
    name = _escaped(track.get("title"))
    title = f'<p dir="auto">{name}</p>' if named else ""
    media = media_name_of(track)
    if media in state.media:
        return (
            f'{title}<audio controls preload="none" aria-label="{name}" '
            f'src="/emulator/media/{html.escape(media)}"></audio>'
        )
    kind = "A stream: only a player plays it." if track.get("type") == "stream" else "No audio."
    return f'{title}<p class="soft">{kind}</p>'


def _escaped(value: Any) -> str:
    return html.escape(text(value))


def _clock(tracks: list[dict[str, Any]]) -> str:
    """Return how long tracks are, as minutes and seconds, or hours as well."""
    total = sum(max(number(track.get("duration")) or 0.0, 0.0) for track in tracks)
    minutes, seconds = divmod(round(min(total, 1e9)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
