"""The environment variables that the package reads, in one place.

Every setting has an argument too, and the argument wins.
"""

from __future__ import annotations

import ipaddress
import logging
import os
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args
from urllib.parse import urlsplit

from yotokit.errors import SettingError
from yotokit.logs import JobFilter

__all__ = [
    "API_URL",
    "AUTH_URL",
    "REDIRECT_URI",
    "ProgressChoice",
    "api_url",
    "auth_url",
    "client_id",
    "is_loopback",
    "is_remote",
    "progress",
    "redirect_uri",
    "set_up_logging",
    "state_dir",
    "token",
]

ProgressChoice: TypeAlias = Literal["auto", "bar", "off"]

API_URL = "https://api.yotoplay.com"
AUTH_URL = "https://login.yotoplay.com"
REDIRECT_URI = "http://127.0.0.1:8787/callback"
_REMOTE = (
    "JUPYTERHUB_USER",
    "COLAB_RELEASE_TAG",
    "CODESPACES",
    "BINDER_SERVICE_HOST",
    "KAGGLE_KERNEL_RUN_TYPE",
    "SSH_CONNECTION",
)


def api_url(argument: str | None = None) -> str:
    """Return the address of the Yoto API: the argument, ``YOTOKIT_API_URL``, or the service's."""
    return _service_url(argument, "YOTOKIT_API_URL", API_URL)


def auth_url(argument: str | None = None) -> str:
    """Return the address of the sign-in service: argument, ``YOTOKIT_AUTH_URL``, or Yoto's."""
    return _service_url(argument, "YOTOKIT_AUTH_URL", AUTH_URL)


def token(argument: str | None = None) -> str | None:
    """Return the access token: the argument, ``YOTOKIT_TOKEN``, or None."""
    value = (argument or _variable("YOTOKIT_TOKEN")).strip()
    return value or None


def client_id(argument: str | None = None) -> str | None:
    """Return the application to sign in to: the argument, ``YOTOKIT_CLIENT_ID``, or None."""
    value = (argument or _variable("YOTOKIT_CLIENT_ID")).strip()
    return value or None


def redirect_uri(argument: str | None = None) -> str:
    """Return where the browser comes back to: argument, ``YOTOKIT_REDIRECT_URI``, or the usual."""
    return (argument or _variable("YOTOKIT_REDIRECT_URI") or REDIRECT_URI).strip()


def is_remote() -> bool:
    """Say whether this process is likely to run elsewhere than its user's browser."""
    return any(_variable(name) for name in _REMOTE)


def state_dir(argument: str | Path | None = None) -> Path:
    """Return the folder of all that is kept: argument, ``YOTOKIT_STATE_DIR``, or the user's own.

    The folder need not exist yet; whoever writes makes it, for its owner alone.
    """
    chosen = argument or _variable("YOTOKIT_STATE_DIR")
    if chosen:
        return Path(chosen).expanduser().absolute()
    import platformdirs  # noqa: PLC0415 - not needed where the variable is set

    return Path(platformdirs.user_state_dir("yotokit", appauthor=False))


def progress(argument: str | None = None) -> ProgressChoice:
    """Return whether who waits sees a bar: argument, ``YOTOKIT_PROGRESS``, or ``"auto"``.

    Raises
    ------
    SettingError
        It is none of the three.
    """
    if argument is None:
        source, value = "YOTOKIT_PROGRESS", _variable("YOTOKIT_PROGRESS").strip().lower() or "auto"
    else:
        source, value = "progress", argument
    if value not in get_args(ProgressChoice):
        raise SettingError(f'{source}={value!r}: give "auto", "bar" or "off"')
    return cast("ProgressChoice", value)


def set_up_logging(logger: logging.Logger) -> None:
    """Keep the package's log quiet, or write it to stderr at the level of ``YOTOKIT_LOG_LEVEL``.

    Raises
    ------
    SettingError
        The variable names no level.
    """
    logger.addHandler(logging.NullHandler())
    level = _variable("YOTOKIT_LOG_LEVEL").strip().upper()
    if not level:
        return
    if level not in logging.getLevelNamesMapping():
        raise SettingError(f"YOTOKIT_LOG_LEVEL={level}: give DEBUG, INFO, WARNING or ERROR")
    handler = logging.StreamHandler()
    handler.addFilter(JobFilter())
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(name)s [%(job)s]: %(message)s")
    )
    logger.addHandler(handler)
    logger.setLevel(level)


def is_loopback(host: str | None) -> bool:
    """Say whether a host is this machine itself, by name or by literal address.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("example.org")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _variable(name: str) -> str:
    # Nothing is raised in here: IPython may show the whole environment where a frame names it.
    return os.environ.get(name, "")


def _service_url(argument: str | None, variable: str, default: str) -> str:
    value = (argument or _variable(variable) or default).strip().rstrip("/")
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        raise SettingError(
            f"{variable}: {value!r} is no address; give one like {default}"
        ) from None
    source = "the argument" if argument else variable
    if not usable or parts.query or parts.fragment or parts.username:
        raise SettingError(f"{source} is no service address; give one like {default}")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname)):
        return value
    raise SettingError(
        f"{source} ({parts.scheme}://{parts.hostname}) must use https; plain http is for "
        "loopback addresses only, since a token would travel in the open"
    )
