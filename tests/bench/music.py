"""Real music for the benchmarks, from a folder of files, written block by block."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile as sf

DEFAULT_FOLDER = "/usr/share/hyperrogue/music"  # Debian's package hyperrogue-music
BLOCK_FRAMES = 65_536  # libsndfile's Vorbis encoder fails with very large ones
FORMATS = {
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "ogg": ("OGG", "VORBIS"),
}


class Music:
    """The files of a folder that have the sample rate and the channels of the first one.

    Parameters
    ----------
    folder : str
        Anything in it that libsndfile reads is taken, by name.
    """

    def __init__(self, folder: str) -> None:
        candidates = sorted(path for path in Path(folder).glob("*") if path.is_file())
        infos = {path: sf.info(path) for path in candidates if _is_audio(path)}
        if not infos:
            raise SystemExit(f"no music in {folder}; give a folder with --music")
        first = next(iter(infos.values()))
        self.rate, self.channels = first.samplerate, first.channels
        kind = (self.rate, self.channels)
        self.paths = [p for p, info in infos.items() if (info.samplerate, info.channels) == kind]

    def endless(self) -> Iterator[np.ndarray]:
        """Yield blocks of float32: one file behind the other, and from the first again."""
        for path in itertools.cycle(self.paths):
            yield from _blocks(path)

    def write(self, path: Path, blocks: Iterator[np.ndarray], seconds: float) -> Path:
        """Write the next so many seconds; the format is that of the path's ending."""
        container, subtype = FORMATS[path.suffix[1:]]
        left = round(seconds * self.rate)
        with sf.SoundFile(path, "w", self.rate, self.channels, subtype, format=container) as sink:
            while left > 0:
                block = next(blocks)[:left]
                sink.write(block)
                left -= len(block)
        return path

    def write_album(self, folder: Path, tracks: int, longest_s: float) -> list[Path]:
        """Write tracks as WAV of 16 bits, one of each file.

        Where there are fewer files than tracks they come again, and begin elsewhere.
        """
        written = []
        for number in range(tracks):
            turn, place = divmod(number, len(self.paths))
            source = self.paths[place]
            frames = sf.info(source).frames
            begin = int(frames * (turn * 0.37 % 1))
            blocks = itertools.chain(_blocks(source, begin), _blocks(source))
            path = folder / f"{number + 1:02d} {source.stem}.wav"
            written.append(self.write(path, blocks, min(frames / self.rate, longest_s)))
        return written

    @staticmethod
    def seconds(paths: list[Path]) -> float:
        """Return how long files are together."""
        return sum(sf.info(path).duration for path in paths)


def _is_audio(path: Path) -> bool:
    try:
        return sf.info(path).frames > 0
    except sf.LibsndfileError:
        return False


def _blocks(path: Path, begin: int = 0) -> Iterator[np.ndarray]:
    return sf.blocks(path, BLOCK_FRAMES, start=begin, dtype="float32", always_2d=True)
