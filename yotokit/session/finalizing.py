"""Waiting for a session's files, and for its card; with a bar in a terminal."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Literal

from yotokit.errors import SettingError
from yotokit.session.steered import Steered
from yotokit.session.terminal import SLICE_S, progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from yotokit.session.report import OnFailure, Report
    from yotokit.settings import ProgressChoice

__all__ = ["Awaited"]


class Awaited(Steered):
    """A session, to look at, to steer and to wait for."""

    _progress: ProgressChoice = "auto"

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until no file moves any more; return whether that is so.

        In album mode measured files rest until `finalize`.
        """
        return self._wait_for(lambda: not self._flow.is_moving, timeout_s)

    def finalize(
        self,
        *,
        on_failure: OnFailure = "publish",
        overwrite: bool = False,
        on_interrupt: Literal["detach", "cancel"] = "detach",
    ) -> Report:
        """Wait for all files, write the card in one go, and return the report.

        Called again, it writes only if something has changed. Interrupting it stops the
        waiting, not the work.

        Parameters
        ----------
        on_failure : {"publish", "raise"}
            What to do when files failed: publish the others, or write nothing.
        overwrite : bool
            Replace titles and order that were changed elsewhere since the card was written.
        on_interrupt : {"detach", "cancel"}
            What Ctrl-C (the notebook's ■) does: stop waiting only, or cancel the session's work.

        Raises
        ------
        SettingError
            An argument cannot be used.
        FinalizeError
            Files failed and ``on_failure`` is ``"raise"``; nothing was written.
        NothingToPublishError
            No file was done; nothing was written.
        LimitError, CardLintError
            The card would hold too much, or not play; nothing was written.
        CardConflictError
            A card of this title is there that no session made, or it was changed elsewhere.
        YotoError
            The service did not take the card; finalize again.
        """
        if on_interrupt not in ("detach", "cancel"):
            raise SettingError(f'on_interrupt={on_interrupt!r}: give "detach" or "cancel"')
        pending = self.begin_finalize(on_failure, overwrite=overwrite)
        try:
            self._wait_for(pending.done)
        except KeyboardInterrupt:
            if on_interrupt == "cancel":
                count, writing = self.cancel(), self._flow.publisher.is_writing
                card = "is being written just now" if writing else "is as it was"
                raise KeyboardInterrupt(
                    f"cancelled {count} files; the card {card}. retry() and finalize() go on"
                ) from None
            raise KeyboardInterrupt(
                "stopped waiting; the work goes on in the background and the card is written at "
                "its end. finalize() waits again, cancel() ends it"
            ) from None
        self._show_last()
        return pending.result(0.0)

    async def finalize_async(
        self, *, on_failure: OnFailure = "publish", overwrite: bool = False
    ) -> Report:
        """Do what `finalize` does without blocking the notebook: its buttons stay alive."""
        pending = self.begin_finalize(on_failure, overwrite=overwrite)
        coming = asyncio.wrap_future(pending)
        with progress_bar(self.snapshot, self._progress) as bar:
            try:
                while bar is not None and not coming.done():
                    await asyncio.wait([coming], timeout=SLICE_S)
                    bar.paint(last=coming.done())
                return await coming
            finally:
                # Who stops waiting stops nobody else, and will not ask for an error to come.
                coming.cancel()
                self._show_last()

    def begin_finalize(
        self, on_failure: OnFailure = "publish", *, overwrite: bool = False
    ) -> Future[Report]:
        """Ask for the card to be written when all files have ended, and return at once.

        Returns
        -------
        concurrent.futures.Future
            Of the report; it ends with what `finalize` would raise.
        """
        if on_failure not in ("publish", "raise"):
            raise SettingError(f'on_failure={on_failure!r}: give "publish" or "raise"')
        return self._flow.finalize(on_failure, overwrite=overwrite)

    def _wait_for(self, is_so: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Wait as the engine does, and paint in between where a bar is wanted."""
        engine = self._flow.engine
        with progress_bar(self.snapshot, self._progress) as bar:
            if bar is None:
                return engine.wait_for(is_so, timeout_s)
            begin_s = engine.clock.now_s()
            end_s = math.inf if timeout_s is None else begin_s + timeout_s
            while not engine.wait_for(is_so, max(0.0, min(SLICE_S, end_s - begin_s))):
                # Where time stands still nothing is left to wait for.
                if not begin_s < engine.clock.now_s() < end_s:
                    return False
                bar.paint()
                begin_s = engine.clock.now_s()
            bar.paint(last=True)
            return True
