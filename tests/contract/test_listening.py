"""Getting the audio of a card's tracks: the client and the emulator over real sockets."""

from __future__ import annotations

import io
import json
import logging
import pickle
import threading
import traceback

import pytest
import soundfile as sf
from sound import write_tone

import yotokit as yk
from yotokit.emulator import Fault
from yotokit.errors import (
    ApiError,
    JobCancelledError,
    NotFoundError,
    UnexpectedAnswerError,
)

pytestmark = pytest.mark.usefixtures("short_pauses")


@pytest.fixture
def card(tmp_path, yoto, threads):
    """Put two tones on a card."""
    for number in (1, 2):
        write_tone(tmp_path / f"tone {number}.wav", duration_s=2.0, hertz=300.0 * number)
    with yk.Session("Tones", yoto, engine=threads, journal=False) as session:
        session.submit(tmp_path)
        return session.finalize().card


def places(card):
    return [(chapter.key, track.key) for chapter in card.chapters for track in chapter.tracks]


def test_each_track_has_an_address_that_leads_to_opus(yoto, card):
    playables = yoto.listen(card.card_id)

    assert list(playables) == places(card)
    for playable in playables.values():
        sink = io.BytesIO()
        assert yoto.fetch_audio(playable, sink) == len(sink.getvalue())
        sink.seek(0)
        with sf.SoundFile(sink) as file:
            assert (file.format, file.subtype) == ("OGG", "OPUS")
            assert file.frames / file.samplerate == pytest.approx(2.0, abs=0.05)
        assert playable.format == "opus"


def test_the_token_goes_to_the_service_and_not_to_the_address(yoto, card, emulator):
    """The storage refuses a request that carries one."""
    refused = emulator.counters.refused
    for playable in yoto.listen(card.card_id).values():
        yoto.fetch_audio(playable, io.BytesIO())

    assert emulator.counters.refused == refused


def test_a_card_that_is_missing_or_deleted_is_not_found(yoto, card):
    with pytest.raises(NotFoundError, match="does not exist"):
        yoto.listen("aaaaa")
    yoto.delete_card(card.card_id)
    with pytest.raises(NotFoundError):
        yoto.listen(card.card_id)


def test_an_address_that_has_expired_is_a_403(tmp_path, threads):
    write_tone(tmp_path / "tone.wav")
    with (
        yk.YotoEmulator(transcode_s=(0.0, 0.0), playable_life_s=0.0) as emulator,
        emulator.client() as yoto,
    ):
        with yk.Session("Tone", yoto, engine=threads, journal=False) as session:
            session.submit(tmp_path)
            card_id = session.finalize().card.card_id
        (playable,) = yoto.listen(card_id).values()
        with pytest.raises(ApiError, match="403") as caught:
            yoto.fetch_audio(playable, io.BytesIO())

    assert caught.value.status == 403


def test_more_than_the_limit_is_refused(yoto, card):
    playable = next(iter(yoto.listen(card.card_id).values()))
    with pytest.raises(UnexpectedAnswerError, match="more than 100 bytes"):
        yoto.fetch_audio(playable, io.BytesIO(), limit_bytes=100)


def test_a_stopped_fetch_ends_and_a_failing_storage_is_asked_again(yoto, card, emulator):
    playable = next(iter(yoto.listen(card.card_id).values()))
    emulator.faults.append(Fault("GET", "/media/", status=503, times=2))
    assert yoto.fetch_audio(playable, io.BytesIO()) > 0
    stop = threading.Event()
    stop.set()
    with pytest.raises(JobCancelledError):
        yoto.fetch_audio(playable, io.BytesIO(), stop=stop)


def answering(track):
    chapter = {"key": "01", "tracks": [{"key": "01", "format": "mp3", **track}]}
    return json.dumps({"card": {"cardId": "abcde", "content": {"chapters": [chapter]}}})


@pytest.mark.parametrize(
    "track",
    [
        {"type": "stream", "trackUrl": "https://radio.example/live"},
        {"type": "audio", "trackUrl": "yoto:#aUm9i3ex3qqAMYBv-i-O-pYMKuMJGICtR3Vhf289u2Q"},
        {"type": "audio", "trackUrl": None},
    ],
)
def test_what_has_no_signed_address_is_left_out(yoto, emulator, track):
    emulator.faults.append(Fault("GET", "/content/abcde", status=200, body=answering(track)))

    assert yoto.listen("abcde") == {}


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "https:///x"]
)
def test_an_address_that_is_not_the_services_way_is_not_asked(yoto, emulator, url):
    body = answering({"type": "audio", "trackUrl": url})
    emulator.faults.append(Fault("GET", "/content/abcde", status=200, body=body))
    (playable,) = yoto.listen("abcde").values()
    with pytest.raises(UnexpectedAnswerError, match="not https"):
        yoto.fetch_audio(playable, io.BytesIO())


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        '{"card": []}',
        '{"card": {"cardId": "abcde"}}',
        '{"card": {"content": {"chapters": {}}}}',
        '{"card": {"content": {"chapters": [1]}}}',
    ],
)
def test_a_card_that_makes_no_sense_is_a_typed_error(yoto, emulator, body):
    emulator.faults.append(Fault("GET", "/content/abcde", status=200, body=body))
    with pytest.raises(UnexpectedAnswerError, match="lacks a usable"):
        yoto.listen("abcde")


def test_a_signature_appears_in_no_log_repr_or_error(yoto, card, emulator, caplog):
    caplog.set_level(logging.DEBUG)
    playable = next(iter(yoto.listen(card.card_id).values()))
    signature = playable.url.split("Signature=")[1].split("&")[0]
    yoto.fetch_audio(playable, io.BytesIO())
    shown = [repr(playable), repr(playable.url), str(vars(yoto))]
    for fault in (
        Fault("GET", "/media/", status=403, body=str(playable.url)),
        Fault("GET", "/media/", status=400, body=str(playable.url)),
        Fault("GET", "/media/", status=302),
    ):
        emulator.faults.append(fault)
        with pytest.raises((ApiError, UnexpectedAnswerError)) as caught:
            yoto.fetch_audio(playable, io.BytesIO())
        shown += traceback.format_exception(caught.value)
        shown.append(str(pickle.dumps(caught.value)))

    assert len(signature) > 20
    assert "/media/" in caplog.text
    assert signature not in "".join(shown) + caplog.text
