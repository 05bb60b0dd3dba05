from __future__ import annotations

import json
import math
from pathlib import Path
from xml.etree import ElementTree

import pytest
from widgets.looking import HOSTILE, job, loudness, measured, progress, session, text_of

from yotokit.audio import GainPlan
from yotokit.errors import (
    LoginRequiredError,
    MissingFileError,
    ServerError,
    TransportError,
    UnreadableAudioError,
)
from yotokit.session import Depth, JobState, Limits
from yotokit.session.totals import Totals
from yotokit.widgets.painting import Chosen, Memo, paint

DONE, FAILED, CANCELLED = JobState.DONE, JobState.FAILED, JobState.CANCELLED
MOVING = (JobState.MEASURING, JobState.RENDERING, JobState.UPLOADING)
PIECES = ("overview", "message", "details", "curve", "log")


def failed(position=1, error=None, **changes):
    error = error or UnreadableAudioError(f"/stories/{position}.mp3", "is no audio; convert it")
    return job(position, FAILED, error=error, **changes)


def everything():
    """Return a session with a file in each state."""
    moving = [
        job(place, state, progress=0.4, duration_s=10.0, curve_lufs=loudness().momentary_lufs[:50])
        for place, state in enumerate(JobState, start=1)
        if state not in (DONE, FAILED)
    ]
    return session(measured(8), failed(9), *moving, log=("12:00:01 queued: Story",))


def test_a_painting_of_anything_is_well_formed_and_the_same_of_the_same():
    for snapshot in (session(), everything(), session(failed(), card_id="abcde", closed=True)):
        chosen = Chosen(problem="no such title", outcome="written", commands=2)
        painting = paint(snapshot, progress(0.3, 90.0), chosen)

        for piece in filter(None, (getattr(painting, name) for name in PIECES)):
            for part in piece.replace("<style>", "\0<style>").split("\0"):
                ElementTree.fromstring(part)
        assert painting == paint(snapshot, progress(0.3, 90.0), chosen)


def test_what_was_painted_before_makes_a_painting_cheaper_and_never_different():
    memo = Memo()
    first = session(measured(1), job(2, JobState.UPLOADING, progress=0.1), failed(3))
    second = session(measured(1), job(2, JobState.UPLOADING, progress=0.2))
    third = session(job(1, title="Another"), measured(2, title="Story 1"))
    before = paint(first, progress(), None, memo)
    after = paint(second, progress(), None, memo)

    assert before == paint(first, progress())
    assert after == paint(second, progress())
    assert paint(third, progress(), None, memo) == paint(third, progress())
    assert paint(first, progress(), None, memo) == before


def test_a_row_of_a_file_that_has_not_changed_is_the_very_same_again():
    memo, still = Memo(), measured(1)
    before = paint(session(still, job(2)), progress(), None, memo)
    after = paint(session(still, job(2, state=JobState.MEASURING)), progress(), None, memo)

    assert after.curves[0][1] is before.curves[0][1]
    assert after.curve is before.curve
    same = paint(session(still, job(2), job(3)), progress(), None, memo)
    assert same.rows[0] is before.rows[0]


def test_titles_paths_errors_and_events_are_nowhere_markup():
    error = TransportError(HOSTILE)
    hostile = job(
        2,
        FAILED,
        title=HOSTILE,
        path=Path(f"/{HOSTILE}"),
        error=error,
        notes=(HOSTILE,),
        icon=HOSTILE,
    )
    noted = measured(1, title=HOSTILE, notes=(HOSTILE,), trouble=HOSTILE, icon=HOSTILE)
    for shown in (noted, hostile):
        painting = paint(
            session(
                noted,
                hostile,
                title=HOSTILE,
                log=(HOSTILE,),
                card_id=HOSTILE,
                journal_trouble=HOSTILE,
            ),
            progress(),
            Chosen(shown=shown.job_id, problem=HOSTILE, outcome=HOSTILE),
        )
        for name in PIECES:
            piece = getattr(painting, name)
            assert "<script" not in piece
            assert "<b>" not in piece
            for part in piece.replace("<style>", "\0<style>").split("\0"):
                if part:
                    ElementTree.fromstring(part)
        assert HOSTILE in text_of(painting.details)
        # The table shows text alone: it is given the title as it is.
        assert painting.rows[0]["title"] == HOSTILE


