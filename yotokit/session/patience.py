"""Waiting for the network, or for a token, instead of failing at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yotokit.engine import Outcome, StageContext, Wait
from yotokit.errors import JobCancelledError, LoginRequiredError, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable

    from yotokit.session.work import Work
    from yotokit.yoto import YotoClient

__all__ = ["patiently", "pause_s"]

PATIENCE_S = 600.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 30.0


def pause_s(yoto: YotoClient, error: Exception, waited_s: float) -> float | None:
    """Return how long to wait after an error; None if it is not to be waited out.

    A service that never answered is not waited for: its address or the token is wrong.

    Parameters
    ----------
    waited_s : float
        For how long it was waited already, seconds.
    """
    passing = isinstance(error, TransportError | LoginRequiredError)
    if not passing or not yoto.reached or waited_s >= PATIENCE_S:
        return None
    return min(max(FIRST_PAUSE_S, waited_s), LONGEST_PAUSE_S)


def patiently(
    yoto: YotoClient, stage: Callable[[Work, StageContext], Outcome]
) -> Callable[[Work, StageContext], Outcome]:
    """Have a stage wait as long as it is worth it; the work says for what."""

    def run(work: Work, context: StageContext) -> Outcome:
        try:
            outcome = stage(work, context)
        except (TransportError, LoginRequiredError) as error:
            seconds = pause_s(yoto, error, work.out_of_reach_s)
            if seconds is None:
                raise
            if context.stop.is_set():
                raise JobCancelledError("cancelled while the service was out of reach") from error
            work.out_of_reach_s += seconds
            work.trouble = f"waiting: {error}"
            return Wait(seconds)
        work.out_of_reach_s, work.trouble = 0.0, ""
        return outcome

    return run
