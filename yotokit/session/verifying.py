"""Fetching what the service made of a card's tracks, and measuring it."""

from __future__ import annotations

import operator
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from yotokit.audio import measure, measure_isolated
from yotokit.errors import (
    ApiError,
    AudioError,
    InputError,
    JobCancelledError,
    NotFoundError,
    SettingError,
    TransportError,
    UnexpectedAnswerError,
    YotokitError,
)
from yotokit.logs import about
from yotokit.session.encodings import HEAD_BYTES, encoding_of
from yotokit.session.scratch import Scratch
from yotokit.session.verified import Levels, VerifiedTrack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from yotokit.audio import Loudness
    from yotokit.session.snapshot import JobSnapshot
    from yotokit.yoto import YotoClient
    from yotokit.yoto.listening import Playable

__all__ = ["Verifier", "check_options"]

_GRACE_S = 2.0  # for what is under way to notice that it is over


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the service made of a track."""

    levels: Levels
    format: str
    told_format: str


# None: there was no time left for it.
_Answer: TypeAlias = _Heard | YotokitError | None


class Verifier:
    """Gets and measures the audio of one card's tracks.

    Parameters
    ----------
    yoto : YotoClient
        The account that the card is on.
    card_id : str
        The card.
    isolate : bool
        Read each file in a process of its own.

    Raises
    ------
    NotFoundError
        The card is not there any more.
    YotoError
        The service is out of reach.
    """

    def __init__(self, yoto: YotoClient, card_id: str, *, isolate: bool) -> None:
        self._yoto = yoto
        self._card_id = card_id
        self._measure_file = measure_isolated if isolate else measure
        self._stop = threading.Event()
        self._asking = threading.Lock()
        # By the sound: it is found wherever the card has it now.
        self._places = {
            track.media.sha256: (chapter.key, track.key)
            for chapter in yoto.card(card_id).chapters
            for track in chapter.tracks
        }
        self._playables = yoto.listen(card_id)

    def verify(
        self,
        jobs: Sequence[JobSnapshot],
        *,
        workers: int,
        timeout_s: float,
        progress: Callable[[int, int], object] | None,
    ) -> tuple[VerifiedTrack, ...]:
        """Return a row for each file, once; a track that is twice on the card is fetched once."""
        sounds = {job.media_sha256: job for job in jobs}
        scratch = Scratch()
        try:
            answers = self._side_by_side(
                list(sounds.values()), scratch, workers, timeout_s, progress
            )
        finally:
            scratch.close()
        late = TransportError(f"not done within timeout_s={timeout_s:g}; verify() with more time")
        by_sound = dict(zip(sounds, answers, strict=True))
        return tuple(
            _row(job, job.loudness, by_sound[job.media_sha256] or late)
            for job in jobs
            if job.loudness is not None
        )

    def _side_by_side(
        self,
        jobs: Sequence[JobSnapshot],
        scratch: Scratch,
        workers: int,
        timeout_s: float,
        progress: Callable[[int, int], object] | None,
    ) -> list[_Answer]:
        pool = ThreadPoolExecutor(workers, thread_name_prefix="yotokit-verify")
        futures: list[Future[_Answer]] = []
        try:
            for number, job in enumerate(jobs):
                path = scratch.path(f"{number}.audio")
                futures.append(pool.submit(self._heard_or_why, job, path, scratch))
            _await(futures, timeout_s, progress)
        finally:
            # Done, late or interrupted: in each case nothing goes on behind the caller's back. A
            # thread that a silent network holds is not waited for; it removes what it wrote.
            self._stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            wait([f for f in futures if not f.cancelled()], _GRACE_S)
        return [f.result() if f.done() and not f.cancelled() else None for f in futures]

    def _heard_or_why(self, job: JobSnapshot, path: Path, scratch: Scratch) -> _Answer:
        try:
            with about(job.job_id):
                return self._heard(job, path)
        except JobCancelledError:
            return None
        except (AudioError, InputError) as error:
            # It names a file of ours that is gone by now.
            return type(error)(job.path, f"as the service made it: {error.problem}")
        except YotokitError as error:
            return _without_frames(error)
        finally:
            scratch.remove(path)

    def _heard(self, job: JobSnapshot, path: Path) -> _Heard:
        playable = self._playable(job)
        try:
            self._fetch(playable, path)
        except ApiError as error:
            if error.status != HTTPStatus.FORBIDDEN:
                raise
            playable = self._playable(job, stale=playable)
            self._fetch(playable, path)
        with path.open("rb") as file:
            encoding = encoding_of(file.read(HEAD_BYTES))
        dual_mono = job.loudness is not None and job.loudness.dual_mono
        loudness = self._measure_file(path, dual_mono=dual_mono, progress=self._go_on)
        levels = Levels(
            loudness.integrated_lufs,
            loudness.true_peak_dbtp,
            loudness.duration_s,
            loudness.channels,
        )
        return _Heard(levels, encoding, playable.format)

    def _fetch(self, playable: Playable, path: Path) -> None:
        self._go_on()
        try:
            with path.open("w+b") as sink:
                self._yoto.fetch_audio(playable, sink, stop=self._stop)
        except OSError as error:
            raise SettingError(
                f"TMPDIR: what was fetched cannot be written to {path.parent} ({error.strerror}); "
                "make room, or set TMPDIR to a folder that has some, and restart Python"
            ) from error

    def _playable(self, job: JobSnapshot, stale: Playable | None = None) -> Playable:
        """Return where a file's audio is; ask anew if what is known of it is stale."""
        place = self._places.get(job.media_sha256)
        if place is None:
            raise NotFoundError(
                f"{job.title!r} is not on the card {self._card_id} any more; finalize() puts it "
                "there",
                status=HTTPStatus.NOT_FOUND,
            )
        with self._asking:
            # All addresses expire together, and one of those who notice asks for all.
            if stale is not None and self._playables.get(place) == stale:
                self._playables = self._yoto.listen(self._card_id, stop=self._stop)
            playable = self._playables.get(place)
        if playable is None:
            raise UnexpectedAnswerError(
                f"the service gave no address for the audio of {job.title!r}; try again later"
            )
        return playable

    def _go_on(self, _share: float = 0.0) -> None:
        if self._stop.is_set():
            raise JobCancelledError("stopped before it was measured")


