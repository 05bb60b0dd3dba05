"""How numbers are written for people: with their unit, and in words where there is no number."""

from __future__ import annotations

import math

__all__ = ["bytes_size", "db", "duration", "lufs", "signed_db"]

_KIB = 1024.0


def lufs(value: float | None) -> str:
    """Write a loudness.

    Examples
    --------
    >>> lufs(-16.04), lufs(float("-inf")), lufs(None)
    ('-16.0', 'silent', '')
    """
    if value is None:
        return ""
    return f"{value:.1f}" if math.isfinite(value) else "silent"


def db(value: float | None) -> str:
    """Write a level or a range in one decimal.

    Examples
    --------
    >>> db(7.25), db(float("-inf")), db(None)
    ('7.2', '-∞', '')
    """
    if value is None:
        return ""
    return f"{value:.1f}" if math.isfinite(value) else "-∞"


def signed_db(value: float | None) -> str:
    """Write a gain, with its sign.

    Examples
    --------
    >>> signed_db(4.06), signed_db(-0.04), signed_db(None)
    ('+4.1', '0.0', '')
    """
    if value is None:
        return ""
    rounded = round(value, 1)
    return f"{rounded:+.1f}" if rounded else "0.0"


def duration(seconds: float | None) -> str:
    """Write a length of time as a player shows it.

    Examples
    --------
    >>> duration(61.4), duration(3723), duration(None)
    ('1:01', '1:02:03', '')
    """
    if seconds is None:
        return ""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def bytes_size(count: float | None) -> str:
    """Write a size in binary units.

    Examples
    --------
    >>> bytes_size(812), bytes_size(5_573_123)
    ('812 B', '5.3 MiB')
    """
    if count is None:
        return ""
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < _KIB:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _KIB
    return f"{size:.1f} GiB"
