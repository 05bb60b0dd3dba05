"""The package's log: every record says which job it is about."""

from __future__ import annotations

import contextvars
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@contextmanager
def about(job: str) -> Iterator[None]:
    """Have what is logged in this thread meanwhile name a job."""
    token = _job.set(job)
    try:
        yield
    finally:
        _job.reset(token)
