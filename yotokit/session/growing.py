"""A loudness curve that grows while a file is measured, safe to look at meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["GrowingCurve"]

_FIRST_VALUES = 1024  # a file of less than two minutes never moves to a larger buffer


class GrowingCurve:
    """Takes a curve in pieces, from one thread; shows what there is to any other.

    What was shown once never changes: later values are written behind it, or into a larger
    buffer. So to look is to read one attribute, without a lock and without a copy.

    Attributes
    ----------
    values : ndarray of float32
        All that was added so far; read-only.
    duration_s : float or None
        How long the whole is expected to be, seconds.

    Examples
    --------
    >>> import numpy as np
    >>> curve = GrowingCurve()
    >>> curve.add(np.float32([-20, -18]))
    >>> early = curve.values
    >>> curve.add(np.float32([-16]))
    >>> early.tolist(), curve.values.tolist()
    ([-20.0, -18.0], [-20.0, -18.0, -16.0])
    """

    __slots__ = ("_buffer", "duration_s", "values")

    def __init__(self) -> None:
        self.duration_s: float | None = None
        self._buffer = np.empty(_FIRST_VALUES, dtype=np.float32)
        self.values: NDArray[np.float32] = _fixed(self._buffer[:0])

    def add(self, values: NDArray[np.float32]) -> None:
        """Add what comes next."""
        there = len(self.values)
        count = there + len(values)
        if count > len(self._buffer):
            larger = np.empty(max(count, 2 * len(self._buffer)), dtype=np.float32)
            larger[:there] = self.values
            self._buffer = larger
        self._buffer[there:count] = values
        self.values = _fixed(self._buffer[:count])

    def expect(self, duration_s: float) -> None:
        """Note how long the whole is said to be, seconds."""
        self.duration_s = duration_s


def _fixed(view: NDArray[np.float32]) -> NDArray[np.float32]:
    view.flags.writeable = False
    return view
