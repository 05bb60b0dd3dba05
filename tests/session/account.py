"""An account in memory that holds one card and the sound of its tracks."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import soundfile as sf

import yotokit as yk
from yotokit.audio import GainPlan
from yotokit.errors import ApiError, JobCancelledError, NotFoundError
from yotokit.session import JobSnapshot, JobState, Report
from yotokit.yoto import Card, Chapter, Media, Track
from yotokit.yoto.listening import Playable
from yotokit.yoto.models import SignedAddress

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "CANARY-SIGNATURE"


def noise(path: Path, lufs: float, *, duration_s: float = 2.0, channels: int = 2, seed=0, **how):
    """Write noise of a loudness into a file, Ogg Opus where nothing else is said."""
    options = {"format": "OGG", "subtype": "OPUS"} | how
    white = np.random.default_rng(seed).standard_normal(int(48_000 * duration_s))
    one = np.convolve(white, np.ones(24) / 24, "same")  # Opus takes away what is very high
    sound = np.repeat(one[:, None], channels, axis=1) * 0.01
    sf.write(path, sound, 48_000, format="WAV", subtype="FLOAT")
    gain_db = lufs - yk.measure(path).integrated_lufs
    sf.write(path, sound * 10 ** (gain_db / 20), 48_000, **options)
    return path


def opus(folder: Path, lufs: float, **how) -> bytes:
    return noise(folder / "made", lufs, **how).read_bytes()


@dataclass
class Account:
    """What a client offers to a verification.

    Attributes
    ----------
    card_ : Card
        The one card there is.
    sounds : dict of str to bytes or Exception
        What comes of the address of a medium.
    expired : set of int
        Generations of addresses that are good no more; each `listen` makes a new one.
    fetched : Counter
        How often each medium was fetched.
    running, most : int
        Downloads at this moment, and at most.
    """

    card_: Card
    sounds: dict[str, bytes | Exception]
    expired: set[int] = field(default_factory=set)
    fetched: Counter[str] = field(default_factory=Counter)
    generation: int = 0
    running: int = 0
    most: int = 0
    hold: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    during: object = lambda sink: None

    def __post_init__(self):
        self.hold.set()

    def card(self, card_id):
        if card_id != self.card_.card_id:
            raise NotFoundError(f"the card {card_id} was deleted", status=404)
        return self.card_

    def listen(self, card_id, *, stop=None):
        self.generation += 1
        tail = f"Expires=1&Signature={CANARY}&Key-Pair-Id=K&generation={self.generation}"
        return {
            (chapter.key, track.key): Playable(
                chapter.key,
                track.key,
                track.media.format,
                SignedAddress(f"https://media/{track.media.sha256}?{tail}"),
            )
            for chapter in self.card_.chapters
            for track in chapter.tracks
            if track.media.sha256 in self.sounds
        }

    def fetch_audio(self, playable, sink, *, stop=None):
        url = str(playable.url)
        name = url.rsplit("/", 1)[-1].partition("?")[0]
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            while not self.hold.wait(0.02):
                if stop.is_set():
                    raise JobCancelledError("cancelled while it was fetched")
            self.during(sink)
            if int(url.rsplit("=", 1)[-1]) in self.expired:
                raise ApiError(f"GET https://media/{name} answered 403", status=403)
            sound = self.sounds[name]
            if isinstance(sound, Exception):
                raise sound
            self.fetched[name] += 1
            return sink.write(sound)
        finally:
            with self.lock:
                self.running -= 1


def chapter_of(sha256: str, title: str, form: str = "opus") -> Chapter:
    media = Media(sha256, 2.0, 1_000, form, "stereo")
    return Chapter(f"key {sha256}", title, (Track("01", title, media, "1"),), "1")


def job_of(position: int, source: Path, sha256: str, *, gain_db: float = 0.0, **how) -> JobSnapshot:
    loudness = yk.measure(source)
    plan = GainPlan(gain_db, limiter_dbtp=how.pop("limiter_dbtp", None))
    known = {
        "position": position,
        "title": f"Track {position}",
        "path": source,
        "state": JobState.DONE,
        "progress": 1.0,
        "attempt": 1,
        "loudness": loudness,
        "gain_db": gain_db,
        "after_lufs": loudness.integrated_lufs + gain_db,
        "plan": plan,
        "untouched": False,
        "error": None,
        "media_sha256": sha256,
    }
    return JobSnapshot(**(known | how))


def world(folder: Path, levels, *, sent_lufs=-16.0, gain_db=0.0):
    """Return an account and a report of as many tracks as there are levels of what was made."""
    jobs, sounds = [], {}
    for number, made in enumerate(levels, start=1):
        sent = sent_lufs if isinstance(sent_lufs, float) else sent_lufs[number - 1]
        source = noise(
            folder / f"{number}.wav", sent - gain_db, seed=number, format="WAV", subtype="PCM_24"
        )
        jobs.append(job_of(number, source, f"sha{number}", gain_db=gain_db))
        sounds[f"sha{number}"] = (
            opus(folder, made, seed=number) if isinstance(made, float) else made
        )
    chapters = tuple(chapter_of(job.media_sha256, job.title) for job in jobs)
    card = Card("Bedtime", chapters, card_id="abcde")
    account = Account(card, sounds)
    return SimpleNamespace(
        account=account,
        jobs=jobs,
        report=Report("Bedtime", card, True, tuple(jobs), -16.0).with_client(account),
    )


def verified(made, **how):
    """Verify in this process: what is told of isolation has tests of its own."""
    return made.report.verify(**({"isolate": False} | how))
