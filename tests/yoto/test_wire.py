from __future__ import annotations

import contextlib
import copy
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yoto.shapes import JSON, SHA, full, put, ways

from yotokit.errors import TranscodeError, UnexpectedAnswerError
from yotokit.yoto import Card, Chapter, Media, Track, wire
from yotokit.yoto.auth import AccessToken, account_of
from yotokit.yoto.http.answers import refusal, storage_refusal

DONE = {
    "uploadId": SHA,
    "transcodedSha256": SHA,
    "transcodedInfo": {"duration": 5.5, "fileSize": 10, "format": "opus", "channels": "mono"},
}
SLOT = {"upload": {"uploadId": SHA, "uploadUrl": "https://s3.example/?X-Amz-Signature=x"}}
LISTED = {"cards": [{"cardId": "abcde", "title": "x", "content": {}, "metadata": {}}]}
READERS = (wire.slot_from_wire, wire.cards_from_wire, wire.card_from_wire, wire.transcode)


def card() -> Card:
    media = Media(SHA, 61.4, 2_500_000, "opus", "stereo")
    tracks = (Track("01", "Moon", media, "1", extra={"ambient": None}),)
    chapter = Chapter("key", "Moon", tracks, "1", extra={"hidden": False})
    return Card("Bedtime", (chapter,), "abcde", "2026", {"config": {"shuffle": []}}, {"note": "x"})


def test_a_card_survives_the_way_there_and_back():
    sent = wire.card_to_wire(card())
    back = wire.card_from_wire({"card": sent | {"updatedAt": "2026"}})

    assert back.chapters[0].tracks[0].media.duration_s == 61
    assert wire.card_to_wire(back) == sent


def test_what_the_player_needs_is_always_written():
    sent = wire.card_to_wire(card())
    track = sent["content"]["chapters"][0]["tracks"][0]

    assert track["format"] == "opus"
    assert track["channels"] == "stereo"
    assert track["overlayLabel"] == "1"
    assert track["trackUrl"] == f"yoto:#{SHA}"
    assert isinstance(track["duration"], int)
    assert sent["metadata"]["media"] == {
        "duration": 61,
        "fileSize": 2_500_000,
        "readableFileSize": 2.4,
    }


def test_unknown_keys_on_every_level_are_sent_back_as_they_came():
    sent = wire.card_to_wire(card())
    sent["content"]["new"] = 1
    sent["content"]["chapters"][0]["new"] = 2
    sent["content"]["chapters"][0]["tracks"][0]["new"] = 3
    sent["metadata"]["new"] = 4

    assert wire.card_to_wire(wire.card_from_wire({"card": sent})) == sent


def test_a_stream_goes_back_as_a_stream():
    sent = wire.card_to_wire(card())
    stream = {"trackUrl": "https://radio.example/live", "type": "stream", "format": "mp3"}
    sent["content"]["chapters"][0]["tracks"][0] |= stream

    back = wire.card_to_wire(wire.card_from_wire({"card": sent}))
    assert (
        back["content"]["chapters"][0]["tracks"][0] | stream
        == (back["content"]["chapters"][0]["tracks"][0])
    )


@given(JSON)
def test_any_answer_is_read_or_refused_with_a_typed_error(answer):
    for reader in READERS:
        for key in ("upload", "card", "cards", "transcode"):
            whole = {**answer, key: answer} if isinstance(answer, dict) else {key: answer}
            with contextlib.suppress(UnexpectedAnswerError, TranscodeError):
                reader(whole)


@given(st.data())
def test_anything_in_the_place_of_any_node_is_read_or_refused_with_a_typed_error(data):
    for reader, answer in zip(
        READERS, (SLOT, LISTED, {"card": full()}, {"transcode": DONE}), strict=True
    ):
        changed = copy.deepcopy(answer)
        way = data.draw(st.sampled_from(list(ways(changed))))
        put(changed, way, data.draw(JSON))
        try:
            read = reader(changed)
        except (UnexpectedAnswerError, TranscodeError):
            continue
        if isinstance(read, Card):
            repr(read), str(read), hash(read), read._repr_html_(), read.lint()
            sent = wire.card_to_wire(read)
            json.dumps(sent, allow_nan=False, ensure_ascii=False).encode()
            assert wire.card_to_wire(wire.card_from_wire({"card": sent})) == sent


