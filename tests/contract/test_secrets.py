"""Tokens and signatures pass through runs that succeed and fail, and are seen nowhere."""

from __future__ import annotations

import copy
import faulthandler
import json
import logging
import os
import pickle
import subprocess
import sys
import threading
import time
import warnings

import httpx
import pytest
from contract.showing import assert_hidden, caught, error_texts, files_below, log_texts
from contract.uploading import send
from sound import write_tone

import yotokit as yk
from yotokit.emulator import Fault, TranscodeFault
from yotokit.emulator.grants import Client
from yotokit.errors import LoginRequiredError, SettingError, TokenStoreError, YotokitError
from yotokit.yoto import Card, Chapter, Track
from yotokit.yoto.auth import AccessToken, GivenToken, RefreshToken
from yotokit.yoto.hidden import Hidden
from yotokit.yoto.models import SignedAddress
from yotokit.yoto.signin import App, Keeper, SignIn, Vault

SLOT, POLL = ("GET", "/media/transcode"), ("GET", "/media/upload")
STORE, WRITE, TOKEN = ("PUT", "/uploads/"), ("POST", "/content"), ("POST", "/oauth/token")
CANARY = "CANARY0123456789abcdefCANARY"
SIGNED = f"https://storage.invalid/x?X-Amz-Signature={CANARY}"
KINDS = ("403", "500", "signature", "mute", "cut", "portal", "invalid")


@pytest.fixture(autouse=True)
def short_waits(monkeypatch, wait_s):
    monkeypatch.setattr("yotokit.yoto.http.sending._TIMEOUT", httpx.Timeout(wait_s))
    monkeypatch.setattr("yotokit.yoto.http.retry._ATTEMPTS", 2)
    monkeypatch.setattr("yotokit.yoto.http.retry._backoff", lambda state: 0.01)
    monkeypatch.setattr("yotokit.yoto.uploads._LOOK_PAUSE_S", 0.01)
    monkeypatch.setattr("yotokit.yoto.signin.vault._keyring", lambda: None)


@pytest.fixture
def everything_logged(caplog):
    for name in ("", "yotokit", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


@pytest.fixture
def emulator(witness):
    client = Client("notebook", ("http://127.0.0.1:8787/callback",))
    with yk.YotoEmulator(transcode_s=(0.0, 0.05), consent="allow", clients=[client]) as emulator:
        yield emulator


@pytest.fixture
def keeper(emulator, tmp_path):
    """What a person who has signed in holds."""
    app = App(emulator.url, "notebook")
    sign_in = SignIn(app)
    tokens = sign_in.paste(httpx.get(sign_in.url, trust_env=False).headers["location"])
    vault = Vault(tmp_path / "vault", "somebody")
    vault.save(tokens)
    return Keeper(app, vault, tokens)


@pytest.fixture
def tone(tmp_path):
    return write_tone(tmp_path / "tone.wav")


def fault(route, kind, times=99):
    how = {"status": int(kind)} if kind.isdigit() else {"kind": kind}
    return Fault(*route, times=times, **how)


@pytest.fixture
def signed_in(keeper, emulator):
    with yk.YotoClient(keeper, api_url=emulator.url) as yoto:
        yield yoto


def test_what_is_looked_for_is_all_that_is_given_out(keeper, signed_in, emulator, tone, witness):
    before = keeper.tokens
    emulator.expire_token()
    upload_id = send(signed_in, tone)
    while (media := signed_in.transcode(upload_id).media) is None:
        time.sleep(0.02)
    chapter = Chapter("k", "Tone", (Track("01", "Tone", media, "1"),), "1")
    card = signed_in.write_card(Card("Played", (chapter,)))
    (playable,) = signed_in.listen(card.card_id).values()
    slot = signed_in.upload_slot("0" * 64, "x.wav")
    secrets = witness.secrets

    for tokens in (before, keeper.tokens):
        assert {tokens.access.reveal(), tokens.refresh.reveal()} <= secrets
    assert before.refresh != keeper.tokens.refresh
    assert emulator.token in secrets
    assert slot.url.split("Signature=")[1] in secrets
    assert playable.url.split("Signature=")[1].split("&")[0] in secrets


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("route", [SLOT, STORE, POLL, WRITE])
def test_no_error_and_no_log_line_shows_one(  # noqa: PLR0917 - fixtures
    signed_in, emulator, tone, everything_logged, witness, route, kind
):
    emulator.transcode_faults.append(TranscodeFault("late_record", polls=0))  # a 404 is no error
    emulator.faults.append(fault(route, kind))

    def run():
        signed_in.transcode(send(signed_in, tone))
        signed_in.write_card(Card("Title"))

    if route == STORE and kind in {"cut", "invalid"}:
        run()  # what the storage says to an upload that it took is of no interest
    else:
        error = caught(run)
        assert isinstance(error, YotokitError), repr(error)
        assert_hidden(witness.secrets, error_texts(error))
    assert_hidden(witness.secrets, log_texts(everything_logged.records))
    assert any(record.name == "httpcore.http11" for record in everything_logged.records)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, MemoryError])
