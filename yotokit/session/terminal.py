"""The progress of a session as a line in a terminal, by tqdm."""

from __future__ import annotations

import functools
import io
import logging
import math
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from yotokit.engine import fork
from yotokit.loading import load
from yotokit.logs import get_logger
from yotokit.markup import plain
from yotokit.session.pace import Pace
from yotokit.session.unbroken import unbroken
from yotokit.session.wording import fitting, head, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yotokit.session.pace import Progress
    from yotokit.session.snapshot import SessionSnapshot
    from yotokit.settings import ProgressChoice

__all__ = ["SLICE_S", "Bar", "progress_bar"]

SLICE_S = 0.2
# What is over sooner needs no bar.
_PATIENT_S = 0.5
_USUAL_COLUMNS = 80
# The bar's width does not depend on the words behind it, lest it jump with them.
_FORMAT = "{{yk_head}}{{yk_percent:3}} % |{{bar:{width}}}| {{yk_tail}}"
_FRAME_WIDTH = len("100 % || ")
_LEAST_WIDTH, _MOST_WIDTH, _WORDS_WIDTH = 4, 30, 44
_PERCENT = 100


@contextmanager
def progress_bar(
    look: Callable[[], SessionSnapshot], choice: ProgressChoice
) -> Iterator[Bar | None]:
    """Have a bar on stderr meanwhile; None where nobody would see it, or there is one already.

    Parameters
    ----------
    look : callable
        Returns the session's present state.
    choice : {"auto", "bar", "off"}
        Whether there is to be one: where stderr is a terminal, in any case, or never.
    """
    stream, one = sys.stderr, _locks.bar
    shown = choice == "bar" or (choice == "auto" and _is_terminal(stream))
    if not shown or stream is None or not one.acquire(blocking=False):
        yield None
        return
    try:
        bar = Bar(look, stream)
        try:
            yield bar
        finally:
            bar.close()
    finally:
        one.release()


class Bar:
    """A line that is painted over and over, by the thread that waits.

    What goes wrong with the terminal ends the painting, and nothing else.

    Parameters
    ----------
    look : callable
        Returns the session's present state.
    stream : text stream
        Where it is painted.
    """

    def __init__(self, look: Callable[[], SessionSnapshot], stream: TextIO) -> None:
        self._look = look
        self._stream = stream
        self._pace = Pace()
        self._begin_s = time.monotonic()
        self._painted_s = -math.inf
        self._is_over = False
        self._line: Any = None
        self._lifted: list[tuple[logging.StreamHandler[Any], _Above]] = []

    def paint(self, *, last: bool = False) -> None:
        """Show how far the session is; five times a second at most, and not at once.

        Parameters
        ----------
        last : bool
            The waiting has come to its end: shown in any case, if anything was shown before.
        """
        now_s = time.monotonic()
        if self._is_over or (now_s - self._painted_s < SLICE_S and not last):
            return
        self._painted_s = now_s
        try:
            snapshot = self._look()
            progress = self._pace.look(snapshot)
            if self._line is not None or (now_s - self._begin_s >= _PATIENT_S and not last):
                self._show(snapshot, progress, now_s - self._begin_s if last else None)
        except Exception:
            self._give_up()

    def close(self) -> None:
        """Leave the line as it stands, and the cursor below it."""
        try:
            if self._line is not None and not self._is_over:
                self._line.close()
        except Exception:
            self._give_up()
        finally:
            self._is_over = True
            with unbroken():
                self._lower_log()

    def _give_up(self) -> None:
        self._is_over = True
        line = self._line
        if line is not None:
            # What it would write when it closes, or else when it is collected, goes nowhere.
            line.fp, line.sp = io.StringIO(), str
            line.close()
        self._lower_log()

    def _show(self, snapshot: SessionSnapshot, progress: Progress, took_s: float | None) -> None:
        kind = _line_class()
        if self._line is None:
            # Not painted before there is something to say: hence the delay, which is over then.
            self._line = kind(total=1.0, file=self._stream, delay=1.0, dynamic_ncols=True)
            self._line.delay = 0.0
            with unbroken():
                self._lift_log(kind)
        line = self._line
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        title = plain(snapshot.title).encode(encoding, "replace").decode(encoding)
        # Its own refresh() keeps the lock if the stream fails, and who logs would wait for ever.
        with kind.get_lock():
            line.yk_title, line.yk_words = title, words(snapshot, progress, took_s)
            line.n = progress.share
            line.refresh(nolock=True)

    def _lift_log(self, kind: Any) -> None:
        """Have log lines written above the bar, those of this process to this terminal."""
        for logger in (logging.getLogger(), get_logger("yotokit")):
            for handler in logger.handlers:
                if isinstance(handler, logging.StreamHandler) and handler.stream in (
                    sys.stderr,
                    sys.stdout,
                ):
                    above = _Above(handler.stream, kind)
                    handler.setStream(above)
                    self._lifted.append((handler, above))

    def _lower_log(self) -> None:
        while self._lifted:
            handler, above = self._lifted.pop()
            if handler.stream is above:
                handler.setStream(above.stream)


class _Above:
    """A stream whose lines go above the bar."""

    def __init__(self, stream: TextIO, kind: Any) -> None:
        self.stream = stream
        self._kind = kind

    def write(self, text: str) -> int:
        with self._kind.external_write_mode(file=self.stream):
            return self.stream.write(text)

    def flush(self) -> None:
        self.stream.flush()


@functools.cache
def _line_class() -> Any:
    load("tqdm.std")
    from tqdm.std import tqdm  # noqa: PLC0415 - only who sees a bar needs it
    from tqdm.utils import disp_len  # noqa: PLC0415

    class Line(tqdm):  # type: ignore[type-arg]  # generic in its stubs only
        monitor_interval = 0  # or it starts a thread that stays
        _lock = _locks.painting  # or it makes one for processes, which may start one

        yk_title = ""
        yk_words: tuple[str, ...] = ()

        def display(self, msg: str | None = None, pos: int | None = None) -> Any:
            self.nrows = None  # a single bar is shown in however few rows, and where none are told
            return super().display(msg, pos)

        @property
        def format_dict(self) -> Any:
            told = super().format_dict
            told_columns = told["ncols"] or 0
            columns = told_columns if told_columns > 0 else _USUAL_COLUMNS
            title = head(self.yk_title, columns)
            room = columns - disp_len(title) - _FRAME_WIDTH
            width = min(max(_LEAST_WIDTH, room - _WORDS_WIDTH), _MOST_WIDTH)
            return {
                **told,
                "ncols": columns,
                "bar_format": _FORMAT.format(width=width),
                "yk_head": title,
                "yk_percent": int(self.n * _PERCENT),
                "yk_tail": fitting(self.yk_words, room - width),
            }

    return Line


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False


class _Locks:
    """One bar in a process, for two would fight for the line; and one hand that paints it."""

    def __init__(self) -> None:
        self.after_fork()
        fork.watch(self)

    def after_fork(self) -> None:
        self.bar = threading.Lock()
        self.painting = threading.RLock()
        if _line_class.cache_info().currsize:
            _line_class().set_lock(self.painting)


_locks = _Locks()
