from __future__ import annotations

import pytest
import soundfile as sf

import yotokit


@pytest.fixture
def measured(tmp_path):
    """Return a function that writes a case's signal into a file, and measures that."""

    def measure(case, rate):
        path = tmp_path / "signal.wav"
        signal = case.make(rate)
        # As in the EBU's test set: 5.1 says which channel is which, 5.0 is plain.
        container = "WAVEX" if signal.shape[1] == 6 else "WAV"
        sf.write(path, signal, rate, subtype="FLOAT", format=container)
        loudness = yotokit.measure(path)
        path.unlink()  # pytest keeps what is left in the folder, and these are gigabytes
        return loudness

    return measure
