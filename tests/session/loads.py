"""Simulated loads, and a session with one of them that is watched by its pace."""

from __future__ import annotations

from session.simulated import File, Simulated, TimedEngine, some_files

from yotokit.session import Pace


def known(files: list[File]) -> list[File]:
    for file in files:
        file.is_known = True
    return files


USUAL = {"measure": 0.2, "render": 0.25, "upload": 1.0}
# What the files take, by a seed, and by what factor the estimate may be off at 25, 50 and 75 % of
# the time.
LOADS = {
    "many short files": (
        lambda seed: some_files(seed + 1, 300, (2, 5), measure=0.15, render=0.2, upload=0.3),
        1.3,
    ),
    "a few long ones": (
        lambda seed: some_files(seed + 2, 4, (60, 120), **USUAL, transcode_s=(40, 90)),
        2.0,
    ),
    "three long ones over a fast line": (
        lambda seed: some_files(
            seed + 11, 3, (60, 120), measure=0.2, render=0.25, upload=0.05, transcode_s=(40, 90)
        ),
        4.0,
    ),
    "one long file before many short ones": (
        lambda seed: (
            some_files(seed + 3, 1, (100, 100), **USUAL, transcode_s=(60, 60))
            + some_files(seed + 4, 60, (2, 5), **USUAL)
        ),
        2.0,
    ),
    "one long file behind many short ones": (
        lambda seed: (
            some_files(seed + 4, 60, (2, 5), **USUAL)
            + some_files(seed + 3, 1, (100, 100), **USUAL, transcode_s=(60, 60))
        ),
        2.0,
    ),
    "slow uploads": (
        lambda seed: some_files(seed + 5, 40, measure=0.1, render=0.1, upload=8.0),
        2.0,
    ),
    "slow uploads of long files": (
        lambda seed: some_files(
            seed + 6, 8, (30, 80), measure=0.1, render=0.1, upload=8, transcode_s=(20, 60)
        ),
        2.0,
    ),
    "slow transcodes": (
        lambda seed: some_files(
            seed + 7, 30, measure=0.05, render=0.05, upload=0.1, transcode_s=(28, 34)
        ),
        4.0,
    ),
    "files the journal knows before others": (
        lambda seed: known(some_files(seed + 8, 100)) + some_files(seed + 9, 60, **USUAL),
        2.0,
    ),
    "files the journal knows between others": (
        lambda seed: [
            known([file])[0] if number % 3 else file
            for number, file in enumerate(some_files(seed + 10, 150, **USUAL))
        ],
        2.0,
    ),
}


class Watched:
    """A simulated session, looked at again and again until it is over."""

    def __init__(self, files: list[File], *, step_s: float = 0.5, others=(), **options) -> None:
        self.engine = TimedEngine()
        self.session = Simulated(self.engine, files, **options)
        self.other = Simulated(self.engine, others)
        self.pace = Pace(self.engine.clock.now_s)
        self.step_s = step_s
        self.seen: list[tuple[float, float, float | None]] = []

    @property
    def now_s(self) -> float:
        return self.engine.clock.now_s()

    def look(self):
        progress = self.pace.look(self.session.snapshot())
        self.seen.append((self.now_s, progress.share, progress.left_s))
        return progress

    def go_on(self, seconds: float | None = None):
        """Go on, to the end if not told otherwise; return what was seen last."""
        end_s = self.now_s + (24 * 3600.0 if seconds is None else seconds)
        progress = self.look()
        while not self.session.is_over and self.now_s < end_s:
            self.engine.go_on(min(self.now_s + self.step_s, end_s))
            progress = self.look()
        return progress

    def errors(self) -> list[float]:
        """Return by what factor the estimates at a quarter, half, three quarters are off."""
        total_s = self.seen[-1][0]
        found = []
        for part in (0.25, 0.5, 0.75):
            at_s, _, left_s = min(self.seen, key=lambda seen: abs(seen[0] - part * total_s))
            ratio = (left_s or 1e-9) / (total_s - at_s)
            found.append(max(ratio, 1 / ratio))
        return found
