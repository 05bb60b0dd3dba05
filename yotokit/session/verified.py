"""One track of a card as it was sent, and as the service made it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yotokit.errors import YotokitError

__all__ = ["HIGHEST_DBTP", "MOVED_LU", "Levels", "VerifiedTrack"]

MOVED_LU = 0.5
"""Less is not heard, and lossy coding alone moves some tenths."""

HIGHEST_DBTP = -1.0
"""What EBU R 128 allows of what is sent on."""

_OTHER_LENGTH_S = 1.0
_ALSO = {"mpeg": "mp3", "pcm_s16le": "wav"}  # two words for the same
_CHANNELS = {1: "mono", 2: "stereo"}


@dataclass(frozen=True, slots=True)
class Levels:
    """The loudness of a file in four numbers.

    Attributes
    ----------
    integrated_lufs, true_peak_dbtp : float
        LUFS and dBTP; -inf for silence.
    duration_s : float
        Seconds.
    channels : int
        How many.
    """

    integrated_lufs: float
    true_peak_dbtp: float
    duration_s: float
    channels: int


@dataclass(frozen=True, slots=True)
class VerifiedTrack:
    """One track of the card.

    Attributes
    ----------
    position : int
        Its place in the report, from 1.
    title : str
        As the card calls it.
    media_sha256 : str
        The service's name for the audio.
    sent : Levels
        Of what was uploaded: of the source, after the gain.
    made : Levels or None
        Of what the service made of it; None where it could not be had.
    format : str
        What that is: ``opus``, ``aac``...; empty where it is none that is known.
    told_format : str
        What the card tells players that it is.
    error : YotokitError or None
        Why it could not be fetched or measured.
    """

    position: int
    title: str
    media_sha256: str
    sent: Levels
    made: Levels | None = None
    format: str = ""
    told_format: str = ""
    error: YotokitError | None = None

    @property
    def moved_lu(self) -> float | None:
        """How much louder it is than it was sent; None where either is silent or unknown."""
        if self.made is None:
            return None
        moved = self.made.integrated_lufs - self.sent.integrated_lufs
        return moved if math.isfinite(moved) else None

    @property
    def flags(self) -> tuple[str, ...]:
        """What is not as it was sent, in words; nothing for most."""
        return () if self.made is None else tuple(self._flags(self.made))

    def _flags(self, made: Levels) -> Iterator[str]:
        moved = self.moved_lu
        if moved is None and math.isfinite(self.sent.integrated_lufs):
            yield "silent"
        elif moved is not None and abs(moved) > MOVED_LU:
            yield f"{abs(moved):.1f} LU {'louder' if moved > 0 else 'quieter'} than sent"
        if made.channels != self.sent.channels:
            one, other = (_CHANNELS.get(n, str(n)) for n in (self.sent.channels, made.channels))
            yield f"sent in {one}, made {other}: that alone can move it by 3 LU"
        if made.true_peak_dbtp > HIGHEST_DBTP:
            yield f"true peak above {HIGHEST_DBTP:.0f} dBTP"
        longer_s = made.duration_s - self.sent.duration_s
        if abs(longer_s) > _OTHER_LENGTH_S:
            yield f"{abs(longer_s):.1f} s {'longer' if longer_s > 0 else 'shorter'} than sent"
        if self.format and self.format != _ALSO.get(self.told_format, self.told_format):
            yield f"is {self.format}, and the card says {self.told_format}: players may skip it"

    @property
    def note(self) -> str:
        """What a reader should know; empty for most."""
        return f"FAILED: {self.error}" if self.error is not None else "; ".join(self.flags)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers, None for those that there are not, as JSON takes them."""
        sides = {"sent": self.sent, "made": self.made}
        return {
            "position": self.position,
            "title": self.title,
            "media_sha256": self.media_sha256,
            **{
                f"{side}_{name}": _finite(getattr(levels, name, None))
                for side, levels in sides.items()
                for name in Levels.__slots__
            },
            "moved_lu": self.moved_lu,
            "format": self.format,
            "flags": list(self.flags),
            "error": None if self.error is None else str(self.error),
        }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
