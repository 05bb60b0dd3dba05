"""Write a file at another gain: FLAC, block by block, the same bytes every time."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from yotokit.audio.measuring.measure import LoudnessMeter
from yotokit.audio.reading.files import as_path, check_apart, check_file, digest
from yotokit.audio.reading.source import AUDIO_SUFFIXES, open_source
from yotokit.audio.writing.encode import Form, TooLargeError, lossless_form, lossy_form, open_sink
from yotokit.audio.writing.limiter import Limiter
from yotokit.audio.writing.target import LIMITER_MARGIN_DB, check_gain
from yotokit.errors import AudioError, AudioLimitError, SettingError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from yotokit.audio.measuring.loudness import Loudness
    from yotokit.audio.reading.info import AudioInfo
    from yotokit.audio.reading.source import AudioSource

__all__ = ["PASSTHROUGH_DB", "Rendered", "content_type", "may_pass_untouched", "render"]

PASSTHROUGH_DB = 0.1
"""A gain smaller than this is not worth another generation of the file."""

# Containers that the service takes as they are, with their media types. AIFF it refuses.
_ACCEPTED = {"WAV": "audio/wav", "WAVEX": "audio/wav", "FLAC": "audio/flac", "MP3": "audio/mpeg"}
_ACCEPTED |= {"OGG": "audio/ogg", "MOV": "audio/mp4", "AAC": "audio/aac"}
_MOST_TRIALS = 4
_METERS_DIFFER_DB = 0.3


@dataclass(frozen=True, slots=True)
class Rendered:
    """A file that is ready to be sent.

    Attributes
    ----------
    path : Path
        The file.
    sha256 : str
        Of its bytes, hex.
    size_bytes : int
        Its length.
    content_type : str
        Its media type.
    untouched : bool
        It is the source itself, not a new file.
    integrated_lufs : float or None
        Its loudness where the limiter changed more than the gain; None where it is that of the
        source and the gain.
    limiter_gain_db : ndarray of float32 or None
        The lowest gain of the limiter in each 100 ms, dB, none above 0; None where there was
        none.
    notes : tuple of str
        What a reader should know, such as that it had to be lossy.
    """

    path: Path
    sha256: str
    size_bytes: int
    content_type: str
    untouched: bool
    integrated_lufs: float | None = None
    limiter_gain_db: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
    notes: tuple[str, ...] = ()


def may_pass_untouched(info: AudioInfo, gain_db: float) -> bool:
    """Say whether a file can be sent as it is: the gain is too small to hear, the format known."""
    return abs(gain_db) < PASSTHROUGH_DB and info.container in _ACCEPTED


def content_type(container: str) -> str:
    """Return the media type of a container by libsndfile's name of it."""
    return _ACCEPTED.get(container, "application/octet-stream")


def render(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    gain_db: float,
    *,
    limiter_dbtp: float | None = None,
    dual_mono: bool = False,
    max_bytes: int | None = None,
    progress: Callable[[float], object] | None = None,
) -> Rendered:
    """Write a file at another gain as FLAC, or pass the source through where it may be.

    A pure function of the file and its arguments: the same input gives the same bytes, in any
    thread, any order and any process. Sixteen bits per sample, unless the source holds more.

    Parameters
    ----------
    source, output : path-like
        What is read, and the file that is written, whose ending is made that of its format. It
        takes its place when all is written; no file is left behind by a failure.
    gain_db : float
        Gain, dB. Without a limiter, samples that it lifts above full scale are clipped, and a
        note says so; a gain from `plan_track` or `plan_album` never lifts them so high.
    limiter_dbtp : float, optional
        The true peak that a limiter keeps the result below, -20 to 0 dBTP.
    dual_mono : bool
        Count a single channel twice in the loudness of a limited result; see `measure`.
    max_bytes : int, optional
        The size to stay below. What is larger as FLAC becomes MP3 at the highest rate that
        fits, and a note says so.
    progress : callable, optional
        Called with how much is done, 0 to 1. What it raises ends the work.

    Returns
    -------
    Rendered

    Raises
    ------
    InputError, AudioError
        The source cannot be read, or the output cannot be written.
    AudioLimitError
        It cannot be made as small as ``max_bytes``.
    SettingError
        The gain is no number of -120 to 120 dB, what was given is no path, or the output would be
        the source.
    """
    source, output = as_path(source), as_path(output)
    _check(output, max_bytes)
    check_gain(gain_db, limiter_dbtp)
    with open_source(source) as opened:
        info = opened.info
        size_bytes = check_file(source).size_bytes
        fits = max_bytes is None or size_bytes <= max_bytes
        if limiter_dbtp is None and fits and may_pass_untouched(info, gain_db):
            kind = content_type(info.container)
            return Rendered(source, digest(source), size_bytes, kind, untouched=True)
    task = _Task(source, output, gain_db, limiter_dbtp, dual_mono, progress)
    form = lossless_form(info)
    try:
        return task.run(form, max_bytes)
    except TooLargeError:
        return task.run_smaller(form, info, max_bytes or 0)


