"""Music that nobody here made, through the whole way, checked by meters that are not ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile as sf
from scipy.signal import resample_poly

import yotokit as yk

MUSIC = Path("/usr/share/hyperrogue/music")
TRACKS = sorted(MUSIC.glob("*.ogg"), key=lambda path: path.stat().st_size)[:12]

pytestmark = [
    pytest.mark.real_audio,
    pytest.mark.skipif(
        len(TRACKS) < 12, reason="no freely licensed music here (apt: hyperrogue-music)"
    ),
]


def independent(path):
    """Return integrated loudness by pyloudnorm, and the peak of a fourfold oversampling."""
    signal, rate = sf.read(path)
    lufs = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(signal)
    step = 1 << 20
    peak = max(
        np.abs(resample_poly(signal[start : start + step + 64], 4, 1, axis=0)).max()
        for start in range(0, len(signal), step)
    )
    return lufs, 20 * np.log10(peak)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", ["track", "album"])
def test_a_dozen_tracks_measure_as_planned_and_stay_below_the_ceiling(
    emulator, yoto, threads, mode
):
    target = yk.Target()
    with yk.Session(f"Music by {mode}", yoto, normalize=mode, engine=threads) as session:
        session.submit(TRACKS)
        report = session.finalize()
    state = emulator._running()

    assert len(report.card.chapters) == 12
    assert emulator.counters.content_writes == 1
    for job, chapter in zip(report.jobs, report.card.chapters, strict=True):
        sent = state.media[chapter.tracks[0].media.sha256].path
        lufs, peak_dbtp = independent(sent)
        assert lufs == pytest.approx(job.after_lufs, abs=0.1), job.title
        if not job.untouched:
            assert peak_dbtp <= target.ceiling_dbtp + 0.05, job.title
            limited = job.plan.limited_by == "true_peak"
            assert limited or mode == "album" or lufs == pytest.approx(target.lufs, abs=0.1)
