"""A few seconds of a file as a browser plays them: as it is, or as it will be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import soundfile as sf

from yotokit.audio.measuring.power import STEPS_PER_S
from yotokit.audio.measuring.true_peak import STRETCH
from yotokit.audio.reading.source import MAX_DURATION_S, open_source
from yotokit.audio.writing.limiter import Limiter
from yotokit.audio.writing.mp3 import MEDIA_TYPE, encoded, two_channels
from yotokit.audio.writing.target import LIMITER_MARGIN_DB, check_gain
from yotokit.errors import AudioError, SettingError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from yotokit.audio.measuring.loudness import Loudness
    from yotokit.audio.reading.source import AudioSource

__all__ = ["EXCERPT_S", "LONGEST_S", "Excerpt", "excerpt", "loudest_span"]

EXCERPT_S = 12.0
"""How long an excerpt is unless told otherwise."""

LONGEST_S, _SHORTEST_S = 30.0, 0.1
_CONTEXT_S = 1.0  # a limiter has forgotten by then what came before
_RUN_UP_S = 1.0  # and a decoder that it did not begin at the beginning


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A few seconds of a file, to listen to.

    Attributes
    ----------
    data : bytes
        A whole file of its own.
    media_type : str
        What it is: ``audio/mpeg``.
    start_s : float
        Where in the file it begins, seconds.
    duration_s : float
        Its length, seconds; less than was asked for where the file ends.
    """

    data: bytes = field(repr=False)
    media_type: str
    start_s: float
    duration_s: float


def excerpt(
    path: str | os.PathLike[str],
    *,
    start_s: float,
    duration_s: float = EXCERPT_S,
    gain_db: float = 0.0,
    limiter_dbtp: float | None = None,
    progress: Callable[[float], object] | None = None,
) -> Excerpt:
    """Return a few seconds of a file as MP3, at a gain and limited as `render` would do it.

    It begins and ends with a short fade. More than two channels are mixed down, and are less loud
    then. Only what is heard is decoded, in the formats that allow it: all but damaged ones.

    Parameters
    ----------
    path : path-like
        An audio file, as `measure` takes it.
    start_s : float
        Where it begins, seconds; see `loudest_span`.
    duration_s : float
        How long it is, 0.1 to 30 seconds.
    gain_db : float
        Gain, -120 to 120 dB. What it lifts above full scale is cut off.
    limiter_dbtp : float, optional
        The true peak that a limiter keeps it below, -20 to 0 dBTP. MP3 can lift it by some tenths.
    progress : callable, optional
        Called with how much is done, 0 to 1. What it raises ends the work.

    Returns
    -------
    Excerpt

    Raises
    ------
    InputError, AudioError
        As `measure` does.
    SettingError
        A number makes no sense, or the file ends before ``start_s``.

    Examples
    --------
    >>> import numpy as np, soundfile, tempfile, pathlib
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name, "sine.wav")
    >>> soundfile.write(path, 0.5 * np.sin(2 * np.pi * 1000 * np.arange(96000) / 48000), 48000)
    >>> excerpt(path, start_s=0.5, duration_s=1.0, gain_db=-6.0)
    Excerpt(media_type='audio/mpeg', start_s=0.5, duration_s=1.0)
    >>> folder.cleanup()
    """
    _check(start_s, duration_s)
    check_gain(gain_db, limiter_dbtp)
    with open_source(path, start_s=max(0.0, start_s - _CONTEXT_S - _RUN_UP_S)) as source:
        rate = source.info.sample_rate_hz
        span = _Span(round(start_s * rate), round(duration_s * rate), rate)
        if not 0 < source.info.frames <= span.first:
            blocks = _louder(_told(source, span, progress), gain_db)
            if limiter_dbtp is not None:
                blocks = Limiter(source.info, limiter_dbtp - LIMITER_MARGIN_DB).limited(blocks)
            sound = _heard(blocks, span, source.info.layout)
            if len(sound):
                return Excerpt(_mp3(sound, source), MEDIA_TYPE, float(start_s), len(sound) / rate)
        length_s = max(source.info.frames, source.frames) / rate
        raise SettingError(f"start_s={start_s}: {source.path} ends at {length_s:.1f} s")


