"""`measure`: everything that the standards define about a file's loudness, in one pass."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from yotokit.audio import gating
from yotokit.audio.meter import PowerMeter
from yotokit.audio.source import open_source
from yotokit.audio.true_peak import TruePeakMeter
from yotokit.markup import curve, definitions, figures, page_fragment

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

__all__ = ["Loudness", "measure", "programme_lufs"]

_MOMENTARY_STEPS = 4  # 400 ms
_SHORT_TERM_STEPS = 30  # 3 s


@dataclass(frozen=True, slots=True, eq=False)
class Loudness:
    """The loudness of one file, as measured: a plain value that never changes.

    Attributes
    ----------
    path : Path
        The file.
    integrated_lufs : float
        Gated loudness of the whole, LUFS; -inf for silence, and for less than 0.4 s of sound.
    range_lu : float
        Loudness range (LRA), LU.
    true_peak_dbtp, sample_peak_dbfs : float
        Highest point of the curve between the samples, and highest sample; -inf for silence.
    max_momentary_lufs, max_short_term_lufs : float
        Loudest 400 ms and loudest 3 s, in steps of 100 ms; -inf where the file is shorter.
    duration_s : float
        Length, seconds.
    sample_rate_hz, channels : int
        As decoded.
    momentary_lufs, short_term_lufs : ndarray of float32
        The curves, a value each 100 ms; the first is that of the first whole window.
    step_power : ndarray of float64
        Mean K-weighted power of each 100 ms: what loudness over several files is made of.
    notes : tuple of str
        What a reader should know, such as that the file is silent.
    """

    path: Path
    integrated_lufs: float
    range_lu: float
    true_peak_dbtp: float
    sample_peak_dbfs: float
    max_momentary_lufs: float
    max_short_term_lufs: float
    duration_s: float
    sample_rate_hz: int
    channels: int
    momentary_lufs: NDArray[np.float32] = field(repr=False)
    short_term_lufs: NDArray[np.float32] = field(repr=False)
    step_power: NDArray[np.float64] = field(repr=False)
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers, without the curves: a row for a table or a data frame."""
        return {
            "path": str(self.path),
            "integrated_lufs": self.integrated_lufs,
            "range_lu": self.range_lu,
            "true_peak_dbtp": self.true_peak_dbtp,
            "sample_peak_dbfs": self.sample_peak_dbfs,
            "max_momentary_lufs": self.max_momentary_lufs,
            "max_short_term_lufs": self.max_short_term_lufs,
            "duration_s": self.duration_s,
            "sample_rate_hz": self.sample_rate_hz,
            "channels": self.channels,
        }

    def plot(self, ax: Any = None, *, target_lufs: float | None = None) -> Any:
        """Draw the curves with matplotlib, and return its figure.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure is made where it is missing.
        target_lufs : float, optional
            Drawn as a dashed line.
        """
        from yotokit.audio.plot import plot_loudness  # noqa: PLC0415 - matplotlib takes a second

        return plot_loudness(self, ax, target_lufs=target_lufs)

    def _repr_html_(self) -> str:
        return page_fragment(
            definitions(
                [
                    ("integrated", f"{figures.lufs(self.integrated_lufs)} LUFS"),
                    ("range", f"{figures.db(self.range_lu)} LU"),
                    ("true peak", f"{figures.db(self.true_peak_dbtp)} dBTP"),
                    ("loudest 3 s", f"{figures.lufs(self.max_short_term_lufs)} LUFS"),
                    ("length", figures.duration(self.duration_s)),
                    ("file", self.path.name),
                ]
            ),
            curve(
                self.short_term_lufs.tolist(),
                self.momentary_lufs.tolist(),
                duration_s=self.duration_s,
                integrated_lufs=self.integrated_lufs,
            ),
            *self.notes,
        )


def measure(
    path: str | os.PathLike[str], *, progress: Callable[[float], object] | None = None
) -> Loudness:
    """Measure a file's loudness by ITU-R BS.1770-5 and EBU R 128, in one pass and flat memory.

    Parameters
    ----------
    path : path-like
        An audio file that libsndfile reads: WAV, FLAC, MP3, Ogg Vorbis, Opus, AIFF...
    progress : callable, optional
        Called with how much is done, 0 to 1. What it raises ends the measurement.

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
        info = source.info
        power = PowerMeter(info.sample_rate_hz, info.channels)
        peak = TruePeakMeter(info.sample_rate_hz, info.channels)
        frames = 0
        for block in source.blocks():
            power.add(block)
            peak.add(block)
            frames += len(block)
            if progress is not None:
                progress(source.share(frames))
        peak.finish()
    step_power = power.step_power()
    blocks = gating.windowed(step_power, _MOMENTARY_STEPS)
    short_term = gating.windowed(step_power, _SHORT_TERM_STEPS)
    momentary_lufs = gating.lufs_of_power(blocks)
    short_term_lufs = gating.lufs_of_power(short_term)
    integrated_lufs = gating.integrated(blocks)
    return Loudness(
        path=Path(path),
        integrated_lufs=integrated_lufs,
        range_lu=gating.loudness_range(short_term),
        true_peak_dbtp=_decibels(peak.peak),
        sample_peak_dbfs=_decibels(peak.sample_peak),
        max_momentary_lufs=float(momentary_lufs.max(initial=-math.inf)),
        max_short_term_lufs=float(short_term_lufs.max(initial=-math.inf)),
        duration_s=frames / info.sample_rate_hz,
        sample_rate_hz=info.sample_rate_hz,
        channels=info.channels,
        momentary_lufs=momentary_lufs.astype(np.float32),
        short_term_lufs=short_term_lufs.astype(np.float32),
        step_power=step_power,
        notes=_notes(integrated_lufs, len(blocks)),
    )


def programme_lufs(parts: Iterable[Loudness]) -> float:
    """Return the integrated loudness of several files as one programme, LUFS.

    It is computed from the files' steps of 100 ms, one behind the other, so it differs from
    measuring them joined only by what is left of a step at the end of each file.
    """
    steps = [part.step_power for part in parts]
    if not steps:
        return -math.inf
    return gating.integrated(gating.windowed(np.concatenate(steps), _MOMENTARY_STEPS))


def _notes(integrated_lufs: float, blocks: int) -> tuple[str, ...]:
    if not blocks:
        return ("shorter than 0.4 s, so it has no loudness by the standard; it is left as it is",)
    if not math.isfinite(integrated_lufs):
        return ("silent: nothing is louder than -70 LUFS; it is left as it is",)
    return ()


def _decibels(amplitude: float) -> float:
    return 20.0 * math.log10(amplitude) if amplitude > 0 else -math.inf