@pytest.mark.parametrize("url", [0, False, [], {}, 5])
def test_an_upload_address_of_another_type_is_not_taken_for_none(url):
    with pytest.raises(UnexpectedAnswerError):
        wire.slot_from_wire({"upload": {"uploadId": "x", "uploadUrl": url}})


def test_a_transcode_is_done_only_when_all_that_a_track_needs_is_there():
    assert wire.transcode({"transcode": DONE}).media == Media(SHA, 5.5, 10, "opus", "mono")
    for key in DONE["transcodedInfo"]:
        partial = {k: v for k, v in DONE["transcodedInfo"].items() if k != key}
        assert wire.transcode({"transcode": DONE | {"transcodedInfo": partial}}).media is None
    assert wire.transcode({"transcode": DONE | {"transcodedSha256": None}}).media is None
    assert wire.transcode({"transcode": {"progress": {"phase": "x", "percent": 4}}}).percent == 4.0


@pytest.mark.parametrize("odd", [math.nan, math.inf, -1, True, "533", None, [], 10**400, 1e300])
def test_what_is_no_number_is_none_of_a_transcode(odd):
    for key in ("duration", "fileSize"):
        info = DONE["transcodedInfo"] | {key: odd}
        assert wire.transcode({"transcode": DONE | {"transcodedInfo": info}}).media is None
    assert wire.transcode({"transcode": {"progress": {"percent": odd}}}).percent is None


@pytest.mark.parametrize(
    "failure",
    [
        {"error": {"name": "TranscodeError", "message": "file is not valid"}},
        {"erroredAt": "2026"},
        {"failedUploadSha256": "x", "progress": None},
        {"error": "file is not valid"},
    ],
)
def test_a_failed_transcode_is_recognized_in_every_shape_it_comes_in(failure):
    with pytest.raises(TranscodeError):
        wire.transcode({"transcode": {"uploadId": "x", "transcodedSha256": None, **failure}})


def test_an_address_to_upload_to_shows_itself_in_no_repr():
    slot = wire.slot_from_wire({"upload": {"uploadId": "x", "uploadUrl": "https://h/?sig=CANARY"}})

    assert "CANARY" not in repr(slot)
    assert slot.url == "https://h/?sig=CANARY"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 503])
@pytest.mark.parametrize(
    "body", [None, [], "x", {"error": "x"}, {"message": "x"}, {"error": {"message": "x"}}]
)
def test_every_refusal_is_a_typed_error_that_says_where(status, body):
    error = refusal(status, body, "GET https://h/path", "3")

    assert str(error).startswith(f"GET https://h/path answered {status}")
    assert getattr(error, "status", status) == status


def test_the_storages_answer_is_not_repeated_but_for_its_code():
    body = b"<Error><Code>SignatureDoesNotMatch</Code><StringToSign>CANARY</StringToSign></Error>"
    error = storage_refusal(403, body, "PUT https://h/x", None)

    assert "SignatureDoesNotMatch" in str(error)
    assert "CANARY" not in str(error)


def test_the_account_is_the_subject_of_a_jwt():
    import base64
    import json

    payload = base64.urlsafe_b64encode(json.dumps({"sub": "auth0|7"}).encode()).decode().rstrip("=")
    jwt = AccessToken(f"e30.{payload}.sig")

    assert account_of(jwt, "https://api.example") == "api.example/auth0|7"
    assert account_of(jwt, "https://api.example", "anna") == "api.example/anna"
    for odd in ("e30.!!!.x", "e30.e30.x", "opaque", "a.W10.b"):
        assert account_of(AccessToken(odd), "https://api.example") == "api.example"


def test_every_error_survives_a_trip_to_another_process():
    import pickle

    from yotokit import errors

    made = [
        errors.RateLimitedError("slow", status=429, code="x", retry_after_s=3.0),
        errors.UploadError("no", status=403),
        errors.TransportError("lost", may_have_arrived=False),
        errors.NothingToPublishError("none", None),
        errors.SourceChangedError("a.wav", "changed"),
    ]
    for error in made:
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)