def test_the_status_says_everything_in_words():
    def status(*jobs, told=None, **changes):
        return text_of(paint(session(*jobs, **changes), told or progress()).overview)

    assert "No files yet: submit some." in status()
    assert "1 file: none done yet, 1 to go." in status(job())
    assert "3 files: 1 done, 1 failed, 1 to go; about 2 min left." in status(
        measured(1), failed(2), job(3), told=progress(0.5, 100.0)
    )
    assert "; paused." in status(job(), paused=True, told=progress(0.5, 100.0))
    assert "when all have ended." in status(job(), finalizing=True)
    assert "writing the card." in status(measured(), finalizing=True)
    assert "2 files: 1 done, 1 cancelled; card abcde." in status(
        measured(1), job(2, CANCELLED), card_id="abcde"
    )
    assert "wait for Finalize" in status(
        measured(state=JobState.MEASURED, held=True),
        told=progress(0.5, held=1),
        queue=None,
    )


def test_the_totals_stand_beside_the_limits_and_a_word_says_if_they_are_near_or_over():
    def totals(tracks, hours, size_bytes, **changes):
        held = Totals(tracks, 3600.0 * hours, size_bytes, changes.pop("unmeasured", 0))
        return text_of(paint(session(job(), totals=held, **changes), progress()).overview)

    few = totals(12, 1, 29.8e6, unmeasured=3)
    assert "12 of 100" in few
    assert "1:00:00 of 5:00:00" in few
    assert "30 of 500 MB" in few
    assert "not measured yet 3" in few
    assert "nearly full" not in few
    assert "95 of 100, nearly full" in totals(95, 1, 29e6)
    assert "5:06:00 of 5:00:00, over" in totals(12, 5.1, 29e6)
    assert "510 of 500 MB, over" in totals(12, 1, 510e6)
    none = totals(120, 6, 29e6, limits=Limits(tracks=None, card_duration_s=None))
    assert "120 of" not in none
    assert "6:00:00 of" not in none


def test_the_lanes_are_numbers_and_a_history():
    painting = paint(session(job()), progress(history=tuple(Depth(n, 0, 0, 0) for n in range(9))))

    said = text_of(painting.overview)
    assert "measure and render 3 waiting, 2 for others, 2 of 2 workers busy" in said
    assert "files done 30.0 a minute sending" in said
    assert "sending 1.5 MB/s" in said
    still = text_of(paint(session(job(), paused=True, working=False), progress()).overview)
    assert "MB/s" not in still
    assert "a minute" not in still
    assert 'aria-label="queues over the last 9 s' in painting.overview


def test_the_speed_is_that_of_the_sound_that_is_done():
    ended = [
        measured(1, loudness=loudness(seconds=20.0)),
        measured(2, loudness=loudness(seconds=60.0)),
    ]
    kept = job(3, DONE, origin="kept", duration_s=9_000.0)
    moving = measured(4, JobState.UPLOADING, loudness=loudness(seconds=999.0))
    painting = paint(session(*ended, kept, moving), progress(files_per_s=0.5))

    assert "sound 20.0 times real time" in text_of(painting.overview)


def test_a_row_says_what_can_be_done_with_its_file():
    ever = {"remove", "edit", "icon"}
    for one, possible in (
        (job(2), {"up", "down", "cancel"}),
        (job(1), {"down", "cancel"}),
        (job(3), {"up", "cancel"}),
        (failed(2), {"up", "down", "retry"}),
        (job(2, CANCELLED), {"up", "down", "retry"}),
        (measured(2), {"up", "down", "listen"}),
        (measured(2, FAILED), {"up", "down", "retry", "listen"}),
        (measured(2, JobState.TRANSCODING), {"up", "down", "cancel", "listen"}),
        (job(2, DONE, origin="kept"), {"up", "down"}),
    ):
        jobs = [job(place) for place in (1, 2, 3)]
        jobs[one.position - 1] = one
        row = paint(session(*jobs), progress()).rows[one.position - 1]

        assert set(row["can"]) == ever | possible, one
        closed = paint(session(*jobs, closed=True), progress())
        assert [row["can"] for row in closed.rows] == [[]] * 3


def test_a_row_has_the_numbers_and_says_what_limited_the_gain():
    rows = paint(
        session(
            measured(1),
            measured(2, limited_by="true_peak"),
            measured(3, plan=GainPlan(4.0, "limiter", album=True, limiter_dbtp=-1.5)),
            measured(4, gain_db=0.0, untouched=True),
            measured(5, loudness=loudness(integrated_lufs=float("-inf")), limited_by="silence"),
            job(6, JobState.UPLOADING, progress=0.404),
        ),
        progress(),
    ).rows

    assert rows[0]["cells"] == ["-20.0", "-16.0", "6.0", "-6.0", "+4.0", ""]
    assert rows[1]["cells"][5] == "true peak"
    assert rows[1]["note"] == ""  # said by the word already
    assert rows[2]["cells"][5] == "album, limiter on peaks"
    assert rows[3]["state"] == "done, as it was"
    assert rows[4]["cells"][0] == "silent"
    assert (rows[5]["state"], rows[5]["progress"]) == ("uploading 40 %", 0.4)
    assert rows[0]["progress"] is None


