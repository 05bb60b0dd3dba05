"""How an emulator behaves where the service may behave in more than one way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Knobs", "NullAfter"]

NullAfter: TypeAlias = Literal["transcode", "upload"]


@dataclass(frozen=True, slots=True)
class Knobs:
    """What was chosen when an emulator was made; see `Emulator` for what each of them means."""

    url_life_s: float = 900.0
    playable_life_s: float = 3_600.0
    token_life_s: float = 86_400.0
    stale_read_s: float = 0.0
    level_lufs: float | None = -16.0
    null_after: NullAfter = "transcode"
    merge_updates: bool = False
    reuse_revokes: bool = True
