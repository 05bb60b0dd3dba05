"""`Icon`: a display icon, as a frozen value."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from yotokit.markup import Html, escape, page_fragment
from yotokit.yoto.illustrating import fetched
from yotokit.yoto.plain import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Icon", "Sheet"]

_SHOWN_PX = 64
_LONGEST_SHEET = 100
_WITHIN_S = 5.0


class _Shown:
    """Holds the way to an icon's picture where no field has it: it is not pickled."""

    __slots__ = ("_ask",)
    _ask: Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True, repr=False)
class Icon(_Shown):
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

    def picture(self) -> bytes | None:
        """Return its picture, PNG, 16 by 16; None if it is not to be had. Never raises."""
        if self.data:
            return self.data
        return self._ask(self.reference) if hasattr(self, "_ask") else None

    def shown_by(self, picture: Callable[[str], bytes | None]) -> Icon:
        """Let it ask for its picture, by its reference, when a notebook shows it; return itself."""
        object.__setattr__(self, "_ask", picture)
        return self

    def _repr_html_(self) -> str:
        return page_fragment(_figure(self, _pictures((self,))))


class Sheet(tuple[Icon, ...]):
    """Icons, which a notebook shows side by side."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        shown = self[:_LONGEST_SHEET]
        pictures = _pictures(shown)
        figures = " ".join(_figure(icon, pictures) for icon in shown)
        more = len(self) - len(shown)
        said = f"and {more} more" if more else "" if self else "no icon"
        return page_fragment(
            Html(f'<div style="display: flex; flex-wrap: wrap; gap: 8px">{figures}</div>'),
            Html(f"<p>{said}</p>") if said else "",
        )


def _pictures(icons: Iterable[Icon]) -> dict[str, bytes]:
    """Return what there is of their pictures: they are kept where they are shown."""
    own = {icon.reference: icon.data for icon in icons if icon.data}
    wanted = {icon.reference: icon.picture for icon in icons if icon.reference not in own}
    return own | fetched(wanted, within_s=_WITHIN_S)


def _figure(icon: Icon, pictures: dict[str, bytes]) -> Html:
    name = escape(icon.title or icon.reference)
    figure = (
        '<figure style="margin: 0; width: 88px; text-align: center; overflow-wrap: anywhere; '
        'font-size: 12px">'
    )
    data = pictures.get(icon.reference)
    if data is None:
        return Html(f"{figure}<figcaption>{name}</figcaption></figure>")
    # Dark behind it, as on the player.
    style = (
        "image-rendering: pixelated; background: #16161a; border-radius: 8px; padding: 4px; "
        "margin: 0 auto; display: block"
    )
    image = (
        f'<img src="data:image/png;base64,{base64.b64encode(data).decode()}" alt="" '
        f'width="{_SHOWN_PX}" height="{_SHOWN_PX}" style="{style}"/>'
    )
    return Html(f"{figure}{image}<figcaption>{name}</figcaption></figure>")
