"""The ways to measure a file's loudness that `loudness.py` compares, and what each gives."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from calls import Answer
from machine import Usage, missing_import, run_call, run_command


@dataclass(frozen=True)
class PythonWay:
    """A function of `calls`, with what is loaded before it is timed."""

    name: str
    gives: str
    function: str
    imports: tuple[str, ...]

    def missing(self) -> str:
        """Return what is not installed, or nothing."""
        return missing_import(self.imports)

    def run(self, path: Path, environment: dict[str, str]) -> Usage:
        """Measure a file."""
        arguments = [str(path)]
        return run_call(
            "calls", self.function, arguments, imports=self.imports, environment=environment
        )

    def answer(self, usage: Usage) -> Answer:
        """Return what it found."""
        return tuple(usage.answer)


@dataclass(frozen=True)
class ProgramWay:
    """A program, and how its output is read."""

    name: str
    gives: str
    words: tuple[str, ...]  # FILE stands for the path
    read: Callable[[str], Answer]

    def missing(self) -> str:
        """Return what is not installed, or nothing."""
        return "" if shutil.which(self.words[0]) else self.words[0]

    def run(self, path: Path, environment: dict[str, str]) -> Usage:
        """Measure a file."""
        words = [str(path) if word == "FILE" else word for word in self.words]
        return run_command(words, environment=environment)

    def answer(self, usage: Usage) -> Answer:
        """Return what it found, if its output is of the known form."""
        try:
            return self.read(usage.answer)
        except (KeyError, ValueError, IndexError):
            return None, None


def read_ffmpeg(output: str) -> Answer:
    """Read the summary that the filter ebur128 prints last."""
    loudness = re.findall(r"^\s+I:\s+(\S+) LUFS", output, re.MULTILINE)
    peak = re.findall(r"^\s+Peak:\s+(\S+) dBFS", output, re.MULTILINE)
    return float(loudness[-1]), float(peak[-1])


def read_columns(output: str) -> Answer:
    """Read the tab-delimited tables of loudgain and rsgain, whose columns have other names."""
    header, row = [line.split("\t") for line in output.splitlines() if "\t" in line][:2]
    cells = dict(zip(map(str.strip, header), row, strict=False))
    loudness = cells.get("Loudness") or cells["Loudness (LUFS)"]
    peak = cells.get("True_Peak_dBTP") or cells["Peak (dB)"]
    return float(loudness.split()[0]), float(peak.split()[0])


OURS = PythonWay(
    "yotokit.measure",
    "integrated, both curves, range, true peak",
    "yotokit",
    # The last two it loads itself, when it is first used.
    ("yotokit.audio", "pyloudnorm", "scipy.signal"),
)
DECODING = PythonWay("decoding alone", "nothing", "decoding", OURS.imports)
PYEBUR128 = PythonWay(
    "pyebur128", "integrated, range, true peak", "pyebur128", ("pyebur128", "soundfile", "numpy")
)
PYLOUDNORM = PythonWay(
    "pyloudnorm script", "integrated", "pyloudnorm", ("pyloudnorm", "soundfile", "scipy.signal")
)
WAYS: tuple[PythonWay | ProgramWay, ...] = (
    OURS,
    DECODING,
    ProgramWay(
        "ffmpeg ebur128",
        "integrated, both curves, range, true peak",
        (
            *("ffmpeg", "-hide_banner", "-nostats", "-threads", "1", "-i", "FILE"),
            *("-af", "ebur128=peak=true", "-f", "null", "-"),
        ),
        read_ffmpeg,
    ),
    ProgramWay(
        "ffmpeg, no frame log",
        "integrated, both curves, range, true peak",
        # As it is usually called it prints ten lines a second, which costs something too.
        (
            *("ffmpeg", "-hide_banner", "-nostats", "-threads", "1", "-i", "FILE"),
            *("-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"),
        ),
        read_ffmpeg,
    ),
    ProgramWay(
        "loudgain",
        "integrated, range, true peak",
        ("loudgain", "-q", "-O", "-s", "s", "FILE"),
        read_columns,
    ),
    ProgramWay(
        "rsgain",
        "integrated, true peak",
        ("rsgain", "custom", "-t", "-O", "-s", "s", "FILE"),
        read_columns,
    ),
    PYEBUR128,
    PythonWay(
        "loudstream", "integrated, true peak", "loudstream", ("loudstream", "soundfile", "numpy")
    ),
    PythonWay(
        "lupy", "integrated, both curves, range, true peak", "lupy", ("lupy", "soundfile", "numpy")
    ),
    PythonWay(
        "rs-audio-stats",
        "integrated, loudest moments, range, true peak",
        "rs_audio_stats",
        ("rs_audio_stats",),
    ),
    PYLOUDNORM,
)
