"""What signing in gives, as a value."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yotokit.errors import LoginRequiredError, UnexpectedAnswerError
from yotokit.yoto.auth import AccessToken, RefreshToken, claims_of
from yotokit.yoto.hidden import StaysHere
from yotokit.yoto.plain import number

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Tokens"]

_EARLY_S = 60.0


@dataclass(frozen=True, slots=True)
class Tokens(StaysHere):
    """An access token, and what is known of it.

    Attributes
    ----------
    access : AccessToken
        What requests carry.
    refresh : RefreshToken or None
        What gets the next one, once; None where the service gave none.
    expires_at : float
        When the access token ends, seconds since 1970; infinity where nobody said.
    scopes : tuple of str
        What it is good for, as far as the service said.
    early_s : float
        How long before its end it is renewed, seconds: a minute, or half of a shorter life.
    """

    access: AccessToken
    refresh: RefreshToken | None = None
    expires_at: float = math.inf
    scopes: tuple[str, ...] = ()
    early_s: float = _EARLY_S

    @property
    def expires_soon(self) -> bool:
        """Whether it has ended, or is to be renewed before it does."""
        return time.time() > self.expires_at - self.early_s

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any], before: Tokens | None = None) -> Tokens:
        """Read the service's answer.

        Parameters
        ----------
        before : Tokens, optional
            What was renewed: where the answer has no new refresh token the old one stays good.

        Raises
        ------
        UnexpectedAnswerError
            There is no usable token in it.
        """
        try:
            access = AccessToken(answer.get("access_token") or "")
            told = answer.get("refresh_token")
            refresh = RefreshToken(told) if told else None
        except LoginRequiredError:
            raise UnexpectedAnswerError("the sign-in service gave no usable token") from None
        if refresh is None and before is not None:
            refresh = before.refresh
        scope = answer.get("scope")
        scopes = tuple(scope.split()) if isinstance(scope, str) else ()
        end = _end(access, answer.get("expires_in"))
        early_s = min(_EARLY_S, max(0.0, end - time.time()) / 2)
        return cls(access, refresh, end, scopes, early_s)

    def to_store(self) -> dict[str, Any]:
        """Return everything as JSON takes it, secrets too: for the token store alone."""
        return {
            "access_token": self.access.reveal(),
            "refresh_token": self.refresh.reveal() if self.refresh else None,
            "expires_at": self.expires_at if math.isfinite(self.expires_at) else None,
            "scopes": list(self.scopes),
            "early_s": self.early_s,
        }

    @classmethod
    def from_store(cls, kept: Any) -> Tokens | None:
        """Return what `to_store` made; None if it is something else."""
        try:
            refresh, end = kept["refresh_token"], kept["expires_at"]
            return cls(
                AccessToken(kept["access_token"]),
                RefreshToken(refresh) if refresh else None,
                math.inf if end is None else float(end),
                tuple(str(scope) for scope in kept["scopes"]),
                float(kept.get("early_s", _EARLY_S)),
            )
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError, LoginRequiredError):
            return None


def _end(access: AccessToken, expires_in: Any) -> float:
    life_s, claimed = number(expires_in), number(claims_of(access).get("exp"))
    if life_s is not None:
        return time.time() + life_s
    return math.inf if claimed is None else float(claimed)
