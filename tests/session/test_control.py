"""Steering a session: pausing, cancelling, interrupting, forking, being cut off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import yotokit as yk
from yotokit.emulator import Fault
from yotokit.errors import (
    JobCancelledError,
    LoginRequiredError,
    NothingToPublishError,
    SettingError,
    TransportError,
)
from yotokit.session import JobState


def test_a_session_tells_what_its_last_finalize_came_to(tones, yoto, engine):
    with yk.Session("Told", yoto, engine=engine) as session:
        assert (session.report, session.error) == (None, None)
        with pytest.raises(NothingToPublishError) as refused:
            session.finalize()
        assert (session.report, session.error) == (None, refused.value)
        session.submit(tones(1))
        report = session.finalize()

        assert (session.report, session.error) == (report, None)


def test_a_paused_session_does_nothing_until_it_goes_on_and_others_work(tones, yoto, engine):
    with (
        yk.Session("Paused", yoto, engine=engine) as paused,
        yk.Session("Other", yoto, engine=engine) as other,
    ):
        paused.pause()
        paused.pause()
        jobs = paused.submit(tones(3))
        other.submit(tones(3, folder="others"))
        assert len(other.finalize().done) == 3
        assert {job.state for job in jobs} == {JobState.QUEUED}
        assert paused.snapshot().queue.paused
        paused.unpause()
        paused.unpause()
        assert len(paused.finalize().done) == 3


def test_a_paused_session_does_not_write_its_card(tones, yoto, threads, emulator):
    with yk.Session("Paused", yoto, engine=threads) as session:
        session.submit(tones(1))
        assert session.wait(30)
        session.pause()
        pending = session.begin_finalize()
        time.sleep(0.3)
        assert not pending.done()
        assert emulator.counters.content_writes == 0
        session.unpause()
        assert pending.result(10).written


def test_a_paused_job_is_cancelled_at_once(tones, yoto, engine):
    with yk.Session("Paused", yoto, engine=engine) as session:
        session.pause()
        jobs = session.submit(tones(2))
        assert jobs[0].cancel()
        assert not jobs[0].cancel()
        session.unpause()
        assert len(session.finalize().done) == 1


def test_interrupting_finalize_may_cancel_the_session(tones, yoto, threads, emulator):
    emulator._transcode_s = (60.0, 60.0)
    with yk.Session("Interrupted", yoto, engine=threads) as session:
        session.submit(tones(2))
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        begin = time.monotonic()
        with pytest.raises(KeyboardInterrupt, match=r"cancelled 2 files.*retry\(\)"):
            session.finalize(on_interrupt="cancel")
        assert time.monotonic() - begin < 3.0
        assert {job.state for job in session.jobs} == {JobState.CANCELLED}
    assert emulator.counters.content_writes == 0


def test_interrupting_finalize_otherwise_leaves_the_work_going_on(tones, yoto, threads, emulator):
    emulator._transcode_s = (1.5, 1.5)
    with yk.Session("Detached", yoto, engine=threads) as session:
        session.submit(tones(2))
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt, match="goes on in the background"):
            session.finalize()
        assert threads.wait_for(lambda: emulator.counters.content_writes == 1, 20)
        assert not session.finalize().written


def test_an_unknown_way_to_take_an_interrupt_is_refused(yoto, engine):
    with (
        yk.Session("Odd", yoto, engine=engine) as session,
        pytest.raises(SettingError, match="on_interrupt"),
    ):
        session.finalize(on_interrupt="ignore")


def test_a_title_given_later_is_the_one_on_the_card(tones, yoto, engine):
    paths = tones(1)
    with yk.Session("Titles", yoto, engine=engine) as session:
        session.submit(paths)
        session.finalize()
        session.submit(paths[0], title="Better")
        report = session.finalize()

    assert report.written
    assert [chapter.title for chapter in report.card.chapters] == ["Better"]


def test_what_hangs_on_a_future_runs_without_the_lock(tones, yoto, threads):
    free = []

    def look(_):
        taken = threading.Thread(
            target=lambda: free.append(threads.lock.acquire(timeout=2.0) and threads.lock.release())
        )
        taken.start()
        taken.join()

    with yk.Session("Callbacks", yoto, engine=threads) as session:
        session.submit(tones(1))
        pending = session.begin_finalize()
        pending.add_done_callback(look)
        assert threads.wait_for(lambda: bool(free), 20)

    assert free == [None]


def test_cancelling_while_the_write_is_put_off_calls_it_off(tones, yoto, threads, emulator):
    with yk.Session("Put off", yoto, engine=threads) as session:
        session.submit(tones(1))
        assert session.wait(20)
        writer = session._flow.publisher._writer
        assert writer.claim("somebody else")
        pending = session.begin_finalize()
        time.sleep(0.6)
        session.cancel()
        with pytest.raises(JobCancelledError):
            pending.result(5)
        writer.unclaim("somebody else")
        time.sleep(0.6)

    assert emulator.counters.content_writes == 0


def test_a_network_that_goes_away_and_comes_back_fails_no_file(tones, yoto, engine, monkeypatch):
    """Simulated at the socket's edge: for a while no connection can be made."""
    from yotokit.yoto.http import http

    gone = []
    send = http.send

    def cut(request, place, *arguments, **options):
        if gone:
            gone.pop()
            raise TransportError(f"{place}: no connection", may_have_arrived=False)
        return send(request, place, *arguments, **options)

    monkeypatch.setattr(http, "send", cut)
    monkeypatch.setattr("yotokit.yoto.http.retry._backoff", lambda state: 0.0)
    monkeypatch.setattr("yotokit.yoto.http.budget._PER_S", 1_000.0)
    monkeypatch.setattr("yotokit.session.patience.FIRST_PAUSE_S", 0.1)
    with yk.Session("Tunnel", yoto, engine=engine) as session:
        session.submit(tones(1, folder="first"))
        session.finalize()
        gone.extend([1] * 40)
        session.submit(tones(4))
        report = session.finalize()

    assert not gone
    assert len(report.done) == 5
    assert not report.failed


