"""How numbers are written for people: with their unit, and in words where there is no number."""

from __future__ import annotations

import math

__all__ = ["bytes_size", "db", "duration", "lufs", "lufs_words", "signed_db", "time_left"]

_KIB = 1024.0
# Below what any format can hold; decoders leave such traces in silence.
_SILENT_DB = -200.0
_FEW_S, _MINUTE_S = 10, 60
_STEPS_MIN = ((10, 1), (60, 5), (600, 10), (math.inf, 60))


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


def lufs_words(value: float | None) -> str:
    """Write a loudness with its unit, where it has one.

    Examples
    --------
    >>> lufs_words(-16.04), lufs_words(float("-inf")), lufs_words(None)
    ('-16.0 LUFS', 'silent', '')
    """
    said = lufs(value)
    return f"{said} LUFS" if value is not None and math.isfinite(value) else said


def db(value: float | None) -> str:
    """Write a level or a range in one decimal.

    Examples
    --------
    >>> db(7.25), db(float("-inf")), db(-672.7), db(None)
    ('7.2', '-∞', '-∞', '')
    """
    if value is None:
        return ""
    return f"{value:.1f}" if value > _SILENT_DB else "-∞"


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
    >>> duration(61.4), duration(3723), duration(None), duration(float("nan"))
    ('1:01', '1:02:03', '', '')
    """
    if seconds is None or not math.isfinite(seconds):
        return ""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def time_left(seconds: float | None) -> str:
    """Write how long something will take yet, no more exactly than an estimate deserves.

    Examples
    --------
    >>> [time_left(seconds) for seconds in (4.0, 23.0, 100.0, 1_000.0, 9_000.0)]
    ['less than 10 s', 'about 30 s', 'about 2 min', 'about 15 min', 'about 2 h 30 min']
    >>> time_left(None)
    ''
    """
    if seconds is None:
        return ""
    if seconds < _FEW_S:
        return f"less than {_FEW_S} s"
    if seconds <= _MINUTE_S - _FEW_S:
        return f"about {math.ceil(seconds / _FEW_S) * _FEW_S} s"
    minutes = max(1, round(seconds / _MINUTE_S))
    step = next(step for most, step in _STEPS_MIN if minutes < most)
    hours, rest = divmod(round(minutes / step) * step, 60)
    words = [f"{hours} h" if hours else "", f"{rest} min" if rest else ""]
    return " ".join(["about", *filter(None, words)])


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
