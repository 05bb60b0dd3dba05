"""What a session tells about itself: numbers, changes, log lines."""

from __future__ import annotations

import logging
import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

import yotokit as yk
from yotokit.emulator import Fault

DOCS = Path(__file__).parents[2] / "docs"


def test_a_snapshot_counts_stages_bytes_requests_and_retries(tones, yoto, engine, emulator):
    emulator._transcode_s = (0.3, 0.3)
    emulator.faults.append(Fault("PUT", "/uploads/", status=400, times=1))
    with yk.Session("Counted", yoto, engine=engine) as session:
        session.submit(tones(4))
        session.finalize()
        session.retry()
        session.finalize()
        snapshot = session.snapshot()

    stages = snapshot.queue.stages
    assert stages["measure"].ended == 5
    assert stages["upload"].failed == 1
    assert stages["transcode"].polls >= 4
    assert stages["upload"].run_s.count == stages["upload"].ended
    assert 0 <= stages["upload"].run_s.p50 <= stages["upload"].run_s.p99
    assert snapshot.queue.retries == 1
    assert snapshot.sent_bytes > 4 * 1_000
    assert snapshot.traffic.bytes_sent >= snapshot.sent_bytes
    assert snapshot.traffic.requests >= 12
    assert set(snapshot.queue.depth.values()) == {0}
    assert snapshot.journal_trouble == ""
    with pytest.raises(FrozenInstanceError):
        snapshot.title = "x"


def test_requests_that_were_repeated_are_counted(tones, yoto, engine, emulator, monkeypatch):
    monkeypatch.setattr("yotokit.yoto.http.retry._backoff", lambda state: 0.0)
    emulator.faults.append(Fault("GET", "/media/", status=503, times=2))
    with yk.Session("Repeated", yoto, engine=engine) as session:
        session.submit(tones(1))
        session.finalize()
        assert session.snapshot().traffic.retries == 2


def test_a_subscriber_hears_of_its_own_session_only(tones, yoto, engine):
    heard = []
    with (
        yk.Session("Heard", yoto, engine=engine) as one,
        yk.Session("Silent", yoto, engine=engine) as two,
    ):
        two.subscribe(lambda: heard.append("two"))
        stop = one.subscribe(lambda: heard.append("one"))
        one.submit(tones(1))
        one.finalize()
        stop()
        count = len(heard)
        one.submit(tones(2, folder="more"))
        one.finalize()
        assert set(heard) == {"one"}
        assert len(heard) == count


def test_every_log_record_names_its_job_and_the_same_file_has_the_same_name_in_every_run(
    tones, yoto, engine, caplog
):
    caplog.set_level(logging.DEBUG, logger="yotokit")
    paths, names = tones(2), []
    for _ in range(2):
        caplog.clear()
        with yk.Session("Logged", yoto, engine=engine) as session:
            jobs = session.submit(paths)
            session.finalize()
            ours = [r for r in caplog.records if r.name.startswith("yotokit")]
            assert ours
            assert all(hasattr(record, "job") for record in ours)
            names.append({record.job for record in ours if "tone 1" in record.getMessage()})
            assert names[-1] == {jobs[0].job_id} == {jobs[0].snapshot().job_id}

    assert names[0] == names[1]


def test_requests_in_the_log_name_the_job_that_made_them(tones, yoto, engine, caplog):
    caplog.set_level(logging.INFO, logger="httpx")
    with yk.Session("Requests", yoto, engine=engine) as session:
        (job,) = session.submit(tones(1))
        session.finalize()
    puts = [r for r in caplog.records if r.name == "httpx" and "PUT" in r.getMessage()]

    assert [record.job for record in puts] == [job.job_id]
    assert "Signature" not in caplog.text


def test_the_bridge_to_prometheus_in_the_docs_works():
    from prometheus_client.core import REGISTRY
    from prometheus_client.exposition import generate_latest

    text = (DOCS / "observing.md").read_text(encoding="utf-8")
    code = re.search(r"<!-- the tests run this -->\n```python\n(.*?)```", text, re.DOTALL)[1]
    space = {}
    exec(code, space)  # noqa: S102 - it is ours
    try:
        assert 'yotokit_depth{lane="net"} 0.0' in generate_latest(REGISTRY).decode()
    finally:
        collectors = REGISTRY._collector_to_names
        for collector in [c for c in collectors if type(c).__name__ == "YotokitCollector"]:
            REGISTRY.unregister(collector)
        yk.Engine.default().close()