def test_what_is_raised_in_the_middle_of_a_request_shows_none(yoto, tone, witness, error):
    def interrupted(sent_bytes):
        raise error("in the middle")

    seen = caught(send, yoto, tone, progress=interrupted)
    assert type(seen) is error
    assert_hidden(witness.secrets, error_texts(seen))


def test_a_cancel_and_a_changed_file_show_none(yoto, tone, witness):
    stop = threading.Event()
    seen = [
        caught(send, yoto, tone, stop=stop, progress=lambda sent_bytes: stop.set()),
        caught(send, yoto, tone, sha256="0" * 64),
    ]
    for error in seen:
        assert_hidden(witness.secrets, error_texts(error))


@pytest.mark.parametrize(
    "upload",
    [
        {"uploadUrl": SIGNED},
        {"uploadId": 5, "uploadUrl": SIGNED},
        {"uploadId": "x", "uploadUrl": SIGNED.replace("https", "http")},
        {"uploadId": "x", "uploadUrl": SIGNED.replace("storage.invalid", "[::")},
        {"uploadId": "x", "uploadUrl": SIGNED.replace("storage.invalid", "169.254.169.254")},
        {"uploadId": "x", "uploadUrl": SIGNED.replace("storage.invalid", "127.0.0.1:9")},
        {"uploadId": "x", "uploadUrl": SIGNED.replace("/x", "/\x00")},
    ],
)
def test_an_upload_answer_that_makes_no_sense_shows_no_signature(
    yoto, emulator, tone, everything_logged, upload
):
    emulator.faults.append(Fault(*SLOT, status=200, body=json.dumps({"upload": upload})))

    assert_hidden({CANARY}, error_texts(caught(send, yoto, tone)))
    assert_hidden({CANARY}, log_texts(everything_logged.records))


def test_audio_to_be_played_shows_no_signature(yoto, emulator, tone, everything_logged, witness):
    upload_id = send(yoto, tone)
    while (media := yoto.transcode(upload_id).media) is None:
        time.sleep(0.02)
    chapter = Chapter("k", "Tone", (Track("01", "Tone", media, "1"),), "1")
    card = yoto.write_card(Card("Played", (chapter,)))
    (playable,) = yoto.listen(card.card_id).values()
    emulator.faults.append(fault(("GET", "/"), "403"))
    with open(os.devnull, "wb") as sink:  # noqa: PTH123 - a sink
        error = caught(yoto.fetch_audio, playable, sink)
    shown = {"repr": repr(playable), "answer": repr(yoto.listen)} | error_texts(error)

    assert playable.url.split("Signature=")[1].split("&")[0] in witness.secrets
    assert_hidden(witness.secrets, shown)
    assert_hidden(witness.secrets, log_texts(everything_logged.records))


@pytest.mark.parametrize(
    "kind", ["400", "403", "500", "429", "broken", "mute", "cut", "html", "invalid", "empty"]
)
def test_a_renewal_that_fails_shows_no_token(signed_in, emulator, everything_logged, witness, kind):
    emulator.expire_token()
    before = witness.secrets
    emulator.faults.append(fault(TOKEN, kind))
    error = caught(signed_in.cards)

    # These come after the renewal: the new tokens are the ones that got lost.
    assert bool(witness.secrets - before) == (kind in {"cut", "invalid", "empty"})
    assert_hidden(witness.secrets, error_texts(error))
    assert_hidden(witness.secrets, log_texts(everything_logged.records))


@pytest.mark.parametrize("access", ["", "with a space", 5])
def test_an_answer_with_half_of_the_tokens_shows_the_other_half_not(
    signed_in, emulator, everything_logged, witness, access
):
    answer = {"access_token": access, "refresh_token": CANARY, "expires_in": 60}
    emulator.expire_token()
    emulator.faults.append(Fault(*TOKEN, status=200, body=json.dumps(answer)))
    error = caught(signed_in.cards)

    assert_hidden(witness.secrets | {CANARY}, error_texts(error))
    assert_hidden(witness.secrets | {CANARY}, log_texts(everything_logged.records))


def test_a_token_store_that_cannot_be_written_shows_no_token(keeper, tmp_path, witness):
    (tmp_path / "file").write_text("in the way")
    error = caught(Vault(tmp_path / "file", "somebody").save, keeper.tokens)

    assert isinstance(error, TokenStoreError)
    assert_hidden(witness.secrets, error_texts(error))


