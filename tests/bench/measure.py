"""Time and memory of `yotokit.measure` beside pyloudnorm's obvious script, in one run.

usage: python tests/bench/measure.py [MINUTES ...]

Each case runs in a process of its own, several times in turn; the medians are shown, and ratios.
pyloudnorm gives integrated loudness alone; `measure` gives both curves, range and true peak too.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile as sf

CASES = {
    "yotokit.measure": "import yotokit; yotokit.measure(path).integrated_lufs",
    "pyloudnorm script": (
        "import soundfile, pyloudnorm; x, r = soundfile.read(path); "
        "pyloudnorm.Meter(r, filter_class='DeMan').integrated_loudness(x)"
    ),
    "decoding alone": (
        "from yotokit.audio.reading.source import open_source\n"
        "with open_source(path) as s:\n    for b in s.blocks(): pass"
    ),
}
PROGRAM = """
import json, resource, sys, time
path = sys.argv[1]
import numpy, scipy.signal, soundfile, pyloudnorm, yotokit.audio  # not part of what is timed
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begin = time.process_time()
exec({code!r})
used = time.process_time() - begin
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([used, (peak - base) / 1024]))
"""
ROUNDS = 3


def make_programme(path: Path, minutes: float) -> None:
    """Write stereo noise in changing levels, block by block."""
    random = np.random.default_rng(1)
    with sf.SoundFile(str(path), "w", 44_100, 2, "PCM_16") as sink:
        for _ in range(int(minutes * 60)):
            level = 10 ** (random.uniform(-40, -6) / 20)
            sink.write(random.standard_normal((44_100, 2)).clip(-3, 3) / 3 * level)


def run(code: str, path: Path) -> tuple[float, float]:
    """Return CPU seconds and MB above the imports."""
    command = [sys.executable, "-c", PROGRAM.format(code=code), str(path)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    used, grown = json.loads(answer.stdout)
    return used, grown


def main() -> None:
    """Measure, and print a table."""
    lengths = [float(text) for text in sys.argv[1:]] or [1.0, 10.0, 60.0]
    print(
        f"{'minutes':>7}  {'way':<18} {'CPU s':>7} {'x realtime':>10} {'MB':>7} {'time ratio':>10}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for minutes in lengths:
            path = Path(folder, "programme.flac")
            make_programme(path, minutes)
            results = {name: [] for name in CASES}
            for _ in range(ROUNDS):
                for name, code in CASES.items():
                    results[name].append(run(code, path))
            ours = statistics.median(used for used, _ in results["yotokit.measure"])
            for name, runs in results.items():
                used = statistics.median(run[0] for run in runs)
                grown = statistics.median(run[1] for run in runs)
                print(
                    f"{minutes:>7g}  {name:<18} {used:>7.2f} {minutes * 60 / used:>10.0f} "
                    f"{grown:>7.0f} {used / ours:>10.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