def test_a_row_tells_an_error_in_a_line_and_leaves_the_rest_to_the_details():
    error = UnreadableAudioError("/stories/1.mp3", f"is no audio;\n{'convert it ' * 50}")
    row = paint(session(failed(error=error)), progress()).rows[0]

    assert row["note"].startswith("is no audio; convert it")
    assert len(row["note"]) <= 90
    assert "\n" not in row["note"]
    long = failed(error=TransportError("x" * 500))
    assert paint(session(long), progress()).rows[0]["note"] == "x" * 87 + "..."
    waiting = job(trouble="waiting for the network", notes=("clipped",))
    assert paint(session(waiting), progress()).rows[0]["note"] == "waiting for the network; clipped"


def test_a_file_that_failed_while_it_was_measured_shows_no_curve_that_grows():
    values = loudness().momentary_lufs[:50]
    painting = paint(session(failed(curve_lufs=values, duration_s=20.0)), progress())

    assert painting.curve == ""
    assert painting.curves == ()


def test_each_state_has_a_color_and_a_word():
    rows = paint(everything(), progress()).rows
    colors = {row["state"].split()[0]: row["color"] for row in rows}

    assert colors.keys() == {state.value for state in JobState}
    assert (colors["done"], colors["failed"]) == ("green", "red")
    assert set(colors.values()) <= {"green", "red", "amber", "blue", "grey"}


def test_what_is_read_out_changes_with_every_tenth_and_not_with_every_paint():
    def read_out(share, *jobs, **changes):
        return paint(session(*jobs, **changes), progress(share)).announcement

    heard = [read_out(n / 1000, job(1), measured(2)) for n in range(1000)]

    assert list(dict.fromkeys(heard)) == [
        "Work has begun.",
        *(f"{n}0 % done." for n in range(1, 10)),
    ]
    assert read_out(0.0) == ""
    assert "Some files failed" in read_out(0.5, job(1), failed(2), failed(3))
    assert read_out(0.5, job(1), failed(2)) == read_out(0.5, job(1), failed(2), failed(3))
    assert read_out(0.5, job(1), paused=True) == "Paused."
    assert read_out(1.0, measured(1), card_id="abcde") == "1 file: 1 done; card abcde."


def test_the_first_file_is_shown_until_another_is_chosen_and_when_that_is_gone():
    first, second = measured(1), failed(2)

    def shown(*jobs, chosen=""):
        painting = paint(session(*jobs), progress(), Chosen(shown=chosen))
        return painting.shown, text_of(painting.details)[:8]

    assert shown(first, second) == (first.job_id, "1. Story")
    assert shown(first, second, chosen=second.job_id) == (second.job_id, "2. Story")
    assert shown(first, chosen=second.job_id) == (first.job_id, "1. Story")
    assert shown() == ("", "")


def test_the_details_have_numbers_with_their_units_curve_target_and_true_peak():
    painting = paint(session(measured(limited_by="true_peak", sent_bytes=2_000_000)), progress())
    said = text_of(painting.details)

    for fact in (
        "before: integrated -20.0 LUFS",
        "range 6.0 LU, -28.0 to -18.0 LUFS",
        "true peak -6.0 dBTP at 0:10",
        "loudest 400 ms -15.0 LUFS",
        "after: integrated -16.0 LUFS",
        "target -16.0 LUFS",
        "gain +4.0 dB",
        "limited by true peak",
        "true peak -2.0 dBTP",
        "length 0:20",
        "sound 44.1 kHz, stereo",
        "sent 1.9 MiB",
        "File: /stories/001 story.mp3",
    ):
        assert fact in said, fact
    name = ElementTree.fromstring(painting.curve).find(".//*[@role='img']").get("aria-label")
    assert "target -16.0 LUFS" in name
    assert "true peak" in name
    assert "integrated" in name


def test_what_is_silent_has_no_unit():
    silent = measured(gain_db=0.0, after_lufs=-math.inf)

    assert "after: integrated silent target" in text_of(paint(session(silent), progress()).details)


def test_a_limited_gain_does_not_promise_a_true_peak():
    plan = GainPlan(9.0, "limiter", limiter_dbtp=-1.5)
    said = text_of(paint(session(measured(gain_db=9.0, plan=plan)), progress()).details)

    assert "gain +9.0 dB" in said
    assert "true peak 3.0 dBTP" not in said


