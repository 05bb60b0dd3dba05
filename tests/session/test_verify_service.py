"""`Report.verify` against the emulator, which levels and encodes what it is sent: real sockets."""

from __future__ import annotations

import logging
import pickle
import tempfile
import time
import traceback
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile as sf
from session.account import noise

import yotokit as yk
from yotokit.emulator import Fault
from yotokit.errors import (
    ApiError,
    NotFoundError,
    SettingError,
    UnreadableAudioError,
)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr("yotokit.yoto.http.retry._backoff", lambda state: 0.01)


@pytest.fixture
def folder(tmp_path):
    """Write three files of different loudness."""
    made = tmp_path / "songs"
    made.mkdir()
    for number, lufs in enumerate((-14.0, -20.0, -26.0), start=1):
        noise(
            made / f"{number} song {number}.wav",
            lufs,
            duration_s=3.0,
            seed=number,
            format="WAV",
            subtype="PCM_16",
        )
    return made


@pytest.fixture
def published(folder, yoto, threads):
    """Put them on a card."""
    with yk.Session("Songs", yoto, engine=threads) as session:
        session.submit(folder)
        return session.finalize()


def left():
    """Return what lies in the place for temporary files, but for the emulator's own."""
    found = Path(tempfile.gettempdir()).glob("*")
    return [path for path in found if not path.name.startswith("yotokit-emulator-")]


def levels(result):
    return [track.made.integrated_lufs for track in result]


def moves(result):
    return [track.moved_lu for track in result]


@pytest.mark.parametrize(("level_lufs", "moved_lu"), [(-16.0, 0.0), (-20.0, -4.0), (None, 0.0)])
def test_what_the_service_does_to_the_loudness_is_what_is_seen(
    folder, threads, level_lufs, moved_lu
):
    with (
        yk.YotoEmulator(transcode_s=(0.0, 0.0), level_lufs=level_lufs) as emulator,
        emulator.client() as yoto,
    ):
        with yk.Session("Songs", yoto, engine=threads) as session:
            session.submit(folder)
            report = session.finalize()
        result = report.verify()

    assert result.failed == ()
    assert moves(result) == pytest.approx([moved_lu] * 3, abs=0.3)
    assert [track.title for track in result] == ["song 1", "song 2", "song 3"]
    assert {(track.format, track.told_format) for track in result} == {("opus", "opus")}
    assert {track.made.channels for track in result} == {2}
    assert [track.made.duration_s for track in result] == pytest.approx([3.0] * 3, abs=0.1)
    assert left() == []


def test_an_album_that_the_service_levels_loses_its_differences(folder, yoto, threads):
    with yk.Session("Album", yoto, engine=threads, normalize="album") as session:
        session.submit(folder)
        result = session.finalize().verify(isolate=False)

    assert result.sent_spread_lu == pytest.approx(12.0, abs=0.3)
    assert result.made_spread_lu < 0.5
    assert levels(result) == pytest.approx([-16.0] * 3, abs=0.3)
    assert "leveled each track to -16" in result.finding


def test_one_track_that_is_missing_or_garbage_fails_alone(published, emulator):
    emulator.faults += [
        Fault("GET", "/media/", status=404),
        Fault("GET", "/media/", status=200, body="no audio " * 500),
    ]
    missing, garbage, good = published.verify(workers=1)

    assert isinstance(missing.error, ApiError)
    assert missing.error.status == 404
    assert isinstance(garbage.error, UnreadableAudioError)
    assert good.error is None
    assert left() == []


def test_addresses_that_expire_on_the_way_are_asked_for_anew(published, emulator):
    emulator.faults.append(Fault("GET", "/media/", status=403))

    assert published.verify(workers=1, isolate=False).failed == ()


def test_addresses_that_never_hold_end_with_an_error(folder, threads):
    with (
        yk.YotoEmulator(transcode_s=(0.0, 0.0), playable_life_s=0.0) as emulator,
        emulator.client() as yoto,
        yk.Session("Songs", yoto, engine=threads) as session,
    ):
        session.submit(folder)
        result = session.finalize().verify()

    assert {track.error.status for track in result} == {403}


