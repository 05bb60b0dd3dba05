"""`Report.verify`: what the service made of each track, beside what it was sent."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import pickle
from dataclasses import replace

import pytest
from session.account import job_of, noise, opus, verified, world

from yotokit.errors import (
    SettingError,
)
from yotokit.session import Report, Verification


def test_a_service_that_changes_nothing_has_moved_nothing(tmp_path):
    result = verified(world(tmp_path, [-16.0, -16.0]))

    for track in result:
        assert track.sent.integrated_lufs == pytest.approx(-16.0, abs=0.05)
        assert track.moved_lu == pytest.approx(0.0, abs=0.2)
        assert track.flags == ()
        assert track.format == track.told_format == "opus"
        assert track.made.duration_s == pytest.approx(2.0, abs=0.05)
    assert "left the loudness as it was sent" in result.finding
    assert "2 of 2 tracks of card abcde measured" in result.summary


def test_a_move_is_what_was_made_less_what_was_sent_after_the_gain(tmp_path):
    result = verified(world(tmp_path, [-20.0, -20.0], gain_db=-6.0))

    assert [track.moved_lu for track in result] == pytest.approx([-4.0, -4.0], abs=0.2)
    assert result.median_moved_lu == pytest.approx(-4.0, abs=0.2)
    assert "4.0 LU quieter than sent" in result.tracks[0].note
    assert "moved all tracks alike, by -4." in result.finding


def test_leveling_that_flattens_an_album_shows_in_its_spread(tmp_path):
    result = verified(world(tmp_path, [-16.0, -16.0, -16.0], sent_lufs=[-13.0, -16.0, -22.0]))

    assert result.sent_spread_lu == pytest.approx(9.0, abs=0.2)
    assert result.made_spread_lu == pytest.approx(0.0, abs=0.2)
    assert result.relation_lu == pytest.approx(9.0, abs=0.2)
    assert "leveled each track to -16.0" in result.finding
    assert "differences changed by up to 9" in result.finding
    assert result.most_moved_lu == pytest.approx(6.0, abs=0.2)


def test_moving_all_alike_keeps_the_relation(tmp_path):
    result = verified(world(tmp_path, [-15.0, -24.0], sent_lufs=[-13.0, -22.0]))

    assert result.relation_lu < 0.3
    assert "moved all tracks alike, by -2" in result.finding
    assert "differences are as they were" in result.finding


def test_moves_of_all_kinds_are_told_as_a_range(tmp_path):
    result = verified(world(tmp_path, [-12.0, -24.0], sent_lufs=[-16.0, -20.0]))

    assert "moved the tracks by -4.0 to +4.0 LU" in result.finding


def test_a_single_track_is_told_alone(tmp_path):
    assert "moved it by -4.0 LU, to -20.0" in verified(world(tmp_path, [-20.0])).finding


def test_what_else_is_not_as_sent_has_a_flag(tmp_path):
    made = world(tmp_path, [-16.0] * 3)
    hot = opus(tmp_path, -2.0)
    made.account.sounds["sha1"] = hot
    made.account.sounds["sha2"] = opus(tmp_path, -16.0, duration_s=4.0)
    made.account.sounds["sha3"] = opus(tmp_path, -16.0, format="WAV", subtype="PCM_16")
    first, second, third = verified(made)

    assert "true peak above -1 dBTP" in first.note
    assert "2.0 s longer than sent" in second.note
    assert third.note == "is wav, and the card says opus: players may skip it"


def test_mono_that_was_made_stereo_is_said_to_read_louder_by_that_alone(tmp_path):
    made = world(tmp_path, [-16.0])
    mono = noise(tmp_path / "m.wav", -16.0, channels=1, format="WAV", subtype="PCM_16")
    stereo = opus(tmp_path, -13.0)
    made.account.sounds["sha1"] = stereo
    report = Report(
        "Bedtime", made.account.card_, True, (job_of(1, mono, "sha1"),), -16.0
    ).with_client(made.account)
    (track,) = report.verify(isolate=False)

    assert track.moved_lu == pytest.approx(3.0, abs=0.2)
    assert "sent in mono, made stereo" in track.note


def test_the_peak_of_what_was_limited_is_the_limiters(tmp_path):
    source = noise(tmp_path / "a.wav", -10.0, format="WAV", subtype="PCM_24")
    limited = job_of(1, source, "sha1", gain_db=8.0, limiter_dbtp=-1.5)
    made = world(tmp_path, [-16.0])
    report = replace(made.report, jobs=(limited,)).with_client(made.account)
    (track,) = report.verify(isolate=False)

    assert track.sent.true_peak_dbtp == -1.5


def test_silence_is_compared_with_nothing(tmp_path):
    made = world(tmp_path, [-16.0, -16.0])
    made.account.sounds["sha1"] = opus(tmp_path, -math.inf)
    silent, _ = result = verified(made)

    assert silent.moved_lu is None
    assert silent.flags[0] == "silent"
    assert silent.to_dict()["made_integrated_lufs"] is None
    assert result.median_moved_lu == pytest.approx(0.0, abs=0.2)


def test_a_report_that_was_pickled_or_copied_asks_for_a_client(tmp_path):
    made = world(tmp_path, [-16.0])
    for report in (
        pickle.loads(pickle.dumps(made.report)),
        copy.copy(made.report),
        replace(made.report),
    ):
        with pytest.raises(SettingError, match=r"report\.verify\(yoto\)"):
            report.verify()
        assert report.verify(made.account, isolate=False).failed == ()
    assert "_yoto" not in {each.name for each in dataclasses.fields(Report)}
    assert "Account" not in repr(made.report)


def test_a_verification_is_a_plain_value(tmp_path):
    result = verified(world(tmp_path, [-20.0, b"garbage " * 99]))
    again = pickle.loads(pickle.dumps(result))

    assert isinstance(again, Verification)
    assert repr(again) == repr(result)
    assert again.tracks[0] == result.tracks[0]
    with pytest.raises(AttributeError):
        result.title = "other"
    first, second = json.loads(json.dumps(result.to_dict()))
    assert first["moved_lu"] == pytest.approx(-4.0, abs=0.2)
    assert first["sent_integrated_lufs"] == pytest.approx(-16.0, abs=0.1)
    ((flag_lu, flag),) = (told.split(" ", 1) for told in first["flags"])
    assert float(flag_lu) == pytest.approx(4.0, abs=0.2)
    assert flag == "LU quieter than sent"
    assert second["made_channels"] is None
    assert "as the service made it" in second["error"]


def test_titles_are_escaped_and_a_word_says_what_a_color_says(tmp_path):
    result = verified(world(tmp_path, [-20.0]))
    shown = replace(
        result, title="<b>", tracks=(replace(result.tracks[0], title="<script>"),)
    )._repr_html_()

    assert "<script>" not in shown
    assert "<b>" not in shown
    assert "quieter than sent" in shown


@pytest.mark.parametrize("count", [0, 1, 100])
def test_any_number_of_tracks_can_be_drawn(tmp_path, count):
    made = world(tmp_path, [-20.0, b"garbage " * 99])
    few = verified(made).tracks
    many = replace(verified(made), tracks=(few * 50)[:count])
    figure = many.plot()
    figure.canvas.draw()

    assert len(figure.axes[0].get_yticks()) == count
    assert figure.get_figheight() < 25


def test_an_empty_report_of_one_kept_chapter_is_verified_as_nothing(tmp_path):
    made = world(tmp_path, [-16.0])
    kept = replace(made.jobs[0], origin="kept", loudness=None)
    result = replace(made.report, jobs=(kept,)).verify(made.account)

    assert result.tracks == ()
    assert "0 of 0 tracks" in result.summary
