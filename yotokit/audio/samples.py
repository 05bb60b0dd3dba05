"""A dozen made-up tracks of very different loudness, to try things with and to test with.

Music-like pieces are plucked and bowed chords; speech-like ones are a buzzing voice that runs
through vowels, syllable by syllable, with pauses. Everything is computed, so the same call makes
the same sound. (Ogg files of the same sound differ in their bytes: the format carries a random
serial number.)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import soundfile as sf

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

__all__ = ["SAMPLES", "Sample", "make_samples"]


@dataclass(frozen=True, slots=True)
class Sample:
    """A track to be made.

    Attributes
    ----------
    name : str
        File name; its ending decides the format.
    kind : {"music", "speech"}
        What it sounds like.
    peak_dbfs : float
        Highest sample, dBFS: what makes the loudness.
    duration_s : float
        Length, seconds.
    channels, sample_rate_hz : int
        As written.
    """

    name: str
    kind: Literal["music", "speech"]
    peak_dbfs: float
    duration_s: float
    channels: int = 2
    sample_rate_hz: int = 44_100


SAMPLES = (
    Sample("01 The Moon Wakes Up.wav", "speech", -22.0, 14.0, channels=1),
    Sample("02 Lullaby for a Lighthouse.flac", "music", -14.0, 16.0),
    Sample("03 The Fox Who Counted Stars.mp3", "speech", -9.0, 15.0),
    Sample("04 Rain on the Roof.ogg", "music", -26.0, 12.0),
    Sample("05 A Very Loud Parade.wav", "music", -0.2, 13.0),
    Sample("06 Grandmother's Kitchen.flac", "speech", -18.0, 14.0, channels=1),
    Sample("07 Sleepy Train.mp3", "music", -11.0, 17.0),
    Sample("08 The Whispering Tree.wav", "speech", -32.0, 12.0),
    Sample("09 Dance of the Fireflies.ogg", "music", -6.0, 14.0, sample_rate_hz=48_000),
    Sample("10 How the Owl Lost Her Hoot.flac", "speech", -5.0, 15.0),
    Sample("11 Snow Song.mp3", "music", -20.0, 13.0, channels=1),
    Sample("12 Good Night, Everyone.wav", "music", -16.0, 18.0, sample_rate_hz=22_050),
)

_SCALE_HZ = 220.0 * 2.0 ** (np.array([0, 3, 5, 7, 10, 12, 15, 17]) / 12.0)
# First and second resonance of five vowels, Hz.
_VOWELS_HZ = ((730, 1090), (530, 1840), (270, 2290), (570, 840), (300, 870))


def make_samples(
    folder: str | os.PathLike[str], *, samples: tuple[Sample, ...] = SAMPLES
) -> list[Path]:
    """Write the tracks into a folder, those that are not there yet, and return their paths.

    Parameters
    ----------
    folder : path-like
        Made if it is not there.
    samples : tuple of Sample
        What to make.

    Returns
    -------
    list of Path
        In order.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, sample in enumerate(samples):
        path = target / sample.name
        if not path.exists():
            partial = path.with_name(f".{path.name}")
            make = _music if sample.kind == "music" else _speech
            signal = make(sample, np.random.default_rng(number))
            signal *= 10.0 ** (sample.peak_dbfs / 20.0) / np.abs(signal).max()
            sf.write(partial, signal, sample.sample_rate_hz, format=path.suffix[1:].upper())
            partial.replace(path)
        paths.append(path)
    return paths


def _music(sample: Sample, random: np.random.Generator) -> NDArray[np.float64]:
    """Return notes that decay, each at a place between left and right, over a soft chord."""
    rate = sample.sample_rate_hz
    signal = np.zeros((int(sample.duration_s * rate), sample.channels))
    beat_s = 60.0 / float(random.integers(70, 120))
    starts = np.arange(0.0, sample.duration_s - 0.5, beat_s / 2)
    for start in starts:
        length = min(int(1.6 * rate), len(signal) - int(start * rate))
        time = np.arange(length) / rate
        pitch = float(random.choice(_SCALE_HZ))
        partials = sum(np.sin(2 * np.pi * pitch * n * time) / n**1.5 for n in range(1, 6))
        note = partials * np.exp(-3.0 * time) * np.minimum(1.0, time / 0.005)
        place = random.uniform(0.3, 0.7)
        sides = np.sqrt([place, 1.0 - place]) if sample.channels > 1 else np.ones(1)
        begin = int(start * rate)
        signal[begin : begin + length] += note[:, None] * sides * random.uniform(0.4, 1.0)
    time = np.arange(len(signal)) / rate
    swell = 0.5 + 0.5 * np.sin(2 * np.pi * time / sample.duration_s - np.pi / 2)
    chord = sum(np.sin(2 * np.pi * pitch / 2 * time) for pitch in _SCALE_HZ[[0, 2, 4]])
    signal += (0.25 * swell * chord)[:, None]
    return signal


def _speech(sample: Sample, random: np.random.Generator) -> NDArray[np.float64]:
    """Return syllables of a buzzing voice, in phrases with pauses between them."""
    rate = sample.sample_rate_hz
    signal = np.zeros(int(sample.duration_s * rate))
    place, left_in_phrase = 0.15, int(random.integers(5, 9))
    while place < sample.duration_s - 0.6:
        length_s = random.uniform(0.14, 0.28)
        time = np.arange(int(length_s * rate)) / rate
        pitch = random.uniform(105.0, 150.0) * (1.0 - 0.15 * time / length_s)
        phase = 2 * np.pi * np.cumsum(pitch) / rate
        resonances = _VOWELS_HZ[int(random.integers(len(_VOWELS_HZ)))]
        voice = np.zeros(len(time))
        for harmonic in range(1, 28):
            level = sum(1.0 / (1.0 + ((harmonic * 125.0 - f) / 120.0) ** 2) for f in resonances)
            voice += level / np.sqrt(harmonic) * np.sin(harmonic * phase)
        begin = int(place * rate)
        signal[begin : begin + len(time)] += voice * np.hanning(len(time)) ** 0.7
        place += length_s * 0.95
        left_in_phrase -= 1
        if not left_in_phrase:
            place += random.uniform(0.35, 0.8)
            left_in_phrase = int(random.integers(5, 10))
    return np.repeat(signal[:, None], sample.channels, axis=1)
