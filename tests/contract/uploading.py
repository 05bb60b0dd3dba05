"""An upload the way a session makes it."""

from __future__ import annotations

import hashlib


def send(yoto, path, **options):
    """Announce a file, and send it; return the upload's id."""
    data = path.read_bytes()
    announced = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "size_bytes": len(data),
        "content_type": "audio/wav",
        "filename": path.name,
    }
    return yoto.upload(path, **(announced | options))
