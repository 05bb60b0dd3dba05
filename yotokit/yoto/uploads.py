"""Audio on its way to the service: where to send it, sending it, and what became of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from urllib.parse import quote

from yotokit.errors import NotFoundError, TranscodeError, TransportError, UploadError
from yotokit.yoto import wire
from yotokit.yoto.models import Transcode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from yotokit.yoto.http import Http
    from yotokit.yoto.models import UploadSlot

__all__ = ["Uploads"]

_EXPIRED = 403
_NEW_ADDRESSES = 2
# The service's record of an upload comes a little after its bytes.
_LOOKS, _LOOK_PAUSE_S = 4, 0.5


class Uploads:
    """The part of a client that sends audio."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def upload_slot(
        self, sha256: str, filename: str, *, stop: threading.Event | None = None
    ) -> UploadSlot:
        """Ask where to send bytes; the answer has no address if the service holds them already.

        Parameters
        ----------
        sha256 : str
            Of the bytes, hex.
        filename : str
            For the service's own notes.
        """
        params = {"sha256": sha256, "filename": filename}
        _, answer = self._http.json(
            "GET", "/media/transcode/audio/uploadUrl", params=params, stop=stop
        )
        return wire.slot_from_wire(answer)

    def upload(
        self,
        path: Path,
        *,
        sha256: str,
        size_bytes: int,
        content_type: str,
        filename: str,
        stop: threading.Event | None = None,
        progress: Callable[[int], object] | None = None,
        sending: Callable[[str], object] = lambda _: None,
    ) -> str:
        """Send a file unless the service holds its bytes; return the upload's id.

        Parameters
        ----------
        sending : callable
            Called with the upload's id before the first byte is sent.

        Raises
        ------
        YotoError
            By what went wrong. An address that expired is replaced twice. Where no answer came,
            the service is asked whether it has the bytes before they are sent once more.
        SourceChangedError
            The file is not the one that was announced.
        """
        for attempt in range(_NEW_ADDRESSES + 1):
            slot = self.upload_slot(sha256, filename, stop=stop)
            if slot.url is None:
                break
            sending(slot.upload_id)
            try:
                self._http.put_file(
                    slot.url,
                    path,
                    sha256=sha256,
                    size_bytes=size_bytes,
                    content_type=content_type,
                    stop=stop,
                    progress=progress,
                )
                break
            except UploadError as error:
                if error.status != _EXPIRED or attempt == _NEW_ADDRESSES:
                    raise
            except TransportError as error:
                if error.may_have_arrived and self._has_arrived(slot.upload_id, stop):
                    break
                if attempt == _NEW_ADDRESSES or not error.may_have_arrived:
                    raise
        return slot.upload_id

    def holds(self, upload_id: str, *, stop: threading.Event | None = None) -> bool:
        """Find out whether the bytes of an upload have arrived; takes up to two seconds.

        Raises
        ------
        TranscodeError
            They have, and the service could not use them.
        YotoError
            The service does not answer.
        """
        stop = stop or threading.Event()
        for look in range(_LOOKS):
            if look and stop.wait(_LOOK_PAUSE_S):
                break
            if self.transcode(upload_id, stop=stop).there:
                return True
        return False

    def _has_arrived(self, upload_id: str, stop: threading.Event | None) -> bool:
        try:
            return self.holds(upload_id, stop=stop)
        except TranscodeError:
            return True  # it is told when the transcode is asked for

    def transcode(self, upload_id: str, *, stop: threading.Event | None = None) -> Transcode:
        """Ask how far the service is with an upload; one short request.

        Raises
        ------
        TranscodeError
            The service could not use the audio.
        """
        path = f"/media/upload/{quote(upload_id, safe='')}/transcoded"
        try:
            _, answer = self._http.json("GET", path, params={"loudnorm": "false"}, stop=stop)
        except NotFoundError:
            # The record comes a little after the bytes; one that never comes runs out of time.
            return Transcode(None, "not there yet", there=False)
        return wire.transcode(answer)
