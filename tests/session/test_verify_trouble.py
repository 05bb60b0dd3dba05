"""`Report.verify` where something goes wrong, and what must not be left or told of it."""

from __future__ import annotations

import json
import logging
import math
import pickle
import tempfile
import threading
import time
import traceback
from dataclasses import replace
from pathlib import Path

import pytest
from session.account import CANARY, chapter_of, opus, verified, world

from yotokit.errors import (
    ApiError,
    NotFoundError,
    ServerError,
    SettingError,
    TransportError,
    UnexpectedAnswerError,
    UnreadableAudioError,
)


def temporary_files():
    return [path for path in Path(tempfile.gettempdir()).rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("sound", "error", "words"),
    [
        (b"no audio at all " * 100, UnreadableAudioError, "as the service made it"),
        (ServerError("GET https://media answered 500", status=500), ServerError, "500"),
        (TransportError("lost"), TransportError, "lost"),
        (UnexpectedAnswerError("more than 9 bytes"), UnexpectedAnswerError, "9 bytes"),
        (OSError(28, "No space left on device"), SettingError, "TMPDIR"),
        (b"", Exception, "empty"),
    ],
)
def test_a_track_that_cannot_be_had_fails_alone(tmp_path, sound, error, words):
    result = verified(world(tmp_path, [-16.0, sound, -16.0]))

    assert [track.error is None for track in result] == [True, False, True]
    assert isinstance(result.tracks[1].error, error)
    assert words in result.tracks[1].note
    assert result.failed == (result.tracks[1],)
    assert "1 FAILED" in result.summary
    assert "FAILED" in repr(result)
    assert temporary_files() == []


def test_garbage_fails_alone_in_a_process_of_its_own_too(tmp_path):
    result = verified(world(tmp_path, [-16.0, b"OggS" + bytes(500)]), isolate=True)

    assert result.tracks[0].moved_lu == pytest.approx(0.0, abs=0.2)
    assert isinstance(result.tracks[1].error, UnreadableAudioError)
    assert result.tracks[1].error.path == result.tracks[1].error.path.parent / "2.wav"


def test_a_track_that_was_taken_off_the_card_or_has_no_address_says_so(tmp_path):
    made = world(tmp_path, [-16.0, -16.0, -16.0])
    card = made.account.card_
    made.account.card_ = replace(card, chapters=card.chapters[1:])
    del made.account.sounds["sha2"]
    gone, without, there = verified(made)

    assert isinstance(gone.error, NotFoundError)
    assert "'Track 1' is not on the card abcde any more" in str(gone.error)
    assert "no address for the audio of 'Track 2'" in str(without.error)
    assert there.error is None


def test_tracks_are_found_by_their_sound_wherever_the_card_has_them_now(tmp_path):
    made = world(tmp_path, [-16.0, -20.0])
    card = made.account.card_
    moved = tuple(replace(each, key=f"other {each.key}") for each in reversed(card.chapters))
    made.account.card_ = replace(card, chapters=moved)

    assert [round(track.moved_lu) for track in verified(made)] == [0, -4]


def test_expired_addresses_are_asked_for_once_more_by_one_for_all(tmp_path):
    made = world(tmp_path, [-16.0] * 4)
    made.account.expired = {1}
    result = verified(made)

    assert result.failed == ()
    assert made.account.generation == 2


def test_addresses_that_are_always_refused_end_with_an_error(tmp_path):
    made = world(tmp_path, [-16.0] * 2)
    made.account.expired = set(range(99))
    result = verified(made)

    assert len(result.failed) == 2
    assert {track.error.status for track in result} == {403}
    assert made.account.generation <= 3


def test_the_same_sound_twice_is_fetched_once_and_has_two_rows(tmp_path):
    made = world(tmp_path, [-16.0])
    twin = replace(made.jobs[0], position=2, title="Again")
    report = replace(made.report, jobs=(made.jobs[0], twin)).with_client(made.account)
    result = report.verify(isolate=False)

    assert [track.title for track in result] == ["Track 1", "Again"]
    assert made.account.fetched == {"sha1": 1}


