"""`IntakeField`: where files are chosen in the browser; what it sends is looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets

from yotokit.audio import AUDIO_SUFFIXES
from yotokit.widgets.commands import Commanded, joined, text

__all__ = ["IntakeField"]

_HERE = Path(__file__).parent
_LONGEST_ID = 40
_LONGEST_NAME = 1_000
_LONGEST_PART = 6 << 20  # characters; a message of more than 10 MiB is not delivered
_PART_BYTES = 3 << 20
_NUMBERS = range(1 << 53)


class IntakeField(Commanded):
    """A field for files. Its traits are written by the painter alone.

    Parameters
    ----------
    on_command : callable, optional
        Given what comes, on any thread: a dict with ``do`` and ``file``, an id of the browser's.
        For ``offer`` there are ``name`` and ``size``, in bytes; for ``part``, ``at``, where it
        begins, and ``data`` in base64; ``lost`` says that the browser cannot read it any more,
        ``stop`` that a person does not want it.

    Attributes
    ----------
    label, accept : str
        Stands above the field; which endings it shows first.
    part_bytes : int
        How large a part is.
    files : list of dict
        What was offered: ``id``, ``name``, ``state`` (offered, coming, kept or refused), that in
        ``words``, and ``got`` of ``size`` bytes.
    """

    _esm = joined(_HERE / "intake.js")
    _css = _HERE / "intake.css"

    label = traitlets.Unicode("Choose audio files, or drop them here").tag(sync=True)
    accept = traitlets.Unicode(",".join(sorted(AUDIO_SUFFIXES))).tag(sync=True)
    part_bytes = traitlets.Int(_PART_BYTES).tag(sync=True)
    files = traitlets.List(traitlets.Dict()).tag(sync=True)

    def checked(self, content: dict[str, Any]) -> dict[str, Any] | None:
        """Return what is a command in a message, and nothing beside it; None if none is."""
        do, file = content.get("do"), text(content.get("file"), _LONGEST_ID)
        if file is None:
            return None
        if do == "offer":
            name, size = text(content.get("name"), _LONGEST_NAME), content.get("size")
            usable = name is not None and type(size) is int and size in _NUMBERS
            return {"do": do, "file": file, "name": name, "size": size} if usable else None
        if do == "part":
            at, data = content.get("at"), text(content.get("data"), _LONGEST_PART)
            usable = data is not None and type(at) is int and at in _NUMBERS
            return {"do": do, "file": file, "at": at, "data": data} if usable else None
        return {"do": do, "file": file} if do in {"lost", "stop"} else None
