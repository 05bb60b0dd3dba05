"""Runs in the environment of yoto-library: does one thing with it, and prints what it says.

Its addresses are constants of its modules; they are set here. Nothing else of it is touched.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

import keyring
from keyring.backend import KeyringBackend
from yoto_lib.icons import download
from yoto_lib.sync import sync_playlist
from yoto_lib.yoto import api, auth

SERVICE = os.environ["PEER_SERVICE_URL"]
auth.AUTH_BASE = api.API_BASE = SERVICE
download.ICON_BASE_URL = f"{SERVICE}/icons"


class KeptInAFile(KeyringBackend):
    """A keychain, since a machine without a desktop has none."""

    priority = 1
    file = Path.home() / "keychain.json"

    def get_password(self, service, username):
        return self.file.read_text("utf-8") if self.file.exists() else None

    def set_password(self, service, username, password):
        self.file.write_text(password, "utf-8")


def upload(path):
    return api.YotoAPI(interactive=False).upload_and_transcode(Path(path))


def send(*paths):
    """Do what `upload_and_transcode` does, up to the polls."""
    client, upload_ids = api.YotoAPI(interactive=False), []
    for path in map(Path, paths):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        slot = client.get_upload_url(digest, path.name)
        client.upload_audio_file(slot["uploadUrl"], path)
        upload_ids.append(slot["uploadId"])
    return upload_ids


def sync(folder):
    result = sync_playlist(Path(folder))
    return {
        "card_id": result.card_id,
        "tracks_uploaded": result.tracks_uploaded,
        "cover_uploaded": result.cover_uploaded,
        "icons_uploaded": result.icons_uploaded,
        "errors": result.errors,
    }


def call(name, *arguments):
    """Call a method of its client."""
    return getattr(api.YotoAPI(interactive=False), name)(*arguments)


def upload_icon(path):
    return api.YotoAPI(interactive=False).upload_icon(Path(path), auto_convert=True)


if __name__ == "__main__":
    keyring.set_keyring(KeptInAFile())
    step, *rest = sys.argv[1:]
    json.dump(globals()[step](*rest), sys.stdout)