def loudest_span(loudness: Loudness, duration_s: float = EXCERPT_S) -> float:
    """Return where the loudest stretch of so many seconds begins, seconds.

    That is where a gain and a limiter are heard best. Of a file that is shorter, its beginning.

    Examples
    --------
    >>> import numpy as np, soundfile, tempfile, pathlib
    >>> from yotokit.audio import measure
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name, "sine.wav")
    >>> level = np.repeat([0.1, 0.5, 0.1], 48000)
    >>> soundfile.write(path, level * np.sin(np.arange(144000) / 8), 48000)
    >>> loudest_span(measure(path), 1.0)
    1.0
    >>> folder.cleanup()
    """
    steps, size = loudness.step_power, max(1, round(duration_s * STEPS_PER_S))
    if len(steps) <= size:
        return 0.0
    total = np.concatenate(([0.0], np.cumsum(steps)))
    return int(np.argmax(total[size:] - total[:-size])) / STEPS_PER_S


@dataclass(frozen=True, slots=True)
class _Span:
    """From which sample on how many are wanted."""

    first: int
    count: int
    rate_hz: int

    @property
    def begin(self) -> int:
        """The sample that a limiter is to be begun with, at a border of its stretches."""
        return max(0, self.first - round(_CONTEXT_S * self.rate_hz)) // STRETCH * STRETCH


def _check(start_s: float, duration_s: float) -> None:
    if not isinstance(start_s, int | float) or not 0.0 <= start_s <= MAX_DURATION_S:
        raise SettingError(f"start_s={start_s!r}: give seconds from the beginning of the file")
    if not isinstance(duration_s, int | float) or not _SHORTEST_S <= duration_s <= LONGEST_S:
        raise SettingError(f"duration_s={duration_s!r}: give 0.1 to 30 seconds")


def _told(
    source: AudioSource, span: _Span, progress: Callable[[float], object] | None
) -> Iterator[NDArray[np.float32]]:
    """Yield what comes from a span's begin on, and tell how near its end is."""
    origin, end = source.frames, span.first + span.count
    for block in source.blocks():
        if progress is not None:
            progress(min(1.0, (source.frames - origin) / (end - origin)))
        skipped = max(0, span.begin - (source.frames - len(block)))
        if skipped < len(block):
            yield block[skipped:]


def _louder(blocks: Iterator[NDArray[np.float32]], gain_db: float) -> Iterator[NDArray[np.float32]]:
    factor = np.float32(10.0 ** (gain_db / 20.0))
    for block in blocks:
        yield block * factor


def _heard(
    blocks: Iterator[NDArray[np.float32]], span: _Span, layout: tuple[str, ...]
) -> NDArray[np.float32]:
    """Return a span of what begins with its begin, in one or two channels."""
    matrix = two_channels(layout)
    sound = np.empty((span.count, min(len(layout), 2)), dtype=np.float32)
    place = span.begin - span.first
    for block in blocks:
        piece = np.clip(block[max(0, -place) :], -1.0, 1.0)
        filled = max(0, place)
        piece = piece[: span.count - filled]
        sound[filled : filled + len(piece)] = piece if matrix is None else piece @ matrix
        place += len(block)
        if place >= span.count:
            break
    return sound[: max(0, min(place, span.count))]


def _mp3(sound: NDArray[np.float32], source: AudioSource) -> bytes:
    try:
        return encoded(sound, source.info.sample_rate_hz)
    except (sf.SoundFileError, ValueError) as error:
        raise AudioError(source.path, f"gives no excerpt: MP3 is not written ({error})") from error
