"""What follows when nothing moves any more: the album's gain first, then the card, once.

Nothing here waits for anything. The last file to come to rest starts it, as a task of the engine.
"""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

from yotokit.engine import Lane, Wait
from yotokit.errors import EngineClosedError, SessionClosedError, SettingError
from yotokit.logs import about
from yotokit.session.diff import Coming, difference
from yotokit.session.patience import pause_s
from yotokit.session.playlist import playlist_of
from yotokit.session.report import OnFailure, Report, refuse, with_origin
from yotokit.session.stages import PLAN
from yotokit.session.work import JobState

if TYPE_CHECKING:
    from yotokit.session.album import Album
    from yotokit.session.cards import CardWriter, Written
    from yotokit.session.cover import Cover
    from yotokit.session.diff import Diff
    from yotokit.session.flow import Flow
    from yotokit.session.playlist import Playlist
    from yotokit.session.snapshot import JobSnapshot
    from yotokit.yoto import Card

__all__ = ["Publisher"]

_TAKEN_S = 0.25
_PICTURES_S = 1.0  # for what only a notebook shows


class Publisher:
    """Answers a session's finalize.

    Parameters
    ----------
    flow : Flow
        Whose files are published.
    writer : CardWriter
        Writes the card.
    album : Album or None
        Knows the gain of all, in album mode.
    cover : Cover
        Finds the card's cover.
    target_lufs : float
        For the report.

    Attributes
    ----------
    is_writing : bool
        The card is being written at this moment; that is not called off.
    card : Card or None
        As it was when it was last written, or found to be up to date.
    outcome : Report, Exception or None
        What the last finalize came to; None before the first.
    """

    def __init__(
        self,
        flow: Flow,
        writer: CardWriter,
        album: Album | None,
        cover: Cover,
        target_lufs: float,
    ) -> None:
        self._flow = flow
        self._engine = flow.engine
        self._writer = writer
        self._album = album
        self._cover = cover
        self._target_lufs = target_lufs
        self._pending: Future[Report] | None = None
        self._how: tuple[OnFailure, bool] = ("publish", False)
        self._minds: list[str] = []
        self._own_task = False
        self.is_writing = False
        self.card: Card | None = None
        self.outcome: Report | Exception | None = None
        self._called_off: Exception | None = None
        self._out_of_reach_s = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether a finalize is asked for or under way."""
        return self._pending is not None or self._own_task

    def ask(self, on_failure: OnFailure, *, overwrite: bool) -> Future[Report]:
        """Ask for the card to be written when nothing moves any more; return its report to come."""
        with self._engine.lock:
            how = (on_failure, overwrite)
            if self._pending is None:
                self._how, self._pending = how, Future()
                # Shared by all who wait: nobody can cancel it for the others.
                self._pending.set_running_or_notify_cancel()
                self.look()
            elif how != self._how:
                raise SettingError(
                    f"a finalize with on_failure={self._how[0]!r}, overwrite={self._how[1]} is "
                    "under way; wait for it"
                )
            return self._pending

    def call_off(self, error: Exception) -> None:
        """Answer who waits with an error; what is being written already is written."""
        with self._engine.lock:
            pending, self._pending = self._pending, None
            self._called_off = error
        self._answer(pending, error)

    def ended(self) -> None:
        """Tell who waits that it will not come: session or engine were closed."""
        what = "engine" if self._engine.closed else "session"
        kind = EngineClosedError if self._engine.closed else SessionClosedError
        with self._engine.lock:
            self._own_task = False
        self.call_off(kind(f"the {what} was closed before the card was written"))

    def look(self) -> None:
        """Start what follows if nothing moves; called with the lock, after every change."""
        if self._pending is None or self._own_task or self._flow.is_moving or self._flow.is_over:
            return
        self._own_task = True
        if self._album is not None and self._album.is_due(self._flow.order):
            self._flow.group.post(partial(self._plan_album, self._album))
        else:
            self._flow.group.post(self._publish, lane=Lane.ASK)

    def _plan_album(self, album: Album) -> None:
        """Find the one gain, let the files go on that wait for it, redo what had another."""
        try:
            with self._engine.lock:
                parts = album.parts(self._flow.order)
            plan = album.compute(parts)
        except Exception as error:
            with self._engine.lock:
                self._own_task = False
            self.call_off(error)
            return
        with self._engine.lock:
            self._own_task = False
            if self._flow.is_over:
                return
            self._flow.events.note(f"album gain {plan.gain_db:+.1f} dB for {len(parts)} files")
            for record in self._flow.order:
                if record.held:
                    self._flow.group.release(record)
                elif record.payload.kept is not None:
                    continue
                elif record.state == JobState.DONE and record.payload.plan != plan:
                    self._flow.group.restart(record, PLAN)
            self.look()

    def _publish(self) -> None:
        with self._engine.lock:
            album_due = self._album is not None and self._album.is_due(self._flow.order)
            if self._pending is None or self._flow.is_moving or album_due or self._flow.is_over:
                # Something came in between: it is looked at anew, now or when it has ended.
                self._own_task = False
                self.look()
                return
            on_failure, overwrite = self._how
            rows, playlist = self._flow.roster.rows(), self._playlist()
            # Who asks from here on is answered by the next one: it may have changed something.
            pending, self._pending, self._called_off = self._pending, None, None
        outcome: Report | Exception | Wait
        with about(self._flow.log_name):
            try:
                refuse(self._flow.title, rows, on_failure, self._target_lufs)
                outcome = self._write(playlist, rows, overwrite=overwrite)
            except Exception as error:
                outcome = self._wait_or(error)
        if isinstance(outcome, Wait):
            self._postpone(pending, outcome.seconds)
        else:
            self._end(pending, outcome)

    def _write(
        self, playlist: Playlist, rows: tuple[JobSnapshot, ...], *, overwrite: bool
    ) -> Report | Wait:
        self._flow.enter_order()
        self._flow.diary.renew()
        self._flow.diary.enter_done()
        if not self._writer.claim(self._flow.session_id):
            return Wait(_TAKEN_S)
        self.is_writing = True
        try:
            written = self._writer.write(playlist, overwrite=overwrite)
        finally:
            self.is_writing = False
            self._writer.unclaim(self._flow.session_id)
        if isinstance(written, Wait):
            return written
        self._out_of_reach_s = 0.0
        return self._report(written, rows)

    def mind(self, text: str) -> None:
        """Note what the report is to tell of the card."""
        self._minds.append(text)
        self._flow.note(text)

    def diff(self) -> Diff:
        """Return what finalize would change as things are, without writing anything."""
        with self._engine.lock:
            playlist = self._playlist(upload=False)
            to_come = [
                (place, record.payload)
                for place, record in enumerate(self._flow.order, start=1)
                if not record.settled
            ]
        current, wanted = self._writer.plan(playlist)
        own = self._writer.own_files(current) if current is not None else {}
        keys = {path: key for key, path in own.items()}
        coming = [
            Coming(place, work.title, keys.get(str(work.path), ""), work.stands_for is not None)
            for place, work in to_come
        ]
        return difference(current, wanted, coming, self._writer.icons.is_default)

    def _playlist(self, *, upload: bool = True) -> Playlist:
        """Return what is done, as a playlist; called with the lock."""
        files = [r.payload.path for r in self._flow.order if r.payload.kept is None]
        cover = partial(self._cover.address, files=files, upload=upload)
        return playlist_of(self._flow.roster.lines(), cover)

    def _report(self, written: Written, rows: tuple[JobSnapshot, ...]) -> Report:
        card = self.card = self._flow.yoto.illustrated(written.card, within_s=_PICTURES_S)
        minds, self._minds = [self._writer.limits.warning(card.duration_s), *self._minds], []
        return Report(
            self._flow.title,
            card,
            written.changed,
            with_origin(rows, written.before),
            self._target_lufs,
            self._writer.revision,
            "; ".join(filter(None, minds)),
        ).with_client(self._flow.yoto)

    def _wait_or(self, error: Exception) -> Exception | Wait:
        """Wait for the network or a token where that is worth it; else the error is the outcome."""
        seconds = pause_s(self._flow.yoto, error, self._out_of_reach_s)
        if seconds is None:
            return error
        self._out_of_reach_s += seconds
        return Wait(seconds)

    def _postpone(self, pending: Future[Report], seconds: float) -> None:
        """Publish later, for those who asked and those who have asked meanwhile."""
        with self._engine.lock:
            error = self._called_off
            if error is None:
                newer, self._pending = self._pending, pending
                if newer is not None:
                    pending.add_done_callback(partial(_pass_on, newer))
                self._flow.group.post(self._publish, lane=Lane.ASK, delay_s=seconds)
                return
            self._own_task = False
            self.look()
        self._answer(pending, error)

    def _end(self, pending: Future[Report], outcome: Report | Exception) -> None:
        with self._engine.lock:
            if isinstance(outcome, Report):
                self._flow.events.note(outcome.summary)
            else:
                self._flow.events.note(f"card not written: {outcome}")
        self._answer(pending, outcome)
        with self._engine.lock:
            self._own_task = False
            self.look()

    def _answer(self, pending: Future[Report] | None, outcome: Report | Exception) -> None:
        """Answer who waits for a finalize, if someone does.

        Without the lock: what was hung on the future runs here, and may take its time.
        """
        if pending is not None and not pending.done():
            self.outcome = outcome
            if isinstance(outcome, Report):
                pending.set_result(outcome)
            else:
                pending.set_exception(outcome)
        with self._engine.lock:
            self._flow.group.changed()


def _pass_on(newer: Future[Report], older: Future[Report]) -> None:
    error = older.exception()
    if newer.done():
        return
    if error is not None:
        newer.set_exception(error)
    else:
        newer.set_result(older.result())
