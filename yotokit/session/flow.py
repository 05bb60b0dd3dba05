"""What happens to a session's files: their order, the album's gain, and the one write at the end.

Everything here changes under the engine's lock. Nothing waits: the last file to come to rest
starts what follows, so one worker is enough, and an interrupted caller tears nothing.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

from yotokit.engine import Group, Lane
from yotokit.errors import (
    EngineClosedError,
    JobCancelledError,
    SessionClosedError,
    SettingError,
)
from yotokit.session.playlist import chapters_of
from yotokit.session.report import OnFailure, Report, refuse
from yotokit.session.snapshot import JobSnapshot, SessionSnapshot, job_snapshot
from yotokit.session.stages import MEASURE, RENDER, FileStages
from yotokit.session.work import JobState, Work

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from yotokit.audio import Candidate, Target
    from yotokit.engine import EngineBase, JobRecord
    from yotokit.session.album import Album
    from yotokit.session.cards import CardWriter

__all__ = ["Flow"]

_LOG_LINES = 200
_log = logging.getLogger("yotokit.session")


class Flow:
    """The state behind a `Session`; it offers what the facade needs.

    Attributes
    ----------
    order : list of JobRecord
        The card's order.
    """

    def __init__(
        self,
        title: str,
        writer: CardWriter,
        engine: EngineBase,
        stages: FileStages,
        *,
        album: Album | None,
        target: Target,
    ) -> None:
        self.title = title
        self.engine = engine
        self.order: list[JobRecord[Work]] = []
        self._target = target
        self._album = album
        self._writer = writer
        self._stages = stages
        self._group: Group[Work] = Group(
            engine,
            self._stages.stages(),
            on_change=self._changed,
            on_rest=self._stages.clear,
            on_close=self._ended,
        )
        self._by_path: dict[Path, JobRecord[Work]] = {}
        self._moving: set[JobRecord[Work]] = set()
        self._pending: Future[Report] | None = None
        self._on_failure: OnFailure = "publish"
        self._own_task = False
        self._closed = False
        self._events: deque[str] = deque(maxlen=_LOG_LINES)

    def submit(
        self, candidates: Sequence[Candidate], titles: Sequence[str]
    ) -> list[JobRecord[Work]]:
        """Queue files that are new or have changed; return the records of all, in order."""
        with self.engine.lock:
            self._check_open()
            return [
                self._submit(candidate, title)
                for candidate, title in zip(candidates, titles, strict=True)
            ]

    def retry(self, record: JobRecord[Work]) -> bool:
        """Make a new attempt of a failed or cancelled file, from where its results end."""
        with self.engine.lock:
            self._check_open()
            failed = record.state in (JobState.FAILED, JobState.CANCELLED)
            if not failed or record not in self.order:
                return False
            measured = record.payload.loudness is not None
            # Before the album's gain is known, measuring again is what leads to the barrier.
            ready = self._album is None or self._album.planned
            return self._group.restart(record, RENDER if measured and ready else MEASURE)

    def cancel(self, records: Sequence[JobRecord[Work]]) -> int:
        """Cancel what has not ended; return how many that were."""
        return sum(self._group.cancel(record) for record in records)

    def cancel_all(self) -> int:
        """Call off a finalize that waits, and cancel every file that has not ended."""
        with self.engine.lock:
            pending, self._pending = self._pending, None
            self._answer(pending, JobCancelledError("cancelled before the card was written"))
            return self.cancel(list(self.order))

    def move(self, record: JobRecord[Work], position: int) -> None:
        """Put a file at another place of the card, counted from 1."""
        with self.engine.lock:
            if record in self.order:
                self.order.remove(record)
                self.order.insert(max(0, position - 1), record)
                self.engine.changed()

    def remove(self, record: JobRecord[Work]) -> None:
        """Take a file off the card; it is cancelled if it has not ended."""
        with self.engine.lock:
            if record in self.order:
                self.order.remove(record)
                del self._by_path[record.payload.path]
            self._group.cancel(record)
            self.engine.changed()

    @property
    def at_rest(self) -> bool:
        """Whether nothing moves: every file has ended, or waits for the album's gain."""
        return not self._moving

    def finalize(self, on_failure: OnFailure) -> Future[Report]:
        """Ask for the card to be written when nothing moves any more; return its report to come."""
        with self.engine.lock:
            self._check_open()
            if self._pending is not None and on_failure != self._on_failure:
                raise SettingError(
                    f"a finalize with on_failure={self._on_failure!r} is under way; wait for it"
                )
            self._on_failure = on_failure
            if self._pending is None:
                self._pending = Future()
                # Shared by all who wait: nobody can cancel it for the others.
                self._pending.set_running_or_notify_cancel()
                self._look()
            return self._pending

    def snapshot(self) -> SessionSnapshot:
        """Freeze what there is."""
        with self.engine.lock:
            return SessionSnapshot(
                title=self.title,
                jobs=self._rows(),
                engine=self.engine.snapshot(),
                target_lufs=self._target.lufs,
                finalizing=self._pending is not None or self._own_task,
                card_id=self._writer.card_id,
                log=tuple(self._events),
                closed=self._closed,
            )

    def close(self) -> None:
        """Cancel what has not ended, and remove what lies on disk."""
        with self.engine.lock:
            if self._closed:
                return
            self._closed = True
        self._group.close()
        self._stages.close()

    def _ended(self) -> None:
        """Tell who waits for a finalize that it will not come: session or engine were closed."""
        what = "engine" if self.engine.closed else "session"
        kind = EngineClosedError if self.engine.closed else SessionClosedError
        error = kind(f"the {what} was closed before the card was written")
        with self.engine.lock:
            pending, self._pending = self._pending, None
            self._answer(pending, error)

    def _check_open(self) -> None:
        if self._closed:
            raise SessionClosedError(
                f"the session {self.title!r} is closed; make a new one of the same title to go on"
            )
        if self.engine.closed:
            raise EngineClosedError("the session's engine is closed; make a new session to go on")

    def _submit(self, candidate: Candidate, title: str) -> JobRecord[Work]:
        known = self._by_path.get(candidate.path)
        if known is None:
            work = Work(candidate.path, title, candidate.stamp)
            record = self._group.add(work, error=candidate.error)
            self.order.append(record)
            self._by_path[candidate.path] = record
            return record
        changed = candidate.stamp is not None and candidate.stamp != known.payload.stamp
        if changed:
            self._group.cancel(known)
            known.payload.loudness = None
            self._group.restart(known, MEASURE)
        elif known.state == JobState.FAILED and candidate.error is None:
            self.retry(known)
        return known

    def _changed(self, record: JobRecord[Work]) -> None:
        """Count down; called by the engine under its lock after each change of state."""
        if record.state != record.payload.told:
            record.payload.told = record.state
            self._note(f"{record.state}: {record.payload.title}", record)
        if record.settled or record.held:
            self._moving.discard(record)
            self._look()
        else:
            self._moving.add(record)

    def _look(self) -> None:
        """Start what follows when nothing moves: the album's gain first, then the write."""
        closed = self._closed or self.engine.closed
        if self._pending is None or self._moving or self._own_task or closed:
            return
        self._own_task = True
        if self._album is not None and self._album.is_due(self.order):
            self._group.post(partial(self._plan_album, self._album))
        else:
            self._group.post(self._publish, lane=Lane.NET)

    def _plan_album(self, album: Album) -> None:
        """Compute the one gain, let the files go on that wait for it, redo what had another."""
        with self.engine.lock:
            parts = album.parts(self.order)
        plan = album.compute(parts)
        with self.engine.lock:
            self._own_task = False
            if self._closed or self.engine.closed:
                return
            self._note(f"album gain {plan.gain_db:+.1f} dB for {len(parts)} files")
            for record in self.order:
                if record.held:
                    self._group.release(record)
                elif record.state == JobState.DONE and record.payload.plan != plan:
                    self._group.restart(record, RENDER)
            self._look()

    def _publish(self) -> None:
        with self.engine.lock:
            album_due = self._album is not None and self._album.is_due(self.order)
            if self._moving or album_due or self._closed or self.engine.closed:
                # Something came in between: it is looked at anew, now or when it has ended.
                self._own_task = False
                self._look()
                return
            # Who asks from here on is answered by the next one: it may have changed something.
            pending, self._pending = self._pending, None
            on_failure = self._on_failure
            rows, done = self._rows(), [r for r in self.order if r.state == JobState.DONE]
            entries = [(r.payload.title, r.payload.media) for r in done if r.payload.media]
        outcome: Report | Exception
        try:
            refuse(self.title, rows, on_failure, self._target.lufs)
            card, written = self._writer.write(chapters_of(entries))
            outcome = Report(self.title, card, written, rows, self._target.lufs)
        except Exception as error:
            outcome = error
        with self.engine.lock:
            if isinstance(outcome, Report):
                self._note(outcome.summary)
            else:
                self._note(f"card not written: {outcome}")
            self._answer(pending, outcome)
            self._own_task = False
            self._look()

    def _answer(self, pending: Future[Report] | None, outcome: Report | Exception) -> None:
        """Answer who waits for a finalize, if someone does; called with the lock."""
        if pending is not None and not pending.done():
            if isinstance(outcome, Report):
                pending.set_result(outcome)
            else:
                pending.set_exception(outcome)
        self.engine.changed()

    def _rows(self) -> tuple[JobSnapshot, ...]:
        return tuple(job_snapshot(n, record) for n, record in enumerate(self.order, start=1))

    def _note(self, event: str, record: JobRecord[Work] | None = None) -> None:
        self._events.append(f"{time.strftime('%H:%M:%S')} {event}")
        number = record.payload.number if record is not None else "-"
        _log.info("%s [session %r, job %s]", event, self.title, number)
