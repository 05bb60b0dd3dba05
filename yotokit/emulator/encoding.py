"""Makes the service's kind of media of an upload: Ogg Opus, 48 kHz, brought to one loudness.

Everything is done a second at a time, so a file of any length takes the same memory: once through
to measure it, once more to write it. Samples are resampled by SciPy's polyphase filter and not by
libsoxr or FFmpeg, which are not among the dependencies; with some of the samples before and after
each second it gives what it would give for the whole file at once.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from yotokit.emulator.decoding import Sound

__all__ = ["OPUS_KBIT_S", "encode"]

OPUS_KBIT_S = 64
_RATE_HZ = 48_000
_SAMPLE_BYTES = 4
_CEILING_DBFS = -1.0

# How far SciPy's filter reaches, in samples of the lower of both rates.
_REACH = 10
# libsndfile speaks of 6 to 256 kbit/s for each channel as 1 to 0.
_LOWEST_KBIT_S, _SPAN_KBIT_S = 6.0, 250.0

# BS.1770-5: the two filters at 48 kHz, 400 ms blocks that begin every 100 ms, and the two gates.
_SHELF = (3.99984385397, 0.7071752369554193, 1681.9744509555319, _RATE_HZ, "high_shelf_DeMan")
_HIGH_PASS = (0.0, 0.5003270373253953, 38.13547087613982, _RATE_HZ, "high_pass_DeMan")
_HOP_FRAMES = _RATE_HZ // 10
_HOPS_PER_BLOCK = 4
_OFFSET_LU = -0.691
_ABSOLUTE_GATE_LUFS, _RELATIVE_GATE_LU = -70.0, -10.0


def encode(
    source: Path,
    target: Path,
    level_lufs: float | None,
    *,
    stopped: Callable[[], bool] = lambda: False,
) -> bool:
    """Write the Opus file of an upload; say whether it was written to its end.

    Parameters
    ----------
    source, target : Path
        The upload, and where the file goes.
    level_lufs : float or None
        Loudness to bring it to by one gain, less where its peak would pass -1 dBFS. None, or what
        is silent or shorter than 400 ms, is not leveled.
    stopped : callable
        Asked every second of sound; True has it give up.

    Raises
    ------
    UnusableAudioError
        The upload does not decode.
    """
    # The libraries for sound load when the first file is asked for.
    import soundfile as sf  # noqa: PLC0415

    from yotokit.emulator.decoding import decoding  # noqa: PLC0415

    gain = 1.0 if level_lufs is None else _gain(source, level_lufs, stopped)
    with decoding(source) as sound:
        channels = min(2, sound.channels)
        share = (OPUS_KBIT_S / channels - _LOWEST_KBIT_S) / _SPAN_KBIT_S
        with sf.SoundFile(
            str(target),
            "w",
            _RATE_HZ,
            channels,
            format="OGG",
            subtype="OPUS",
            compression_level=1.0 - share,
        ) as file:
            for second in _seconds(sound):
                if stopped():
                    return False
                file.write(second * gain)
    return True


def _gain(source: Path, level_lufs: float, stopped: Callable[[], bool]) -> float:
    """Return what samples are to be multiplied with."""
    from yotokit.emulator.decoding import decoding  # noqa: PLC0415

    with decoding(source) as sound:
        lufs, peak = _measure(_seconds(sound), min(2, sound.channels), stopped)
    if lufs is None or not peak:
        return 1.0
    return min(10 ** ((level_lufs - lufs) / 20), 10 ** (_CEILING_DBFS / 20) / peak)


def _seconds(sound: Sound) -> Iterator[Any]:
    """Yield arrays of a second at 48 kHz, of one channel or two; the last is of another length."""
    from scipy.signal import resample_poly  # noqa: PLC0415

    divisor = math.gcd(sound.rate_hz, _RATE_HZ)
    up, down = _RATE_HZ // divisor, sound.rate_hz // divisor
    margin = down * math.ceil(_REACH * max(up, down) / up / down)
    for window, past, present in _windows(sound, margin):
        shape = (len(window) // _SAMPLE_BYTES // sound.channels, sound.channels)
        samples = resample_poly(memoryview(window).cast("f", shape), up, down)
        begin = past * up // down
        yield _folded(samples[begin : begin + math.ceil(present * up / down)])


def _windows(sound: Sound, margin: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield each second with a margin on both sides: the samples, and how many are past, present.

    Counted in frames. The last one has no margin after it, and may be longer than a second.
    """
    frame, second = sound.channels * _SAMPLE_BYTES, sound.rate_hz
    held, past = bytearray(), 0
    for piece in sound.pieces:
        held += piece
        while len(held) >= (size := (past + second + margin) * frame):
            yield bytes(held[:size]), past, second
            gone = max(0, past + second - margin)
            del held[: gone * frame]
            past += second - gone
    if rest := len(held) // frame - past:
        yield bytes(held), past, rest


def _folded(samples: Any) -> Any:
    """Return two channels of more: the third and all after it go to both sides."""
    more = samples.shape[1] - 2
    if more <= 0:
        return samples
    rest = samples[:, 2:].sum(axis=1, keepdims=True) * math.sqrt(0.5)
    return (samples[:, :2] + rest) / (1 + more * math.sqrt(0.5))


def _measure(
    seconds: Iterable[Any], channels: int, stopped: Callable[[], bool]
) -> tuple[float | None, float]:
    """Return integrated loudness by BS.1770, None if there is none, and the largest sample."""
    from pyloudnorm import IIRfilter  # noqa: PLC0415
    from scipy.signal import sosfilt  # noqa: PLC0415

    filters = [[*f.b, *f.a] for f in (IIRfilter(*_SHELF), IIRfilter(*_HIGH_PASS))]
    state: Any = [[[0.0] * channels] * 2] * len(filters)
    hops: list[float] = []
    peak = 0.0
    for second in seconds:
        if stopped():
            break
        peak = max(peak, float(abs(second).max()))
        weighted, state = sosfilt(filters, second, axis=0, zi=state)
        count = len(weighted) // _HOP_FRAMES
        squares = (weighted[: count * _HOP_FRAMES] ** 2).reshape(count, _HOP_FRAMES * channels)
        hops += (squares.sum(axis=1) / _HOP_FRAMES).tolist()
    return _gated_lufs(hops), peak


def _gated_lufs(hops: list[float]) -> float | None:
    sums = [0.0]
    for hop in hops:
        sums.append(sums[-1] + hop)
    ends = zip(sums, sums[_HOPS_PER_BLOCK:], strict=False)
    blocks = [(end - begin) / _HOPS_PER_BLOCK for begin, end in ends]
    loud = [power for power in blocks if _lufs(power) > _ABSOLUTE_GATE_LUFS]
    if not loud:
        return None
    gate = _lufs(sum(loud) / len(loud)) + _RELATIVE_GATE_LU
    kept = [power for power in loud if _lufs(power) > gate]
    return _lufs(sum(kept) / len(kept))


def _lufs(power: float) -> float:
    return _OFFSET_LU + 10 * math.log10(power) if power > 0 else -math.inf
