"""`Icon`: a display icon, as a frozen value."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from yotokit.markup import escape
from yotokit.yoto.plain import REFERENCE

__all__ = ["Icon", "Sheet"]

_SHOWN_PX = 64
_LONGEST_SHEET = 100


@dataclass(frozen=True, slots=True, repr=False)
class Icon:
    """A display icon of the service's, or of the account's own.

    Attributes
    ----------
    media_id : str
        The service's name for it.
    title : str
        What it shows. The service keeps none of an icon that was uploaded; the client that
        uploaded it does.
    tags : tuple of str
        Words to find it by.
    url : str
        Where its picture is; empty where the service did not say.
    public : bool
        The service's, not the account's own.
    data : bytes
        Its PNG, where this client made it.

    Examples
    --------
    >>> Icon("aUm9i3ex3qqAMYBv-i-O-pYMKuMJGICtR3Vhf289u2Q", "moon", ("night",), public=True)
    Icon(moon, yoto:#aUm9i3ex3qqAMYBv-i-O-pYMKuMJGICtR3Vhf289u2Q, public, tags: night)
    """

    media_id: str
    title: str = ""
    tags: tuple[str, ...] = ()
    url: str = ""
    public: bool = False
    data: bytes = field(default=b"", compare=False)

    @property
    def reference(self) -> str:
        """What a chapter or a track says to show it."""
        return f"{REFERENCE}{self.media_id}"

    def __repr__(self) -> str:
        parts = [self.title or "without a title", self.reference]
        parts.append("public" if self.public else "own")
        parts += [f"tags: {' '.join(self.tags)}"] if self.tags else []
        return f"Icon({', '.join(parts)})"

    def _repr_html_(self) -> str:
        source = self.url
        if self.data:
            source = f"data:image/png;base64,{base64.b64encode(self.data).decode()}"
        name = escape(self.title or self.reference)
        if not source.startswith(("https:", "http:", "data:image/png;")):
            return f"<span>{name}</span>"
        # Dark behind it, as on the player.
        style = (
            "image-rendering: pixelated; background: #16161a; border-radius: 8px; padding: 4px; "
            "margin: 0"
        )
        return (
            f'<img src="{escape(source)}" width="{_SHOWN_PX}" height="{_SHOWN_PX}" '
            f'alt="{name}" title="{name}" referrerpolicy="no-referrer" style="{style}">'
        )


class Sheet(tuple[Icon, ...]):
    """Icons, which a notebook shows side by side."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        cells = "".join(
            '<figure style="margin: 0; width: 88px; text-align: center; overflow-wrap: anywhere; '
            f'font-size: 11px">{icon._repr_html_()}<figcaption>{escape(icon.title)}</figcaption>'
            "</figure>"
            for icon in self[:_LONGEST_SHEET]
        )
        more = len(self) - _LONGEST_SHEET
        note = f"<p>and {more} more</p>" if more > 0 else ""
        none = "" if self else "<p>no icon</p>"
        return f'<div style="display: flex; flex-wrap: wrap; gap: 8px">{cells}</div>{note}{none}'