def test_a_service_that_never_answered_is_not_waited_for(tones, emulator, engine):
    yoto = emulator.client()
    emulator.stop()
    with yoto, yk.Session("Nowhere", yoto, engine=engine) as session:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("yotokit.yoto.http.retry._backoff", lambda state: 0.0)
            session.submit(tones(2))
            with pytest.raises(yk.YotokitError, match="no connection"):
                session.finalize()
        assert {job.state for job in session.jobs} == {JobState.FAILED}


def test_a_token_that_expires_on_the_way_is_taken_anew_from_the_environment(
    tones, emulator, engine, monkeypatch
):
    monkeypatch.setenv("YOTOKIT_TOKEN", emulator.token)
    yoto = yk.YotoClient.login(api_url=emulator.url, auth_url=emulator.url)
    with yoto, yk.Session("Expired", yoto, engine=engine) as session:
        session.submit(tones(2, folder="first"))
        session.finalize()
        monkeypatch.setenv("YOTOKIT_TOKEN", emulator.expire_token())
        session.submit(tones(4))
        report = session.finalize()

    assert len(report.done) == 6
    assert not report.failed


def test_work_waits_for_a_new_token_and_goes_on_with_it(tones, emulator, threads):
    with emulator.client() as yoto, yk.Session("Renewed", yoto, engine=threads) as session:
        session.submit(tones(1, folder="first"))
        session.finalize()
        fresh = emulator.expire_token()
        jobs = session.submit(tones(3))
        assert threads.wait_for(lambda: any("token" in j.snapshot().note for j in jobs), 20)
        yoto.renew(fresh)
        report = session.finalize()

    assert len(report.done) == 4


def test_the_token_of_another_account_is_not_taken(emulator):
    with (
        yk.YotoEmulator() as other,
        emulator.client() as yoto,
        pytest.raises(SettingError, match="make a new one"),
    ):
        yoto.renew(other.token)


def test_a_wrong_token_fails_at_once(tones, emulator, engine):
    yoto = yk.YotoClient.login(token="wrong", api_url=emulator.url, auth_url=emulator.url)
    with yoto, yk.Session("Wrong", yoto, engine=engine) as session:
        session.submit(tones(1))
        with pytest.raises(yk.YotokitError):
            session.finalize()
        assert isinstance(session.jobs[0].error, LoginRequiredError)


def test_an_upload_address_that_expired_is_replaced(tones, yoto, engine, emulator):
    emulator.faults.append(Fault("PUT", "/uploads/", status=403, times=2))
    with yk.Session("Late", yoto, engine=engine) as session:
        session.submit(tones(1))
        assert len(session.finalize().done) == 1


