"""What a `Card` looks like: a table of text, and in a notebook much as in the app."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from yotokit.markup import (
    Html,
    definitions,
    escape,
    figures,
    page_fragment,
    plain,
    style,
    text_table,
)
from yotokit.yoto.plain import mapping, number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yotokit.yoto.models import Card, Chapter, Track

__all__ = ["card_html", "card_text"]

# A notebook is saved with what it shows.
_LARGEST_PICTURE_BYTES, _ALL_PICTURES_BYTES = 300_000, 2_000_000
_KINDS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif"}
# White letters on each of them have a contrast of at least 4.5:1.
_TILES = ("#b8401f", "#8a5a00", "#2f7a4c", "#1f6f92", "#7549b5", "#b03a4b")
_LABEL_LENGTH = 3
_MANY_LINES = 12

_STYLE = style("""
.yotokit .yk-card { border: 1px solid rgba(128, 128, 128, .35); border-radius: 14px;
  max-width: 560px; overflow: hidden; }
.yotokit .yk-top { display: flex; gap: 16px; padding: 16px; align-items: center; }
.yotokit .yk-cover { flex: none; width: 132px; height: auto; max-height: 168px; max-width: none;
  border-radius: 10px; object-fit: cover; margin: 0; box-sizing: border-box; }
.yotokit div.yk-cover { height: 102px; display: flex; align-items: flex-end;
  padding: 8px 10px; overflow: hidden; font-weight: 700; line-height: 1.2;
  overflow-wrap: anywhere; }
.yotokit .yk-cover span { display: -webkit-box; -webkit-box-orient: vertical;
  -webkit-line-clamp: 4; overflow: hidden; }
.yotokit .yk-top > div:last-child { min-width: 0; }
.yotokit.yotokit .yk-card h4 { font-size: 19px; line-height: 1.25; margin: 0 0 4px;
  overflow-wrap: anywhere; }
.yotokit.yotokit ol.yk-chapters, .yotokit.yotokit ol.yk-tracks { list-style: none; margin: 0;
  padding: 0; }
.yotokit.yotokit ol.yk-chapters { border-top: 1px solid rgba(128, 128, 128, .25);
  max-height: 606px; overflow-y: auto; scrollbar-width: thin;
  scrollbar-color: rgba(128, 128, 128, .6) transparent; }
.yotokit.yotokit .yk-chapters > li { margin: 0; padding: 7px 16px; }
.yotokit .yk-chapters > li + li { border-top: 1px solid rgba(128, 128, 128, .18); }
.yotokit .yk-line { display: flex; align-items: center; gap: 12px; }
.yotokit .yk-icon { flex: none; width: 34px; height: 34px; box-sizing: border-box; padding: 4px;
  border: 1px solid rgba(128, 128, 128, .5); border-radius: 7px; background: #000; color: #fff;
  display: flex; align-items: center; justify-content: center;
  font: 700 13px/1 ui-monospace, Menlo, Consolas, monospace; }
.yotokit .yk-icon img { width: 24px; height: 24px; image-rendering: pixelated; margin: 0;
  display: block; max-width: none; }
.yotokit .yk-label, .yotokit .yk-length { flex: none; font-variant-numeric: tabular-nums; }
.yotokit .yk-label { min-width: 1.7em; text-align: right; }
.yotokit .yk-title { flex: 1; min-width: 0; overflow-wrap: anywhere; font-weight: 500; }
.yotokit.yotokit ol.yk-tracks { padding-left: 46px; }
.yotokit.yotokit .yk-tracks > li { padding: 3px 0; margin: 0; }
.yotokit .yk-tracks .yk-title { font-weight: 400; }
.yotokit .yk-tracks .yk-icon { width: 22px; height: 22px; padding: 2px; border-radius: 5px;
  font-size: 10px; }
