"""What nobody has published about the service, asked of the service itself.

With ``YOTOKIT_LIVE_TOKEN`` it asks the real one; docs/live.md says what that takes and leaves
behind. Without, it asks an emulator, which shows that the questions work and nothing else.

    python tests/live/questions.py [--only NUMBER ...] [--large] [--seed TEXT] > answers.md
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
from desk import Desk, flac, noise

import yotokit as yk
from yotokit.errors import ApiError, YotokitError

if TYPE_CHECKING:
    from collections.abc import Callable

UNKNOWN = "not asked"


@dataclass
class Inquiry:
    """What the questions share.

    Attributes
    ----------
    desk : Desk
        The account.
    seed : int
        Of the sounds: those of another run have other bytes.
    large : bool
        Ask what takes long to send, too.
    seen : dict
        What one question finds and another one needs.
    """

    desk: Desk
    seed: int
    large: bool = False
    seen: dict[str, Any] = field(default_factory=dict)

    def sound(self, number: int, duration_s: float = 12.0, rms_dbfs: float = -20.0, **how: float):
        """Return the bytes of a sound that no other question uses."""
        signal = noise(duration_s, rms_dbfs, seed=self.seed * 100 + number, **how)
        return flac(signal)


def digest_spelling(ask: Inquiry) -> dict[str, str]:
    """Which spelling of a SHA-256 does the service know bytes by?"""
    data = ask.sound(1)
    digest = hashlib.sha256(data)
    spelt = {
        "hex": digest.hexdigest(),
        "base64url": urlsafe_b64encode(digest.digest()).rstrip(b"=").decode(),
    }
    upload_id = ask.desk.upload(data)
    ask.desk.transcoded(upload_id)
    slots = {name: ask.desk.slot(text) for name, text in spelt.items()}
    ask.seen["slot"] = ask.desk.slot("0" * 64)
    return {
        **{name: "known" if not slot.get("uploadUrl") else "new" for name, slot in slots.items()},
        "the upload's id is the digest in base64url": _yes(upload_id == spelt["base64url"]),
    }


def leveling(ask: Inquiry) -> dict[str, str]:
    """Does the service level what it is given, to what, and does its parameter change that?"""
    found = {}
    for number, rms_dbfs in enumerate((-33.0, -13.0), start=2):
        data = ask.sound(number, 24.0, rms_dbfs, swell_db=8.0)
        upload_id = ask.desk.upload(data)
        names = {flag: ask.desk.transcoded(upload_id, flag) for flag in ("false", "true")}
        (before,) = ask.desk.listen(ask.desk.card("yotokit level", ask.desk.media(data)))
        found[f"noise of {rms_dbfs:.0f} dBFS"] = (
            f"{before.integrated_lufs:.1f} LUFS, {before.true_peak_dbtp:.1f} dBTP, "
            f"range {before.range_lu:.1f} LU (8 LU in the source: less means that it is squeezed)"
        )
        same = names["false"]["transcodedSha256"] == names["true"]["transcodedSha256"]
        found[f"loudnorm=true gives other audio ({rms_dbfs:.0f} dBFS)"] = _yes(not same)
    return found


def partial_updates(ask: Inquiry) -> dict[str, str]:
    """Does an update without content, or without metadata, keep or erase it?"""
    desk, found = ask.desk, {}
    for part in ("metadata", "content"):
        card = desk.card(f"yotokit {part}", desk.media(ask.sound(4)))
        card = desk.yoto.write_card(replace(card, metadata={**card.metadata, "note": "kept"}))
        raw = desk.ask("GET", f"/content/{card.card_id}")["card"]
        body = {key: raw[key] for key in ("cardId", "title", "metadata", "content") if key != part}
        try:
            desk.ask("POST", "/content", body=body)
        except ApiError as error:
            found[f"without {part}"] = f"refused ({error.status}: {error})"
            continue
        time.sleep(ask.seen.get("settle_s", 2.0))
        after = desk.ask("GET", f"/content/{card.card_id}")["card"].get(part) or {}
        kept = after.get("note") == "kept" if part == "metadata" else bool(after.get("chapters"))
        found[f"without {part}"] = "kept" if kept else "erased"
    return found


def token_life(ask: Inquiry) -> dict[str, str]:
    """For how long is a token good, and does it renew itself?"""
    identity = ask.desk.yoto.whoami
    ends = identity.expires_at
    left = "it does not say" if ends is None else f"{(ends.timestamp() - time.time()) / 3600:.1f} h"
    return {
        "left of this token": left,
        "renews itself": _yes(identity.renews),
        "its scopes": " ".join(identity.scopes) or "it does not say",
    }


def limits(ask: Inquiry) -> dict[str, str]:
    """How long may titles be; and, with --large, how large a file and how long a card?"""
    desk = ask.desk
    media = desk.media(ask.sound(5))
    found = {}
    for letters in (100, 101, 140):
        found[f"title of {letters} letters"] = _taken(desk, "yotokit ".ljust(letters, "y"), media)
    if ask.large:
        hour = desk.media(ask.sound(6, 3_000.0, -60.0))
        found["a track of 50 min"] = f"taken, {hour.size_bytes / 1e6:.0f} MB stored"
        found["a card of 5 h 50 min"] = _taken(desk, "yotokit long", *[hour] * 7)
        data = ask.sound(7, 900.0, -10.0)
        state = desk.transcoded(desk.upload(data))
        error = state.get("error")
        found[f"a file of {len(data) / 1e6:.0f} MB"] = f"refused ({error})" if error else "taken"
    return found


def upload_addresses(ask: Inquiry) -> dict[str, str]:
    """How long is an upload address good for, and what becomes of bytes that were not announced?"""
    slot = ask.seen.get("slot") or ask.desk.slot("0" * 64)
    query = parse_qs(urlsplit(slot["uploadUrl"]).query)
    try:
        answer = httpx.put(slot["uploadUrl"], content=b"other bytes", timeout=60.0)
        wrong = f"HTTP {answer.status_code}"
    except httpx.HTTPError as error:
        wrong = type(error).__name__
    return {
        "the address says that it is good for": " ".join(query.get("X-Amz-Expires", ["?"])) + " s",
        "bytes of another digest": wrong,
    }


def memory(ask: Inquiry) -> dict[str, str]:
    """Does the service still hold what no card refers to? Run again with the same --seed later."""
    data = flac(noise(12.0, -20.0, seed=ask.seed))
    known = not ask.desk.slot(hashlib.sha256(data).hexdigest()).get("uploadUrl")
    if not known:
        ask.desk.transcoded(ask.desk.upload(data))
    return {"sound of this seed": "still held" if known else "was not held; it is now"}


def second_delete(ask: Inquiry) -> dict[str, str]:
    """What does the service say when a card is deleted twice, read, or written afterwards?"""
    desk = ask.desk
    card = desk.card("yotokit gone", desk.media(ask.sound(8)))
    desk.yoto.delete_card(card.card_id)
    return {
        "deleted again": _said(lambda: desk.ask("DELETE", f"/content/{card.card_id}")),
        "read": _said(lambda: desk.ask("GET", f"/content/{card.card_id}")),
        "written": _said(lambda: desk.yoto.write_card(card)),
    }


def stale_reads(ask: Inquiry) -> dict[str, str]:
    """For how long does a read show what was there before a write?"""
    desk = ask.desk
    card = desk.card("yotokit before", desk.media(ask.sound(9)))
    begin_s = time.monotonic()
    desk.yoto.write_card(replace(card, title="yotokit after"))
    written_s = time.monotonic()
    while desk.yoto.card(card.card_id).title != "yotokit after":
        time.sleep(0.1)
        if time.monotonic() - written_s > 60.0:
            return {"a read after a write": "still the old one after 60 s"}
    return {
        "a read after a write": f"the new one after {time.monotonic() - written_s:.1f} s",
        "the write took": f"{written_s - begin_s:.1f} s",
    }


QUESTIONS: tuple[Callable[[Inquiry], dict[str, str]], ...] = (
    digest_spelling,
    leveling,
    partial_updates,
    token_life,
    limits,
    upload_addresses,
    memory,
    second_delete,
    stale_reads,
)


def answers(ask: Inquiry, only: list[int] | None = None) -> str:
    """Ask the questions, and return the answers as Markdown; one that fails is told, too."""
    lines = [f"# Answers of {urlsplit(ask.desk.yoto.api_url).netloc}", ""]
    for number, question in enumerate(QUESTIONS, start=1):
        if only and number not in only:
            continue
        lines += [f"## {number}. {(question.__doc__ or '').strip()}", ""]
        try:
            found = question(ask)
        except (YotokitError, TimeoutError, KeyError) as error:
            found = {"no answer": f"{type(error).__name__}: {error}"}
        finally:
            ask.desk.clear()
        lines += [f"- {name}: **{answer}**" for name, answer in found.items()] + [""]
    return "\n".join(lines)


def _taken(desk: Desk, title: str, *medias: Any) -> str:
    return _said(lambda: desk.card(title, *medias))


def _said(call: Callable[[], object]) -> str:
    try:
        call()
    except ApiError as error:
        return f"HTTP {error.status}: {error}"
    except YotokitError as error:
        return f"{type(error).__name__}: {error}"
    return "taken"


def _yes(holds: object) -> str:
    return "yes" if holds else "no"


def main() -> None:
    """Ask, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", type=int, nargs="*", help="numbers of questions")
    parser.add_argument("--large", action="store_true", help="send large files as well")
    parser.add_argument("--seed", default=time.strftime("%Y%m%d"), help="of the sounds")
    arguments = parser.parse_args()
    seed = int(hashlib.sha256(arguments.seed.encode()).hexdigest()[:8], 16)
    token = os.environ.get("YOTOKIT_LIVE_TOKEN")
    if token:
        with yk.YotoClient.login(token=token) as yoto:
            text = answers(Inquiry(Desk(yoto), seed, arguments.large), arguments.only)
    else:
        with yk.YotoEmulator(transcode_s=(0.0, 0.1)) as emulator, emulator.client() as yoto:
            ask = Inquiry(Desk(yoto, 0.05), seed, arguments.large, {"settle_s": 0.0})
            text = answers(ask, arguments.only)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
