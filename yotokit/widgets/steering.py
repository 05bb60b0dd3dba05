"""From clicks and commands to calls of the session. Knows no widget."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from yotokit.errors import JobCancelledError, SessionClosedError, YotokitError
from yotokit.logs import get_logger
from yotokit.widgets.painting import Chosen

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from yotokit.session import Job, JobSnapshot, Report, Session

__all__ = ["Steering"]

_log = get_logger("yotokit.widgets")


class Steering:
    """Does with a session what a person asks for, and remembers why something was not done.

    Everything may be called on any thread, at any time; nothing raises, and nothing waits for
    work.

    Parameters
    ----------
    session : Session
        Which is steered.
    mark : callable
        Called when there is something new to show.

    Attributes
    ----------
    chosen : Chosen
        What a person has chosen so far; replaced as a whole.
    paused : bool
        What the button that pauses and goes on shows just now; set by the painter.
    """

    def __init__(self, session: Session, mark: Callable[[], object]) -> None:
        self._session: Session | None = session
        self._mark = mark
        self._open_icons: Callable[[str, str, str], object] = lambda *_: None
        self._listen: Callable[[JobSnapshot, bool], object] = lambda *_: None
        self._lock = threading.Lock()
        self._told: tuple[Report | BaseException, dict[str, str]] | None = None
        self.chosen = Chosen()
        self.paused = False

    def hand_on(
        self,
        *,
        icon: Callable[[str, str, str], object],
        listen: Callable[[JobSnapshot, bool], object],
    ) -> None:
        """Name those who do what is not the session's.

        Parameters
        ----------
        icon : callable
            Given id, title and icon of a file whose icon is to be chosen.
        listen : callable
            Given a file to listen to, and whether to read it in a process of its own.
        """
        self._open_icons, self._listen = icon, listen

    def let_go(self) -> None:
        """Hold the session no longer: whoever clicks from here on is told that it is closed."""
        self._session = None

    def forget(self) -> None:
        """Forget what became of a finalize that another one has followed; for the painter."""
        session, told = self._session, self._told
        if session is None or told is None:
            return
        what, words = told
        if what is session.report or what is session.error:
            return
        with self._lock:
            if self._told is told:
                self._told = None
            gone: dict[str, Any] = {
                name: "" for name in words if getattr(self.chosen, name) == words[name]
            }
            self.chosen = replace(self.chosen, **gone)

    def finalize(self) -> None:
        """Ask for the card to be written; what becomes of it is remembered."""
        self._set(outcome="")
        self._do(
            "Finalize",
            lambda session: session.begin_finalize().add_done_callback(self._finalized),
        )

    def pause_or_go_on(self) -> None:
        """Do what the button says."""
        if self.paused:
            self._do("Go on", lambda session: session.unpause())
        else:
            self._do("Pause", lambda session: session.pause())

    def retry_all(self) -> None:
        """Try every file again that failed or was cancelled."""
        self._do("Retry all", lambda session: session.retry())

    def cancel_all(self) -> None:
        """Stop working on every file."""
        self._do("Cancel all", lambda session: session.cancel())

    def choose_icon(self, job_id: str, icon: str) -> None:
        """Give a file a display icon."""
        self._do("icon", lambda session: _edit(session, job_id, icon=icon))

    def command(self, command: dict[str, Any]) -> None:
        """Do what a `FileTable` asks for."""
        do, job_id = command["do"], command["job"]
        if do == "select":
            self._set(shown=job_id)
        else:
            self._do(do, partial(self._on_file, command=command))

    def _on_file(self, session: Session, command: dict[str, Any]) -> None:
        job = session.job(command["job"])
        if job is None:
            return  # it has gone meanwhile
        match command["do"]:
            case "up" | "down" | "move":
                session.move(job, _place(job, command))
            case "cancel":
                job.cancel()
            case "retry":
                job.retry()
            case "remove":
                session.remove(job)
            case "edit":
                session.edit(job, title=command["title"])
            case "icon":
                self._open_icons(job.job_id, job.title, job.icon)
            case "listen":
                self._listen(job.snapshot(), session.isolates)

    def _do(self, what: str, act: Callable[[Session], object]) -> None:
        with self._lock:
            commands = self.chosen.commands + 1
            self.chosen = replace(self.chosen, problem="", commands=commands)
        try:
            act(self._held())
        except YotokitError as error:
            _log.warning("%s: %s", what, error)
            self._set(problem=str(error))
        except Exception as error:
            _log.exception("%s did not work", what)
            self._set(problem=f"{what} did not work, and should have: {error!r}")
        else:
            self._mark()

    def _held(self) -> Session:
        session = self._session
        if session is None:
            raise SessionClosedError("the session is closed; make a new one of the same title")
        return session

    def _finalized(self, future: Future[Report]) -> None:
        """Remember what became of a finalize; called on whatever thread has ended it."""
        error = future.exception()
        if error is None:
            report = future.result()
            warning = f" Mind: {report.warning}." if report.warning else ""
            self._tell(report, outcome=f"{report.summary}.{warning}")
        elif isinstance(error, JobCancelledError):
            self._tell(error, outcome=f"No card was written: {error}.")
        else:
            self._tell(error, problem=f"The card was not written. {error}")

    def _tell(self, what: Report | BaseException, **words: str) -> None:
        with self._lock:
            self._told = what, words
        self._set(**words)

    def _set(self, **changes: Any) -> None:
        with self._lock:
            self.chosen = replace(self.chosen, **changes)
        self._mark()


def _place(job: Job, command: dict[str, Any]) -> int:
    if command["do"] == "move":
        place: int = command["position"]
        return place
    step = -1 if command["do"] == "up" else 1
    return max(1, job.snapshot().position + step)


def _edit(session: Session, job_id: str, *, icon: str) -> None:
    job = session.job(job_id)
    if job is not None:
        session.edit(job, icon=icon)
