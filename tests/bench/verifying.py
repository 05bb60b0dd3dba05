"""Whether normalized files are where they should be, by other means than those that made them."""

from pathlib import Path

import numpy as np
import pyloudnorm
import soundfile as sf
from machine import Usage, number, print_table
from scipy.signal import resample_poly

TOLERANCE_LU = 0.1
TOLERANCE_DB = 0.1  # between one interpolation and another
OVERSAMPLING = 4


def look_at(path: Path) -> tuple[float, float, str]:
    """Return a file's loudness in LUFS, its true peak in dBTP, and its format."""
    samples, rate = sf.read(path, dtype="float32", always_2d=True)
    lufs = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(samples)
    peak = max(np.abs(resample_poly(channel, OVERSAMPLING, 1)).max() for channel in samples.T)
    info = sf.info(path)
    return lufs, 20 * np.log10(peak), f"{info.format} {info.subtype} {info.samplerate} Hz"


def verdict(lufs: float, dbtp: float, target_lufs: float, ceiling_dbtp: float) -> str:
    """Return how a file stands to the target."""
    if dbtp > ceiling_dbtp + TOLERANCE_DB:
        return "over the ceiling"
    if abs(lufs - target_lufs) <= TOLERANCE_LU:
        return "at the target"
    # Quieter than the target is right only where the peak left no room.
    if lufs < target_lufs and dbtp >= ceiling_dbtp - TOLERANCE_DB:
        return "at the ceiling"
    return "off"


def check_results(
    results: dict[str, Usage], target_lufs: float, ceiling_dbtp: float, *, strict: str
) -> None:
    """Print how the results of each way came out, and of the strict one whether all are right."""
    verdicts = ("at the target", "at the ceiling", "over the ceiling", "off")
    rows, wrong, strict_files = [], [], 0
    for name, usage in results.items():
        seen = {path: look_at(Path(path)) for path in usage.answer}
        judged = {
            path: verdict(lufs, dbtp, target_lufs, ceiling_dbtp)
            for path, (lufs, dbtp, _) in seen.items()
        }
        loudness = [lufs for lufs, _, _ in seen.values()]
        peaks = [dbtp for _, dbtp, _ in seen.values()]
        formats = " / ".join(sorted({kind for _, _, kind in seen.values()}))
        counts = [str(list(judged.values()).count(text)) for text in verdicts]
        numbers = map(number, (min(loudness), max(loudness), max(peaks)))
        rows.append((name, formats, *numbers, *counts))
        if name.startswith(strict):
            strict_files += len(judged)
            wrong += [(path, *seen[path]) for path in judged if judged[path] in verdicts[2:]]
    header = ("way, workers", "results", "LUFS min", "LUFS max", "dBTP max")
    print_table((*header, *verdicts), rows, words=2)
    print(f"{strict}: {strict_files - len(wrong)} of {strict_files} files are right")
    for path, lufs, dbtp, _ in wrong:
        print(f"  not {path}: {lufs:.2f} LUFS, {dbtp:.2f} dBTP")
