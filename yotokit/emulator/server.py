"""`Emulator`: two servers on loopback ports, in one thread of their own."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from yotokit.emulator.state import State
from yotokit.emulator.transcoder import Transcoder, describe

if TYPE_CHECKING:
    import socket

    import uvicorn

    from yotokit.emulator.chance import RandomFaults
    from yotokit.emulator.counters import Counters
    from yotokit.emulator.faults import Fault

__all__ = ["Emulator"]

_START_WITHIN_S = 20.0
_STOP_WITHIN_S = 5.0


class Emulator:
    """A Yoto service of your own, on this machine, for as long as a ``with`` block runs.

    Parameters
    ----------
    port : int
        Of the API; 0 takes a free one.
    transcode_s : tuple of float
        Shortest and longest time a transcode takes, seconds. Which file takes how long follows
        from its bytes, so that files finish out of order, and the same way every time.
    url_life_s : float
        How long an upload address is good for, seconds.
    null_after : {"transcode", "upload"}
        When the service says that it needs no upload of these bytes: once it has made media of
        them, or as soon as it has the bytes.

    Attributes
    ----------
    faults : list of Fault or RandomFaults
        What is to go wrong; append to it.

    Examples
    --------
    >>> with Emulator() as emulator:
    ...     emulator.url.startswith("http://127.0.0.1:")
    True
    """

    def __init__(
        self,
        *,
        port: int = 0,
        transcode_s: tuple[float, float] = (0.3, 1.5),
        url_life_s: float = 900.0,
        null_after: Literal["transcode", "upload"] = "transcode",
    ) -> None:
        self.faults: list[Fault | RandomFaults] = []
        self._port = port
        self._transcode_s = transcode_s
        self._url_life_s = url_life_s
        self._null_after = null_after
        self._state: State | None = None
        self._urls: tuple[str, str] = ("", "")
        self._servers: list[uvicorn.Server] = []
        self._thread: threading.Thread | None = None
        self._transcoder: Transcoder | None = None

    @property
    def url(self) -> str:
        """Address of the API, and of the page with the cards."""
        self._running()
        return self._urls[0]

    @property
    def token(self) -> str:
        """An access token for the emulator's one account."""
        return self._running().token

    @property
    def counters(self) -> Counters:
        """What was asked so far."""
        return self._running().counters.taken()

    @property
    def cards(self) -> list[dict[str, object]]:
        """The cards as the service would send them, oldest first, without deleted ones."""
        return [card for card in self._running().cards.values() if not card.get("deleted")]

    def start(self) -> Self:
        """Start, and return when requests are answered.

        Raises
        ------
        OSError
            The port is taken.
        """
        from yotokit.emulator.serving import listen  # noqa: PLC0415 - see _servers_of

        if self._thread is not None:
            return self
        sockets = [listen(self._port), listen(0)]
        self._urls = tuple(f"http://127.0.0.1:{s.getsockname()[1]}" for s in sockets)  # type: ignore[assignment]
        self._state = State(Path(tempfile.mkdtemp(prefix="yotokit-emulator-")))
        self._servers = self._servers_of(self._state)
        self._thread = threading.Thread(
            target=asyncio.run, args=(self._serve(sockets),), name="yotokit-emulator", daemon=True
        )
        self._thread.start()
        end = time.monotonic() + _START_WITHIN_S
        while not all(server.started for server in self._servers):
            if not self._thread.is_alive() or time.monotonic() > end:
                raise RuntimeError("the emulator did not start; see the messages above")
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        """Stop, and forget everything."""
        for server in self._servers:
            server.should_exit = True
        if self._thread is not None:
            self._thread.join(_STOP_WITHIN_S)
        if self._state is not None:
            shutil.rmtree(self._state.folder, ignore_errors=True)
        self._thread = self._state = None

    def expire_token(self) -> str:
        """Make the present token one that is refused with 401; return the one that counts now."""
        return self._running().renew_token()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        where = self._urls[0] if self._state is not None else "not running"
        return f"{type(self).__name__}({where})"

    def _repr_html_(self) -> str:
        if self._state is None:
            return f"<p>{self!r}</p>"
        return (
            f'<p>A local Yoto service is running. <a href="{self.url}" target="_blank" '
            f'rel="noopener">See its cards</a>.</p>'
        )

    def _running(self) -> State:
        if self._state is None:
            raise RuntimeError("the emulator is not running; use it in a with block, or start() it")
        return self._state

    def _servers_of(self, state: State) -> list[uvicorn.Server]:
        # Here and not above: the servers' libraries load when an emulator is started.
        from yotokit.emulator.api import api_app  # noqa: PLC0415
        from yotokit.emulator.faults import FaultLayer  # noqa: PLC0415
        from yotokit.emulator.serving import http_server  # noqa: PLC0415
        from yotokit.emulator.storage import storage_app  # noqa: PLC0415

        # Both are looked up each time: a test may put something else in their place.
        self._transcoder = Transcoder(
            state,
            lambda: self._transcode_s,
            lambda path, name: describe(path, name),  # noqa: PLW0108
        )
        api = api_app(
            state,
            lambda: self._urls[1],
            url_life_s=self._url_life_s,
            null_after=self._null_after,
        )
        return [
            http_server(FaultLayer(app, self.faults, state.counters))
            for app in (api, storage_app(state, self._transcoder.begin))
        ]

    async def _serve(self, sockets: list[socket.socket]) -> None:
        await asyncio.gather(
            *(
                server.serve(sockets=[listener])
                for server, listener in zip(self._servers, sockets, strict=True)
            )
        )
        if self._transcoder is not None:
            self._transcoder.stop()
