"""How long measuring loudness takes, and how much memory: `yotokit.measure` beside others.

usage: python tests/bench/loudness.py [--music FOLDER] [--minutes 20] [--rounds 3]
                                      [--formats wav flac mp3 ogg] [--threads] [--length [HOURS]]

A programme of real music is written as WAV, FLAC, MP3 and Ogg Vorbis, and measured from each by
everything that is installed. Each case runs in a process of its own, all in turn, several times;
the medians are shown. CPU time is user and system time, of child processes too, and what is told
as times real time is the programme's length by it. The imports of Python packages are not counted,
as a program pays for them once; the start of the other programs is, some hundredths of a second.

With --threads also: many files in a pool of one thread and of two. With --length also: whether
the memory grows with the length of a file.
"""

import argparse
import itertools
import tempfile
from functools import partial
from pathlib import Path

import soundfile as sf
from machine import (
    ONE_THREAD,
    Usage,
    missing_import,
    number,
    print_head,
    print_table,
    run_call,
    run_in_turns,
)
from music import DEFAULT_FOLDER, FORMATS, Music
from ways import DECODING, OURS, PYEBUR128, PYLOUDNORM, WAYS

PACKAGES = (
    *("yotokit", "numpy", "scipy", "soundfile", "pyloudnorm"),
    *("pyebur128", "loudstream", "lupy", "rs-audio-stats"),
)
HEADER = ("format", "way", "CPU s", "wall s", "x realtime", "MB peak", "MB grown", "ratio")
POOL_FILES = 8
POOL_WORKERS = (1, 2)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--music", default=DEFAULT_FOLDER, help="a folder of audio files")
    parser.add_argument("--minutes", type=float, default=20.0, help="length of the programme")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS))
    parser.add_argument("--threads", action="store_true", help="also many files side by side")
    parser.add_argument(
        "--length", type=float, nargs="?", const=3.0, metavar="HOURS", help="also a long file"
    )
    return parser.parse_args()


def compare_formats(music: Music, folder: Path, options: argparse.Namespace) -> None:
    """Measure the programme from each format in each way."""
    ways = {way.name: way for way in WAYS}
    for name, way in list(ways.items()):
        if missing := way.missing():
            print(f"left out: {name}: {missing} is not installed")
            del ways[name]
        else:
            print(f"{name}: {way.gives}")
    print()
    for kind in options.formats:
        path = folder / f"programme.{kind}"
        music.write(path, music.endless(), options.minutes * 60)
        seconds = sf.info(path).duration
        print(
            f"{kind}: {seconds / 60:g} min, {path.stat().st_size * 8 / seconds / 1000:.0f} kbit/s"
        )
        # One thread each: what a library may start beside it would not be the same everywhere.
        cases = {name: partial(way.run, path, ONE_THREAD) for name, way in ways.items()}
        results = run_in_turns(cases, options.rounds)
        path.unlink()
        show_format(kind, seconds, results)


def show_format(kind: str, seconds: float, results: dict[str, Usage]) -> None:
    """Print the table of a format."""
    ways = {way.name: way for way in WAYS}
    ours = results.get(OURS.name)
    rows = []
    for name, usage in results.items():
        lufs, dbtp = ways[name].answer(usage)
        rows.append(
            (
                kind,
                name,
                number(usage.cpu_s),
                number(usage.wall_s),
                number(seconds / usage.cpu_s, 0),
                number(usage.peak_mb, 0),
                number(usage.grown_mb, 1),
                number(usage.cpu_s / ours.cpu_s if ours else None),
                number(lufs),
                number(dbtp),
            )
        )
    print_table((*HEADER, "LUFS", "dBTP"), rows, words=2)
    if ours and DECODING.name in results:
        share = results[DECODING.name].cpu_s / ours.cpu_s
        print(f"{kind}: decoding alone is {share:.0%} of yotokit's CPU time\n", flush=True)


def compare_threads(music: Music, folder: Path, options: argparse.Namespace) -> None:
    """Measure several files in a pool, by one worker and by more."""
    blocks, seconds = music.endless(), options.minutes * 60 / POOL_FILES
    paths = [
        str(music.write(folder / f"piece {place}.flac", blocks, seconds))
        for place in range(POOL_FILES)
    ]
    print(f"{POOL_FILES} FLAC files of {seconds / 60:g} min in a ThreadPoolExecutor")
    ways = [way for way in (OURS, PYEBUR128, PYLOUDNORM) if not missing_import(way.imports)]
    cases = {
        f"{way.name}, {workers}": partial(
            run_call, "calls", "in_threads", [way.function, paths, workers], imports=way.imports
        )
        for way, workers in itertools.product(ways, POOL_WORKERS)
    }
    results = run_in_turns(cases, options.rounds)
    rows = []
    for name, usage in results.items():
        alone = results.get(f"{name.rpartition(',')[0]}, {POOL_WORKERS[0]}")
        speed_up = alone.wall_s / usage.wall_s if alone else None
        numbers = (usage.cpu_s, usage.wall_s, speed_up, usage.grown_mb)
        rows.append((name, *map(number, numbers)))
    print_table(("way, workers", "CPU s", "wall s", "x one worker", "MB grown"), rows)


def compare_lengths(music: Music, folder: Path, options: argparse.Namespace) -> None:
    """Measure a minute and hours with yotokit, and print the difference in memory."""
    lengths = {"1 minute": 60.0, f"{options.length:g} hours": options.length * 3600}
    cases = {}
    for name, seconds in lengths.items():
        path = music.write(folder / f"{name}.flac", music.endless(), seconds)
        cases[name] = partial(OURS.run, path, ONE_THREAD)
    results = run_in_turns(cases, options.rounds)
    rows = [
        (name, *map(number, (usage.cpu_s, usage.wall_s, usage.peak_mb, usage.grown_mb)))
        for name, usage in results.items()
    ]
    print_table(("length", "CPU s", "wall s", "MB peak", "MB grown"), rows)
    if len(results) == len(lengths):
        short, long = (usage.peak_mb for usage in results.values())
        print(f"yotokit.measure: {long - short:.1f} MB more for {options.length:g} hours\n")


def main() -> None:
    """Write the music, measure it, and print tables."""
    options = arguments()
    print_head(PACKAGES)
    music = Music(options.music)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compare_formats(music, folder, options)
        if options.threads:
            compare_threads(music, folder, options)
        if options.length:
            compare_lengths(music, folder, options)


if __name__ == "__main__":
    main()