def test_a_resumed_session_and_one_that_found_all_done_know_what_was_sent(
    published, folder, yoto, threads, emulator
):
    with yk.Session.resume("Songs", yoto, engine=threads) as session:
        resumed = session.finalize().verify(isolate=False)
    puts = emulator.counters.completed_puts

    assert puts == 3
    assert moves(resumed) == pytest.approx([0.0] * 3, abs=0.3)
    assert moves(published.verify(isolate=False)) == moves(resumed)


def test_kept_chapters_are_left_out_and_counted(published, tmp_path, yoto, threads):
    path = noise(tmp_path / "new.wav", -18.0, format="WAV", subtype="PCM_16", seed=9)
    with yk.Session("More songs", yoto, engine=threads, card=published.card.card_id) as session:
        session.submit(path)
        result = session.finalize().verify(isolate=False)

    assert result.kept == 3
    assert [track.title for track in result] == ["new"]
    assert moves(result) == pytest.approx([0.0], abs=0.3)


def test_a_card_that_was_deleted_is_a_clear_error(published, yoto):
    yoto.delete_card(published.card.card_id)
    with pytest.raises(NotFoundError, match=published.card.card_id):
        published.verify()


def test_a_client_that_was_closed_is_a_clear_error_and_another_one_will_do(
    folder, emulator, threads
):
    with emulator.client() as closed, yk.Session("Songs", closed, engine=threads) as session:
        session.submit(folder)
        report = session.finalize()
    with pytest.raises(SettingError, match=r"client was closed.*verify\(yoto\)"):
        report.verify()
    with emulator.client() as yoto:
        assert report.verify(yoto, isolate=False).failed == ()


def test_a_failed_file_is_no_row(folder, yoto, threads):
    (folder / "4 bad.wav").write_text("no audio " * 100)
    with yk.Session("Songs", yoto, engine=threads) as session:
        session.submit(folder)
        report = session.finalize()

    assert len(report.failed) == 1
    assert len(report.verify(isolate=False).tracks) == 3


def test_a_signature_of_the_service_is_in_nothing_that_is_kept_or_told(
    published, yoto, emulator, caplog
):
    caplog.set_level(logging.DEBUG)
    signatures = {
        playable.url.split("Signature=")[1].split("&")[0]
        for playable in yoto.listen(published.card.card_id).values()
    }
    emulator.faults.append(Fault("GET", "/media/", status=400, body="".join(signatures)))
    result = published.verify(workers=1)
    (failed,) = result.failed
    shown = [repr(result), result._repr_html_(), str(result.to_dict()), caplog.text]
    shown += [*traceback.format_exception(failed.error), str(pickle.dumps(result))]

    assert len(signatures) == 3
    assert "/media/" in caplog.text
    for secret in (*signatures, "Signature=", emulator.token):
        assert secret not in "".join(shown)


def test_an_interruption_during_a_stalled_download_ends_it_soon(published, emulator):
    emulator.faults.append(Fault("GET", "/media/", kind="mute", times=2))

    def interrupt(done, total):
        raise KeyboardInterrupt

    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        published.verify(workers=3, progress=interrupt, isolate=False)

    assert time.monotonic() - begin < 10.0  # the client itself would wait for a minute
    assert emulator.counters.faults == 2
    assert left() == []


def test_an_interruption_while_files_are_decoded_leaves_no_process_and_no_file(
    folder, yoto, threads
):
    sf.write(folder / "1 song 1.wav", np.zeros((48_000 * 600, 2), "int16"), 48_000)
    with yk.Session("Long", yoto, engine=threads, normalize="off") as session:
        session.submit(folder)
        report = session.finalize()

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        report.verify(workers=3, progress=interrupt)

    assert left() == []
    assert not psutil.Process().children()
