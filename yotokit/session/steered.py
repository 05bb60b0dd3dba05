"""What changes a session's files once they are submitted, from any thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yotokit.errors import SettingError
from yotokit.session.assembly import usable_title
from yotokit.session.icons import check_icon
from yotokit.session.view import SessionView

if TYPE_CHECKING:
    from yotokit.session.job import Job
    from yotokit.yoto import Icon

__all__ = ["Steered"]


class Steered(SessionView):
    """A session, to look at and to steer."""

    def cancel(self) -> int:
        """Stop working on every file that has not ended; return how many there were.

        A `finalize` that waits for them is called off: the card stays as it is, unless it is
        being written at that moment.
        """
        return self._flow.cancel_all()

    def retry(self) -> list[Job]:
        """Make a new attempt of every file that failed or was cancelled; return their jobs."""
        return [job for job in self.jobs if job.retry()]

    def edit(self, job: Job, *, title: str | None = None, icon: Icon | str | None = None) -> None:
        """Give a file, or a chapter that stays, another title or icon; finalize writes it.

        Parameters
        ----------
        title : str, optional
            What the card is to call it.
        icon : Icon or str, optional
            Its display icon: one of ``yoto.icons``, its reference, or ``"default"``.

        Raises
        ------
        SettingError
            The title or the icon cannot be used, or the job is another session's.
        """
        record = self._own(job)
        named = None if title is None else usable_title(title)
        self._flow.edit(record, named, None if icon is None else check_icon(icon))

    def move(self, job: Job, position: int) -> None:
        """Put a file at another place of the card, counted from 1.

        Raises
        ------
        SettingError
            The place is no whole number, or the job is another session's.
        """
        if not isinstance(position, int):
            raise SettingError(f"position={position!r}: give a whole number, counted from 1")
        self._flow.move(self._own(job), position)

    def remove(self, job: Job) -> None:
        """Take a file off the card.

        Raises
        ------
        SettingError
            The job is another session's, or was removed already.
        """
        self._flow.remove(self._own(job))

    def pause(self) -> None:
        """Take no more of this session's work from the queue; other sessions are not touched.

        What runs goes on to the end of its stage. The card is not written while it is paused.
        """
        self._flow.pause()

    def unpause(self) -> None:
        """Go on after `pause`."""
        self._flow.unpause()

    def _own(self, job: Job) -> Any:
        record = getattr(job, "_record", None)
        if record is None or not self._flow.has(record):
            raise SettingError(f"{job!r} is not a file of {self!r}")
        return record