def test_kept_chapters_are_counted_and_not_fetched(tmp_path):
    made = world(tmp_path, [-16.0])
    kept = replace(made.jobs[0], position=2, origin="kept", loudness=None, media_sha256="old")
    card = made.account.card_
    made.account.card_ = replace(card, chapters=(*card.chapters, chapter_of("old", "Old")))
    made.account.sounds["old"] = opus(tmp_path, -9.0)
    report = replace(made.report, jobs=(*made.jobs, kept)).with_client(made.account)
    result = report.verify(isolate=False)

    assert len(result.tracks) == result.kept == 1
    assert "1 kept chapter left out" in result.summary
    assert made.account.fetched == {"sha1": 1}


def test_no_more_than_so_many_are_fetched_at_once_and_progress_is_told(tmp_path):
    made, told = world(tmp_path, [-16.0] * 6), []
    verified(made, workers=2, progress=lambda done, total: told.append((done, total)))

    assert made.account.most <= 2
    assert told[-1] == (6, 6)
    assert told == sorted(told)


def test_the_folder_is_for_its_owner_alone_and_each_file_goes_when_it_was_measured(tmp_path):
    made, seen = world(tmp_path, [-16.0] * 6), []

    def look(sink):
        path = Path(sink.name)
        audio = [p for p in temporary_files() if p.suffix == ".audio"]
        seen.append((path.parent.stat().st_mode & 0o077, len(audio)))

    made.account.during = look
    verified(made, workers=1)

    assert seen == [(0, 1)] * 6
    assert list(Path(tempfile.gettempdir()).iterdir()) == []


def test_an_interruption_ends_it_soon_and_leaves_nothing(tmp_path):
    made = world(tmp_path, [-16.0] * 3)
    made.account.hold.clear()

    def interrupt(done, total):
        raise KeyboardInterrupt

    threading.Timer(0.2, made.account.hold.set).start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        verified(made, workers=1, progress=interrupt)

    assert time.monotonic() - begin < 10.0
    assert sum(made.account.fetched.values()) < 3
    assert list(Path(tempfile.gettempdir()).iterdir()) == []


def test_what_is_not_done_in_time_fails_and_the_rest_counts(tmp_path):
    made = world(tmp_path, [-16.0] * 2)
    made.account.hold.clear()
    begin = time.monotonic()
    result = verified(made, workers=1, timeout_s=0.3)

    assert time.monotonic() - begin < 10.0
    assert {str(track.error) for track in result} == {
        "not done within timeout_s=0.3; verify() with more time"
    }
    assert "no loudness could be compared" in result.finding


@pytest.mark.parametrize(
    "how", [{"workers": 0}, {"workers": "two"}, {"timeout_s": 0}, {"timeout_s": math.nan}]
)
def test_options_that_make_no_sense_are_refused(tmp_path, how):
    with pytest.raises(SettingError, match="workers="):
        verified(world(tmp_path, [-16.0]), **how)


def test_a_card_that_was_not_written_cannot_be_verified(tmp_path):
    report = replace(world(tmp_path, []).report, card=None)
    with pytest.raises(SettingError, match="not written"):
        report.verify()


def test_a_card_that_is_gone_is_an_error(tmp_path):
    made = world(tmp_path, [-16.0])
    made.account.card_ = replace(made.account.card_, card_id="other")
    with pytest.raises(NotFoundError, match="deleted"):
        verified(made)


def test_a_signature_is_in_nothing_that_is_shown_kept_or_told(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    made = world(tmp_path, [-16.0, b"garbage " * 99, ApiError("answered 404", status=404)])
    made.account.expired = {1}
    result = verified(made)
    shown = [repr(result), result._repr_html_(), json.dumps(result.to_dict()), caplog.text]
    for track in result.failed:
        shown += traceback.format_exception(track.error)
        assert track.error.__traceback__ is track.error.__context__ is track.error.__cause__ is None
    (playable, *_) = made.account.listen("abcde").values()

    assert CANARY in playable.url
    assert CANARY not in repr(playable) + repr(playable.url) + "".join(shown)
    assert CANARY.encode() not in pickle.dumps(result) + pickle.dumps(made.report)
