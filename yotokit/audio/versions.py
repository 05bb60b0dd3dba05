"""What results depend on besides the file and the settings: who decoded, measured and wrote."""

from __future__ import annotations

import soundfile as sf

from yotokit.audio.reading.pyav import is_installed

__all__ = ["measuring_version", "rendering_version"]

_MEASURING = 1
"""To be counted up when the same file would give other numbers."""

_RENDERING = 2
"""To be counted up when the same file and gain would give other bytes."""


def measuring_version() -> str:
    """Return what tells numbers that may differ apart.

    Examples
    --------
    >>> measuring_version().startswith("1 libsndfile")
    True
    """
    return f"{_MEASURING} {_decoders()}"


def rendering_version() -> str:
    """Return what tells rendered bytes that may differ apart."""
    return f"{_RENDERING} {_decoders()}"


def _decoders() -> str:
    # Where PyAV is there it reads what libsndfile reads in part only.
    return f"libsndfile {sf.__libsndfile_version__}{' pyav' if is_installed() else ''}"
