"""Sound as MP3: the form that every browser plays."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import soundfile as sf

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MEDIA_TYPE", "encoded", "two_channels"]

# Chromium, Firefox and Safari all play MP3, each with a decoder that it brings along or that every
# system has. Ogg, with Vorbis or Opus in it, is what Safari learned last, in 2025; WAV and FLAC
# play everywhere too, but a quarter of a minute of them is megabytes.
MEDIA_TYPE = "audio/mpeg"

# At a variable rate, of some 180 kb/s: at constant ones below 256 LAME turns the sound down by up
# to 0.45 dB, and the excerpts are there to compare levels.
_FORM = {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": "VARIABLE"}
_LEVEL = 0.2
_RATES_HZ = (16_000, 22_050, 24_000, 32_000, 44_100, 48_000)  # lower ones not everywhere
_PIECE_FRAMES = 65_536
_FADE_S = 0.015

_HALF = 0.5**0.5
# How much of a loudspeaker is heard on the left; on the right, where that differs. ITU-R BS.775.
_LEFT = {"L": 1.0, "Lc": 1.0, "R": 0.0, "Rc": 0.0, "C": _HALF, "M": _HALF, "LFE": 0.0}
_LEFT |= {"Ls": _HALF, "Rs": 0.0, "Lss": _HALF, "Rss": 0.0, "Cs": 0.5, "top": 0.5}
_MIRRORED = {"L": "R", "R": "L", "Lc": "Rc", "Rc": "Lc", "Ls": "Rs", "Rs": "Ls"}
_MIRRORED |= {"Lss": "Rss", "Rss": "Lss"}


def two_channels(layout: tuple[str, ...]) -> NDArray[np.float32] | None:
    """Return the matrix that mixes channels down to two; None where there are one or two.

    All channels at full scale give full scale and no more, so nothing is cut off, and what was
    mixed down is less loud.

    Parameters
    ----------
    layout : tuple of str
        The loudspeaker of each channel.

    Returns
    -------
    ndarray, shape (channels, 2)
    """
    if len(layout) <= 2:  # noqa: PLR2004
        return None
    sides = [[_LEFT[one], _LEFT[_MIRRORED.get(one, one)]] for one in layout]
    matrix = np.array(sides, dtype=np.float32)
    return np.asarray(matrix / max(1.0, float(matrix.sum(axis=0).max())), dtype=np.float32)


def encoded(sound: NDArray[np.float32], rate_hz: int) -> bytes:
    """Return sound as MP3, without a click at its ends.

    Parameters
    ----------
    sound : ndarray, shape (n, 1 or 2)
        Full scale 1.0; it is changed.
    rate_hz : int
        Where MP3 has no such rate it becomes the next one.

    Raises
    ------
    soundfile.SoundFileError
        This libsndfile writes no MP3.
    """
    _fade(sound, rate_hz)
    file_rate_hz = _usual_rate(rate_hz)
    if file_rate_hz != rate_hz:
        sound = _resampled(sound, max(1, round(len(sound) * file_rate_hz / rate_hz)))
    data = io.BytesIO()
    with sf.SoundFile(
        data, "w", file_rate_hz, sound.shape[1], compression_level=_LEVEL, **_FORM
    ) as file:
        for start in range(0, len(sound), _PIECE_FRAMES):
            file.write(sound[start : start + _PIECE_FRAMES])
    return data.getvalue()


def _fade(sound: NDArray[np.float32], rate_hz: int) -> None:
    length = min(round(_FADE_S * rate_hz), len(sound) // 2)
    rise = np.sin(np.linspace(0.0, np.pi / 2, length, endpoint=False)) ** 2
    sound[:length] *= rise[:, None].astype(np.float32)
    sound[len(sound) - length :] *= rise[::-1, None].astype(np.float32)


def _usual_rate(rate_hz: int) -> int:
    at_least = [rate for rate in _RATES_HZ if rate >= rate_hz]
    whole = [rate for rate in _RATES_HZ if rate >= _RATES_HZ[-2] and rate_hz % rate == 0]
    return (at_least or whole or _RATES_HZ[-1:])[0]


def _resampled(sound: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """Return sound as so many samples, by its spectrum; it begins and ends in silence."""
    result = np.empty((frames, sound.shape[1]), dtype=np.float32)
    kept = min(len(sound), frames) // 2 + 1
    for channel in range(sound.shape[1]):
        spectrum = np.fft.rfft(sound[:, channel])[:kept]
        result[:, channel] = np.fft.irfft(spectrum * (frames / len(sound)), frames)
    return result
