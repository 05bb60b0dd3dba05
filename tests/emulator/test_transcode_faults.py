"""What a transcode can come to besides media: each asked for over a socket, without the client."""

from __future__ import annotations

import hashlib
import time

import httpx
import pytest
from asking import Caller
from sound import write_tone

from yotokit.emulator import Emulator, TranscodeFault


@pytest.fixture
def tone(tmp_path):
    return write_tone(tmp_path / "tone.flac").read_bytes()


def sent(caller, data, filename="tone.flac"):
    """Upload, and return what asking for the transcode is answered with from then on."""
    query = {"sha256": hashlib.sha256(data).hexdigest(), "filename": filename}
    slot = caller.http.get("/media/transcode/audio/uploadUrl", params=query).json()["upload"]
    assert httpx.put(slot["uploadUrl"], content=data).status_code == 200
    return lambda: caller.http.get(f"/media/upload/{slot['uploadId']}/transcoded")


def polled(ask, until, *, most=400):
    """Return all answers, up to the first that is as expected."""
    answers = []
    while len(answers) < most:
        answers.append(ask())
        if until(answers[-1]):
            return answers
        time.sleep(0.01)
    raise AssertionError(answers[-1].text)


def body(answer):
    return answer.json()["transcode"]


def test_an_error_is_told_by_error_and_erroredat_alone(emulator, caller, tone):
    emulator.transcode_faults.append(TranscodeFault("error"))
    answer = polled(sent(caller, tone), lambda a: "transcode" in a.json() and body(a)["error"])[-1]

    assert answer.status_code == 202
    assert body(answer)["error"]["name"] == "TranscodeError"
    assert body(answer)["erroredAt"]
    assert body(answer)["failedUploadSha256"] is None
    assert body(answer)["transcodedSha256"] is None


def test_a_failed_sha_is_all_that_tells_of_a_failure(emulator, caller, tone):
    emulator.transcode_faults.append(TranscodeFault("failed_sha"))
    answer = polled(
        sent(caller, tone), lambda a: "transcode" in a.json() and body(a)["failedUploadSha256"]
    )[-1]

    assert answer.status_code == 202
    for name in ("error", "erroredAt", "startedAt", "progress", "transcodedSha256"):
        assert body(answer)[name] is None
    assert len(body(answer)["failedOptionsHash"]) == 43


def test_what_failed_can_be_sent_again_and_is_well_then(emulator, caller, tone):
    emulator.transcode_faults.append(TranscodeFault("error"))
    polled(sent(caller, tone), lambda a: "transcode" in a.json() and body(a)["error"])

    assert caller.upload(tone)["transcodedInfo"]["format"] == "opus"


def test_a_copyright_refusal_is_a_403(emulator, caller, tone):
    emulator.transcode_faults.append(TranscodeFault("copyright403"))
    answer = polled(sent(caller, tone), lambda a: a.status_code != 404)[-1]

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "forbidden"


def test_a_stall_stays_at_one_percentage(emulator, caller, tone):
    emulator.transcode_faults.append(TranscodeFault("stall"))
    ask = sent(caller, tone)
    polled(ask, lambda a: a.status_code == 202)
    answers = [ask() for _ in range(20)]

    assert {a.status_code for a in answers} == {202}
    assert len({body(a)["progress"]["percent"] for a in answers}) == 1
    assert caller.upload(tone)["transcodedSha256"]  # a new upload ends it


def test_a_very_slow_one_takes_that_much_longer_and_its_percentage_moves(emulator, caller, tone):
    emulator.transcode_faults.append(TranscodeFault("very_slow", delay_s=1.0))
    begin = time.monotonic()
    answers = polled(sent(caller, tone), lambda a: a.status_code == 200)

    assert time.monotonic() - begin >= 1.0
    percents = [body(a)["progress"]["percent"] for a in answers if a.status_code == 202]
    assert percents == sorted(percents)
    assert len(set(percents)) > 5


def test_progress_may_be_null_until_it_is_done(caller, emulator, tone):
    emulator._transcode_s = (0.5, 0.5)
    emulator.transcode_faults.append(TranscodeFault("no_progress"))
    answers = polled(sent(caller, tone), lambda a: a.status_code == 200)
    pending = [body(a)["progress"] for a in answers if a.status_code == 202]

    assert set(pending) == {None}
    assert body(answers[-1])["progress"] == {"phase": "complete", "percent": 100}


def test_a_late_record_is_a_404_so_many_times(emulator, caller, tone):
    emulator.transcode_faults.append(TranscodeFault("late_record", polls=7))
    ask = sent(caller, tone)
    time.sleep(0.3)

    assert [ask().status_code for _ in range(8)] == [404] * 7 + [200]


def test_the_info_may_be_missing_so_many_times_when_it_is_done(emulator, caller, tone):
    emulator.transcode_faults.append(TranscodeFault("incomplete", polls=2))
    ask = sent(caller, tone)
    done = [*polled(ask, lambda a: a.status_code == 200)[-1:], ask(), ask()]

    assert [a.status_code for a in done] == [200] * 3
    assert ["transcodedInfo" in body(a) for a in done] == [False, False, True]
    assert all(body(a)["transcodedSha256"] for a in done)


def test_a_fault_strikes_the_uploads_of_a_name_and_as_many_as_it_says(emulator, caller, tmp_path):
    emulator.transcode_faults.append(TranscodeFault("copyright403", filename="02 ", times=2))
    codes = []
    for number, name in enumerate(["01 a.wav", "02 a.wav", "02 b.wav", "02 c.wav"]):
        data = write_tone(tmp_path / name, hertz=300 + number).read_bytes()
        answers = polled(sent(caller, data, name), lambda a: a.status_code in (200, 403))
        codes.append(answers[-1].status_code)

    assert codes == [200, 403, 403, 200]


def test_a_kind_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="kind='boom': give one of error, failed_sha"):
        TranscodeFault("boom")


def test_a_stalled_transcode_is_begun_anew_by_the_next_emulator(tmp_path, tone):
    with Emulator(folder=tmp_path / "kept", transcode_s=(0, 0)) as emulator:
        emulator.transcode_faults.append(TranscodeFault("stall"))
        caller = Caller(emulator)
        sent(caller, tone)
        caller.http.close()
    with Emulator(folder=tmp_path / "kept", transcode_s=(0, 0)) as emulator:
        caller = Caller(emulator)
        assert caller.upload(tone)["transcodedSha256"]
        caller.http.close()