.yotokit .yk-tracks .yk-icon img { width: 16px; height: 16px; }
""")


def card_text(card: Card) -> str:
    """Return a card as a table of text."""
    facts = ", ".join(filter(None, [*_counts(card), *_sums(card)]))
    rows = [[c.overlay_label, c.title, _length(c.tracks)] for c in card.chapters]
    table = text_table(["no.", "title", "length"], rows)
    return f"{plain(card.title)} · card {_id(card)} · {facts}\n\n{table}"


def card_html(card: Card, *, most_chapters: int | None = None) -> str:
    """Return a card as a piece of a page: nothing is loaded, and nothing runs.

    Parameters
    ----------
    most_chapters : int, optional
        How many are shown; of the others their number is told.
    """
    pictures = _Pictures(card)
    cover = pictures.image(card.cover, f'class="yk-cover" alt="cover of {escape(card.title)}"')
    shown = card.chapters[:most_chapters]
    chapters = Html("".join(_chapter(chapter, pictures) for chapter in shown))
    if len(shown) < len(card.chapters):
        chapters = Html(f"{chapters}<li>and {len(card.chapters) - len(shown)} more</li>")
    # What scrolls must be within reach of the keyboard.
    lines = sum(max(1, len(chapter.tracks)) for chapter in shown)
    scrolls = lines > _MANY_LINES
    focus = Html(f' tabindex="0" aria-label="chapters of {escape(card.title)}"' if scrolls else "")
    card_page = page_fragment(
        Html('<div class="yk-card"><div class="yk-top">'),
        cover or _tile(card.title),
        Html("<div><h4>"),
        card.title,
        Html("</h4>"),
        definitions(_facts(card)),
        Html("</div></div>"),
        Html(f'<ol class="yk-chapters"{focus}>{chapters}</ol>') if chapters else "",
        Html("</div>"),
    )
    return card_page + _STYLE


class _Pictures:
    """The pictures of a card, as far as there is room for them."""

    def __init__(self, card: Card) -> None:
        self._pictures = card.pictures
        self._left_bytes = _ALL_PICTURES_BYTES
        self.of_icons = any(icon in card.pictures for icon in card.icons)

    def image(self, reference: str | None, attributes: str) -> Html:
        data = self._pictures.get(reference or "", b"")
        kind = next((kind for head, kind in _KINDS.items() if data.startswith(head)), None)
        if kind is None or len(data) > min(_LARGEST_PICTURE_BYTES, self._left_bytes):
            return Html("")
        self._left_bytes -= len(data)
        code = base64.b64encode(data).decode()
        return Html(f'<img {attributes} src="data:image/{kind};base64,{code}"/>')


def _chapter(chapter: Chapter, pictures: _Pictures) -> str:
    image = pictures.image(chapter.icon, 'alt=""')
    label = escape(chapter.overlay_label[:_LABEL_LENGTH])
    head = f'<span class="yk-icon">{image or label or "·"}</span>'
    # The number stands in the picture's place, or beside it.
    if pictures.of_icons:
        head += f' <span class="yk-label">{label if image else ""}</span>'
    tracks = ""
    if len(chapter.tracks) > 1:
        lines = "".join(f"<li>{_track(t, chapter, pictures)}</li>" for t in chapter.tracks)
        tracks = f'<ol class="yk-tracks">{lines}</ol>'
    return f"<li>{_line(head, chapter.title, chapter.tracks)}{tracks}</li>"


def _track(track: Track, chapter: Chapter, pictures: _Pictures) -> str:
    """Return the line of a track; its picture is shown where it is not that of its chapter."""
    head = f'<span class="yk-label">{escape(track.overlay_label[:_LABEL_LENGTH])}</span>'
    image = pictures.image(track.icon, 'alt=""') if track.icon != chapter.icon else ""
    if image:
        head += f' <span class="yk-icon">{image}</span>'
    return _line(head, track.title, (track,))


def _line(head: str, title: str, tracks: Iterable[Track]) -> str:
    return (
        f'<div class="yk-line">{head} <span class="yk-title">{escape(title)}</span> '
        f'<span class="yk-length">{_length(tracks)}</span></div>'
    )


def _tile(title: str) -> Html:
    place = hashlib.sha256(title.encode("utf-8", "replace")).digest()[0]
    color = _TILES[place % len(_TILES)]
    return Html(
        f'<div class="yk-cover" style="background: {color}; color: #fff" aria-hidden="true">'
        f"<span>{escape(title)}</span></div>"
    )


def _facts(card: Card) -> list[tuple[str, str]]:
    counts = [(name, count) for count, name in map(str.split, _counts(card))]
    sums = _sums(card)
    if not card.chapters:
        # From a list, where cards come without chapters but with their totals.
        told = mapping(card.metadata.get("media"))
        counts = []
        duration_s, size_bytes = number(told.get("duration")), number(told.get("fileSize"))
        sums = figures.duration(duration_s), figures.bytes_size(size_bytes)
    facts = [*counts, *zip(("length", "size"), sums, strict=True), ("card", _id(card))]
    return [(name, value) for name, value in facts if value]


def _counts(card: Card) -> list[str]:
    """Return how many chapters there are, and how many tracks if those are not as many."""
    chapters, tracks = len(card.chapters), sum(len(chapter.tracks) for chapter in card.chapters)
    counts = [f"{chapters} {'chapter' if chapters == 1 else 'chapters'}"]
    if tracks != chapters:
        counts.append(f"{tracks} {'track' if tracks == 1 else 'tracks'}")
    return counts


def _sums(card: Card) -> tuple[str, str]:
    tracks = [track for chapter in card.chapters for track in chapter.tracks]
    size_bytes = _sum(track.media.size_bytes for track in tracks)
    return _length(tracks), figures.bytes_size(size_bytes)


def _id(card: Card) -> str:
    return card.card_id or "not written yet"


def _length(tracks: Iterable[Track]) -> str:
    return figures.duration(_sum(track.media.duration_s for track in tracks))


def _sum(values: Iterable[float]) -> float | None:
    """Return a sum; None where a part of it is not known."""
    known = [number(value) for value in values]
    return None if None in known else sum(filter(None, known))
