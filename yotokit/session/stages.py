"""One file's way: measure, plan, look up, render, upload, await the transcode.

Plain functions of one file. Each looks first whether an earlier run has done its work.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from yotokit.audio import (
    check_file,
    measure,
    measure_isolated,
    plan_limited,
    plan_limited_isolated,
    plan_track,
    render,
    render_isolated,
)
from yotokit.audio.writing.target import GainPlan
from yotokit.engine import Goto, Hold, Lane, Outcome, Stage, StageContext, Wait
from yotokit.errors import TranscodeError
from yotokit.logs import about, get_logger
from yotokit.session.delivery import Delivery
from yotokit.session.growing import GrowingCurve
from yotokit.session.patience import patiently
from yotokit.session.transcoding import begin, begin_anew, check_length, next_look
from yotokit.session.work import JobState, Normalize, Work

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.audio import Loudness, Target
    from yotokit.session.album import Album
    from yotokit.session.diary import Diary
    from yotokit.session.icons import DefaultIcons
    from yotokit.session.ledger import Ledger
    from yotokit.session.room import Room
    from yotokit.session.scratch import Scratch
    from yotokit.yoto import YotoClient

__all__ = ["MEASURE", "PLAN", "FileStages"]

T = TypeVar("T")

MEASURE, PLAN, LOOK_UP = "measure", "plan", "look up"
RENDER, UPLOAD, TRANSCODE = "render", "upload", "transcode"

_log = get_logger(__name__)


class FileStages:
    """The stages of a session's files.

    Parameters
    ----------
    yoto : YotoClient
        Where they go.
    ledger : Ledger
        What was done before, and where it is noted what is done now.
    diary : Diary
        Where it is entered that a file is done.
    scratch : Scratch
        Where rendered files lie.
    target : Target
        How loud they are to be.
    normalize : {"track", "album", "off"}
        Whether each gets its own gain, all the same, or none.
    album : Album or None
        Knows the gain of all, in album mode.
    icons : DefaultIcons
        Gets numbers ready while the service is at work.
    room : Room
        Says whether a file fits on a track, and on the card.
    isolate : bool
        Read each file in a process of its own.
    dual_mono : bool
        Count single channels twice.
    """

    def __init__(
        self,
        yoto: YotoClient,
        *,
        ledger: Ledger,
        diary: Diary,
        scratch: Scratch,
        target: Target,
        normalize: Normalize,
        album: Album | None,
        icons: DefaultIcons,
        room: Room,
        isolate: bool = False,
        dual_mono: bool = False,
    ) -> None:
        self._yoto = yoto
        self._ledger = ledger
        self._diary = diary
        self._scratch = scratch
        self._delivery = Delivery(yoto, ledger)
        self._target = target
        self._normalize = normalize
        self._album = album
        self._icons = icons
        self._room = room
        self._dual_mono = dual_mono
        self._measure_file = measure_isolated if isolate else measure
        self._plan_file = plan_limited_isolated if isolate else plan_limited
        self._render_file = render_isolated if isolate else render

    def stages(self) -> tuple[Stage[Work], ...]:
        """Return the way of every file. A rendered file takes a slot until it was sent."""
        state, cpu, net = JobState, Lane.CPU, partial(patiently, self._yoto)
        return (
            Stage(MEASURE, cpu, state.MEASURING, state.MEASURED, _named(self._measure)),
            Stage(PLAN, cpu, state.MEASURED, state.MEASURED, _named(self._plan)),
            Stage(LOOK_UP, Lane.ASK, state.MEASURED, state.MEASURED, _named(net(self._look_up))),
            Stage(
                RENDER,
                cpu,
                state.RENDERING,
                state.RENDERED,
                _named(self._render),
                takes_slot=True,
            ),
            Stage(
                UPLOAD,
                Lane.NET,
                state.UPLOADING,
                state.TRANSCODING,
                _named(net(self._upload)),
                frees_slot=True,
            ),
            Stage(
                TRANSCODE,
                Lane.ASK,
                state.TRANSCODING,
                state.DONE,
                _named(net(self._await_transcode)),
            ),
        )

    def clear(self, work: Work) -> None:
        """Remove the rendered file of a job that has come to its end."""
        left, work.on_disk = work.on_disk, None
        if left is not None:
            self._scratch.remove(left)

    def _measure(self, work: Work, context: StageContext) -> Outcome:
        work.stamp = check_file(work.path)
        work.sha256 = self._ledger.digest(work.path, work.stamp)
        work.loudness, loudness = None, self._ledger.loudness(work.sha256, work.path)
        if loudness is None:
            loudness = self._measured(work, context)
        # Not before: what was measured of another content must not count in the album's gain.
        work.loudness = loudness
        work.curve = None
        self._room.check_sound(work)
        if self._album is not None:
            return Hold()
        # In one go: between two stages other sessions have their turn.
        return self._plan(work, context) or Goto(LOOK_UP)

    def _measured(self, work: Work, context: StageContext) -> Loudness:
        curve = work.curve = GrowingCurve()
        loudness = self._measure_file(
            work.path,
            dual_mono=self._dual_mono,
            progress=context.progress,
            curve=curve.add,
            length=curve.expect,
        )
        check_file(work.path, work.stamp)
        self._ledger.keep_loudness(work.sha256, loudness)
        return loudness

    def _plan(self, work: Work, context: StageContext) -> Outcome:
        self.clear(work)  # an attempt that was begun anew may have left its file
        work.upload_id, work.media, work.resumed, work.sent_bytes = "", None, False, 0
        begin(work)
        work.plan = self._planned(work, context)
        work.rendered = self._ledger.rendered(work.sha256, work.plan, self._max_bytes)
        # A file that goes as it is has nothing to be rendered: it is looked up when it is sent.
        known = work.rendered is not None and not work.rendered.untouched
        return None if known else Goto(RENDER)

    @property
    def _max_bytes(self) -> int | None:
        most = self._room.limits.track_size_bytes
        return None if most is None or math.isinf(most) else int(most)

    def _planned(self, work: Work, context: StageContext) -> GainPlan:
        if self._normalize == "off" or work.loudness is None:
            return GainPlan(0.0)
        if self._album is not None:
            return self._album.plan
        if not self._target.limiter:
            return plan_track(work.loudness, self._target)
        plan = self._ledger.plan(work.sha256, "planned", self._target)
        if plan is None:
            plan = self._plan_file(work.loudness, self._target, progress=context.progress)
            check_file(work.path, work.stamp)
            self._ledger.keep_plan(work.sha256, "planned", self._target, plan)
        return plan

    def _look_up(self, work: Work, context: StageContext) -> Outcome:
        found = self._delivery.find(work, _known(work.rendered), context)
        if isinstance(found, Wait):
            return found
        return Goto(TRANSCODE) if found else None

    def _render(self, work: Work, context: StageContext) -> Outcome:
        check_file(work.path, work.stamp)
        plan = _known(work.plan)
        rendered = self._render_file(
            work.path,
            self._scratch.path(f"{work.number}.flac"),
            plan.gain_db,
            limiter_dbtp=plan.limiter_dbtp,
            dual_mono=self._dual_mono,
            max_bytes=self._max_bytes,
            progress=context.progress,
        )
        work.rendered = rendered
        work.on_disk = None if rendered.untouched else rendered.path
        check_file(work.path, work.stamp)
        self._ledger.keep_rendered(work.sha256, plan, self._max_bytes, rendered)
        return None

    def _upload(self, work: Work, context: StageContext) -> Outcome:
        if work.on_disk is not None and not work.on_disk.exists():
            return Goto(RENDER)  # a cleaner of temporary files was here
        wait = self._delivery.send(work, _known(work.rendered), context)
        if wait is None:
            self.clear(work)
        return wait

    def _await_transcode(self, work: Work, context: StageContext) -> Outcome:
        try:
            transcode = self._yoto.transcode(work.upload_id, stop=context.stop)
            if transcode.media is None:
                if not work.polls:
                    self._icons.warm()  # while there is nothing else to do
                return next_look(work, transcode) or self._send_anew(work)
            check_length(work, transcode.media)
        except TranscodeError:
            self._delivery.forget(work, _known(work.rendered))
            raise
        work.media = transcode.media
        self._diary.done(str(work.path))
        return None

    def _send_anew(self, work: Work) -> Outcome:
        """Upload once more what the service does not get on with."""
        _log.warning("%s: its transcode stands still at %s", work.path, work.sign_of_life)
        self._delivery.forget(work, _known(work.rendered))
        begin_anew(work)
        return Goto(RENDER)


def _named(
    stage: Callable[[Work, StageContext], Outcome],
) -> Callable[[Work, StageContext], Outcome]:
    """Have what is logged while a stage runs name the job."""

    def run(work: Work, context: StageContext) -> Outcome:
        with about(work.job_id):
            return stage(work, context)

    return run


def _known(value: T | None) -> T:
    if value is None:
        raise RuntimeError("a stage ran before the one that it follows")
    return value
