"""`YotoEmulator`: the emulator, with a client for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yotokit.emulator import Emulator

if TYPE_CHECKING:
    from yotokit.yoto import YotoClient

__all__ = ["YotoEmulator"]


class YotoEmulator(Emulator):  # noqa: D101 - it is the emulator's, parameters and all
    __doc__ = Emulator.__doc__

    def client(self) -> YotoClient:
        """Return a client for the emulator's account.

        Examples
        --------
        >>> with YotoEmulator() as emulator, emulator.client() as yoto:
        ...     yoto.cards()
        ()
        """
        from yotokit.yoto import YotoClient  # noqa: PLC0415 - an emulator may have other clients

        return YotoClient.login(token=self.token, api_url=self.url)
