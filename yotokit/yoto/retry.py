"""When a request is sent again: only where that is safe, and never past a cancellation.

tenacity counts and decides; the sleep between attempts is an event, so a cancel ends it at once.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import tenacity

from yotokit.errors import ApiError, JobCancelledError, RateLimitedError, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["retrying", "surely_not_arrived", "without_effect", "worth_repeating"]

_ATTEMPTS = 6
_WITHIN_S = 300.0
_LONGEST_PAUSE_S = 60.0
_REPEATABLE = frozenset({408, 429, 500, 502, 503, 504})
_backoff = tenacity.wait_random_exponential(multiplier=0.5, max=30.0)


def retrying(
    *,
    stop: threading.Event | None,
    repeat: Callable[[BaseException], bool],
    before_retry: Callable[[], object] = lambda: None,
) -> tenacity.Retrying:
    """Return the policy for one request: call it with a function.

    Parameters
    ----------
    stop : threading.Event, optional
        Ends the attempts when it is set.
    repeat : callable
        Says of an error whether the request is to be sent again: `worth_repeating`,
        `surely_not_arrived` or `without_effect`.
    before_retry : callable
        Called before each repetition.
    """
    stop = stop or threading.Event()

    def pause(seconds: float) -> None:
        if stop.wait(seconds):
            raise JobCancelledError("cancelled between two attempts; retry to go on")
        before_retry()

    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(_ATTEMPTS)
        | tenacity.stop_after_delay(_WITHIN_S)
        | tenacity.stop_when_event_set(stop),
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


def _pause(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    asked_s = error.retry_after_s if isinstance(error, ApiError) else None
    return _backoff(state) if asked_s is None else min(asked_s, _LONGEST_PAUSE_S)
