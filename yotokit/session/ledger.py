"""What a session looks up in the journal and enters there, in its own terms."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, TypeVar

from yotokit.audio import (
    GainPlan,
    Loudness,
    Rendered,
    digest,
    measuring_version,
    pack,
    rendering_version,
    unpack,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from yotokit.audio import FileStamp, Target
    from yotokit.journal import Journal

__all__ = ["Ledger", "set_key"]

T = TypeVar("T")


class Ledger:
    """The journal, as one session sees it.

    Parameters
    ----------
    journal : Journal
        Where it is kept.
    account : str
        Whose uploads and cards.
    dual_mono : bool
        How files are measured.

    Attributes
    ----------
    uploads, cards : Uploads, Cards
        Of the account.
    """

    def __init__(self, journal: Journal, account: str, *, dual_mono: bool) -> None:
        self.uploads = journal.uploads(account)
        self.cards = journal.cards(account)
        self._journal = journal
        self._account = account
        self._measuring = _text({"by": measuring_version(), "dual_mono": dual_mono})
        self._rendering = _text({"by": rendering_version(), "dual_mono": dual_mono})

    def digest(self, path: Path, stamp: FileStamp) -> str:
        """Return the SHA-256 of a file's content, hex; read anew only if it may have changed."""
        key = str(path), stamp.size_bytes, stamp.modified_ns
        sha256 = self._journal.digest(*key)
        if sha256 is None:
            sha256 = digest(path)
            self._journal.keep_digest(*key, sha256)
        return sha256

    def loudness(self, sha256: str, path: Path) -> Loudness | None:
        """Return the loudness of some content, as that of a file."""
        known = self._get(Loudness, sha256, "measured", self._measuring)
        return replace(known, path=path) if known is not None else None

    def keep_loudness(self, sha256: str, loudness: Loudness) -> None:
        """Keep the loudness of some content."""
        self._keep(sha256, "measured", self._measuring, loudness)

    def rendered(self, sha256: str, plan: GainPlan, max_bytes: int | None) -> Rendered | None:
        """Return what a gain made of some content. The bytes themselves are not kept."""
        return self._get(Rendered, sha256, "rendered", self._render_settings(plan, max_bytes))

    def keep_rendered(
        self, sha256: str, plan: GainPlan, max_bytes: int | None, rendered: Rendered
    ) -> None:
        """Keep what a gain made of some content."""
        self._keep(sha256, "rendered", self._render_settings(plan, max_bytes), rendered)

    def plan(self, key: str, stage: str, target: Target) -> GainPlan | None:
        """Return the gain that was found for some content, or for a set of files."""
        return self._get(GainPlan, key, stage, self._plan_settings(target))

    def keep_plan(self, key: str, stage: str, target: Target, plan: GainPlan) -> None:
        """Keep the gain for some content, or for a set of files."""
        self._keep(key, stage, self._plan_settings(target), plan)

    def number_icons(self) -> dict[int, str]:
        """Return the references of the numbers that were uploaded as icons."""
        told = self._texts("number icons")
        return {int(number): icon for number, icon in told.items() if number.isdecimal()}

    def keep_number_icons(self, icons: Mapping[int, str]) -> None:
        """Keep the references of the numbers that were uploaded as icons."""
        self._keep_texts("number icons", {str(number): icon for number, icon in icons.items()})

    def cover(self, picture_sha256: str) -> str | None:
        """Return the address that the service gave a picture; None if it has not got it."""
        return self._texts(f"cover {picture_sha256}").get("url")

    def keep_cover(self, picture_sha256: str, url: str) -> None:
        """Keep the address that the service gave a picture."""
        self._keep_texts(f"cover {picture_sha256}", {"url": url})

    def own_files(self, mark: str, card_id: str) -> dict[str, str]:
        """Return the files that the session of a mark made chapters of, by the chapters' keys."""
        return self._texts(f"files {mark} {card_id}")

    def keep_own_files(self, mark: str, card_id: str, files: Mapping[str, str]) -> None:
        """Keep the files that the session of a mark made chapters of, by the chapters' keys."""
        if files != self.own_files(mark, card_id):
            self._keep_texts(f"files {mark} {card_id}", files)

    def claim(self, what: str, holder: str) -> bool:
        """Claim something of the account for one job or session in all processes."""
        return self._journal.claim(self._account, what, holder)

    def unclaim(self, what: str, holder: str) -> None:
        """Give up a claim."""
        self._journal.unclaim(self._account, what, holder)

    def _plan_settings(self, target: Target) -> str:
        return self._measuring + _text(asdict(target))

    def _render_settings(self, plan: GainPlan, max_bytes: int | None) -> str:
        return f"{self._rendering} {plan.gain_db!r} {plan.limiter_dbtp!r} {max_bytes}"

    def _texts(self, what: str) -> dict[str, str]:
        """Return what the account's pictures and chapters are called, as it was kept."""
        data = self._journal.result(what, "names", self._account)
        with suppress(ValueError):
            told = json.loads(data) if data is not None else {}
            if isinstance(told, dict):
                return {key: name for key, name in told.items() if isinstance(name, str)}
        return {}

    def _keep_texts(self, what: str, texts: Mapping[str, str]) -> None:
        self._journal.keep_result(what, "names", self._account, json.dumps(texts).encode())

    def _get(self, kind: type[T], sha256: str, stage: str, settings: str) -> T | None:
        data = self._journal.result(sha256, stage, settings)
        # What was damaged or written by another version counts as not there.
        with suppress(ValueError):
            return unpack(kind, data) if data is not None else None
        return None

    def _keep(self, sha256: str, stage: str, settings: str, value: Any) -> None:
        self._journal.keep_result(sha256, stage, settings, pack(value))


def set_key(digests: Iterable[str]) -> str:
    """Return a name for a set of contents, whatever their order.

    Examples
    --------
    >>> set_key(["a", "b"]) == set_key(["b", "a"]) != set_key(["a"])
    True
    """
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()


def _text(settings: dict[str, Any]) -> str:
    return json.dumps(settings, sort_keys=True)
