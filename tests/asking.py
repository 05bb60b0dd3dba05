"""Asks an emulator over HTTP, without the client."""

from __future__ import annotations

import hashlib
import time

import httpx


class Caller:
    """Asks an emulator without the client."""

    def __init__(self, emulator):
        self.http = httpx.Client(
            base_url=emulator.url,
            headers={"Authorization": f"Bearer {emulator.token}"},
            timeout=30,
        )

    def upload(self, data, filename="tone.wav"):
        params = {"sha256": hashlib.sha256(data).hexdigest(), "filename": filename}
        slot = self.http.get("/media/transcode/audio/uploadUrl", params=params).json()["upload"]
        if slot["uploadUrl"]:
            assert httpx.put(slot["uploadUrl"], content=data).status_code == 200
        for _ in range(600):
            answer = self.http.get(f"/media/upload/{slot['uploadId']}/transcoded")
            if answer.status_code == 200:
                return answer.json()["transcode"]
            time.sleep(0.01)
        raise AssertionError(answer.text)

    def write_card(self, *sha256s, **changes):
        return self.http.post("/content", json=card(*sha256s) | changes)

    def playable(self, card_id, **params):
        answer = self.http.get(f"/content/{card_id}", params={"playable": "true"} | params)
        return answer.json()["card"]

    def address_of(self, data, **options):
        made = self.write_card(self.upload(data, **options)["transcodedSha256"]).json()["card"]
        return track_url(self.playable(made["cardId"]))


def card(*sha256s, icon=None):
    chapters = [
        {
            "key": f"{number:02}",
            "title": "T",
            "overlayLabel": "1",
            "display": {"icon16x16": icon},
            "tracks": [
                {
                    "key": "01",
                    "title": "T",
                    "trackUrl": f"yoto:#{sha256}",
                    "type": "audio",
                    "format": "opus",
                    "display": {"icon16x16": icon},
                }
            ],
        }
        for number, sha256 in enumerate(sha256s, 1)
    ]
    return {"title": "Card", "content": {"chapters": chapters}}


def track_url(found, number=0):
    return found["content"]["chapters"][number]["tracks"][0]["trackUrl"]