def check_options(workers: int, timeout_s: float) -> None:
    """Make sure that they can be used.

    Raises
    ------
    SettingError
        They cannot.
    """
    try:
        usable = operator.index(workers) > 0 and 0 < timeout_s <= threading.TIMEOUT_MAX
    except TypeError:
        usable = False
    if not usable:
        raise SettingError(
            f"workers={workers!r}, timeout_s={timeout_s!r}: give 1 or more of each, in seconds"
        )


def _await(
    futures: Sequence[Future[_Answer]],
    timeout_s: float,
    progress: Callable[[int, int], object] | None,
) -> None:
    """Wait for all, or until the time is over."""
    end_s, left = time.monotonic() + timeout_s, set(futures)
    while left:
        ended, left = wait(left, max(0.0, end_s - time.monotonic()), FIRST_COMPLETED)
        if not ended:
            return
        if progress is not None:
            progress(len(futures) - len(left), len(futures))


def _without_frames(error: YotokitError) -> YotokitError:
    """Return an error that is kept without the frames it went through: they hold addresses."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _row(job: JobSnapshot, source: Loudness, answer: _Heard | YotokitError) -> VerifiedTrack:
    row = VerifiedTrack(job.position, job.title, job.media_sha256, _sent(job, source))
    if isinstance(answer, YotokitError):
        return replace(row, error=answer)
    return replace(row, made=answer.levels, format=answer.format, told_format=answer.told_format)


def _sent(job: JobSnapshot, source: Loudness) -> Levels:
    """Return what is known of the file that was sent: the source, after the gain."""
    peak_dbtp = source.true_peak_dbtp + (job.gain_db or 0.0)
    if job.plan is not None and job.plan.limiter_dbtp is not None and not job.untouched:
        peak_dbtp = min(peak_dbtp, job.plan.limiter_dbtp)
    lufs = source.integrated_lufs if job.after_lufs is None else job.after_lufs
    return Levels(lufs, peak_dbtp, source.duration_s, source.channels)
