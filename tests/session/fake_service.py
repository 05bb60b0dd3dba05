"""The service in memory: no socket, no sleep, and faults where a test wants them.

It outlives the kernels that talk to it, and counts what must not happen twice.
"""

from __future__ import annotations

import hashlib
import threading
from base64 import urlsafe_b64encode
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

from yotokit.errors import (
    JobCancelledError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    SourceChangedError,
    TranscodeError,
    TransportError,
    UploadError,
)
from yotokit.yoto import Card, Media, Traffic, Transcode, YotoClient
from yotokit.yoto.models import UploadSlot

if TYPE_CHECKING:
    from collections.abc import Callable

# What a fault does to a request: has it its effect all the same, and what does the caller see.
FAULTS = {
    "no connection": (False, lambda: TransportError("no connection", may_have_arrived=False)),
    "lost": (True, lambda: TransportError("the answer was lost")),
    "broken": (False, lambda: TransportError("the connection broke")),
    "500": (False, lambda: ServerError("failed", status=500)),
    "500 after": (True, lambda: ServerError("failed, but did it", status=500)),
    "429": (False, lambda: RateLimitedError("too many", status=429)),
    "403": (False, lambda: UploadError("expired", status=403)),
}
KINDS = ("slot", "put", "poll", "cards", "card", "write")
# So often the first polls of an upload find nothing, at most: a client looks four times.
MOST_LAG = 3
ACCOUNT = "fake|1"


@dataclass
class Upload:
    """Bytes that arrived, and how far the service is with them."""

    digest: str
    upload_id: str
    polls_left: int
    lag: int
    fails: bool


