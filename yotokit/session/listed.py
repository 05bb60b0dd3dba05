"""The list of a session's files, as its user changes it: order, titles, icons; each is entered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yotokit.session.roster import entry_of
from yotokit.session.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from yotokit.engine import EngineBase, Group, JobRecord
    from yotokit.journal import ItemEntry
    from yotokit.session.diary import Diary
    from yotokit.session.room import Room
    from yotokit.session.roster import Roster
    from yotokit.session.work import Work

__all__ = ["Listed"]


class Listed:
    """The part of a flow that changes the list, in memory and in the journal alike."""

    engine: EngineBase
    group: Group[Work]
    roster: Roster
    diary: Diary
    _room: Room

    def has(self, record: JobRecord[Work]) -> bool:
        """Say whether a file is on the list."""
        return self.roster.has(record)

    @unbroken()
    def edit(self, record: JobRecord[Work], title: str | None, icon: str | None) -> None:
        """Give a file another title or icon; None leaves it as it is."""
        with self.diary.lock:
            with self.engine.lock:
                work = record.payload
                work.titled = work.titled or title is not None
                work.title = work.title if title is None else title
                work.icon = work.icon if icon is None else icon
                entry = entry_of(record)
                self.group.changed()
            if self.has(record):
                self.diary.add([entry])

    @unbroken()
    def move(self, record: JobRecord[Work], position: int) -> None:
        """Put a file at another place of the card, counted from 1."""
        with self.diary.lock:
            with self.engine.lock:
                if not self.has(record):
                    return
                self.roster.move(record, position)
                self.group.changed()
            self._arrange()

    @unbroken()
    def arrange(self, paths: Iterable[Path]) -> None:
        """Put these files first, in this order."""
        with self.diary.lock:
            with self.engine.lock:
                self.roster.arrange(paths)
                self.group.changed()
            self._arrange()

    @unbroken()
    def enter_order(self) -> None:
        """Enter where files have taken the places of chapters."""
        with self.diary.lock:
            with self.engine.lock:
                adopted, self.roster.adopted = self.roster.adopted, False
            if adopted:
                self.diary.add(self._entries())  # with the titles that they took over
                self._arrange()

    @unbroken()
    def remove(self, record: JobRecord[Work]) -> None:
        """Take a file off the card; it is cancelled if it has not ended."""
        with self.diary.lock:
            with self.engine.lock:
                removed = self.roster.remove(record) if self.has(record) else None
                self.group.cancel(record)
                self.group.changed()
                self._room.leave(record.payload.path)
            if removed is not None:
                self.diary.add([removed])
            else:
                self.diary.remove(str(record.payload.path))

    def _adopt(self, record: JobRecord[Work]) -> None:
        """Let a finished file take the place of a chapter on the card that sounds alike."""
        alike = self.roster.alike(record)
        if alike is not None:
            self._stand_in(record, alike)

    def _stand_in(self, record: JobRecord[Work], chapter: JobRecord[Work]) -> None:
        self.roster.stand_in(record, chapter)
        self._room.leave(chapter.payload.path)

    def _arrange(self) -> None:
        self.diary.arrange([entry.path for entry in self._entries()])

    def _entries(self) -> list[ItemEntry]:
        with self.engine.lock:
            return self.roster.entries()
