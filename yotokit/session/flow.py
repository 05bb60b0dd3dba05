"""A session's files: which there are, in which order, and what becomes of them.

Everything here changes under the engine's lock. Nothing waits: the last file to come to rest
starts what follows (`publishing`), so one worker is enough, and an interrupted caller tears
nothing.
"""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from yotokit.audio import as_candidate
from yotokit.engine import Group
from yotokit.errors import JobCancelledError, SessionClosedError
from yotokit.session.events import Events
from yotokit.session.existing import is_kept_path
from yotokit.session.listed import Listed
from yotokit.session.publishing import Publisher
from yotokit.session.roster import REMOVED, Roster
from yotokit.session.snapshot import session_snapshot
from yotokit.session.stages import MEASURE
from yotokit.session.unbroken import unbroken
from yotokit.session.work import ENDED_BADLY, JobState, Work, job_id_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from yotokit.audio import Candidate
    from yotokit.engine import EngineBase, JobRecord
    from yotokit.journal import ItemEntry
    from yotokit.session.album import Album
    from yotokit.session.cards import CardWriter
    from yotokit.session.cover import Cover
    from yotokit.session.diary import Diary
    from yotokit.session.report import OnFailure, Report
    from yotokit.session.room import Room
    from yotokit.session.scratch import Scratch
    from yotokit.session.snapshot import SessionSnapshot
    from yotokit.session.stages import FileStages
    from yotokit.yoto import YotoClient

__all__ = ["Flow"]


