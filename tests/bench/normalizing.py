"""How long normalizing an album takes, files to files: `yotokit.normalize` beside others.

usage: python tests/bench/normalizing.py [--music FOLDER] [--tracks 20] [--rounds 3]
                                         [--longest SECONDS] [--skip-slow]

Tracks of real music, WAV of 16 bits, become FLAC at -16 LUFS under -1.5 dBTP: by yotokit and by
the obvious script around pyloudnorm with 1, 2 and 4 workers, and by ffmpeg-normalize, which takes
one after the other (--skip-slow leaves it out). They do not do quite the same: the script knows no
ceiling for the peak and clips; ffmpeg-normalize compresses where a plain gain is not enough, and
writes those at 192 kHz. So the results are measured too, by pyloudnorm and by plain oversampling.

Each case runs in a process of its own, all in turn, several times; the medians are shown. CPU time
is user and system time, of child processes too; times real time is by the clock. The imports are
not counted. The memory of children is that of the largest one.
"""

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from machine import (
    Usage,
    missing_import,
    number,
    print_head,
    print_table,
    run_call,
    run_in_turns,
)
from music import DEFAULT_FOLDER, Music
from normalizers import CEILING_DBTP, TARGET_LUFS
from verifying import check_results

PACKAGES = ("yotokit", "numpy", "scipy", "soundfile", "pyloudnorm", "ffmpeg-normalize")
WORKERS = (1, 2, 4)
YOTOKIT = "yotokit.normalize"
SCRIPT = "pyloudnorm script"
FFMPEG = "ffmpeg-normalize"
IMPORTS = {
    YOTOKIT: ("yotokit.audio", "pyloudnorm", "scipy.signal"),
    SCRIPT: ("pyloudnorm", "soundfile", "scipy.signal"),
    FFMPEG: ("ffmpeg_normalize.__main__",),
}
FUNCTIONS = {YOTOKIT: "by_yotokit", SCRIPT: "by_script", FFMPEG: "by_ffmpeg"}


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--music", default=DEFAULT_FOLDER, help="a folder of audio files")
    parser.add_argument("--tracks", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--longest", type=float, default=3600.0, help="of a track, seconds")
    parser.add_argument("--skip-slow", action="store_true", help="leave ffmpeg-normalize out")
    return parser.parse_args()


def run_fresh(name: str, workers: int, paths: Sequence[str], folder: Path) -> Usage:
    """Normalize into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    given = [list(paths), str(folder), workers]
    return run_call("normalizers", FUNCTIONS[name], given, imports=IMPORTS[name])


def cases(options: argparse.Namespace) -> dict[str, tuple[str, int]]:
    """Return what takes part: the label, the way and the number of workers."""
    ways = {YOTOKIT: WORKERS, SCRIPT: WORKERS, FFMPEG: (1,)}
    if options.skip_slow:
        del ways[FFMPEG]
    for name in list(ways):
        if missing := missing_import(IMPORTS[name]):
            print(f"left out: {name}: {missing} is not installed")
            del ways[name]
    if FFMPEG in ways and not shutil.which("ffmpeg"):
        print(f"left out: {FFMPEG}: ffmpeg is not installed")
        del ways[FFMPEG]
    return {f"{name}, {n}": (name, n) for name, workers in ways.items() for n in workers}


def show(results: dict[str, Usage], seconds: float) -> None:
    """Print what each way took."""
    ours = [results.get(f"{YOTOKIT}, {workers}") for workers in (1, 2)]
    rows = []
    for name, usage in results.items():
        ratios = [usage.wall_s / our.wall_s if our else None for our in ours]
        memory = (usage.peak_mb, usage.grown_mb, usage.children_mb)
        rows.append(
            (
                name,
                *map(number, (usage.cpu_s, usage.wall_s)),
                number(seconds / usage.wall_s, 0),
                *(number(megabytes, 0) for megabytes in memory),
                *map(number, ratios),
            )
        )
    header = ("way, workers", "CPU s", "wall s", "x realtime", "MB peak", "MB grown", "MB child")
    print_table((*header, "wall / ours, 1", "wall / ours, 2"), rows)


def main() -> None:
    """Write the album, normalize it, print a table, and look at the results."""
    options = arguments()
    print_head(PACKAGES)
    with tempfile.TemporaryDirectory() as name:
        album = Path(name, "album")
        album.mkdir()
        music = Music(options.music)
        paths = music.write_album(album, options.tracks, options.longest)
        seconds = music.seconds(paths)
        print(f"{len(paths)} tracks, {seconds / 60:.1f} min")
        results = run_in_turns(
            {
                label: partial(run_fresh, way, n, list(map(str, paths)), Path(name, label))
                for label, (way, n) in cases(options).items()
            },
            options.rounds,
        )
        show(results, seconds)
        check_results(results, TARGET_LUFS, CEILING_DBTP, strict=YOTOKIT)


if __name__ == "__main__":
    main()
