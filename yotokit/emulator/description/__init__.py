"""What can be asked of the emulator, as an OpenAPI description of both ports.

It is written by hand, since it says what the service takes, not what this code happens to read;
a test holds it against the routes.
"""

from __future__ import annotations

from typing import Any

from yotokit.emulator.description.paths import API, STORAGE
from yotokit.emulator.description.schemas import SCHEMAS

__all__ = ["description"]


def description(api_url: str, storage_url: str) -> dict[str, Any]:
    """Return the description.

    Parameters
    ----------
    api_url, storage_url : str
        Where the two ports are.

    Examples
    --------
    >>> sorted(description("http://127.0.0.1:1", "http://127.0.0.1:2")["paths"]["/content"])
    ['post']
    """
    storage = {path: {**item, "servers": [{"url": storage_url}]} for path, item in STORAGE.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "A local emulator of the Yoto service",
            "version": "1",
            "description": "The part of the service that makes cards, and the emulator's own pages "
            "under `/emulator/`. Not affiliated with Yoto.",
        },
        "servers": [{"url": api_url}],
        "paths": {**API, **storage},
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
