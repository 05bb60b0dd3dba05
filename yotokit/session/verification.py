"""What the service made of a card's tracks, beside what it was sent: a plain value."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yotokit.markup import Html, badge, definitions, figures, page_fragment, table, text_table
from yotokit.session.verified import MOVED_LU, VerifiedTrack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yotokit.session.verified import Levels

__all__ = ["Verification"]

_HEADERS = ["no.", "title", "LUFS sent", "made", "moved LU", "dBTP sent", "made", "length", "note"]


@dataclass(frozen=True, slots=True)
class Verification:
    """How far the service moved the loudness of a card's tracks; its rows are its elements.

    Attributes
    ----------
    title, card_id : str
        The card.
    tracks : tuple of VerifiedTrack
        The session's own files that are on it, in order.
    target_lufs : float
        Where the files were brought to before they were sent.
    kept : int
        Chapters that were on the card before and stay: nobody knows what was sent of them, so
        they were left out.
    """

    title: str
    card_id: str
    tracks: tuple[VerifiedTrack, ...]
    target_lufs: float
    kept: int = 0

    def __iter__(self) -> Iterator[VerifiedTrack]:
        return iter(self.tracks)

    @property
    def failed(self) -> tuple[VerifiedTrack, ...]:
        """The tracks that could not be fetched or measured; each says why in ``error``."""
        return tuple(track for track in self.tracks if track.error is not None)

    @property
    def flagged(self) -> tuple[VerifiedTrack, ...]:
        """The tracks that are not as they were sent; each says how in ``flags``."""
        return tuple(track for track in self.tracks if track.flags)

    @property
    def median_moved_lu(self) -> float | None:
        """The middle of all moves; None where no two loudnesses can be compared."""
        moves = self._moves
        return statistics.median(moves) if moves else None

    @property
    def most_moved_lu(self) -> float | None:
        """The largest move, up or down."""
        return max(self._moves, key=abs, default=None)

    @property
    def sent_spread_lu(self) -> float:
        """From the softest to the loudest track, as they were sent."""
        return _spread([track.sent.integrated_lufs for track in self._moved])

    @property
    def made_spread_lu(self) -> float:
        """From the softest to the loudest of the same tracks, as the service made them."""
        return _spread(self._made_lufs)

    @property
    def relation_lu(self) -> float:
        """How much louder one track became in relation to another, at most; 0 keeps an album."""
        return _spread(self._moves)

    @property
    def _moved(self) -> tuple[VerifiedTrack, ...]:
        return tuple(track for track in self.tracks if track.moved_lu is not None)

    @property
    def _moves(self) -> list[float]:
        return [move for track in self.tracks if (move := track.moved_lu) is not None]

    @property
    def _made_lufs(self) -> list[float]:
        return [track.made.integrated_lufs for track in self._moved if track.made is not None]

    @property
    def finding(self) -> str:
        """One sentence: what the service appears to have done to the loudness."""
        moves, levels = self._moves, self._made_lufs
        if not moves:
            return "no loudness could be compared"
        most, level = max(moves, key=abs), statistics.median(levels)
        off_lu = max(abs(each - level) for each in levels)
        if abs(most) <= MOVED_LU:
            return f"the service left the loudness as it was sent, within {abs(most):.1f} LU"
        if len(moves) == 1:
            return f"the service moved it by {most:+.1f} LU, to {level:.1f} LUFS"
        if self.relation_lu <= MOVED_LU:
            text = f"the service moved all tracks alike, by {statistics.median(moves):+.1f} LU"
        elif off_lu <= MOVED_LU:
            text = f"the service leveled each track to {level:.1f} ± {off_lu:.1f} LUFS"
        else:
            text = f"the service moved the tracks by {min(moves):+.1f} to {max(moves):+.1f} LU"
        return f"{text}; {self._relation()}"

    def _relation(self) -> str:
        if self.relation_lu <= MOVED_LU:
            return "their differences are as they were"
        return (
            f"their differences changed by up to {self.relation_lu:.1f} LU: softest and loudest "
            f"were {self.sent_spread_lu:.1f} LU apart and are {self.made_spread_lu:.1f}"
        )

    @property
    def summary(self) -> str:
        """How much was looked at, and the finding."""
        count = len(self.tracks)
        tracks = "track" if count == 1 else "tracks"
        text = f"{count - len(self.failed)} of {count} {tracks} of card {self.card_id} measured"
        if self.kept:
            text += f", {self.kept} kept {'chapter' if self.kept == 1 else 'chapters'} left out"
        text += f"; {self.finding}"
        return f"{text}; {len(self.failed)} FAILED" if self.failed else text

    def to_dict(self) -> list[dict[str, Any]]:
        """Return a row per track, as JSON and data frames take them."""
        return [track.to_dict() for track in self.tracks]

    def plot(self, ax: Any = None) -> Any:
        """Draw for each track where it was sent and where it is, and return matplotlib's figure."""
        from yotokit.audio.plot import plot_moves  # noqa: PLC0415 - matplotlib takes a second

        rows = [
            (track.title, track.sent.integrated_lufs, _lufs(track.made)) for track in self.tracks
        ]
        return plot_moves(rows, ax, target_lufs=self.target_lufs)

    def __repr__(self) -> str:
        rows = [[*_cells(track), track.note] for track in self.tracks]
        return f"{self.title}: {self.summary}\n\n{text_table(_HEADERS, rows)}"

    def _repr_html_(self) -> str:
        noted = any(track.note for track in self.tracks)
        rows = [[*_cells(track), *([_note(track)] if noted else [])] for track in self.tracks]
        headers = _HEADERS if noted else _HEADERS[:-1]
        return page_fragment(
            Html("<h4>"),
            self.title,
            Html("</h4><p>"),
            self.summary,
            Html("</p>"),
            definitions(self._facts()),
            table(headers, rows, numeric=(0, *range(2, 8)), wrap=(1, *range(8, len(headers)))),
        )

    def _facts(self) -> Iterator[tuple[str, object]]:
        if self._moves:
            yield "moved, median", f"{figures.signed_db(self.median_moved_lu)} LU"
            yield "at most", f"{figures.signed_db(self.most_moved_lu)} LU"
            yield "spread, sent", f"{self.sent_spread_lu:.1f} LU"
            yield "spread, made", f"{self.made_spread_lu:.1f} LU"
        if self.flagged:
            yield "not as sent", badge(str(len(self.flagged)), "amber")
        if self.failed:
            yield "failed", badge(str(len(self.failed)), "red")


def _cells(track: VerifiedTrack) -> list[str]:
    made = track.made
    return [
        str(track.position),
        track.title,
        figures.lufs(track.sent.integrated_lufs),
        figures.lufs(_lufs(made)),
        figures.signed_db(track.moved_lu),
        figures.db(track.sent.true_peak_dbtp),
        figures.db(made.true_peak_dbtp if made is not None else None),
        figures.duration(made.duration_s if made is not None else None),
    ]


def _lufs(levels: Levels | None) -> float | None:
    return levels.integrated_lufs if levels is not None else None


def _note(track: VerifiedTrack) -> Html:
    return badge(track.note, "red" if track.error is not None else "amber")


def _spread(values: list[float]) -> float:
    return max(values) - min(values) if values else 0.0
