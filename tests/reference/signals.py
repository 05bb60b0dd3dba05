"""Makers of the standards' signals: each is a function of the sample rate, in Hz.

What it returns are samples, float32, shape (frames, channels). Levels are those of the peaks of
sine waves, in dBFS.
"""

from __future__ import annotations

import numpy as np

SILENT = -np.inf
STEREO = (0.0, 0.0)


def tones(*stretches, channels=STEREO):
    """Return a maker of 1 kHz in stretches of (level, seconds), each channel so many dB off."""

    def make(rate):
        # 10 ms are ten periods and, at every rate here, a whole number of samples: so levels
        # change where the sine crosses zero, and no click adds to what is measured.
        periods = np.sin(2 * np.pi * 1000 * np.arange(rate // 100) / rate)
        levels, seconds = zip(*stretches, strict=True)
        steps = np.repeat(_linear(levels), [round(100 * length_s) for length_s in seconds])
        signal = steps.astype(np.float32)[:, None, None] * _spread(periods, channels)
        return signal.reshape(-1, len(channels))

    return make


def delayed_tone(number, step_s, tone_s):
    """Return a maker of silence that is longer from number to number, a tone, and 1 s more."""
    return tones((SILENT, number * step_s), (-23.0, tone_s), (SILENT, 1.0))


def live_tones(number, step_s, tone_s):
    """Return a maker of a segment of a live signal, each of which is louder and begins later.

    A live meter's maximum is read segment by segment, a file has but one. So this is what a
    meter has seen until then, as far back as a window reaches when the segment begins.
    """
    before_s = max(number - 1, 0) * step_s
    return tones(
        (-39.0 + number, before_s),
        (SILENT, tone_s - before_s),
        (SILENT, number * step_s),
        (-38.0 + number, tone_s),
        (SILENT, tone_s - number * step_s),
    )


def sine(level, hertz, seconds, channels=STEREO):
    """Return a maker of one tone, each channel so many dB off."""

    def make(rate):
        phase = 2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate
        return _spread(_linear(level) * np.sin(phase), channels)

    return make


def sweep(level_at, seconds):
    """Return a maker of one channel from 20 Hz to 20 kHz, at a level that depends on where."""

    def make(rate):
        hertz = 20 * 1000 ** np.linspace(0, 1, round(seconds * rate))
        phase = 2 * np.pi * np.cumsum(hertz) / rate
        return _spread(_linear(level_at(hertz)) * np.sin(phase), (0.0,))

    return make


def peak_tone(divisor, amplitude, degrees):
    """Return a maker of a sine at a fraction of the sample rate, that starts at a phase."""

    def make(rate):
        phase = 2 * np.pi * np.arange(rate // 2) / divisor + np.radians(degrees)
        return _spread(_faded(amplitude * np.sin(phase), rate // 100), STEREO)

    return make


def peak_burst(offset):
    """Return a maker of a sine with one higher period in it, sampled so many quarters later."""

    def make(rate):
        calm = 0.5 * np.tile(np.sin(2 * np.pi * np.arange(24) / 24), rate // 48)
        burst = np.sin(2 * np.pi * np.arange(16) / 16)
        at_four_times = _faded(np.concatenate([calm, burst, calm]), 4 * rate // 100)
        return _spread(_band_limited(at_four_times)[offset::4], STEREO)

    return make


def _band_limited(signal):
    """Return what is left of a signal when every fourth of its samples is to carry it."""
    frequency = np.fft.rfftfreq(len(signal), d=1 / 4)
    # Only the last tenth of the band is rolled off: a lower edge takes off what the signal is
    # about (a quarter of a decibel of its peak, if it begins at 0.35 of the sample rate).
    edge = np.clip((frequency - 0.45) / 0.05, 0, 1)
    gain = (1 + np.cos(np.pi * edge)) / 2
    return np.fft.irfft(np.fft.rfft(signal) * gain, len(signal))


def _faded(signal, length):
    ramp = np.minimum(1, np.arange(len(signal)) / length)
    return signal * ramp * ramp[::-1]


def _linear(level):
    return 10 ** (np.asarray(level, dtype=float) / 20)


def _spread(signal, channels):
    return signal.astype(np.float32)[:, None] * _linear(channels).astype(np.float32)
