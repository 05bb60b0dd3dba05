"""The ways to normalize files that `normalizing.py` compares; each runs in a process of its own.

Each writes FLAC files into a folder and returns the paths of the results. Nothing large is loaded
here: it would count as memory of all of them, and of the programs that they start.
"""

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TARGET_LUFS = -16.0
CEILING_DBTP = -1.5


def by_yotokit(paths: Sequence[str], folder: str, workers: int) -> list[str]:
    """Return the results: the source itself where it needed no change."""
    import yotokit

    results = yotokit.normalize(paths, folder, workers=workers)
    return [str(result.rendered.path) for result in results]


def by_script(paths: Sequence[str], folder: str, workers: int) -> list[str]:
    """Do what the documentation of pyloudnorm shows, in threads."""
    import pyloudnorm
    import soundfile

    def normalize(path: str) -> str:
        samples, rate = soundfile.read(path)
        loudness = pyloudnorm.Meter(rate).integrated_loudness(samples)
        output = Path(folder, Path(path).stem + ".flac")
        soundfile.write(output, pyloudnorm.normalize.loudness(samples, loudness, TARGET_LUFS), rate)
        return str(output)

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(normalize, paths))


def by_ffmpeg(paths: Sequence[str], folder: str, workers: int) -> list[str]:
    """Call the command line of ffmpeg-normalize, which starts ffmpeg twice for each file."""
    from ffmpeg_normalize.__main__ import main

    if workers != 1:
        raise ValueError("it has no parallel mode")
    sys.argv = ["ffmpeg-normalize", *paths, "-nt", "ebu", "-t", str(TARGET_LUFS)]
    sys.argv += ["-tp", str(CEILING_DBTP), "-c:a", "flac", "-ext", "flac", "-of", folder]
    main()
    return [str(Path(folder, Path(path).stem + ".flac")) for path in paths]
