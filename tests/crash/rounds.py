"""A round: a fresh card that is made in spite of kills, and what must hold at its end."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile as sf
from kernels import Order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kernels import Outcome
    from service import Place

RATE = 8_000
# What a run takes at the least, without pauses, by a fork and by an interpreter of its own; and
# what its pauses may come to, between two looks at a transcode.
FORKED_S, FRESH_S, PAUSES_S = 0.2, 0.9, 0.6
LINES_PER_FILE = 12
MOST_KILLS = 25


@dataclass
class Round:
    """A title, its files, and when its kernels are to be killed: all from seed and number.

    Attributes
    ----------
    number : int
        Of the round.
    tag : str
        Begins every title of the round's files, so that an upload can be told whose it is.
    runs : list of Outcome
        How each run ended.
    findings : list of str
        What should not have happened.
    """

    seed: int
    number: int
    folder: Path
    fresh_every: int = 10
    runs: list[Outcome] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    _last_taken: dict[str, int] = field(default_factory=dict)
    _taken: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = Random(f"{self.seed}/{self.number}")
        self.tag = f"r{self.number}"
        self.title = f"Round {self.number} of seed {self.seed}"
        self.normalize = self._random.choice(("track", "album"))
        self.most_kills = self._random.randint(3, MOST_KILLS)
        self.files = self._write_files()

    def _write_files(self) -> dict[str, int]:
        """Write the round's files, two of them the same bytes; return title and length of each."""
        random, folder = self._random, self.folder / self.tag
        folder.mkdir(parents=True)
        count = random.randint(3, 7)
        frames = random.sample(range(RATE // 2, RATE), count)
        twin, original = random.sample(range(count), 2)
        frames[twin] = frames[original]
        tones = [self._tone(length) for length in frames]
        tones[twin] = tones[original]
        for number, tone in enumerate(tones, start=1):
            sf.write(folder / f"{number} {self.tag} tale {number}.wav", tone, RATE)
        return {f"{self.tag} tale {n}": length for n, length in enumerate(frames, start=1)}

    def _tone(self, frames: int) -> np.ndarray:
        hertz, peak = self._random.uniform(200, 2000), self._random.uniform(0.02, 0.5)
        return peak * np.sin(2 * np.pi * hertz * np.arange(frames) / RATE)

    def order(self, *, to_the_end: bool = False) -> Order:
        """Return the next run: killed after a time or after a number of lines, or not at all."""
        random = self._random
        fresh = random.randrange(self.fresh_every) == 0 if self.fresh_every else False
        order = Order(self.title, str(self.folder / self.tag), self.normalize, fresh)
        if to_the_end:
            return order
        if random.random() < 0.5:
            pauses_s = random.choice((0.0, 0.0, PAUSES_S))
            order.kill_after_s = random.uniform(0.0, (FRESH_S if fresh else FORKED_S) + pauses_s)
        else:
            order.kill_after_lines = random.randint(1, LINES_PER_FILE * len(self.files))
            order.then_s = random.choice((0.0, random.uniform(0.0, 0.02)))
        return order

    @property
    def kills(self) -> int:
        return sum(run.died for run in self.runs)

    def note(self, outcome: Outcome, place: Place) -> None:
        """Keep how a run ended, and look at once whether it has sent something again."""
        self.runs.append(outcome)
        if outcome.hung or (not outcome.died and outcome.status != 0):
            what = "hung" if outcome.hung else f"ended with status {outcome.status}"
            told = "\n    ".join(outcome.lines[-30:])
            self.findings.append(f"run {len(self.runs)} {what}:\n    {told}")
        for digest, before in self.look(place):
            name = place.filename(digest)
            if self.tag in name.split():
                self.findings.append(f"{name} {self._sent_again(digest, before)}")

    def look(self, place: Place) -> list[tuple[str, int]]:
        """Return what was taken again since the last look, of whatever round, and after which run.

        A run's bytes may also arrive after its death: then they count for the one after it.
        """
        again = []
        for digest, times in place.counters()["completed_by_digest"].items():
            if times > max(self._taken[digest], 1):
                again.append((digest, self._last_taken.get(digest, len(self.runs))))
            if times > self._taken[digest]:
                self._taken[digest], self._last_taken[digest] = times, len(self.runs)
        return again

    def _sent_again(self, digest: str, before: int) -> str:
        told = "".join(f"\n    {self._story(n, digest)}" for n in sorted({before, len(self.runs)}))
        return f"was sent again, sha256 {digest}:{told}"

    def _story(self, number: int, digest: str) -> str:
        """Say in a line what a run did with some bytes."""
        run = self.runs[number - 1]
        answered = any(base64url(digest) in line and "PUT" in line for line in run.lines)
        return (
            f"run {number} {'was killed' if run.died else 'ended'} after {run.seconds:.3f} s and "
            f"{len(run.lines)} lines, {'with' if answered else 'without'} the answer of this PUT; "
            f"its last line: {run.last}"
        )

    def check(self, place: Place) -> list[dict[str, Any]]:
        """Look at what the service holds after a run that came to its end; return it."""
        cards = place.cards(self.title)
        if len(cards) != 1:
            self.findings.append(f"{len(cards)} cards of the title {self.title!r}, not one")
        for card in cards:
            tracks = [chapter["tracks"] for chapter in card["content"]["chapters"]]
            found = [
                (t["title"], place.frames(t["trackUrl"], RATE)) for track in tracks for t in track
            ]
            if found != list(self.files.items()):
                self.findings.append(f"the card holds {found}, not {list(self.files.items())}")
        return cards

    def line(self, left: int) -> str:
        """Return the round in one line; one for each finding follows."""
        hits = Counter(run.where for run in self.runs if run.died)
        told = ", ".join(f"{where} {count}" for where, count in hits.most_common())
        seconds = sum(run.seconds for run in self.runs)
        return (
            f"seed {self.seed} round {self.number}: {self.normalize}, {len(self.files)} files, "
            f"{len(self.runs)} runs in {seconds:.1f} s, {self.kills} kills ({told}), "
            f"{left} temporary folders: {'BROKEN' if self.findings else 'ok'}"
            + "".join(f"\n  {finding}" for finding in self.findings)
        )


def base64url(digest: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(digest)).rstrip(b"=").decode()


def play(one: Round, run: Callable[[Order], Outcome], place: Place) -> None:
    """Run and kill until a run has come to its end; then once more, which must change nothing."""
    one.look(place)
    one.note(run(one.order()), place)
    while one.runs[-1].died:
        one.note(run(one.order(to_the_end=one.kills >= one.most_kills)), place)
    cards = one.check(place)
    one.note(run(one.order(to_the_end=True)), place)
    if one.check(place) != cards:
        one.findings.append("a run that had nothing to do has changed the card")
