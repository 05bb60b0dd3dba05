"""When a request is sent again: only where that is safe, and never past a cancellation.

tenacity counts and decides; the sleep between attempts is an event, so a cancel ends it at once.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import tenacity

from yotokit.errors import ApiError, JobCancelledError, RateLimitedError, TransportError
from yotokit.yoto.http.pauses import granted_s, spread_s

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["never", "retrying", "surely_not_arrived", "without_effect", "worth_repeating"]

_ATTEMPTS = 6
_WITHIN_S = 300.0
_REPEATABLE = frozenset({408, 429, 500, 502, 503, 504})
_backoff = tenacity.wait_random_exponential(multiplier=0.5, max=30.0)


def retrying(
    *,
    stop: threading.Event | None,
    repeat: Callable[[BaseException], bool],
    before_retry: Callable[[], float] = lambda: 0.0,
) -> tenacity.Retrying:
    """Return the policy for one request: call it with a function.

    However long the first attempt took, there is a second: large files take their time.

    Parameters
    ----------
    stop : threading.Event, optional
        Ends the attempts when it is set.
    repeat : callable
        Says of an error whether the request is to be sent again: `worth_repeating`,
        `surely_not_arrived` or `without_effect`.
    before_retry : callable
        Called before each repetition; returns how long it is to wait at least, seconds.
    """
    stop = stop or threading.Event()

    def pause(seconds: float) -> None:
        if stop.wait(max(seconds, before_retry())):
            raise JobCancelledError("cancelled between two attempts; retry to go on")

    return tenacity.Retrying(
        stop=tenacity.stop_any(
            tenacity.stop_after_attempt(_ATTEMPTS),
            tenacity.stop_all(tenacity.stop_after_delay(_WITHIN_S), tenacity.stop_after_attempt(2)),
        ),
        wait=_pause,
        retry=tenacity.retry_if_exception(repeat),
        sleep=pause,
        reraise=True,
    )


def worth_repeating(error: BaseException) -> bool:
    """Say whether it may go better next time; for what may be done twice."""
    if isinstance(error, ApiError):
        return error.status in _REPEATABLE
    return isinstance(error, TransportError)


def surely_not_arrived(error: BaseException) -> bool:
    """Say the same for what is better asked about than sent twice when no answer came."""
    if isinstance(error, TransportError):
        return not error.may_have_arrived
    return worth_repeating(error)


def without_effect(error: BaseException) -> bool:
    """Say whether it surely had no effect; for what must not be done twice."""
    if isinstance(error, TransportError):
        return not error.may_have_arrived
    return isinstance(error, RateLimitedError)


def never(_: BaseException) -> bool:
    """Say no; for what is tried once."""
    return False


def _pause(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    backoff_s = _backoff(state)
    if not isinstance(error, ApiError) or error.retry_after_s is None:
        return backoff_s
    asked_s = granted_s(error.retry_after_s)
    # A service that says "at once" each time is not asked six times within a moment.
    return max(asked_s + spread_s(asked_s), backoff_s)
