"""`Emulator`: two servers on loopback ports, in one thread of their own."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
import threading
import time
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Self

from yotokit.emulator.state import Counters, State, Transcoding, Upload, timestamp
from yotokit.emulator.transcoder import UnusableAudioError, describe, media_name

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

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

    Attributes
    ----------
    faults : list of Fault
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
    ) -> None:
        self.faults: list[Fault] = []
        self._port = port
        self._transcode_s = transcode_s
        self._url_life_s = url_life_s
        self._state: State | None = None
        self._urls: tuple[str, str] = ("", "")
        self._servers: list[uvicorn.Server] = []
        self._thread: threading.Thread | None = None
        self._tasks: set[asyncio.Task[None]] = set()

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
        return copy(self._running().counters)

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
        if self._thread is not None:
            return self
        sockets = [_listen(self._port), _listen(0)]
        self._urls = tuple(f"http://127.0.0.1:{s.getsockname()[1]}" for s in sockets)  # type: ignore[assignment]
        self._state = State(Path(tempfile.mkdtemp(prefix="yotokit-emulator-")))
        self._servers = [_server(app) for app in self._apps(self._state)]
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
        if self._thread is None or self._state is None:
            return
        for server in self._servers:
            server.should_exit = True
        self._thread.join(_STOP_WITHIN_S)
        shutil.rmtree(self._state.folder, ignore_errors=True)
        self._thread = self._state = None

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

    def _apps(self, state: State) -> list[ASGIApp]:
        # Here and not above: the servers' libraries load when an emulator is started.
        from yotokit.emulator.api import api_app  # noqa: PLC0415
        from yotokit.emulator.faults import FaultLayer  # noqa: PLC0415
        from yotokit.emulator.storage import storage_app  # noqa: PLC0415

        return [
            FaultLayer(
                api_app(state, lambda: self._urls[1], url_life_s=self._url_life_s), self.faults
            ),
            FaultLayer(storage_app(state, self._uploaded), self.faults),
        ]

    async def _serve(self, sockets: list[socket.socket]) -> None:
        await asyncio.gather(
            *(
                server.serve(sockets=[listener])
                for server, listener in zip(self._servers, sockets, strict=True)
            )
        )
        for task in list(self._tasks):
            task.cancel()

    def _uploaded(self, upload: Upload) -> None:
        """Begin the transcode of an upload; called on the servers' loop."""
        shortest, longest = self._transcode_s
        share = (upload.digest or b"\0")[0] / 255
        now = time.monotonic()
        upload.transcoding = Transcoding(
            timestamp(), now + shortest + share * (longest - shortest), now
        )
        task = asyncio.get_running_loop().create_task(self._transcode(upload))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _transcode(self, upload: Upload) -> None:
        transcoding, path = upload.transcoding, upload.path
        if transcoding is None or path is None:
            return
        try:
            info = await asyncio.to_thread(describe, path, upload.filename)
            name = await asyncio.to_thread(media_name, path)
            await asyncio.sleep(max(0.0, transcoding.due - time.monotonic()))
        except UnusableAudioError as error:
            transcoding.error = str(error)
        else:
            transcoding.info, transcoding.sha256 = info, name
            self._running().media[name] = upload
        transcoding.ended_at = timestamp()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    return listener


def _server(app: ASGIApp) -> uvicorn.Server:
    import uvicorn  # noqa: PLC0415 - loads when an emulator is started

    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
    )
