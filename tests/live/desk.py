"""What one needs at hand to try a service out: uploads, cards that go again, and raw answers."""

from __future__ import annotations

import hashlib
import io
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile as sf

from yotokit.audio import measure
from yotokit.errors import YotoError
from yotokit.yoto import Card, Chapter, Track

if TYPE_CHECKING:
    from yotokit import YotoClient
    from yotokit.audio import Loudness
    from yotokit.yoto import Media

RATE = 48_000
_TRANSCODE_S = 600.0
_LISTEN_BYTES = 200_000_000


def noise(duration_s: float, rms_dbfs: float, *, seed: int, swell_db: float = 0.0) -> np.ndarray:
    """Return stereo noise whose level goes up and down by so much, every four seconds."""
    random = np.random.default_rng(seed)
    signal = random.standard_normal((int(duration_s * RATE), 2))
    times_s = np.arange(len(signal)) / RATE
    level_db = rms_dbfs + swell_db / 2 * np.sign(np.sin(2 * np.pi * times_s / 8))
    return np.clip(signal * 10 ** (level_db / 20)[:, None], -1.0, 1.0)


def flac(signal: np.ndarray) -> bytes:
    """Return a FLAC file of a signal."""
    file = io.BytesIO()
    sf.write(file, signal, RATE, format="FLAC", subtype="PCM_16")
    return file.getvalue()


class Desk:
    """A client, and what was made with it, which is deleted at the end.

    Parameters
    ----------
    yoto : YotoClient
        The account.
    poll_s : float
        Between two looks at a transcode.
    """

    def __init__(self, yoto: YotoClient, poll_s: float = 2.0) -> None:
        self.yoto = yoto
        self._poll_s = poll_s
        self._made: list[str] = []

    def ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Send a request and return the JSON, whatever this package makes of it otherwise."""
        return self.yoto._http.json(method, path, **options)[1]

    def slot(self, sha256: str, filename: str = "yotokit.flac") -> dict[str, Any]:
        """Return the raw answer to a request for an upload address."""
        params = {"sha256": sha256, "filename": filename}
        return self.ask("GET", "/media/transcode/audio/uploadUrl", params=params)["upload"]

    def upload(self, data: bytes, name: str = "yotokit.flac") -> str:
        """Send bytes unless they are there; return the upload's id."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            path.write_bytes(data)
            return self.yoto.upload(
                path,
                sha256=hashlib.sha256(data).hexdigest(),
                size_bytes=len(data),
                content_type="audio/flac",
                filename=name,
            )

    def transcoded(self, upload_id: str, loudnorm: str = "false") -> dict[str, Any]:
        """Wait for a transcode and return the raw answer.

        Raises
        ------
        TimeoutError
            It was not done in ten minutes.
        """
        end_s = time.monotonic() + _TRANSCODE_S
        path = f"/media/upload/{upload_id}/transcoded"
        while time.monotonic() < end_s:
            with suppress(YotoError):  # the record comes a little after the bytes
                state = self.ask("GET", path, params={"loudnorm": loudnorm})["transcode"]
                if state.get("transcodedSha256") or state.get("error"):
                    return state
            time.sleep(self._poll_s)
        raise TimeoutError(f"the service was not done in {_TRANSCODE_S:.0f} s")

    def media(self, data: bytes) -> Media:
        """Send bytes and return what the service made of them."""
        upload_id = self.upload(data)
        self.transcoded(upload_id)
        media = self.yoto.transcode(upload_id).media
        assert media is not None
        return media

    def card(self, title: str, *medias: Media, **options: Any) -> Card:
        """Write a card of one chapter for each; it is deleted at the end."""
        chapters = tuple(
            Chapter(f"{n:02}", f"Part {n}", (Track("01", f"Part {n}", media, str(n)),), str(n))
            for n, media in enumerate(medias, start=1)
        )
        return self.keep(self.yoto.write_card(Card(title, chapters, **options)))

    def keep(self, card: Card) -> Card:
        """Have a card deleted at the end."""
        self._made.append(card.card_id)
        return card

    def listen(self, card: Card) -> list[Loudness]:
        """Fetch the audio of a card's chapters, and measure it."""
        answer = self.ask("GET", f"/content/{card.card_id}", params={"playable": "true"})
        heard = []
        for chapter in answer["card"]["content"]["chapters"]:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "made.ogg")
                with path.open("wb") as file:
                    url = chapter["tracks"][0]["trackUrl"]
                    self.yoto._http.get_file(url, file, limit_bytes=_LISTEN_BYTES)
                heard.append(measure(path))
        return heard

    def clear(self) -> None:
        """Delete the cards that were made."""
        for card_id in self._made:
            with suppress(YotoError):
                self.yoto.delete_card(card_id)
        self._made.clear()
