"""A session's files: which there are, in which order, and what becomes of them.

Everything here changes under the engine's lock. Nothing waits: the last file to come to rest
starts what follows (`publishing`), so one worker is enough, and an interrupted caller tears
nothing.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from yotokit.engine import Group
from yotokit.errors import JobCancelledError, SessionClosedError
from yotokit.journal import ItemEntry
from yotokit.session.events import Events
from yotokit.session.publishing import Publisher
from yotokit.session.snapshot import JobSnapshot, SessionSnapshot, job_snapshot
from yotokit.session.stages import MEASURE
from yotokit.session.unbroken import unbroken
from yotokit.session.work import JobState, Work, job_id_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from yotokit.audio import Candidate
    from yotokit.engine import EngineBase, JobRecord
    from yotokit.session.album import Album
    from yotokit.session.cards import CardWriter
    from yotokit.session.diary import Diary
    from yotokit.session.report import OnFailure, Report
    from yotokit.session.scratch import Scratch
    from yotokit.session.stages import FileStages
    from yotokit.yoto import YotoClient

__all__ = ["Flow"]


class Flow:
    """The state behind a `Session`; it offers what the facade needs.

    Attributes
    ----------
    order : list of JobRecord
        The card's order.
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
        target_lufs: float,
    ) -> None:
        self.title = title
        self.engine = engine
        self.order: list[JobRecord[Work]] = []
        self.log_name = writer.mark[:6]
        self.events = Events(title, self.log_name)
        self.publisher = Publisher(self, writer, album, target_lufs)
        self.yoto = yoto
        self._target_lufs = target_lufs
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
        self._by_path: dict[Path, JobRecord[Work]] = {}
        self._moving: set[JobRecord[Work]] = set()
        self._closed = False
        self._let_go = weakref.finalize(self, diary.let_go)
        diary.listing = self._entries

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
        self, candidates: Sequence[Candidate], titles: Sequence[str | None]
    ) -> list[JobRecord[Work]]:
        """Queue files that are new or have changed; return the records of all, in order.

        A title of None leaves a known file's as it is.
        """
        named = [
            (candidate, title or candidate.title, title is not None)
            for candidate, title in zip(candidates, titles, strict=True)
        ]
        with self.diary.lock:
            with self.engine.lock:
                self._check_open()
                entries = [
                    ItemEntry(str(candidate.path), title)
                    for candidate, title, given in named
                    if given or candidate.path not in self._by_path
                ]
            # On disk before it is in the queue: what submit() has returned is not lost.
            self.diary.add(entries)
            with self.engine.lock:
                self._check_open()
                return [self._submit(*each) for each in named]

    @unbroken()
    def retry(self, record: JobRecord[Work]) -> bool:
        """Make a new attempt of a failed or cancelled file; what is done of it stays done."""
        with self.engine.lock:
            self._check_open()
            ended = record.state in (JobState.FAILED, JobState.CANCELLED)
            if not ended or not self.has(record):
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
    def move(self, record: JobRecord[Work], position: int) -> None:
        """Put a file at another place of the card, counted from 1."""
        with self.diary.lock:
            with self.engine.lock:
                if not self.has(record):
                    return
                self.order.remove(record)
                self.order.insert(max(0, position - 1), record)
                self.group.changed()
            self._arrange()

    @unbroken()
    def remove(self, record: JobRecord[Work]) -> None:
        """Take a file off the card; it is cancelled if it has not ended."""
        with self.diary.lock:
            with self.engine.lock:
                if self.has(record):
                    self.order.remove(record)
                    del self._by_path[record.payload.path]
                self.group.cancel(record)
                self.group.changed()
            self.diary.remove(str(record.payload.path))

    @unbroken()
    def pause(self) -> None:
        """Take no more work from the queue; what runs goes on to the end of its stage."""
        self.group.pause()

    @unbroken()
    def unpause(self) -> None:
        """Take work from the queue again."""
        self.group.unpause()

    def has(self, record: JobRecord[Work]) -> bool:
        """Say whether a file is on the list."""
        return self._by_path.get(record.payload.path) is record

    @unbroken()
    def finalize(self, on_failure: OnFailure, *, overwrite: bool) -> Future[Report]:
        """Ask for the card to be written when nothing moves any more; return its report to come."""
        with self.engine.lock:
            self._check_open()
            return self.publisher.ask(on_failure, overwrite=overwrite)

    def snapshot(self) -> SessionSnapshot:
        """Freeze what there is."""
        with self.engine.lock:
            return SessionSnapshot(
                title=self.title,
                jobs=self.rows(),
                engine=self.engine.snapshot(),
                target_lufs=self._target_lufs,
                finalizing=self.publisher.is_busy,
                card_id=self._writer.card_id,
                log=self.events.lines,
                closed=self._closed,
                queue=self.group.snapshot(),
                traffic=self.yoto.traffic,
                revision=self._writer.revision,
                journal_trouble=self.diary.trouble,
            )

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

    def rows(self) -> tuple[JobSnapshot, ...]:
        """Freeze all files; called with the lock."""
        return tuple(job_snapshot(n, record) for n, record in enumerate(self.order, start=1))

    def _arrange(self) -> None:
        with self.engine.lock:
            paths = [str(record.payload.path) for record in self.order]
        self.diary.arrange(paths)

    def _entries(self) -> list[ItemEntry]:
        with self.engine.lock:
            works = [(record.payload, record.state == JobState.DONE) for record in self.order]
        return [ItemEntry(str(work.path), work.title, done) for work, done in works]

    def _check_open(self) -> None:
        if self._closed:
            raise SessionClosedError(
                f"the session {self.title!r} is closed; make a new one of the same title to go on"
            )
        self.engine.check_open()

    def _submit(self, candidate: Candidate, title: str, given: bool) -> JobRecord[Work]:  # noqa: FBT001
        known = self._by_path.get(candidate.path)
        if known is None:
            work = Work(
                candidate.path, title, candidate.stamp, job_id_of(self.log_name, candidate.path)
            )
            record = self.group.add(work, error=candidate.error)
            self.order.append(record)
            self._by_path[candidate.path] = record
            return record
        if given:
            known.payload.title = title
        changed = candidate.stamp is not None and candidate.stamp != known.payload.stamp
        if changed:
            self.group.cancel(known)
        if changed or (known.state == JobState.FAILED and candidate.error is None):
            self._begin_again(known)
        return known

    def _begin_again(self, record: JobRecord[Work]) -> bool:
        # From the start: whether the file is still what it was shows there, and what was done
        # of it is in the journal.
        record.payload.loudness = None
        return self.group.restart(record, MEASURE)

    def _changed(self, record: JobRecord[Work]) -> None:
        """Count down; called by the engine under its lock after each change of state."""
        work = record.payload
        if record.state != work.told:
            work.told = record.state
            reason = f" ({record.error})" if record.error is not None else ""
            self.events.note(f"{record.state}: {work.title}{reason}", work.job_id)
        if record.settled or record.held:
            self._moving.discard(record)
            self.publisher.look()
        else:
            self._moving.add(record)
