"""Random faults: which requests a seed strikes, and with what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from yotokit.emulator.strikes import PASSING, STRIKES

if TYPE_CHECKING:
    from starlette.types import Scope

__all__ = ["RandomFaults"]

_OWN_PATHS = "/emulator/"  # and "/": tests look there at what the rest came to


@dataclass(slots=True)
class RandomFaults:
    """A share of all requests goes wrong, in a way that is drawn for each.

    Whether a request is struck follows from the seed, from what is asked (method, path and
    digest) and from how often that was asked before, not from what other requests come in
    between. So the same work meets the same faults however threads take turns.

    Parameters
    ----------
    share : float
        Of all requests to the service and its storage, 0 to 1.
    seed : int
        Another one strikes other requests.
    kinds : tuple of str
        What may happen; names of `strikes.STRIKES`. Those that pass by default:
        `strikes.PASSING`.

    Raises
    ------
    ValueError
        The share is none, or a kind is not known.
    """

    share: float
    seed: int = 0
    kinds: tuple[str, ...] = PASSING
    _asked: Counter[str] = field(default_factory=Counter, init=False, repr=False)

    def __post_init__(self) -> None:
        unknown = set(self.kinds) - set(STRIKES)
        if not 0.0 <= self.share <= 1.0:
            raise ValueError(f"share={self.share}: give a number from 0 to 1")
        if unknown or not self.kinds:
            raise ValueError(f"kinds={self.kinds!r}: give some of {', '.join(STRIKES)}")

    def draw(self, scope: Scope) -> str | None:
        """Return what strikes a request, or None."""
        path = scope["path"]
        if path == "/" or path.startswith(_OWN_PATHS):
            return None
        digest = parse_qs(scope["query_string"].decode("latin-1")).get("sha256", [""])[0]
        asked = f"{scope['method']} {path} {digest}"
        self._asked[asked] += 1
        random = Random(f"{self.seed} {asked} {self._asked[asked]}")
        return random.choice(self.kinds) if random.random() < self.share else None
