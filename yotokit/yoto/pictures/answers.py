"""What the service says of pictures, as values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from yotokit.yoto.pictures.icon import Icon
from yotokit.yoto.plain import lacks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["cover_url", "icon_of_upload", "icons_of_list"]

_MEDIA_ID = re.compile(r"[\w-]{1,128}", re.ASCII)


def icons_of_list(
    answer: Mapping[str, Any], trusts: Callable[[str], bool], *, public: bool
) -> tuple[Icon, ...]:
    """Read a list of icons; one that has no name, and so is of no use, is left out.

    Parameters
    ----------
    trusts : callable
        Says of an address whether it may be asked: a notebook loads it. Others are left out.

    Raises
    ------
    UnexpectedAnswerError
        There is no list.
    """
    entries = answer.get("displayIcons")
    if not isinstance(entries, list):
        raise lacks("the list of icons", "displayIcons")
    icons = (_icon(entry, trusts, public=public) for entry in entries)
    return tuple({icon.media_id: icon for icon in icons if icon is not None}.values())


def icon_of_upload(answer: Mapping[str, Any], trusts: Callable[[str], bool]) -> Icon:
    """Read what became of an uploaded icon; its address may be missing.

    Raises
    ------
    UnexpectedAnswerError
        It has no name.
    """
    icon = _icon(answer.get("displayIcon"), trusts, public=False)
    if icon is None:
        raise lacks("the answer to an icon", "mediaId")
    return icon


def cover_url(answer: Mapping[str, Any]) -> str:
    """Read where an uploaded cover is.

    Raises
    ------
    UnexpectedAnswerError
        It is not said.
    """
    cover = answer.get("coverImage")
    url = _address(cover.get("mediaUrl")) if isinstance(cover, dict) else ""
    if not url:
        raise lacks("the answer to a cover", "mediaUrl")
    return url


def _icon(entry: Any, trusts: Callable[[str], bool], *, public: bool) -> Icon | None:
    if not isinstance(entry, dict):
        return None
    media_id, title, tags = entry.get("mediaId"), entry.get("title"), entry.get("publicTags")
    if not (isinstance(media_id, str) and _MEDIA_ID.fullmatch(media_id)):
        return None
    url = _address(entry.get("url"))
    return Icon(
        media_id,
        title if isinstance(title, str) else "",
        tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        url if trusts(url) else "",
        public,
    )


def _address(url: Any) -> str:
    """Return an address of the web; empty for all else, such as the ``{}`` of a known icon."""
    return url if isinstance(url, str) and url.startswith(("https://", "http://")) else ""