@dataclass
class FakeService:
    """An account: uploads, media, cards, and what is to go wrong next.

    Attributes
    ----------
    now_s : callable
        The time of the world, for the list of cards that lags.
    completed, excuses : Counter
        How often bytes arrived, by their digest; and how often the service was made to lose them
        or to fail with them, so that they must come once more.
    created, deleted : Counter
        Cards by title.
    writes : list of (client's name, card)
        Writes of cards that had their effect.
    broken : list of str
        What must never be.
    made, finished : set of str
        Digests that it holds media of, and the names of all media that it ever made.
    fresh_ids, null_after_upload : bool
        Two things that the service leaves open: whether the same bytes get the same name, and
        from when on they get no address any more.
    """

    now_s: Callable[[], float]
    fresh_ids: bool = False
    null_after_upload: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)
    faults: list[tuple[str, str]] = field(default_factory=list)
    fired: Counter[tuple[str, str]] = field(default_factory=Counter)
    completed: Counter[str] = field(default_factory=Counter)
    excuses: Counter[str] = field(default_factory=Counter)
    created: Counter[str] = field(default_factory=Counter)
    deleted: Counter[str] = field(default_factory=Counter)
    writes: list[tuple[str, Card]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    cards: dict[str, Card] = field(default_factory=dict)
    listed_from_s: dict[str, float] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    finished: set[str] = field(default_factory=set)
    next_transcode: list[str] = field(default_factory=list)
    record_lag: int = 0
    list_lag_s: float = 0.0
    _numbers: int = 0

    def calm(self) -> None:
        """Let nothing go wrong any more."""
        with self.lock:
            self.faults.clear()
            self.next_transcode.clear()
            self.record_lag, self.list_lag_s = 0, 0.0
            self.listed_from_s.clear()
            for upload in self.uploads.values():
                upload.lag, upload.polls_left = 0, min(upload.polls_left, 1)

    def take_fault(self, kind: str) -> str | None:
        with self.lock:
            for number, (where, how) in enumerate(self.faults):
                if where == kind:
                    del self.faults[number]
                    self.fired[where, how] += 1
                    return how
        return None

    def number(self) -> int:
        self._numbers += 1
        return self._numbers

    def slot(self, digest: str) -> UploadSlot:
        for upload in self.uploads.values():
            held = upload.digest == digest and not upload.fails
            if held and (self.null_after_upload or digest in self.made):
                return UploadSlot(upload.upload_id, None)
        upload_id = f"{digest[:16]}-{self.number() if self.fresh_ids else 0}"
        return UploadSlot(upload_id, f"https://storage/{upload_id}/{digest}")

    def put(self, url: str) -> None:
        upload_id, digest = url.split("/")[-2:]
        kind = self.next_transcode.pop() if self.next_transcode else ""
        polls = {"slow": 12, "never": 10**6}.get(kind, 1)
        self.completed[digest] += 1
        if kind in ("error", "never"):
            self.excuses[digest] += 1
        self.uploads[upload_id] = Upload(digest, upload_id, polls, self.record_lag, kind == "error")

    def poll(self, upload_id: str) -> Transcode:
        upload = self.uploads.get(upload_id)
        if upload is not None and upload.lag:
            upload.lag -= 1
            upload = None
        if upload is None:
            return Transcode(None, "not there yet", there=False)
        if upload.fails:
            raise TranscodeError("file is not a valid audio/video file")
        if upload.polls_left:
            upload.polls_left -= 1
            return Transcode(None, "transcoding")
        media = media_of(upload.digest)
        self.made.add(upload.digest)
        self.finished.add(media.sha256)
        return Transcode(media, "complete")

    def forget_an_upload(self, which: int) -> None:
        """Lose an upload, and what was made of it."""
        with self.lock:
            if self.uploads:
                upload = self.uploads.pop(sorted(self.uploads)[which % len(self.uploads)])
                self.excuses[upload.digest] += 1
                self.made.discard(upload.digest)

    def list_cards(self) -> tuple[Card, ...]:
        return tuple(
            replace(card, chapters=())
            for card in self.cards.values()
            if self.listed_from_s.get(card.card_id, 0.0) <= self.now_s()
        )

    def card(self, card_id: str) -> Card:
        if card_id not in self.cards:
            raise NotFoundError(f"no card {card_id}", status=404)
        return self.cards[card_id]

    def write(self, card: Card, who: str) -> Card:
        for chapter in card.chapters:
            for track in chapter.tracks:
                if track.media.sha256 not in self.finished:
                    self.broken.append(f"{who} put {track.title!r} on a card before it was there")
        card_id = card.card_id
        if not card_id:
            card_id = f"c{self.number():04}"
            self.created[card.title] += 1
            self.listed_from_s[card_id] = self.now_s() + self.list_lag_s
        elif card_id not in self.cards:
            raise NotFoundError(f"no card {card_id}", status=404)
        written = replace(card, card_id=card_id, updated_at=f"{self.number():012}")
        self.cards[card_id] = written
        self.writes.append((who, written))
        return written

    def of_title(self, title: str) -> list[Card]:
        return [card for card in self.cards.values() if card.title == title]

    def edit(self, title: str) -> bool:
        """Change a chapter's title by hand, as the app does; say whether there was one."""
        with self.lock:
            for card in self.of_title(title):
                if card.chapters:
                    first = replace(card.chapters[0], title=f"by hand {self.number()}")
                    changed = replace(card, chapters=(first, *card.chapters[1:]))
                    self.write(changed, "by hand")
                    return True
        return False

    def delete(self, title: str) -> None:
        with self.lock:
            for card in self.of_title(title):
                del self.cards[card.card_id]
                self.deleted[title] += 1


class FakeClient(YotoClient):
    """`YotoClient` with its own logic of uploads, on the service in memory.

    Parameters
    ----------
    service : FakeService
        The account.
    name : str
        Who writes cards.
    point : callable
        Called with a kind and "before" or "after", around what each request does.
    """

    def __init__(
        self,
        service: FakeService,
        name: str = "client",
        point: Callable[[str, str], None] = lambda kind, when: None,
    ) -> None:
        self.account, self.api_url = ACCOUNT, "https://fake"
        self.service, self.name, self.point = service, name, point
        self._http = _Wire(self)
        self._icons = FakeIcons(self)

    @property
    def icons(self):
        return self._icons

    def upload_slot(self, sha256, filename, *, stop=None):
        return self._http.call("slot", lambda: self.service.slot(sha256))

    def transcode(self, upload_id, *, stop=None):
        return self._http.call("poll", lambda: self.service.poll(upload_id))

    def cards(self):
        return self._http.call("cards", self.service.list_cards)

    def card(self, card_id):
        return self._http.call("card", lambda: self.service.card(card_id))

    def write_card(self, card):
        return self._http.call("write", lambda: self.service.write(card, self.name))

    def illustrated(self, card, **_):
        return card

    def __repr__(self) -> str:
        return f"FakeClient({self.name})"


@dataclass
class FakeIcons:
    """What a session asks of the icons: numbers, each uploaded once."""

    client: FakeClient
    uploaded: Counter[int] = field(default_factory=Counter)

    def number(self, number):
        def upload():
            self.uploaded[number] += 1
            return SimpleNamespace(reference=f"yoto:#{media_name(f'icon {number}')}")

        return self.client._http.call("icon", upload)

    def know_number(self, number, media_id):
        pass

    def forget_number(self, number):
        pass

    def suggest(self, title):
        return None

    def all(self):
        return ()


class _Wire:
    """What the client takes for its connection."""

    def __init__(self, client: FakeClient) -> None:
        self.client = client
        self.reached = False
        self.traffic = Traffic()

    def call(self, kind, effect):
        service, answer, error = self.client.service, None, None
        self.client.point(kind, "before")
        fault = service.take_fault(kind)
        takes_effect, seen = FAULTS.get(fault, (True, None))
        if takes_effect:
            try:
                with service.lock:
                    answer = effect()
            except (TranscodeError, NotFoundError) as caught:
                error = caught
        self.client.point(kind, "after")
        if seen is not None:
            raise seen()
        self.reached = True
        if error is not None:
            raise error
        return answer

    def put_file(self, url, path, *, sha256, stop=None, progress=None, **_):
        def send() -> None:
            data = b""
            with suppress(OSError):
                data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() != sha256:
                raise SourceChangedError(path, "is not what was announced")
            if progress is not None:
                progress(len(data))
            if stop is not None and stop.is_set():
                raise JobCancelledError("cancelled while it was sent")
            self.client.service.put(url)

        try:
            self.call("put", send)
        except (ServerError, RateLimitedError) as error:
            raise UploadError(str(error), status=error.status) from error


def media_name(digest: str) -> str:
    """Return the service's name for what it makes of some bytes."""
    made = hashlib.sha256(f"opus of {digest}".encode()).digest()
    return urlsafe_b64encode(made).rstrip(b"=").decode()


def media_of(digest: str) -> Media:
    return Media(media_name(digest), 1.0, 8_192, "opus", "mono")