class Flow(Listed):
    """The state behind a `Session`; it offers what the facade needs.

    Attributes
    ----------
    roster : Roster
        Which files there are, in the card's order.
    group : Group
        They again, as the engine moves them.
    log_name : str
        What log lines about the whole session name.
    events : Events
        What happened.
    diary : Diary
        What is entered about the session itself.
    publisher : Publisher
        Answers `Session.finalize`.
    """

    def __init__(
        self,
        title: str,
        yoto: YotoClient,
        engine: EngineBase,
        *,
        writer: CardWriter,
        stages: FileStages,
        scratch: Scratch,
        diary: Diary,
        album: Album | None,
        cover: Cover,
        room: Room,
        target_lufs: float,
    ) -> None:
        self.title = title
        self.engine = engine
        self.roster = Roster()
        self._room = room
        self.log_name = writer.mark[:6]
        self.events = Events(title, self.log_name)
        self.publisher = Publisher(self, writer, album, cover, target_lufs)
        self.yoto = yoto
        self.target_lufs = target_lufs
        self._writer = writer
        self._scratch = scratch
        self.diary = diary
        self.group: Group[Work] = Group(
            engine,
            stages.stages(),
            on_change=self._changed,
            on_rest=stages.clear,
            on_close=self.publisher.ended,
        )
        self._moving: set[JobRecord[Work]] = set()
        self._closed = False
        self._let_go = weakref.finalize(self, diary.let_go)
        diary.listing = self._entries

    @property
    def order(self) -> list[JobRecord[Work]]:
        """The files, in the card's order; to be looked at with the lock."""
        return self.roster.order

    @property
    def session_id(self) -> str:
        """The session's name in the journal."""
        return self.diary.session_id

    @property
    def is_moving(self) -> bool:
        """Whether a file is neither at its end nor waiting for the album's gain."""
        return bool(self._moving)

    @property
    def is_over(self) -> bool:
        """Whether session or engine were closed."""
        return self._closed or self.engine.closed

    @unbroken()
    def submit(
        self, candidates: Sequence[Candidate], titles: Sequence[str | None], icon: str | None = None
    ) -> list[JobRecord[Work]]:
        """Queue files that are new or have changed; return the records of all, in order.

        A title or icon of None leaves a known file's as it is.
        """
        with self.diary.lock:
            with self.engine.lock:
                self._check_open()
                self.roster.check_room(candidates, self._room.limits)
                entries = self.roster.entries_of(candidates, titles, icon)
            # On disk before it is in the queue: what submit() has returned is not lost.
            self.diary.add(entries)
            with self.engine.lock:
                self._check_open()
                records = [
                    self._submit(candidate, title, icon)
                    for candidate, title in zip(candidates, titles, strict=True)
                ]
            self.enter_order()
            return records

    def take_up(self, items: Sequence[ItemEntry]) -> None:
        """Go on with the files of an earlier run, in their order, with their titles and icons.

        Of the chapters that are on the card, what was changed is changed again.
        """
        files = [item for item in items if not is_kept_path(item.path)]
        candidates = [as_candidate(Path(item.path)) for item in files]
        records = self.submit(candidates, [item.title for item in files])
        for record, item in zip(records, files, strict=True):
            if item.icon:
                self.edit(record, None, item.icon)
        for item in items:
            kept = self.roster.get(Path(item.path))
            if kept is None or not is_kept_path(item.path):
                continue
            if item.icon == REMOVED:
                self.remove(kept)
            elif item.title or item.icon:
                self.edit(kept, item.title or None, item.icon or None)
        if len(files) < len(items):
            self.arrange([Path(item.path) for item in items])

    def keep(self, works: Sequence[Work]) -> None:
        """Put chapters that are on the card already on the list, as done."""
        with self.engine.lock:
            for work in works:
                self.roster.add(self.group.add(work, done=True))
                if work.kept is not None:
                    self._room.keep(work.path, work.kept)

    @unbroken()
    def retry(self, record: JobRecord[Work]) -> bool:
        """Make a new attempt of a failed or cancelled file; what is done of it stays done."""
        with self.engine.lock:
            self._check_open()
            if record.state not in ENDED_BADLY or not self.has(record):
                return False
            return self._begin_again(record)

    @unbroken()
    def cancel(self, records: Sequence[JobRecord[Work]]) -> int:
        """Cancel what has not ended; return how many that were."""
        return sum(self.group.cancel(record) for record in records)

    @unbroken()
    def cancel_all(self) -> int:
        """Call off a finalize that waits, and cancel every file that has not ended."""
        self.publisher.call_off(JobCancelledError("cancelled before the card was written"))
        with self.engine.lock:
            return self.cancel(list(self.order))

    @unbroken()
    def pause(self) -> None:
        """Take no more work from the queue; what runs goes on to the end of its stage."""
        self.group.pause()

    @unbroken()
    def unpause(self) -> None:
        """Take work from the queue again."""
        self.group.unpause()

    @unbroken()
    def finalize(self, on_failure: OnFailure, *, overwrite: bool) -> Future[Report]:
        """Ask for the card to be written when nothing moves any more; return its report to come."""
        with self.engine.lock:
            self._check_open()
            return self.publisher.ask(on_failure, overwrite=overwrite)

    def note(self, event: str) -> None:
        """Add something to the events that is about no single file."""
        with self.engine.lock:
            self.events.note(event)
            self.group.changed()

    def snapshot(self) -> SessionSnapshot:
        """Freeze what there is."""
        with self.engine.lock:
            return session_snapshot(self, self._writer, self._closed)

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have a function called after each change of this session."""
        return self.group.subscribe(callback)

    @unbroken()
    def close(self) -> None:
        """Cancel what has not ended, and remove what lies on disk."""
        with self.engine.lock:
            self._closed = True
        self.group.close()
        self._scratch.close()
        if self._let_go.detach() is not None:
            self.diary.close()

    def _check_open(self) -> None:
        if self._closed:
            raise SessionClosedError(
                f"the session {self.title!r} is closed; make a new one of the same title to go on"
            )
        self.engine.check_open()

    def _submit(self, candidate: Candidate, title: str | None, icon: str | None) -> JobRecord[Work]:
        known = self.roster.get(candidate.path)
        if known is None:
            work = Work(
                candidate.path,
                title or candidate.title,
                candidate.stamp,
                job_id_of(self.log_name, candidate.path),
                icon=icon or "",
                titled=title is not None,
            )
            own = self.roster.own(candidate.path)
            record = self.group.add(work, error=candidate.error)
            self.roster.add(record)
            if own is not None:
                self._stand_in(record, own)
            return record
        known.payload.titled = known.payload.titled or title is not None
        known.payload.title = title or known.payload.title
        known.payload.icon = known.payload.icon if icon is None else icon
        changed = candidate.stamp is not None and candidate.stamp != known.payload.stamp
        if changed:
            self.group.cancel(known)
        if changed or (known.state == JobState.FAILED and candidate.error is None):
            self._begin_again(known)
        return known

    def _begin_again(self, record: JobRecord[Work]) -> bool:
        # From the start: whether the file is still what it was shows there, and what was done
        # of it is in the journal.
        record.payload.loudness = record.payload.curve = None
        return self.group.restart(record, MEASURE)

    def _changed(self, record: JobRecord[Work]) -> None:
        """Count down; called by the engine under its lock after each change of state."""
        work = record.payload
        if record.state != work.told:
            work.told = record.state
            reason = f" ({record.error})" if record.error is not None else ""
            self.events.note(f"{record.state}: {work.title}{reason}", work.job_id)
            if record.state == JobState.DONE:
                self._adopt(record)
        if record.settled or record.held:
            self._moving.discard(record)
            self.publisher.look()
        else:
            self._moving.add(record)
