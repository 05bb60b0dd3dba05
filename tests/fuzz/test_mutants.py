from __future__ import annotations

import re
import sys
from pathlib import Path

import damage
import mutate
import pytest
import seeds

import yotokit

HERE = Path(__file__).parent
PLANTED = """
import os, sys, time
sys.path.insert(0, {here!r})
import judge, numpy as np, yotokit

class Nothing(yotokit.YotokitError):
    pass

def measure(path):
    number = counted.pop(0)
    if number == 103:
        os.abort()
    if number == 105:
        time.sleep(600)
    if number == 107:
        raise LookupError("planted")
    if number == 108:
        judge.CPU_BUDGET_S = 0.0
        sum(range(100_000))
        return
    if number == 109:
        judge.CPU_BUDGET_S = 60.0
        memory.append(np.ones(60_000_000))
    raise Nothing

judge.CPU_BUDGET_S = 60.0
yotokit.measure = measure
memory = []
names, first, stop = sys.argv[2].split(","), int(sys.argv[3]), int(sys.argv[4])
counted = [0] * len(names) + list(range(first, stop))
judge.judge(judge.Path(sys.argv[1]), names, first, stop)
"""


@pytest.mark.timeout(900)
def test_ten_thousand_damaged_files_are_measured_or_refused(capsys):
    report = mutate.run(10_000)
    with capsys.disabled():
        sys.stdout.write(f"\n{report}\n")
    assert not report.findings, "\n".join(report.findings)


def test_the_untouched_files_can_all_be_measured(tmp_path):
    for name, data in seeds.seeds().items():
        path = tmp_path / f"{name}{seeds.suffix_of(name)}"
        path.write_bytes(data)
        assert yotokit.measure(path).duration_s > 0.05, name


def test_a_mutant_is_the_same_on_every_run():
    one, other = seeds.seeds(), seeds.seeds()
    for name in one:
        assert one[name] == other[name], name
        for number in range(20):
            assert damage.mutant(name, one[name], number) == damage.mutant(
                name, other[name], number
            )


def test_damage_to_ogg_reaches_behind_the_checksum_of_its_pages():
    untouched = seeds.seeds(["ogg"])["ogg"]
    assert seeds.with_ogg_checksums(untouched) == untouched
    broken = untouched.replace(b"vorbis", b"vorbiz", 1)
    assert seeds.with_ogg_checksums(broken)[22:26] != untouched[22:26]


def test_crashes_hangs_and_wrong_answers_are_each_put_down_to_their_mutant(tmp_path, monkeypatch):
    program = PLANTED.format(here=str(HERE))
    monkeypatch.setattr(mutate, "JUDGE", [sys.executable, "-c", program])
    monkeypatch.setattr(mutate, "STUCK_S", 3.0)
    told = []
    report = mutate.run(10, 100, ["wav", "au"], jobs=1, keep=tmp_path, tell=told.append)

    assert report.findings == told
    assert [re.sub(r":.*--formats", "", line) for line in told] == [
        "crashed au --seed 103 --count 1)",
        "hung au --seed 105 --count 1)",
        "wrong au --seed 107 --count 1)",
        "hung wav --seed 108 --count 1)",
        "wrong au --seed 109 --count 1)",
    ]
    assert "LookupError: planted" in told[2]
    assert "MiB" in told[4]
    assert report.counts["wav"].total() == report.counts["au"].total() == 5
    kept = tmp_path / "au-103.wav"
    assert kept.read_bytes() == damage.mutant("au", seeds.seeds(["au"])["au"], 103)
