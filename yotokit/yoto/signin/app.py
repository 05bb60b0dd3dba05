"""The application that a person signs in to: who it is, where it gets its answer, what it may."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from yotokit import settings
from yotokit.errors import SettingError
from yotokit.settings import is_loopback

__all__ = ["OFFLINE", "SCOPES", "App"]

OFFLINE = "offline_access"
"""With it the service gives a token that renews itself."""

SCOPES: tuple[str, ...] = ("user:content:view", "user:content:manage", "user:icons:manage", OFFLINE)
"""All that is needed, and nothing else. A token carries only what was asked for by name."""


@dataclass(frozen=True, slots=True)
class App:
    """An application as it is registered with the service.

    Parameters
    ----------
    auth_url : str
        Where people sign in.
    client_id : str
        The application's name there; no secret.
    redirect_uri : str
        Where the browser is sent afterwards: an address on this machine, registered character for
        character.

    Raises
    ------
    SettingError
        The redirect address is none on this machine.
    """

    auth_url: str
    client_id: str
    redirect_uri: str = settings.REDIRECT_URI

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.redirect_uri)
            usable = parts.scheme == "http" and is_loopback(parts.hostname) and parts.port
        except ValueError:
            usable = False
        if not usable:
            raise SettingError(
                f"redirect_uri={self.redirect_uri!r}: give an address on this machine with a "
                f"port, such as {settings.REDIRECT_URI}"
            )

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen at for the browser."""
        parts = urlsplit(self.redirect_uri)
        return str(parts.hostname), int(parts.port or 0)

    @property
    def key(self) -> str:
        """What its tokens are kept under."""
        return f"{urlsplit(self.auth_url).netloc}/{self.client_id}"