@pytest.mark.parametrize("call", ["submit", "cancel", "retry", "close", "move"])
def test_an_interrupt_in_the_middle_of_a_call_strikes_after_it(tones, yoto, threads, call):
    """The signal comes while the engine's lock is held, in the thick of the changes."""
    paths = tones(6)
    with yk.Session("Struck", yoto, engine=threads) as session:
        jobs = session.submit(paths)
        if call == "retry":
            session.cancel()
        flow, struck = session._flow, []
        changed = flow.group.changed, flow._changed

        def strike(*arguments):
            if not struck:
                struck.append(1)
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)

        flow.group._on_change = lambda record: (strike(), changed[1](record))
        if call == "move":
            flow.group.changed = lambda: (strike(), changed[0]())
        calls = {
            "submit": lambda: session.submit([*paths, *tones(3, folder="more")]),
            "cancel": session.cancel,
            "retry": session.retry,
            "close": session.close,
            "move": lambda: session.move(jobs[0], 3),
        }
        try:
            calls[call]()
            time.sleep(0.2)
        except KeyboardInterrupt:
            pass
        flow.group.changed, flow.group._on_change = changed
        if call == "close":
            assert all(job.done() for job in session.jobs)
            return
        session.submit([*paths, *tones(3, folder="more")])
        session.retry()
        report = session.finalize()

    assert len(report.done) == 9
    assert len({job.path for job in report.jobs}) == 9


def test_no_error_leads_to_the_token_or_a_signed_address(tones, emulator, monkeypatch):
    import traceback

    monkeypatch.setattr("yotokit.yoto.http.retry._backoff", lambda state: 0.0)
    monkeypatch.setattr("yotokit.yoto.uploads._LOOK_PAUSE_S", 0.0)
    (path,) = tones(1)
    import hashlib

    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    size = path.stat().st_size
    seen = []

    def spoil(kind, **options):
        with emulator.client() as yoto:
            emulator.faults[:] = [Fault(kind, "/", **options)]
            try:
                yoto.upload(
                    path, sha256=digest, size_bytes=size, content_type="audio/wav", filename="a"
                )
            except yk.YotokitError as error:
                seen.append(error)

    spoil("PUT", status=400, times=9)
    spoil("PUT", lose_answer=True, times=9)
    spoil("GET", lose_answer=True, times=99)
    assert len(seen) >= 2
    for error in seen:
        shown = "".join(traceback.TracebackException.from_exception(
            error, capture_locals=True
        ).format())  # fmt: skip
        assert "X-Amz-Signature=" not in shown
        assert emulator.token not in shown
        chain = [error, error.__context__, error.__cause__]
        assert not any(type(link).__module__.startswith("httpx") for link in chain)


FORKED = """
import os, sys
import yotokit as yk
from yotokit.errors import EngineClosedError
yoto = yk.YotoClient.login()
session = yk.Session("Forked", yoto)
session.submit(sys.argv[1])
child = os.fork()
if child == 0:
    try:
        session.finalize()
    except EngineClosedError as error:
        assert "fork" in str(error), error
        session.close()
        with yk.Session("Child's own", yoto) as own:
            own.submit(sys.argv[1])
            own.finalize()
        sys.exit(7)
    os._exit(1)
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 7, status
print(len(session.finalize().done))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_is_told_that_it_is_one_and_the_parent_goes_on(tones, emulator, monkeypatch):
    tones(6)
    for name in ("TOKEN", "API_URL", "AUTH_URL"):
        value = emulator.token if name == "TOKEN" else emulator.url
        monkeypatch.setenv(f"YOTOKIT_{name}", value)
    folder = tones(1)[0].parent
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKED, str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == "6"


SLEEPER = """
import sys
import yotokit as yk
with yk.YotoClient.login() as yoto, yk.Session("Sleeper", yoto) as session:
    session.submit(sys.argv[1])
    print("going", flush=True)
    print(len(session.finalize().done), flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes cannot be stopped here")
def test_a_process_that_was_stopped_while_its_addresses_expired_goes_on(tones, monkeypatch):
    folder = tones(12)[0].parent
    with yk.YotoEmulator(transcode_s=(0.2, 0.4), url_life_s=0.5) as emulator:
        for name in ("TOKEN", "API_URL", "AUTH_URL"):
            value = emulator.token if name == "TOKEN" else emulator.url
            monkeypatch.setenv(f"YOTOKIT_{name}", value)
        with subprocess.Popen(
            [sys.executable, "-c", SLEEPER, str(folder)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout.readline().strip() == "going"
            for _ in range(3):
                time.sleep(0.15)
                child.send_signal(signal.SIGSTOP)
                time.sleep(1.0)
                child.send_signal(signal.SIGCONT)
            done = child.stdout.readline().strip()
            child.wait(30)
        counters = emulator.counters

    assert done == "12"
    assert counters.repeated_puts == 0
    assert counters.content_writes == 1
