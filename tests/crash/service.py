"""An emulator in a process of its own, and folders for kernels: what outlives every kill."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Self

import httpx
import soundfile as sf

if TYPE_CHECKING:
    from pathlib import Path

STOP_WITHIN_S = 10.0


class Place:
    """One account, one state folder and one folder for temporary files.

    Parameters
    ----------
    folder : Path
        Where everything lies.
    arguments : str
        For the emulator.

    Attributes
    ----------
    environment : dict
        Of the kernels.
    """

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir(parents=True)
        command = [sys.executable, "-m", "yotokit.emulator", "--port", "0", "--json"]
        self._process = subprocess.Popen(
            [*command, *(arguments or ("--transcode-s", "0", "1"))],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"TMPDIR": str(folder)},
        )
        found = json.loads(self._process.stdout.readline())
        self.environment = os.environ | {
            "YOTOKIT_API_URL": found["url"],
            "YOTOKIT_AUTH_URL": found["url"],
            "YOTOKIT_TOKEN": found["token"],
            "YOTOKIT_STATE_DIR": str(folder / "state"),
            "TMPDIR": str(self.temporary),
            "OPENBLAS_NUM_THREADS": "1",
        }
        headers = {"Authorization": f"Bearer {found['token']}"}
        self._http = httpx.Client(
            base_url=found["url"], headers=headers, timeout=30.0, trust_env=False
        )

    def counters(self) -> dict[str, Any]:
        return self._ask("GET", "/emulator/counters").json()

    def cards(self, title: str) -> list[dict[str, Any]]:
        """Return all cards of a title, with their chapters."""
        listed = self._ask("GET", "/content/mine").json()["cards"]
        ids = [card["cardId"] for card in listed if card["title"] == title]
        return [self._ask("GET", f"/content/{card_id}").json()["card"] for card_id in ids]

    def delete(self, card_id: str) -> None:
        self._ask("DELETE", f"/content/{card_id}")

    def write(self, card: dict[str, Any]) -> None:
        """Write a card as another program would."""
        self._ask("POST", "/content", json=card)

    def frames(self, reference: str, rate: int) -> int:
        """Return the length of what a track plays, at a sample rate; -1 if it is not there."""
        answer = self._http.get(f"/emulator/media/{reference.removeprefix('yoto:#')}")
        if answer.status_code != httpx.codes.OK:
            return -1
        made = sf.info(io.BytesIO(answer.content))  # at a rate of the service's own
        return round(made.frames * rate / made.samplerate)

    def address(self, data: bytes, filename: str) -> str:
        """Return where to send bytes, as another program would."""
        params = {"sha256": hashlib.sha256(data).hexdigest(), "filename": filename}
        answer = self._ask("GET", "/media/transcode/audio/uploadUrl", params=params)
        return answer.json()["upload"]["uploadUrl"]

    def filename(self, digest: str) -> str:
        """Return the name that bytes were announced by."""
        params = {"sha256": digest}
        slot = self._ask("GET", "/media/transcode/audio/uploadUrl", params=params).json()["upload"]
        while True:
            # The first question after an upload finds nothing, as with the service.
            answer = self._http.get(f"/media/upload/{slot['uploadId']}/transcoded").json()
            if "transcode" in answer:
                return answer["transcode"]["uploadFilename"]

    def age(self) -> None:
        """Let the library's temporary folders look as if a day had gone by."""
        yesterday = time.time() - 86_400
        for folder in self.left_behind():
            os.utime(folder, (yesterday, yesterday))

    def left_behind(self) -> list[Path]:
        """Return the library's temporary folders."""
        return sorted(self.temporary.glob("yotokit-*"))

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._http.request(method, path, **options).raise_for_status()

    def close(self) -> None:
        self._http.close()
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN_S)
        finally:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
