"""One request in twenty goes wrong: every file arrives all the same, in order, on one card."""

from __future__ import annotations

from concurrent.futures import wait

import numpy as np
import pytest
import soundfile as sf

import yotokit as yk
from yotokit.emulator import RandomFaults
from yotokit.emulator.strikes import PASSING
from yotokit.engine import Engine
from yotokit.errors import ApiError, TransportError

RATE = 8_000
SESSIONS, FILES = 10, 100  # the service takes 100 tracks for a card
WITHIN_S = 240.0
MOST_ATTEMPTS = 5


@pytest.fixture
def engine():
    engine = Engine(cpu_workers=2, net_workers=8)
    yield engine
    engine.close()


def write_tones(folder, session):
    """Write tones that are all different, but for each tenth, which is the one before again."""
    folder.mkdir()
    time_s = np.arange(RATE // 2) / RATE
    for number in range(1, FILES + 1):
        original = number - 1 if number % 10 == 0 else number
        hertz = 200 + FILES * session + original
        sf.write(folder / f"{number} tale {number}.wav", 0.1 * np.sin(hertz * time_s), RATE)


def finalized(sessions):
    """Return all reports; a card that was not taken is tried again, as the error says."""
    reports = {}
    for _ in range(MOST_ATTEMPTS):
        pending = {s: s.begin_finalize() for s in sessions if s not in reports}
        assert not wait(pending.values(), WITHIN_S).not_done
        for session, report in pending.items():
            if isinstance(report.exception(), ApiError | TransportError):
                continue
            reports[session] = report.result()
    return [reports[session] for session in sessions]


def titles(card):
    return [chapter["title"] for chapter in card["content"]["chapters"]]


@pytest.mark.timeout(400)
def test_a_thousand_files_arrive_although_one_request_in_twenty_fails(
    emulator, yoto, engine, tmp_path
):
    for number in range(SESSIONS):
        write_tones(tmp_path / str(number), number)
    emulator.faults.append(RandomFaults(0.05, seed=1))
    sessions = [yk.Session(f"Card {n}", yoto, engine=engine) for n in range(SESSIONS)]
    for number, session in enumerate(sessions):
        session.submit(tmp_path / str(number))
    reports = finalized(sessions)
    for session in sessions:
        session.close()
    counters = emulator.counters

    assert sum(len(report.done) for report in reports) == SESSIONS * FILES
    assert set(counters.faults_by_kind) == set(PASSING)
    expected = [f"tale {number}" for number in range(1, FILES + 1)]
    assert {card["title"]: titles(card) for card in emulator.cards} == {
        f"Card {number}": expected for number in range(SESSIONS)
    }
    assert counters.card_creates == len(emulator.cards) == SESSIONS
    # An upload whose answer is lost is sent again; no other is.
    assert len(counters.completed_by_digest) == SESSIONS * FILES * 9 // 10
    lost = counters.faults_by_kind["lost"] + counters.faults_by_kind["cut"]
    assert counters.repeated_puts <= lost
