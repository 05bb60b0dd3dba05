"""One file's way: measure, render, upload, await the transcode. Plain functions of one file."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

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
from yotokit.engine import Hold, Lane, Outcome, Stage, StageContext, Wait
from yotokit.errors import TranscodeError
from yotokit.session.work import JobState, Normalize, Work

if TYPE_CHECKING:
    from yotokit.audio import Rendered, Target
    from yotokit.session.album import Album
    from yotokit.yoto import Media, YotoClient

__all__ = ["MEASURE", "RENDER", "FileStages"]

MEASURE, RENDER, UPLOAD, TRANSCODE = "measure", "render", "upload", "transcode"

MAX_TRACK_BYTES = 100_000_000  # what the service takes for one track

_CLAIMED_ELSEWHERE_S = 0.25
_FIRST_POLL_S, _POLL_GROWTH, _LONGEST_POLL_S = 0.5, 1.4, 5.0
# The service takes seconds for a song and minutes for an hour; past these it has forgotten it.
_LEAST_BUDGET_S, _MOST_BUDGET_S, _BUDGET_PER_S = 360.0, 1200.0, 0.5


class FileStages:
    """The stages of a session's files.

    Parameters
    ----------
    yoto : YotoClient
        Where they go.
    target : Target
        How loud they are to be.
    normalize : {"track", "album", "off"}
        Whether each gets its own gain, all the same, or none.
    album : Album or None
        Knows the gain of all, in album mode.
    isolate : bool
        Read each file in a process of its own.
    dual_mono : bool
        Count single channels twice.
    """

    def __init__(
        self,
        yoto: YotoClient,
        target: Target,
        normalize: Normalize,
        album: Album | None,
        *,
        isolate: bool = False,
        dual_mono: bool = False,
    ) -> None:
        self._yoto = yoto
        self._target = target
        self._normalize = normalize
        self._album = album
        self._folder = Path(tempfile.mkdtemp(prefix="yotokit-"))
        self._closed = False
        self._dual_mono = dual_mono
        self._measure_file = measure_isolated if isolate else measure
        self._plan_file = plan_limited_isolated if isolate else plan_limited
        self._render_file = render_isolated if isolate else render
        # For a session that nobody closes: at its end, or at the interpreter's.
        weakref.finalize(self, shutil.rmtree, str(self._folder), ignore_errors=True)

    def stages(self) -> tuple[Stage[Work], ...]:
        """Return the way of every file. A rendered file takes a slot until it was sent."""
        state = JobState
        return (
            Stage(MEASURE, Lane.CPU, state.MEASURING, state.MEASURED, self._measure),
            Stage(RENDER, Lane.CPU, state.RENDERING, state.RENDERED, self._render, takes_slot=True),
            Stage(
                UPLOAD, Lane.NET, state.UPLOADING, state.TRANSCODING, self._upload, frees_slot=True
            ),
            Stage(TRANSCODE, Lane.NET, state.TRANSCODING, state.DONE, self._await_transcode),
        )

    def clear(self, work: Work) -> None:
        """Remove the rendered file of a job that has come to its end."""
        if work.rendered is not None and not work.rendered.untouched:
            with suppress(OSError):
                work.rendered.path.unlink()
        if self._closed:
            # A stage that still ran when the folder was removed may have kept it alive.
            shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Remove everything that lies on disk."""
        self._closed = True
        shutil.rmtree(self._folder, ignore_errors=True)

    def _measure(self, work: Work, context: StageContext) -> Outcome:
        work.stamp = check_file(work.path)
        work.loudness = self._measure_file(
            work.path, dual_mono=self._dual_mono, progress=context.progress
        )
        check_file(work.path, work.stamp)
        return Hold() if self._album is not None else None

    def _render(self, work: Work, context: StageContext) -> Outcome:
        check_file(work.path, work.stamp)
        work.plan = self._plan(work, context)
        work.rendered = self._render_file(
            work.path,
            self._folder / f"{work.number}.flac",
            work.plan.gain_db,
            limiter_dbtp=work.plan.limiter_dbtp,
            dual_mono=self._dual_mono,
            max_bytes=MAX_TRACK_BYTES,
            progress=context.progress,
        )
        check_file(work.path, work.stamp)
        work.upload_id, work.media, work.polls, work.waited_s = "", None, 0, 0.0
        return None

    def _plan(self, work: Work, context: StageContext) -> GainPlan:
        if self._normalize == "off" or work.loudness is None:
            return GainPlan(0.0)
        if self._album is not None:
            return self._album.plan
        if self._target.limiter:
            return self._plan_file(work.loudness, self._target, progress=context.progress)
        return plan_track(work.loudness, self._target)

    def _upload(self, work: Work, context: StageContext) -> Outcome:
        rendered = _known(work.rendered)
        uploads = self._yoto.uploads
        if not uploads.claim(rendered.sha256):
            work.upload_id = uploads.upload_id(rendered.sha256) or ""
            if not work.upload_id:
                return Wait(_CLAIMED_ELSEWHERE_S)
            self.clear(work)
            return None
        try:
            work.upload_id = self._yoto.upload(
                rendered.path,
                sha256=rendered.sha256,
                size_bytes=rendered.size_bytes,
                content_type=rendered.content_type,
                filename=f"{work.title}{rendered.path.suffix}",
                stop=context.stop,
                progress=lambda sent: context.progress(sent / rendered.size_bytes),
            )
        except BaseException:
            uploads.forget(rendered.sha256)
            raise
        uploads.sent(rendered.sha256, work.upload_id)
        self.clear(work)
        return None

    def _await_transcode(self, work: Work, context: StageContext) -> Outcome:
        rendered = _known(work.rendered)
        try:
            transcode = self._yoto.transcode(work.upload_id, stop=context.stop)
            if transcode.media is None:
                return self._poll_again(work)
            self._check(work, transcode.media)
        except TranscodeError:
            self._yoto.uploads.forget(rendered.sha256)
            raise
        work.media = transcode.media
        return None

    @staticmethod
    def _poll_again(work: Work) -> Wait:
        duration_s = work.loudness.duration_s if work.loudness else 0.0
        budget_s = min(max(_LEAST_BUDGET_S, _BUDGET_PER_S * duration_s), _MOST_BUDGET_S)
        if work.waited_s > budget_s:
            raise TranscodeError(
                f"{work.path}: the service has not finished with it in {budget_s / 60:.0f} "
                "minutes; retry the job"
            )
        pause_s = min(_FIRST_POLL_S * _POLL_GROWTH**work.polls, _LONGEST_POLL_S)
        work.polls += 1
        work.waited_s += pause_s
        return Wait(pause_s)

    @staticmethod
    def _check(work: Work, media: Media) -> None:
        """Make sure that the service's audio is as long as ours: it would not say so itself."""
        if work.loudness is None:
            return
        duration_s = work.loudness.duration_s
        if abs(media.duration_s - duration_s) > max(1.5, 0.01 * duration_s):
            raise TranscodeError(
                f"{work.path}: the service made {media.duration_s:.0f} s of it, not "
                f"{duration_s:.0f} s; convert the file to WAV and submit it again"
            )


def _known(rendered: Rendered | None) -> Rendered:
    if rendered is None:
        raise RuntimeError("a stage ran before the one that it follows")
    return rendered
