"""The program with a folder: killed in the middle of writes, and asked what is left."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import httpx
import pytest
from asking import Caller, card
from PIL import Image
from sound import write_tone

from yotokit.emulator import Emulator


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "kept"


@pytest.fixture
def tone(tmp_path):
    return write_tone(tmp_path / "tone.flac", duration_s=1.0).read_bytes()


def png(color):
    out = io.BytesIO()
    Image.new("RGBA", (16, 16), color).save(out, "PNG")
    return out.getvalue()


def started(folder):
    program = subprocess.Popen(
        [
            *(sys.executable, "-m", "yotokit.emulator", "--port", "0", "--json"),
            *("--folder", str(folder), "--transcode-s", "0", "0.05"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return program, json.loads(program.stdout.readline())


class Writer(threading.Thread):
    """Writes until the service is gone, and notes what was answered."""

    def __init__(self, found, number, sha256):
        super().__init__(name=f"writer {number}")
        self.found, self.number, self.sha256 = found, number, sha256
        self.cards, self.icons, self.uploads = {}, [], []

    def run(self):
        headers = {"Authorization": f"Bearer {self.found['token']}"}
        with httpx.Client(base_url=self.found["url"], headers=headers, timeout=10) as http:
            try:
                for n in range(100_000):
                    self._write(http, n)
            except httpx.TransportError:
                return

    def _write(self, http, n):
        title = f"{self.number} {n}"
        known = [{"cardId": card_id} for card_id in self.cards][: n % 2]
        body = card(self.sha256) | {"title": title} | (known[0] if known else {})
        made = http.post("/content", json=body).json()["card"]
        self.cards[made["cardId"]] = title
        color = (self.number, n % 256, n // 256, 255)
        icon = http.post(
            "/media/displayIcons/user/me/upload?autoConvert=false",
            content=png(color),
            headers={"Content-Type": "image/png"},
        ).json()
        self.icons.append(icon["displayIcon"]["mediaId"])
        data = title.encode() * 1000
        query = {"sha256": hashlib.sha256(data).hexdigest()}
        slot = http.get("/media/transcode/audio/uploadUrl", params=query).json()["upload"]
        if httpx.put(slot["uploadUrl"], content=data).status_code == 200:
            self.uploads.append(slot["uploadId"])


def test_what_was_answered_is_there_after_a_kill_in_the_middle_of_writes(folder, tone):
    everything = {}
    icons, uploads = set(), set()
    sha256 = ""
    for round_ in range(3):
        program, found = started(folder)
        try:
            with httpx.Client(
                base_url=found["url"], headers={"Authorization": f"Bearer {found['token']}"}
            ) as http:
                listed = http.get("/content/mine").json()["cards"]
                titles = {c["cardId"]: c["title"] for c in listed}
                own = http.get("/media/displayIcons/user/me").json()["displayIcons"]
                asked = {i: http.get(f"/media/upload/{i}/transcoded").status_code for i in uploads}
            assert everything.items() <= titles.items()
            assert icons <= {icon["mediaId"] for icon in own}
            assert set(asked.values()) <= {202, 404}  # they are no audio; 404 is a first poll
            assert len(titles) <= len(everything) + 4  # those whose answers were lost
            if not sha256:
                emulator = SimpleNamespace(**found)
                caller = Caller(emulator)
                sha256 = caller.upload(tone)["transcodedSha256"]
                caller.http.close()
            writers = [Writer(found, 10 * round_ + n, sha256) for n in range(4)]
            for writer in writers:
                writer.start()
            time.sleep(1.0 + 0.37 * round_)
            os.kill(program.pid, signal.SIGKILL)
            for writer in writers:
                writer.join(20)
                everything = titles | everything | writer.cards
                icons |= set(writer.icons)
                uploads |= set(writer.uploads)
        finally:
            program.kill()
            program.communicate()

    assert len(everything) > 10
    with Emulator(folder=folder) as emulator:
        assert everything.items() <= {c["cardId"]: c["title"] for c in emulator.cards}.items()
        assert uploads <= set(emulator._state.uploads)


def test_the_program_says_where_it_keeps_its_cards_and_that_a_folder_is_in_use(folder):
    program, _ = started(folder)
    try:
        second = subprocess.run(
            [sys.executable, "-m", "yotokit.emulator", "--port", "0", "--folder", str(folder)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        program.terminate()
        program.communicate(timeout=20)

    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "another emulator is using the folder" in second.stderr
    assert program.returncode == 0
    assert folder.exists()
