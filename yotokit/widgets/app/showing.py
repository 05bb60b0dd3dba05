"""What the parts of the page say, as markup; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yotokit.markup import Html, escape, figures, fragment
from yotokit.widgets.app.words import count_of, shown

if TYPE_CHECKING:
    from yotokit.session import Report, SavedSession
    from yotokit.widgets.app.folders import Folder, Subfolder
    from yotokit.widgets.app.state import Account, Source
    from yotokit.widgets.app.walking import Audio

__all__ = [
    "alert",
    "chosen_html",
    "folder_html",
    "head_html",
    "note",
    "part_html",
    "plain_html",
    "result_html",
    "subfolder_labels",
    "unfinished_labels",
    "where_html",
]


def head_html(number: int, name: str, said: str = "", *, is_done: bool = False) -> str:
    """Return the heading of a step, and what is known of it."""
    mark = '<span aria-hidden="true">✓</span>' if is_done else str(number)
    done = '<span class="ya-hidden"> (done)</span>' if is_done else ""
    more = f'<span class="ya-known">{escape(said)}</span>' if said else ""
    return _said(
        f'<div class="ya-head"><h2><span class="ya-no">{mark}</span>{escape(name)}{done}</h2>'
        f"{more}</div>"
    )


def part_html(name: str, said: str = "") -> str:
    """Return the heading of a part of a step, and what it is for."""
    more = f"<p>{escape(said)}</p>" if said else ""
    return _said(f"<h3>{escape(name)}</h3>{more}")


def plain_html(text: str) -> str:
    """Return a paragraph."""
    return _said(f"<p>{escape(text)}</p>")


def alert(text: str) -> str:
    """Return what went wrong, for everybody to notice; nothing if nothing did."""
    return _said(f'<p role="alert" class="ya-alert">{escape(text)}</p>') if text else ""


def note(text: str) -> str:
    """Return a line that is read out when it changes; nothing if there is none."""
    return _said(f'<p role="status">{escape(text)}</p>') if text else ""


def folder_html(folder: Folder | None, trouble: str, *, is_looking: bool) -> str:
    """Return where the chooser is, and what is there."""
    if folder is None:
        return alert(trouble) or note("Looking…")
    words = f"{_audio_words(folder.here)} in this folder"
    if folder.deep.count > folder.here.count or not folder.deep.is_all:
        words += f"; {_audio_words(folder.deep)} together with its subfolders"
    if folder.more:
        words += f". {folder.more:,} more subfolders are not shown: write the path below"
    looking = " Looking…" if is_looking else ""
    place = f'<p class="ya-path">{escape(shown(folder.path))}</p>'
    said = f'<p role="status">{escape(words)}.{looking}</p>'
    return alert(trouble) + _said(place + said)


def subfolder_labels(folder: Folder) -> tuple[tuple[str, int], ...]:
    """Return the subfolders to choose from, with how many audio files lie in each."""
    return tuple(
        (f"{shown(inner.name)}{_inner_words(inner)}", number)
        for number, inner in enumerate(folder.subfolders)
    )


def unfinished_labels(unfinished: tuple[SavedSession, ...]) -> tuple[tuple[str, str], ...]:
    """Return the cards to go on with, with how far they are."""
    return tuple(
        (f"{shown(saved.title)} ({saved.done} of {len(saved.files)} done)", saved.title)
        for saved in unfinished
    )


def chosen_html(sources: tuple[Source, ...]) -> str:
    """Return what was chosen."""
    if not sources:
        return _said("<p>Nothing is chosen yet.</p>")
    lines = "".join(f"<li>{escape(source.name)}</li>" for source in sources)
    return _said(f"<ul>{lines}</ul>")


def result_html(report: Report | None) -> str:
    """Return the card as the app shows it, and what became of the files."""
    if report is None:
        return ""
    return (report.card._repr_html_() if report.card is not None else "") + report._repr_html_()


def where_html(report: Report | None, account: Account | None) -> str:
    """Return where a card that was written can be had."""
    if report is None or account is None:
        return ""
    if not account.page_url:
        return plain_html("It is in the Yoto app, under “Make your own”. Link it to a card there.")
    return _said(
        f'<p><a href="{escape(account.page_url)}" target="_blank" rel="noopener">See and hear it'
        "</a> on the page of the stand-in. It opens in a new tab, and is there for as long as "
        "this page is open.</p>"
    )


def _said(markup: str) -> str:
    return fragment(Html(f'<div class="ya-said">{markup}</div>'))


def _audio_words(audio: Audio) -> str:
    if not audio.count:
        return "No audio file" if audio.is_all else "No audio file found so far"
    most = "" if audio.is_all else "at least "
    facts = [figures.duration(audio.duration_s), figures.bytes_size(audio.size_bytes)]
    told = ", ".join(filter(None, facts))
    return f"{most}{count_of(audio.count, 'audio file')} ({told})"


def _inner_words(inner: Subfolder) -> str:
    if inner.is_closed:
        return "  (cannot be read)"
    return f"  ({count_of(inner.count, 'audio file')})" if inner.count else ""
