"""`measure`: everything that the standards define about a file's loudness, in one pass."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from yotokit.audio.measuring import gating
from yotokit.audio.measuring.clipping import ClipFinder
from yotokit.audio.measuring.loudness import MOMENTARY_STEPS, SHORT_TERM_STEPS, Loudness
from yotokit.audio.measuring.momentary import MomentaryTeller
from yotokit.audio.measuring.power import PowerMeter
from yotokit.audio.measuring.true_peak import TruePeakMeter
from yotokit.audio.measuring.weights import channel_weights
from yotokit.audio.reading.source import open_source

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from yotokit.audio.reading.info import AudioInfo
    from yotokit.audio.reading.source import AudioSource

__all__ = ["LoudnessMeter", "measure"]


class LoudnessMeter:
    """Takes a stream in pieces, and measures all of it at once.

    Parameters
    ----------
    info : AudioInfo
        What the samples are.
    dual_mono : bool
        Count a single channel twice.
    """

    def __init__(self, info: AudioInfo, *, dual_mono: bool = False) -> None:
        self._info = info
        self._dual_mono = dual_mono and info.channels == 1
        self._power = PowerMeter(
            info.sample_rate_hz, channel_weights(info.layout, dual_mono=dual_mono)
        )
        self._clips = ClipFinder(info.sample_rate_hz, info.channels)
        self._peak = TruePeakMeter(info.channels, self._clips)
        self._frames = 0
        self._flushed = False

    def add(self, block: NDArray[np.float32]) -> None:
        """Take the next samples, shape (n, channels)."""
        self._power.add(block)
        self._peak.add(block)
        self._frames += len(block)

    @property
    def level(self) -> float:
        """The highest magnitude so far, but for the latest few samples; NaN if one was NaN."""
        return self._peak.sample_peak

    def new_step_power(self) -> NDArray[np.float64]:
        """Return the mean power of each whole 100 ms that was completed since the last call."""
        return self._power.new_step_power()

    def flush(self) -> None:
        """Look at the latest samples too; nothing can be added then."""
        if not self._flushed:
            self._flushed = True
            self._power.finish()
            self._peak.finish()

    def finish(self, path: Path, *notes: str) -> Loudness:
        """Return what was measured; nothing can be added then."""
        self.flush()
        power, peak, info = self._power, self._peak, self._info
        steps = power.step_power()
        blocks = gating.windowed(steps, MOMENTARY_STEPS)
        short_term = gating.windowed(steps, SHORT_TERM_STEPS)
        integrated_lufs = gating.integrated(blocks)
        low, high = gating.loudness_range(short_term)
        return Loudness(
            path=path,
            integrated_lufs=integrated_lufs,
            range_lu=high - low if math.isfinite(low) else 0.0,
            range_low_lufs=low,
            range_high_lufs=high,
            true_peak_dbtp=_decibels(peak.peak),
            true_peak_s=peak.peak_frame / info.sample_rate_hz,
            sample_peak_dbfs=_decibels(peak.sample_peak),
            max_momentary_lufs=_lufs(power.max_momentary_power),
            max_short_term_lufs=_lufs(power.max_short_term_power),
            duration_s=self._frames / info.sample_rate_hz,
            sample_rate_hz=info.sample_rate_hz,
            channels=info.channels,
            momentary_lufs=gating.lufs_of_power(blocks).astype(np.float32),
            short_term_lufs=gating.lufs_of_power(short_term).astype(np.float32),
            step_power=steps,
            clipped_s=self._clips.spans_s(),
            dual_mono=self._dual_mono,
            notes=(*_notes(integrated_lufs, len(blocks)), *filter(None, notes)),
        )


def measure(
    path: str | os.PathLike[str],
    *,
    dual_mono: bool = False,
    progress: Callable[[float], object] | None = None,
    curve: Callable[[NDArray[np.float32]], object] | None = None,
    length: Callable[[float], object] | None = None,
) -> Loudness:
    """Measure a file's loudness by ITU-R BS.1770-5 and EBU R 128, in one pass and flat memory.

    Parameters
    ----------
    path : path-like
        An audio file: WAV, FLAC, MP3, Ogg Vorbis, Opus, AIFF...; M4A, M4B, AAC, ALAC and WMA
        with the extra ``yotokit[av]``.
    dual_mono : bool
        Count a single channel twice, 3.01 LU more, as EBU R 128 has it for mono that two
        loudspeakers play. By BS.1770 itself, which is the default, it is one channel.
    progress : callable, optional
        Called with how much is done, 0 to 1. What it raises ends the measurement.
    curve : callable, optional
        Called with what was added to the momentary loudness, a read-only array of float32, LUFS,
        a value each 100 ms; ten times a second at most. One behind the other, the pieces are
        `Loudness.momentary_lufs`.
    length : callable, optional
        Called once, at first, with how long the file is by its header, seconds; not called where
        the header does not say.

    Returns
    -------
    Loudness

    Raises
    ------
    InputError
        There is no file to read.
    AudioError
        It cannot be used as audio.

    Examples
    --------
    A sine wave of 1 kHz at full scale reads -3.01 LUFS in one channel:

    >>> import numpy as np, soundfile, tempfile, pathlib
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name, "sine.wav")
    >>> soundfile.write(path, np.sin(2 * np.pi * 1000 * np.arange(96000) / 48000), 48000)
    >>> loudness = measure(path)
    >>> round(loudness.integrated_lufs, 1), round(loudness.true_peak_dbtp, 1)
    (-3.0, 0.0)
    >>> folder.cleanup()
    """
    with open_source(path) as source:
        if length is not None and source.info.frames > 0:
            length(source.info.frames / source.info.sample_rate_hz)
        return _measured(source, dual_mono=dual_mono, progress=progress, curve=curve)


def _measured(
    source: AudioSource,
    *,
    dual_mono: bool,
    progress: Callable[[float], object] | None,
    curve: Callable[[NDArray[np.float32]], object] | None,
) -> Loudness:
    meter = LoudnessMeter(source.info, dual_mono=dual_mono)
    teller = MomentaryTeller(curve, meter.new_step_power) if curve is not None else None
    for block in source.blocks(checked=False):
        # The meter finds the highest sample anyway; until then absurd ones may overflow.
        with np.errstate(over="ignore", invalid="ignore"):
            meter.add(block)
        source.check(meter.level)
        if teller is not None:  # before the progress, which has others look at it
            teller.look()
        if progress is not None:
            progress(source.share())
    with np.errstate(over="ignore", invalid="ignore"):
        meter.flush()
    source.check(meter.level)
    if teller is not None:
        teller.look(last=True)
    return meter.finish(source.path, source.shortfall())


def _notes(integrated_lufs: float, blocks: int) -> tuple[str, ...]:
    if not blocks:
        return ("shorter than 0.4 s, so it has no loudness by the standard",)
    if not math.isfinite(integrated_lufs):
        return ("silent: nothing is louder than -70 LUFS",)
    return ()


def _decibels(amplitude: float) -> float:
    return 20.0 * math.log10(amplitude) if amplitude > 0 else -math.inf


def _lufs(power: float) -> float:
    return float(gating.lufs_of_power(np.array(power)))
