"""Transcode faults: the next so many uploads come to something else than media."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["TranscodeFault", "TranscodeFaultKind", "draw_fault"]

TranscodeFaultKind: TypeAlias = Literal[
    "error",
    "failed_sha",
    "copyright403",
    "stall",
    "very_slow",
    "no_progress",
    "late_record",
    "incomplete",
]


@dataclass(slots=True)
class TranscodeFault:
    """What becomes of an upload, and of how many.

    An upload is struck when all its bytes have come. Bytes that the service knows already are
    not sent, so they are not struck either.

    Parameters
    ----------
    kind : str
        ``"error"``: it fails, with ``error`` and ``erroredAt``. ``"failed_sha"``: it fails, and
        only ``failedUploadSha256`` tells. ``"copyright403"``: asking for it is refused with 403.
        ``"stall"``: it stays at the same percentage for good. ``"very_slow"``: it takes `delay_s`
        longer. ``"no_progress"``: ``progress`` is null until it is done. ``"late_record"``: it is
        not found (404) the first `polls` times. ``"incomplete"``: when it is done,
        ``transcodedInfo`` is missing the first `polls` times.
    filename : str
        Beginning of the upload's name; "" strikes any.
    times : int
        How many uploads it strikes.
    polls : int
        See above.
    delay_s : float
        See above; seconds.

    Raises
    ------
    ValueError
        The kind is not known.

    Examples
    --------
    >>> TranscodeFault("stall", filename="02 ").kind
    'stall'
    """

    kind: TranscodeFaultKind
    filename: str = ""
    times: int = 1
    polls: int = 3
    delay_s: float = 60.0

    def __post_init__(self) -> None:
        if self.kind not in get_args(TranscodeFaultKind):
            known = ", ".join(get_args(TranscodeFaultKind))
            raise ValueError(f"kind={self.kind!r}: give one of {known}")


def draw_fault(faults: Iterable[TranscodeFault], filename: str) -> TranscodeFault | None:
    """Return the first fault that strikes an upload, and count it; None if none does."""
    for fault in faults:
        if fault.times > 0 and filename.startswith(fault.filename):
            fault.times -= 1
            return fault
    return None
