"""How long to stay away where the service asks for it."""

from __future__ import annotations

import random

__all__ = ["granted_s", "spread_s"]

_LONGEST_S = 60.0
_SPREAD, _LONGEST_SPREAD_S = 0.25, 2.0


def granted_s(asked_s: float) -> float:
    """Return how much of the pause that was asked for is kept, seconds.

    Examples
    --------
    >>> granted_s(5.0), granted_s(3_600.0), granted_s(-1.0)
    (5.0, 60.0, 0.0)
    """
    return min(max(asked_s, 0.0), _LONGEST_S)


def spread_s(pause_s: float) -> float:
    """Return how much longer to stay away, seconds.

    At random, within a share of the pause: those who waited go on one by one, not all in the same
    moment.
    """
    return random.uniform(0.0, min(_SPREAD * pause_s, _LONGEST_SPREAD_S))
