"""Many files side by side in threads, with a bar that shows how far they are."""

from __future__ import annotations

import operator
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from yotokit.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["side_by_side"]

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(
    function: Callable[[T], R],
    items: Sequence[T],
    workers: int,
    *,
    cost: Callable[[T], float],
    progress: bool | None,
    verb: str,
) -> list[R]:
    """Return what a function makes of each item, in their order.

    Parameters
    ----------
    function : callable
        Takes one item; what it raises ends the work.
    items : sequence
        What it takes.
    workers : int
        How many threads; 1 works in the caller's own.
    cost : callable
        Returns how much work an item is, in any unit: the largest are begun first, so that no
        worker is left alone with one at the end.
    progress : bool, optional
        Show a bar; where it is missing, in a notebook and in a terminal, for several items.
    verb : str
        What the bar says.

    Raises
    ------
    SettingError
        There is no worker.
    """
    try:
        count = operator.index(workers)
    except TypeError:
        count = 0
    if count < 1:
        raise SettingError(f"workers={workers!r}: give 1 or more")
    shown = len(items) > 1 if progress is None else progress
    with _bar(len(items), verb, shown=shown, forced=bool(progress)) as bar:
        if count == 1:
            return [_told(bar, function(item)) for item in items]
        with ThreadPoolExecutor(count, thread_name_prefix="yotokit-audio") as pool:
            largest_first = sorted(range(len(items)), key=lambda place: -cost(items[place]))
            begun = {place: pool.submit(function, items[place]) for place in largest_first}
            futures = [begun[place] for place in range(len(items))]
            try:
                # The bar is moved in the caller's thread: in a notebook it is a widget.
                for future in as_completed(futures):
                    _told(bar, future.result())
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
            return [future.result() for future in futures]


def _told(bar: Any, result: R) -> R:
    if bar is not None:
        bar.update()
    return result


def _bar(total: int, verb: str, *, shown: bool, forced: bool) -> Any:
    """Return a bar, or nothing where nobody would see it."""
    if not (shown and (forced or _in_notebook() or sys.stderr.isatty())):
        return nullcontext()
    from tqdm.auto import tqdm  # noqa: PLC0415 - looks for a notebook when it is loaded

    class Bar(tqdm):  # type: ignore[type-arg]  # generic in its stubs only
        monitor_interval = 0  # or it starts a thread that stays

    return Bar(total=total, desc=verb, unit="file", leave=False)


def _in_notebook() -> bool:
    """Say whether a kernel runs us; what is not loaded yet is not there."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")
