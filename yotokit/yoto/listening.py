"""Audio on its way back: what the service made of a card's tracks, as a player would get it."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from yotokit.errors import NotFoundError
from yotokit.yoto import wire
from yotokit.yoto.models import SignedAddress
from yotokit.yoto.plain import lacks

if TYPE_CHECKING:
    import threading
    from typing import BinaryIO

    from yotokit.yoto.http import Http

__all__ = ["Listening", "Playable"]

LARGEST_BYTES = 200_000_000
"""Twice what the service takes for a track."""


@dataclass(frozen=True, slots=True)
class Playable:
    """The audio of one track, for as long as its address holds: an hour or so.

    Attributes
    ----------
    chapter_key, track_key : str
        Which track.
    format : str
        What the card tells players that it is: ``opus``, ``aac``...
    url : str
        A signed address, and so a secret.
    """

    chapter_key: str
    track_key: str
    format: str
    url: str = field(repr=False)


class Listening:
    """The part of a client that gets audio."""

    _http: Http

    def listen(
        self, card_id: str, *, stop: threading.Event | None = None
    ) -> dict[tuple[str, str], Playable]:
        """Ask where the audio of a card's tracks can be got, by the keys of chapter and track.

        Tracks without audio of the service's own, such as streams, are not among them.

        Raises
        ------
        NotFoundError
            The card does not exist, was deleted, or belongs to another account.
        SettingError
            No card has such an id.
        """
        path, params = wire.card_path(card_id), {"playable": "true"}
        _, answer = self._http.json("GET", path, params=params, stop=stop)
        card = _inside(answer, "card", dict)
        if wire.is_deleted(card):
            raise NotFoundError(f"the card {card_id} was deleted", status=HTTPStatus.NOT_FOUND)
        playables = [
            playable
            for chapter in _inside(_inside(card, "content", dict), "chapters", list)
            for track in _inside(chapter, "tracks", list)
            for playable in [_playable(chapter, track)]
            if playable is not None
        ]
        return {(each.chapter_key, each.track_key): each for each in playables}

    def fetch_audio(
        self,
        playable: Playable,
        sink: BinaryIO,
        *,
        limit_bytes: int = LARGEST_BYTES,
        stop: threading.Event | None = None,
    ) -> int:
        """Write a track's audio into a file that is open, and return its size in bytes.

        Parameters
        ----------
        sink : binary file
            After an error there may be a part of it.
        limit_bytes : int
            More than that is refused.

        Raises
        ------
        ApiError
            The storage refused; a status of 403 means that the address has expired.
        UnexpectedAnswerError
            The address is none to ask, or there is more than the limit.
        TransportError
            No answer came.
        """
        return self._http.get_file(playable.url, sink, limit_bytes=limit_bytes, stop=stop)


def _playable(chapter: Any, track: Any) -> Playable | None:
    if not isinstance(track, dict) or track.get("type") not in (None, "audio"):
        return None
    url = track.get("trackUrl")
    if not isinstance(url, str) or "://" not in url:
        return None
    keys = str(chapter.get("key") or ""), str(track.get("key") or "")
    return Playable(*keys, str(track.get("format") or ""), SignedAddress(url))


def _inside(holder: Any, key: str, kind: type[Any]) -> Any:
    value = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(value, kind):
        raise lacks("a card to be played", key)
    return value
