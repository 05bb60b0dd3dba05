"""The loudest seconds of a file, as it is and as it will be sent, to listen to."""

from __future__ import annotations

import threading
from base64 import b64encode
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets

from yotokit.audio import excerpt, excerpt_isolated, loudest_span
from yotokit.engine import Lane
from yotokit.errors import JobCancelledError
from yotokit.markup import Html, badge, escape, figures, fragment
from yotokit.widgets.painting import remedy

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.audio import Excerpt
    from yotokit.session import JobSnapshot
    from yotokit.widgets.errands import Errands

__all__ = ["Preview"]


class Preview:
    """A part of a view: players for a file, before and after its gain.

    What plays goes on: the players are painted once, and again only for another file.

    Parameters
    ----------
    errands : Errands
        Read the file.
    mark : callable
        Called when there is something new to paint, from any thread.

    Attributes
    ----------
    widget : ipywidgets.HTML
        What is shown; empty until somebody wants to listen.
    """

    def __init__(self, errands: Errands, mark: Callable[[], object]) -> None:
        self._errands = errands
        self._mark = mark
        self._lock = threading.Lock()
        self._turn = 0
        self._shown = self._promised = ""
        self.widget = ipywidgets.HTML()

    def listen(self, job: JobSnapshot, isolate: bool) -> None:  # noqa: FBT001 - as it is handed on
        """Have a file's loudest seconds made ready; from any thread.

        Parameters
        ----------
        job : JobSnapshot
            The file; nothing is done for one that was not measured.
        isolate : bool
            Read it in a process of its own.
        """
        if job.loudness is None or job.origin == "kept":
            return
        words = f"Making an excerpt of {job.title}..."
        promised = fragment(Html(f'<p role="status">{escape(words)}</p>'))
        with self._lock:
            self._turn += 1
            turn = self._turn
            self._shown = self._promised = promised
        self._mark()
        self._errands.run(
            partial(self._players, job, turn, excerpt_isolated if isolate else excerpt),
            partial(self._show, turn),
            partial(self._failed, turn, job),
            lane=Lane.CPU,
        )

    def repaint(self) -> None:
        """Show what there is; called by the view's painter alone."""
        shown = self._shown
        if self.widget.value != shown:
            self.widget.value = shown

    def close(self) -> None:
        """Let what is under way end, and show nothing more of it."""
        with self._lock:
            self._turn += 1
            if self._shown == self._promised:
                self._shown = ""

    def _players(self, job: JobSnapshot, turn: int, cut: Callable[..., Excerpt]) -> str:
        """Return both excerpts as players; for a worker."""

        def progress(_: float) -> None:
            if turn != self._turn:
                raise JobCancelledError("somebody wants to listen to another file")

        assert job.loudness is not None  # noqa: S101 - looked at when it was asked for
        cut = partial(cut, job.path, start_s=loudest_span(job.loudness), progress=progress)
        limiter_dbtp = job.plan.limiter_dbtp if job.plan is not None else None
        before = cut()
        after = cut(gain_db=job.gain_db, limiter_dbtp=limiter_dbtp) if job.gain_db else None
        return _drawn(job, before, after)

    def _failed(self, turn: int, job: JobSnapshot, error: Exception) -> None:
        self._show(
            turn,
            fragment(
                Html('<p role="alert" class="yk-wrap">'),
                badge("nothing to listen to", "red"),
                f": {job.title}: {error} What to do: {remedy(error)}",
                Html("</p>"),
            ),
        )

    def _show(self, turn: int, piece: str) -> None:
        with self._lock:
            if turn != self._turn:
                return
            self._shown = piece
        self._mark()


def _drawn(job: JobSnapshot, before: Excerpt, after: Excerpt | None) -> str:
    loudness = job.loudness
    end_s = before.start_s + before.duration_s
    span = f"{figures.duration(before.start_s)} to {figures.duration(end_s)}"
    players = [_player(job, "Before", before, loudness.integrated_lufs if loudness else None)]
    if after is not None:
        players.append(_player(job, "After", after, job.after_lufs))
    elif job.gain_db is None:
        players.append(Html("<p>After: not before the album's gain is found.</p>"))
    else:
        players.append(Html("<p>After: the same, it needs no gain.</p>"))
    return fragment(
        Html(f"<h4>{escape(job.title)}: its loudest part, {span}</h4>"),
        Html('<div style="display: flex; flex-wrap: wrap; gap: 8px 28px">'),
        *players,
        Html("</div>"),
    )


def _player(job: JobSnapshot, when: str, sound: Excerpt, lufs: float | None) -> Html:
    source = f"data:{sound.media_type};base64,{b64encode(sound.data).decode()}"
    said = f"{when}: {figures.lufs_words(lufs)}" if lufs is not None else when
    return Html(
        f'<div><div>{escape(said)}</div><audio controls="controls" preload="metadata" '
        f'aria-label="{escape(f"{when}: {job.title}")}" src="{source}"></audio></div>'
    )
