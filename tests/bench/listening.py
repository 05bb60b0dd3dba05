"""What the live curve and the excerpts cost.

usage: python tests/bench/listening.py [--quick]

Measured: the processor's seconds that `measure` takes of a file without and with its growing curve
handed out, in turn; and those of a twelve-second excerpt out of the middle of long files, plain,
and with a gain and the limiter. The sound is noise at changing levels. MP3 of many hours is that
of ten minutes, again and again.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile as sf
from machine import number, print_head, print_table

from yotokit.audio import excerpt, measure

RATE_HZ = 44_100
PIECE_S = 600
ROUNDS, CURVE_ROUNDS = 5, 15
LEVEL_128_KBPS = 2 / 3


def piece() -> np.ndarray:
    """Return ten minutes of stereo noise whose level goes up and down."""
    random = np.random.default_rng(1)
    level = 0.02 + 0.08 * np.sin(np.arange(PIECE_S * RATE_HZ) / RATE_HZ / 7.0) ** 2
    sound = random.standard_normal((len(level), 2)) * level[:, None]
    return sound.astype(np.float32)


def write(path: Path, sound: np.ndarray, pieces: int) -> Path:
    if path.suffix == ".mp3":
        once = path.with_name("once.mp3")
        sf.write(once, sound, RATE_HZ, bitrate_mode="CONSTANT", compression_level=LEVEL_128_KBPS)
        data = once.read_bytes()
        # The first frame tells the length of ten minutes.
        path.write_bytes(data[data.index(data[:2], 2) :] * pieces)
        return path
    with sf.SoundFile(path, "w", RATE_HZ, 2) as file:
        for _ in range(pieces):
            file.write(sound)
    return path


def seconds(work, *arguments, **options) -> float:
    begin_s = time.process_time()
    work(*arguments, **options)
    return time.process_time() - begin_s


def curve_cost(path: Path) -> list[str]:
    without, handed_out = [], []
    for _ in range(CURVE_ROUNDS):
        without.append(seconds(measure, path))
        handed_out.append(seconds(measure, path, curve=lambda values: None))
    plain_s, curve_s = min(without), min(handed_out)
    return [number(plain_s, 3), number(curve_s, 3), number(100 * (curve_s / plain_s - 1), 2)]


def excerpt_cost(path: Path, hours: float) -> list[str]:
    middle_s = hours * 1800.0
    ways = ({}, {"gain_db": 9.0}, {"gain_db": 9.0, "limiter_dbtp": -1.5})
    cells = []
    for options in ways:
        taken = [seconds(excerpt, path, start_s=middle_s, **options) for _ in range(ROUNDS)]
        cells.append(number(statistics.median(taken), 2))
    return [f"{path.suffix[1:].upper()}, {hours:g} h", *cells]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="short files")
    hours = (1 / 6, 1 / 6) if parser.parse_args().quick else (1, 10)
    print_head(("yotokit", "numpy", "soundfile"))
    sound = piece()
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder, "ten minutes.flac"), sound, 1)
        print(f"measuring ten minutes of FLAC, best of {CURVE_ROUNDS}")
        print_table(("", "without, s", "with curve, s", "more, %"), [["", *curve_cost(path)]])
        rows = []
        for suffix in (".wav", ".flac", ".mp3"):
            path = write(Path(folder, f"long{suffix}"), sound, round(hours[0] * 6))
            rows.append(excerpt_cost(path, hours[0]))
            path.unlink()
        path = write(Path(folder, "longer.mp3"), sound, round(hours[1] * 6))
        rows.append(excerpt_cost(path, hours[1]))
    print(f"an excerpt of 12 s out of the middle, s, median of {ROUNDS}")
    print_table(("file", "plain", "gain", "gain, limiter"), rows)


if __name__ == "__main__":
    main()
