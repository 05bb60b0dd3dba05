"""What was asked of the emulator, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

__all__ = ["Counters"]


@dataclass(slots=True)
class Counters:
    """What was asked of the emulator, for tests that count.

    Attributes
    ----------
    upload_urls, polls : int
        Requests for an upload address, and for the state of a transcode.
    puts, completed_puts, repeated_puts : int
        Uploads begun, those that were taken, and those among them whose bytes were there already.
    card_creates, card_updates, card_deletes : int
        Writes that had their effect.
    card_lists, card_reads : int
        Requests for all cards, and for one.
    icon_uploads, cover_uploads : int
        Pictures that were sent.
    refused : int
        Requests answered with 4xx, other than polls that came too early.
    faults : int
        Requests that a fault struck.
    faults_by_kind : dict of str to int
        The same by what happened; ``scripted`` for those that a `Fault` struck.
    completed_by_digest : dict of str to int
        How often bytes were taken, by their SHA-256 in hex: never more than once, if nothing is
        sent twice.
    """

    upload_urls: int = 0
    polls: int = 0
    puts: int = 0
    completed_puts: int = 0
    repeated_puts: int = 0
    card_creates: int = 0
    card_updates: int = 0
    card_deletes: int = 0
    card_lists: int = 0
    card_reads: int = 0
    icon_uploads: int = 0
    cover_uploads: int = 0
    refused: int = 0
    faults: int = 0
    faults_by_kind: dict[str, int] = field(default_factory=dict)
    completed_by_digest: dict[str, int] = field(default_factory=dict)

    @property
    def content_writes(self) -> int:
        """Creations and updates of cards."""
        return self.card_creates + self.card_updates

    def struck(self, kind: str) -> None:
        """Count a request that a fault strikes."""
        self.faults += 1
        self.faults_by_kind[kind] = self.faults_by_kind.get(kind, 0) + 1

    def completed(self, digest: str, *, again: bool) -> None:
        """Count an upload that was taken."""
        self.completed_puts += 1
        self.repeated_puts += again
        self.completed_by_digest[digest] = self.completed_by_digest.get(digest, 0) + 1

    def taken(self) -> Counters:
        """Return a copy that stays as it is; safe in any thread."""
        return replace(
            self,
            faults_by_kind=self.faults_by_kind.copy(),
            completed_by_digest=self.completed_by_digest.copy(),
        )
