"""The bytes of many jobs, sent once."""

from __future__ import annotations

import hashlib
import threading
import time
from types import SimpleNamespace

import pytest
from session.fake_service import FakeClient, FakeService

from yotokit.audio import Rendered
from yotokit.journal import Journal
from yotokit.session.delivery import Delivery
from yotokit.session.ledger import Ledger
from yotokit.session.work import Work


@pytest.fixture
def journal():
    journal = Journal.shared(None)
    yield journal
    journal.release()


def nothing(*_):
    pass


def test_bytes_that_one_job_sent_anew_are_not_sent_once_more_by_those_who_waited_with_it(
    journal, tmp_path
):
    """The service never came to an end with the first upload, and all who waited give it up."""
    service = FakeService(time.monotonic)
    delivery = Delivery(FakeClient(service), Ledger(journal, "me", dual_mono=False))
    path = tmp_path / "sound.flac"
    path.write_bytes(b"sound")
    digest = hashlib.sha256(b"sound").hexdigest()
    rendered = Rendered(path, digest, 5, "audio/flac", untouched=True)
    context = SimpleNamespace(stop=threading.Event(), progress=nothing, raise_if_stopped=nothing)
    jobs = [Work(path, f"song {number}") for number in range(3)]
    service.next_transcode.append("never")

    for job in jobs:
        delivery.send(job, rendered, context)
        time.sleep(0.001)
    for job in reversed(jobs):  # each gives it up, and is retried
        delivery.forget(job, rendered)
        delivery.send(job, rendered, context)
        time.sleep(0.001)

    assert service.completed == {digest: 2}
