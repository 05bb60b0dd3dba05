"""`Emulator`: two servers on loopback ports, in one thread of their own."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from yotokit.emulator.grants import Client
from yotokit.emulator.home import Home
from yotokit.emulator.knobs import Knobs
from yotokit.emulator.media import MediaFiles
from yotokit.emulator.playable import Signer
from yotokit.emulator.state import State
from yotokit.emulator.transcoder import Transcoder, describe

if TYPE_CHECKING:
    import os
    import socket
    from collections.abc import Iterable

    import uvicorn

    from yotokit.emulator.chance import RandomFaults
    from yotokit.emulator.counters import Counters
    from yotokit.emulator.faults import Fault
    from yotokit.emulator.grants import Grants
    from yotokit.emulator.knobs import NullAfter
    from yotokit.emulator.oauth import Consent
    from yotokit.emulator.transcode_faults import TranscodeFault

__all__ = ["LAST_PORT", "Emulator"]

LAST_PORT = 65_535
"""The largest number that a port can have."""

_START_WITHIN_S = 20.0
_STOP_WITHIN_S = 5.0


class Emulator:
    """A Yoto service of your own, on this machine, for as long as a ``with`` block runs.

    `yotokit.YotoEmulator` has ``client()``, too: a `YotoClient` that is signed in to it.

    Parameters
    ----------
    port : int
        Of the API; 0 takes a free one, or the last one of the folder.
    folder : path or None
        Where everything is kept, so that it is there again after a stop or a kill: an empty or new
        folder, or one from an emulator before. None forgets everything at the end.
    transcode_s : tuple of float
        Shortest and longest time a transcode takes, seconds. Which file takes how long follows
        from its bytes, so that files finish out of order, and the same way every time.
    url_life_s, playable_life_s : float
        How long an address is good for, seconds: one for an upload, and one in a card that was
        asked for with ``playable=true``.
    level_lufs : float or None
        Loudness to which the media are brought, LUFS; None leaves them as they were sent.
    null_after : {"transcode", "upload"}
        When the service says that it needs no upload of these bytes: once it has made media of
        them, or as soon as it has the bytes.
    stale_read_s : float
        How long after a write to a card it still reads as it was before, seconds.
    merge_updates : bool
        Whether an update keeps what it leaves out; otherwise it replaces the whole card.
    consent : {"ask", "allow", "deny"}
        Whether the sign-in page asks, or what its person would say.
    token_life_s : float
        How long an access token is good for, seconds.
    reuse_revokes : bool
        Whether a refresh token that is used twice ends its whole sign-in.
    clients : iterable of Client
        The registered applications.

    Raises
    ------
    ValueError
        There is no such port.

    Attributes
    ----------
    consent : str
        As above; it may be set anew.
    faults : list of Fault or RandomFaults
        What is to go wrong with requests; append to it.
    transcode_faults : list of TranscodeFault
        What is to go wrong with uploads that have come; append to it.

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
        folder: str | os.PathLike[str] | None = None,
        transcode_s: tuple[float, float] = (0.3, 1.5),
        url_life_s: float = 900.0,
        playable_life_s: float = 3_600.0,
        level_lufs: float | None = -16.0,
        null_after: NullAfter = "transcode",
        stale_read_s: float = 0.0,
        merge_updates: bool = False,
        consent: Consent = "ask",
        token_life_s: float = 86_400.0,
        reuse_revokes: bool = True,
        clients: Iterable[Client] = (Client("emulator", ("http://127.0.0.1:8787/callback",)),),
    ) -> None:
        if not 0 <= port <= LAST_PORT:
            raise ValueError(f"port={port}: give one from 0 to {LAST_PORT}")
        self.faults: list[Fault | RandomFaults] = []
        self.transcode_faults: list[TranscodeFault] = []
        self.consent = consent
        self._clients = tuple(clients)
        self._knobs = Knobs(
            url_life_s=url_life_s,
            playable_life_s=playable_life_s,
            token_life_s=token_life_s,
            stale_read_s=stale_read_s,
            level_lufs=level_lufs,
            null_after=null_after,
            merge_updates=merge_updates,
            reuse_revokes=reuse_revokes,
        )
        self._folder = None if folder is None else Path(folder)
        self._port = port
        self._transcode_s = transcode_s
        self._home: Home | None = None
        self._state: State | None = None
        self._urls: tuple[str, str] = ("", "")
        self._servers: list[uvicorn.Server] = []
        self._thread: threading.Thread | None = None
        self._transcoder: Transcoder | None = None
        self._media: MediaFiles | None = None

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
        FolderError
            Another emulator is using the folder, or it cannot be used.
        """
        if self._thread is not None:
            return self
        self._home = Home(self._folder)
        try:
            self._run(self._home)
        except BaseException:
            self.stop()
            raise
        return self

    def _run(self, home: Home) -> None:
        sockets = home.listen(self._port)
        self._urls = tuple(f"http://127.0.0.1:{s.getsockname()[1]}" for s in sockets)  # type: ignore[assignment]
        with home.keeper.understood():
            self._state = State(
                home.folder, home.keeper, self._knobs, self._clients, lambda: self._urls[0]
            )
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

    def stop(self) -> None:
        """Stop, and forget everything that is not kept in a folder."""
        if self._media is not None:
            self._media.stop()
        for server in self._servers:
            server.should_exit = True
        if self._thread is not None:
            self._thread.join(_STOP_WITHIN_S)
        if self._home is not None:
            self._home.leave()
        self._thread = self._state = self._home = None

    def expire_token(self) -> str:
        """Have all access tokens refused with 401 from now on; return a new one."""
        return self._running().renew_token()

    @property
    def grants(self) -> Grants:
        """Who has signed in to what."""
        return self._running().grants

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
            self.transcode_faults,
        )
        self._media = MediaFiles(state)
        signer = Signer(state.key, lambda: self._urls[1], self._knobs.playable_life_s)
        api = api_app(state, lambda: self._urls[1], signer, self._media, lambda: self.consent)
        storage = storage_app(state, self._transcoder.begin, signer, self._media)
        return [
            http_server(FaultLayer(app, self.faults, state.counters, self._is_stopping))
            for app in (api, storage)
        ]

    def _is_stopping(self) -> bool:
        return any(server.should_exit for server in self._servers)

    async def _serve(self, sockets: list[socket.socket]) -> None:
        if self._transcoder is not None:
            self._transcoder.resume()
        await asyncio.gather(
            *(
                server.serve(sockets=[listener])
                for server, listener in zip(self._servers, sockets, strict=True)
            )
        )
        if self._transcoder is not None:
            self._transcoder.stop()
