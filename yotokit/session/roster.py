"""Which files a session has, and in which order. Looked at and changed under the engine's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yotokit.journal import ItemEntry
from yotokit.session.playlist import Line, is_sound_of
from yotokit.session.snapshot import JobSnapshot, job_snapshot
from yotokit.session.work import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from yotokit.audio import Candidate
    from yotokit.engine import JobRecord
    from yotokit.session.limits import Limits
    from yotokit.session.work import Work

__all__ = ["REMOVED", "Roster", "entry_of"]

REMOVED = "removed"
"""Stands in the place of an icon where a chapter of the card was taken off the list."""


class Roster:
    """The list of files.

    Attributes
    ----------
    order : list of JobRecord
        The card's order.
    adopted : bool
        A file has taken the place of a chapter since this was last set to False.
    """

    def __init__(self) -> None:
        self.order: list[JobRecord[Work]] = []
        self.adopted = False
        self._by_path: dict[Path, JobRecord[Work]] = {}
        self._chapters: dict[Path, JobRecord[Work]] = {}
        self._removed: dict[str, ItemEntry] = {}

    def get(self, path: Path) -> JobRecord[Work] | None:
        """Return the record of a path; None if it is not on the list."""
        return self._by_path.get(path)

    def has(self, record: JobRecord[Work]) -> bool:
        """Say whether a record is on the list."""
        return self._by_path.get(record.payload.path) is record

    def add(self, record: JobRecord[Work]) -> None:
        """Put a record behind the others."""
        self.order.append(record)
        self._by_path[record.payload.path] = record
        if record.payload.kept is not None:
            self._chapters[record.payload.path] = record

    def move(self, record: JobRecord[Work], position: int) -> None:
        """Put a record at another place, counted from 1."""
        place = min(max(0, position - 1), len(self.order))
        self.order.remove(record)
        self.order.insert(place, record)
        record.payload.placed = True

    def remove(self, record: JobRecord[Work]) -> ItemEntry | None:
        """Take a record off the list; of a chapter return the entry that says so from now on."""
        self._take_off(record)
        if record.payload.kept is None:
            return None
        entry = ItemEntry(str(record.payload.path), "", done=True, icon=REMOVED)
        self._removed[entry.path] = entry
        return entry

    def own(self, path: Path) -> JobRecord[Work] | None:
        """Return the chapter that was made of a file in an earlier run; None if none is left."""
        chapters = self._chapters.values()
        return next((one for one in chapters if one.payload.own_path == path), None)

    def alike(self, record: JobRecord[Work]) -> JobRecord[Work] | None:
        """Return the first chapter on the card that sounds like a finished file."""
        work = record.payload
        if work.media is None or work.stands_for is not None or not self.has(record):
            return None
        chapters = self._chapters.values()
        return next((one for one in chapters if is_sound_of(one.payload.kept, work.media)), None)

    def stand_in(self, record: JobRecord[Work], other: JobRecord[Work]) -> None:
        """Let a file take the place of a chapter, and what its user has not chosen otherwise."""
        work, kept = record.payload, other.payload
        work.stands_for, work.kept_at = kept.kept, kept.kept_at
        work.title = work.title if work.titled else kept.title
        work.icon = work.icon or kept.icon
        if not work.placed:
            self.order.remove(record)
            self.order.insert(self.order.index(other), record)
        self._take_off(other)
        self.adopted = True

    def _take_off(self, record: JobRecord[Work]) -> None:
        self.order.remove(record)
        del self._by_path[record.payload.path]
        self._chapters.pop(record.payload.path, None)

    def arrange(self, paths: Iterable[Path]) -> None:
        """Put these paths first, in this order; the others stay behind them."""
        named = [self._by_path[path] for path in dict.fromkeys(paths) if path in self._by_path]
        there = set(named)
        self.order[:] = [*named, *(record for record in self.order if record not in there)]

    def check_room(self, candidates: Iterable[Candidate], limits: Limits) -> None:
        """Raise if the files that are new are more than the card takes beside those there are."""
        new = dict.fromkeys(
            candidate.path
            for candidate in candidates
            if candidate.error is None and candidate.path not in self._by_path
        )
        kept = [record.payload for record in self._chapters.values()]
        own = {work.own_path for work in kept}
        tracks = sum(len(work.kept.tracks) for work in kept if work.kept is not None)
        there = len(self.order) - len(kept) + tracks
        limits.check_count(there, [path for path in new if path not in own])

    def entries_of(
        self, candidates: Sequence[Candidate], titles: Sequence[str | None], icon: str | None
    ) -> list[ItemEntry]:
        """Return what is to be entered of files: those that are new, and those that are named."""
        entries = []
        for candidate, title in zip(candidates, titles, strict=True):
            known = self._by_path.get(candidate.path)
            if known is None:
                entry = ItemEntry(str(candidate.path), title or candidate.title, icon=icon or "")
            elif title or icon is not None:
                work = known.payload
                chosen = work.icon if icon is None else icon
                entry = ItemEntry(str(candidate.path), title or work.title, icon=chosen)
            else:
                continue
            entries.append(entry)
        return entries

    def rows(self) -> tuple[JobSnapshot, ...]:
        """Freeze all files."""
        return tuple(job_snapshot(n, record) for n, record in enumerate(self.order, start=1))

    def lines(self) -> tuple[Line, ...]:
        """Return what is done, as lines of the card; a chapter stays until its file is."""
        return tuple(
            _line(record.payload, done=record.state == JobState.DONE)
            for record in self.order
            if record.state == JobState.DONE or record.payload.stands_for is not None
        )

    def entries(self) -> list[ItemEntry]:
        """Return all lines as the journal enters them, then those that were taken off the card."""
        there = [entry_of(record) for record in self.order]
        return [*there, *self._removed.values()]


def entry_of(record: JobRecord[Work]) -> ItemEntry:
    """Return a line as the journal enters it: of a chapter that stays, a title that was chosen."""
    work = record.payload
    title = work.title if work.kept is None or work.titled else ""
    return ItemEntry(str(work.path), title, record.state == JobState.DONE, work.icon)


def _line(work: Work, *, done: bool) -> Line:
    kept = work.kept or work.stands_for
    if not done and kept is not None:
        return Line(kept.title, kept=kept, kept_at=work.kept_at, path=work.path)
    path = work.own_path if work.kept is not None else work.path
    return Line(work.title, work.media, work.icon, kept, work.kept_at, path)
