"""The package's log: every record says which job it is about."""

from __future__ import annotations

import contextvars
import logging

__all__ = ["JobFilter", "about", "get_logger"]

_job: contextvars.ContextVar[str] = contextvars.ContextVar("yotokit-job", default="-")


class JobFilter(logging.Filter):
    """Gives a record the attribute ``job``: the id of the job at hand, ``-`` where there is none.

    It sits on the package's own loggers; put it on another library's to have its lines told
    apart as well.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Name the job; every record passes."""
        if not hasattr(record, "job"):
            record.job = _job.get()
        return True


_filter = JobFilter()


def get_logger(name: str) -> logging.Logger:
    """Return a logger whose records name their job.

    Examples
    --------
    >>> get_logger("yotokit.session").name
    'yotokit.session'
    """
    logger = logging.getLogger(name)
    logger.addFilter(_filter)
    return logger


class about:  # noqa: N801 - reads as a word: with about(job)
    """Have what is logged in this thread meanwhile name a job.

    Examples
    --------
    >>> with about("a1-b2"):
    ...     get_logger("yotokit.session").debug("hello")
    """

    __slots__ = ("_job", "_token")

    def __init__(self, job: str) -> None:
        self._job = job

    def __enter__(self) -> None:
        self._token = _job.set(self._job)

    def __exit__(self, *_: object) -> None:
        _job.reset(self._token)
