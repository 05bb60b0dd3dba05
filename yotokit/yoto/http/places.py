"""Which addresses that the service gives may be used."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from yotokit.errors import UnexpectedAnswerError
from yotokit.settings import is_loopback

__all__ = ["check_storage", "is_usable"]


def check_storage(url: str, base_url: str) -> None:
    """Refuse an address that the service should never give.

    Raises
    ------
    UnexpectedAnswerError
        It is not https, or in the network around this machine, unless the service is here too.
    """
    # In a function of its own: here, a traceback would show the parts of the address.
    if not is_usable(url, base_url):
        raise UnexpectedAnswerError(
            "the service gave an address that is not https, or not on the internet; nothing was "
            "sent there"
        )


def is_usable(url: str, base_url: str) -> bool:
    """Say whether an address may be used that a service gave.

    Examples
    --------
    >>> is_usable("https://icons.example/a", "https://api.yotoplay.com")
    True
    >>> is_usable("http://127.0.0.1:80/a", "https://api.yotoplay.com")
    False
    """
    base_host = urlsplit(base_url).hostname or ""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host:
        return False
    if is_loopback(base_host) and is_loopback(host):
        return parts.scheme in ("http", "https")
    return parts.scheme == "https" and (_is_inside(base_host) or not _is_inside(host))


def _is_inside(host: str) -> bool:
    """Say whether a host is, by its literal address, in the network around this machine."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return is_loopback(host)
