"""When a request is sent again: only where that is safe, and never past a cancellation.

tenacity counts and decides; the sleep between attempts is an event, so a cancel ends it at once.
"""

from __future__ import annotations

import threading

import tenacity

from yotokit.errors import ApiError, JobCancelledError, RateLimitedError, TransportError

__all__ = ["retrying"]

_ATTEMPTS = 6
_WITHIN_S = 300.0
_LONGEST_PAUSE_S = 60.0
_REPEATABLE = frozenset({408, 429, 500, 502, 503, 504})
_backoff = tenacity.wait_random_exponential(multiplier=0.5, max=30.0)


def retrying(*, stop: threading.Event | None, idempotent: bool) -> tenacity.Retrying:
    """Return the policy for one request: call it with a function.

    Parameters
    ----------
    stop : threading.Event, optional
        Ends the attempts when it is set.
    idempotent : bool
        Whether doing it twice is the same as doing it once. What is not is repeated only where
        it surely had no effect.
    """
    stop = stop or threading.Event()

    def pause(seconds: float) -> None:
        if stop.wait(seconds):
            raise JobCancelledError("cancelled between two attempts; retry to go on")

    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(_ATTEMPTS)
        | tenacity.stop_after_delay(_WITHIN_S)
        | tenacity.stop_when_event_set(stop),
        wait=_pause,
        retry=tenacity.retry_if_exception(_worth_repeating if idempotent else _without_effect),
        sleep=pause,
        reraise=True,
    )


def _worth_repeating(error: BaseException) -> bool:
    if isinstance(error, ApiError):
        return error.status in _REPEATABLE
    return isinstance(error, TransportError)


def _without_effect(error: BaseException) -> bool:
    if isinstance(error, TransportError):
        return not error.may_have_arrived
    return isinstance(error, RateLimitedError)


def _pause(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    asked_s = error.retry_after_s if isinstance(error, ApiError) else None
    return _backoff(state) if asked_s is None else min(asked_s, _LONGEST_PAUSE_S)