def _check(output: Path, max_bytes: int | None) -> None:
    if not output.name or "\0" in str(output):
        raise SettingError(f"output={str(output)!r} is no name of a file")
    try:
        max_bytes is None or operator.index(max_bytes)
    except TypeError as error:
        raise SettingError(f"max_bytes is a number: {error}") from None


class _AboveCeilingError(Exception):
    """The limited result is so many dB above the ceiling."""

    def __init__(self, excess_db: float) -> None:
        super().__init__(excess_db)
        self.excess_db = excess_db


class _Written(NamedTuple):
    limiter: Limiter | None
    after: Loudness | None
    clipped: bool


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be written, whatever the form."""

    source: Path
    output: Path
    gain_db: float
    limiter_dbtp: float | None
    dual_mono: bool
    progress: Callable[[float], object] | None

    def run(self, form: Form, max_bytes: int | None, *notes: str) -> Rendered:
        """Write it; with a limiter again until the result stays below the ceiling."""
        output = _with_ending(self.output, form.suffix)
        check_apart(output, self.source)
        margin_db = LIMITER_MARGIN_DB
        for _ in range(_MOST_TRIALS):
            try:
                limiter, after, clipped = self._write(output, form, max_bytes, margin_db)
                break
            except _AboveCeilingError as error:
                margin_db += error.excess_db + 0.01
        else:
            raise AudioError(
                self.source,
                f"has peaks that the limiter does not bring below {self.limiter_dbtp} dBTP; give "
                "a lower target, or no limiter",
            )
        if clipped:
            notes += ("samples above full scale were cut off; normalize it, or lower it first",)
        return Rendered(
            output,
            digest(output),
            check_file(output).size_bytes,
            form.content_type,
            untouched=False,
            integrated_lufs=after.integrated_lufs if after else None,
            limiter_gain_db=limiter.gain_db() if limiter else None,
            notes=notes,
        )

    def run_smaller(self, lossless: Form, info: AudioInfo, max_bytes: int) -> Rendered:
        """Write it in the lossy form that stays below a size."""
        too_large = f"larger than {max_bytes / 1e6:g} MB as {lossless.name}"
        form = lossy_form(info, self._duration_s(), max_bytes)
        try:
            if form is not None:
                note = f"{too_large}, so it became {form.name}, which can lift peaks a little"
                return self.run(form, max_bytes, note)
        except TooLargeError:
            pass
        raise AudioLimitError(
            self.source,
            f"is {too_large}, and as MP3 as well or it cannot become that (mono and stereo at "
            "32, 44.1 and 48 kHz can); split it, or convert it first",
        )

    def _duration_s(self) -> float:
        """Return the length, counted: a header may lie."""
        with open_source(self.source) as opened:
            for _ in opened.blocks():
                if self.progress is not None:
                    self.progress(opened.share())
            return opened.frames / opened.info.sample_rate_hz

    def _write(self, output: Path, form: Form, max_bytes: int | None, margin_db: float) -> _Written:
        limiter = meter = after = None
        clipped = False
        with open_source(self.source) as opened:
            blocks = self._louder(opened)
            if self.limiter_dbtp is not None:
                limiter = Limiter(opened.info, self.limiter_dbtp - margin_db)
                meter = LoudnessMeter(opened.info, dual_mono=self.dual_mono)
                blocks = limiter.limited(blocks)
            with open_sink(output, form, opened.info, self.source, max_bytes) as write:
                for block in blocks:
                    if not len(block):
                        continue
                    level = max(float(block.max()), -float(block.min()))
                    clipped = clipped or level > 1.0
                    if meter is not None:
                        meter.add(block)
                    write(block)
                    if self.progress is not None:
                        self.progress(opened.share())
                if meter is not None and self.limiter_dbtp is not None:
                    after = meter.finish(output)
                    excess_db = after.true_peak_dbtp + _METERS_DIFFER_DB - self.limiter_dbtp
                    if excess_db > 0.0:
                        raise _AboveCeilingError(excess_db)
        return _Written(limiter, after, clipped)

    def _louder(self, opened: AudioSource) -> Iterator[NDArray[np.float32]]:
        factor = np.float32(10.0 ** (self.gain_db / 20.0))
        for block in opened.blocks():
            yield np.multiply(block, factor, out=block)


def _with_ending(path: Path, suffix: str) -> Path:
    if path.suffix.lower() in AUDIO_SUFFIXES:
        return path.with_suffix(suffix)
    return path.with_name(f"{path.name}{suffix}")
