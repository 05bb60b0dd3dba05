"""Looking up a host's addresses, without waiting longer than for anything else."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["addresses_of"]

Found: TypeAlias = list[tuple[int, Any]]


def addresses_of(host: str, port: int, waits_s: Iterable[float | None]) -> Found:
    """Return families and addresses; none where nobody answered in time.

    The system's look-up can be neither timed nor ended, so it runs in a thread that is left alone
    when it takes too long.

    Parameters
    ----------
    waits_s : iterable of float
        How long to wait for it each time before the next look whether it is wanted still.

    Raises
    ------
    OSError
        There is no such host.

    Examples
    --------
    >>> addresses_of("127.0.0.1", 80, [1.0]) == [(socket.AF_INET, ("127.0.0.1", 80))]
    True
    """
    if _is_literal(host):
        return _looked_up(host, port)
    answers: queue.SimpleQueue[Found | OSError] = queue.SimpleQueue()

    def look() -> None:
        try:
            answers.put(_looked_up(host, port))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(f"{host}: no host's name"))

    threading.Thread(target=look, name="yotokit-names", daemon=True).start()
    for wait_s in waits_s:
        try:
            answer = answers.get(timeout=wait_s)
        except queue.Empty:
            continue
        if isinstance(answer, OSError):
            raise answer
        return answer
    return []


def _looked_up(host: str, port: int) -> Found:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