def test_the_curve_of_the_shown_file_grows_while_it_is_measured():
    values = loudness(seconds=40.0).momentary_lufs

    def curve(count, memo=None):
        one = job(1, JobState.MEASURING, curve_lufs=values[:count], duration_s=40.0)
        return paint(session(one), progress(), None, memo).curve

    grown = [curve(count) for count in (0, 100, 200, 397)]
    assert len(set(grown)) == 4
    assert "26 %" in curve(100)  # its last value is of a window that ends at 10.3 s
    # However long the file, it is drawn some hundred times, and no more.
    memo = Memo()
    assert len({curve(count, memo) for count in range(398)}) <= 201


def test_the_small_curves_of_a_few_files_grow_and_of_many_only_whole_ones_are_sent():
    values = loudness(seconds=40.0).momentary_lufs
    moving = job(1, JobState.MEASURING, curve_lufs=values[:200], duration_s=40.0)
    few = paint(session(moving, measured(2)), progress()).curves
    many = paint(
        session(moving, measured(2), *(job(place) for place in range(3, 80))), progress()
    ).curves

    assert [key for key, _ in few] == [moving.job_id, measured(2).job_id]
    assert [key for key, _ in many] == [measured(2).job_id]
    sent = {
        paint(
            session(job(1, JobState.MEASURING, curve_lufs=values[:count], duration_s=40.0)),
            progress(),
        ).curves
        for count in range(398)
    }
    assert len(sent) <= 13


@pytest.mark.parametrize(
    ("error", "told", "remedy"),
    [
        (UnreadableAudioError("/a.mp3", "is no audio"), "/a.mp3: is no audio", "convert"),
        (MissingFileError("/a.mp3", "nothing is there"), "nothing is there", "put the file"),
        (TransportError("connection refused"), "connection refused", "online"),
        (LoginRequiredError("the token is gone"), "the token is gone", "sign in again"),
        (ServerError("it failed", status=500), "it failed", "wait a little"),
        (ZeroDivisionError("division by zero"), "division by zero", "report it"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_is_shown_in_full_with_its_kind_its_attempt_and_what_to_do(error, told, remedy):
    said = text_of(paint(session(failed(error=error, attempt=3)), progress()).details)

    assert type(error).__name__ in said
    assert told in said
    assert "What to do:" in said
    assert remedy in said
    assert "attempt 3" in said


def test_a_problem_is_an_alert_and_the_same_one_again_is_another_alert():
    def message(commands, problem="title='': give 1 to 100 printable characters"):
        return paint(session(), progress(), Chosen(problem=problem, commands=commands)).message

    assert 'role="alert"' in message(1)
    assert "give 1 to 100 printable characters" in text_of(message(1))
    assert message(1) != message(2)
    assert message(1, "") == message(2, "")
    assert "alert" not in message(1, "")


def test_the_log_is_bounded_and_ends_with_the_latest_event():
    lines = tuple(f"12:00:{n:02} event {n}" for n in range(60))
    log = ElementTree.fromstring(paint(session(log=lines), progress()).log)
    (region,) = log.findall(".//*[@role='log']")
    shown = [item.text for item in region.iter("li")]

    assert len(shown) <= 50
    assert shown[-1] == lines[-1]


def test_buttons_can_be_clicked_when_they_do_something():
    def buttons(*jobs, **changes):
        return paint(session(*jobs, **changes), progress()).buttons

    empty = buttons()
    assert (empty.finalize, empty.retry, empty.cancel) == (False, False, False)
    busy = buttons(job(1), measured(2))
    assert (busy.finalize, busy.pause, busy.retry, busy.cancel) == (True, True, False, True)
    ended = buttons(measured(1), failed(2))
    assert (ended.finalize, ended.retry, ended.cancel) == (True, True, False)
    assert buttons(job(1, CANCELLED)).retry
    writing = buttons(measured(1), finalizing=True)
    assert (writing.finalize, writing.cancel) == (False, True)
    assert buttons(job(1), paused=True).paused
    over = buttons(job(1), failed(2), closed=True)
    assert not any((over.finalize, over.pause, over.retry, over.cancel))


def test_the_bar_is_red_as_soon_as_a_file_failed_and_green_when_all_are_done():
    def style(*jobs):
        return paint(session(*jobs), progress()).bar_style

    assert style() == style(job()) == "info"
    assert style(measured(1), failed(2)) == "warning"
    assert style(failed(1), failed(2)) == "danger"
    assert style(measured(1)) == "success"


def test_five_hundred_files_are_less_than_200_kb():
    titles = "A rather long title, number {}: the owl & the mouse"
    jobs = [
        measured(place, JobState.TRANSCODING, title=titles.format(place), limited_by="true_peak")
        for place in range(1, 501)
    ]
    painting = paint(session(*jobs), progress())

    assert len(json.dumps(painting.rows, ensure_ascii=False).encode()) < 200_000
    assert len(json.dumps(dict(painting.curves)).encode()) < 100_000
    assert sum(len(getattr(painting, name)) for name in PIECES) < 100_000