def test_a_token_that_cannot_be_used_is_not_shown_by_its_error(emulator, yoto, monkeypatch):
    monkeypatch.setenv("YOTOKIT_TOKEN", f"{CANARY} with a space")
    value = Hidden(f"{CANARY} with a space")  # this frame is part of what is shown, too
    errors = [
        caught(yk.YotoClient.login, api_url=emulator.url),
        caught(yk.YotoClient.login, api_url="no address"),
        caught(yk.YotoClient.login, token=value, api_url=emulator.url),
        caught(yoto.renew, value),
        caught(yoto.renew, Hidden(CANARY)),
    ]

    assert {type(error) for error in errors} == {LoginRequiredError, SettingError}
    for error in errors:
        assert_hidden({CANARY}, error_texts(error))


def test_nothing_that_holds_one_is_pickled_or_copied(keeper, signed_in, witness):
    slot = signed_in.upload_slot("0" * 64, "x.wav")
    holders = [signed_in, signed_in._http, keeper, keeper.tokens, keeper.tokens.access]
    holders += [keeper.tokens.refresh, GivenToken(AccessToken("x")), RefreshToken("x")]
    for holder in [*holders, slot.url, SignedAddress("x")]:
        for take in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match=r"holds a secret.*neither pickled nor copied"):
                take(holder)
        assert_hidden(witness.secrets, {"repr": repr(holder)})
    with pytest.raises(TypeError, match="holds a secret"):
        pickle.dumps(slot)


def test_a_session_that_fails_and_succeeds_leaves_none_behind(  # noqa: PLR0917 - fixtures
    emulator, tones, threads, everything_logged, own_surroundings, witness
):
    """Neither in what it shows, nor in the journal and all else in the folder of state."""
    state = own_surroundings.parent / "state"
    emulator.faults.append(fault(STORE, "signature", times=3))
    with (
        warnings.catch_warnings(record=True) as warned,
        emulator.client() as yoto,
        yk.Session("Secrets", yoto, engine=threads) as session,
    ):
        warnings.simplefilter("always")
        jobs = session.submit(tones(3))
        report = session.finalize()
        failed = next((job for job in jobs if job.error is not None), None)
        values = [yoto, vars(yoto), session, report, report.jobs, jobs, session.snapshot()]
        shown = {f"value {number}": f"{value!r} {value}" for number, value in enumerate(values)}
        shown |= {"report as HTML": report._repr_html_(), "warnings": repr(warned) or "-"}
        if failed is not None:
            shown |= error_texts(failed.error)
            failed.retry()
        assert len(session.finalize().done) == 3
        shown |= files_below(state) | {"HTML": str(session._repr_mimebundle_())}
    shown |= files_below(state)

    assert any(".sqlite" in name or ".db" in name for name in shown), list(shown)
    assert_hidden(witness.secrets, shown)
    assert_hidden(witness.secrets, log_texts(everything_logged.records))


def test_a_dump_of_all_threads_shows_none(yoto, emulator, tone, tmp_path, witness):
    emulator.faults.append(fault(STORE, "mute", times=1))
    sending = threading.Thread(target=send, args=(yoto, tone))
    sending.start()
    while not emulator.counters.faults:
        time.sleep(0.01)
    with (tmp_path / "dump").open("w+") as file:
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        dump = file.read()
    sending.join(30)

    assert "sending.py" in dump
    assert_hidden(witness.secrets, {"dump": dump})


CRASH = """
import faulthandler, hashlib, os, pathlib, sys, threading
import yotokit as yk
faulthandler.enable()
path = pathlib.Path(sys.argv[1])
data = path.read_bytes()
yoto = yk.YotoClient.login()
def send():
    yoto.upload(path, sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data),
                content_type="audio/wav", filename="x.wav")
threading.Thread(target=send).start()
send() if sys.argv[2] == "error" else os.abort()
"""


@pytest.mark.parametrize("how", ["error", "abort"])
def test_a_process_that_crashes_shows_none(emulator, tone, witness, how):
    emulator.faults.append(fault(STORE, "signature"))
    surroundings = {"YOTOKIT_TOKEN": emulator.token, "YOTOKIT_API_URL": emulator.url}
    done = subprocess.run(
        [sys.executable, "-c", CRASH, str(tone), how],
        capture_output=True,
        timeout=60,
        check=False,
        env=os.environ | surroundings | {"YOTOKIT_LOG_LEVEL": "DEBUG"},
    )

    assert done.returncode != 0
    assert (b"UploadError" if how == "error" else b"Aborted") in done.stderr
    assert_hidden(witness.secrets, {"stderr": done.stderr, "stdout": done.stdout})
