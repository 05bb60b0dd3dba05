"""What a session comes to, and how those who show it find their way in it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

import yotokit as yk
from yotokit.session.limits import BYTES_PER_S
from yotokit.session.totals import Totals


@pytest.fixture
def session(yoto, threads):
    with yk.Session("Totals", yoto, engine=threads) as session:
        yield session


def test_files_count_as_tracks_at_once_and_with_their_length_when_they_are_measured(
    session, tones, emulator
):
    assert session.snapshot().totals == Totals(0, 0.0, 0.0, 0)
    session.pause()
    session.submit(tones(3))
    assert session.snapshot().totals == Totals(3, 0.0, 0.0, 3)
    emulator._transcode_s = (30.0, 30.0)
    session.unpause()
    session.engine.wait_for(lambda: all(job.state == "transcoding" for job in session.jobs), 30)

    totals = session.snapshot().totals
    assert (totals.tracks, totals.unmeasured) == (3, 0)
    assert totals.duration_s == pytest.approx(3.0)
    assert totals.size_bytes == pytest.approx(3 * BYTES_PER_S)


def test_what_is_done_counts_with_what_the_service_made_of_it(session, tones):
    session.submit(tones(2))
    card = session.finalize().card
    totals = session.snapshot().totals

    assert totals.tracks == 2
    assert totals.size_bytes == card.size_bytes
    assert totals.duration_s == pytest.approx(card.duration_s)


def test_what_failed_or_was_cancelled_takes_a_place_and_no_room(session, tones):
    paths = tones(3)
    paths[0].write_text("no sound" * 100)
    jobs = session.submit(paths)
    session.wait()
    assert session.snapshot().totals.tracks == 3
    assert session.snapshot().totals.duration_s == pytest.approx(2.0, abs=0.1)
    session.remove(jobs[0])
    session.pause()
    (late,) = session.submit(tones(1, folder="late"))
    late.cancel()

    totals = session.snapshot().totals
    assert (totals.tracks, totals.unmeasured) == (3, 0)
    assert totals.duration_s == pytest.approx(2.0, abs=0.1)


def test_a_chapter_that_stays_counts_with_all_its_tracks(yoto, threads, tones):
    with yk.Session("First", yoto, engine=threads) as session:
        session.submit(tones(2))
        card = session.finalize().card
    (track,), (other,) = (chapter.tracks for chapter in card.chapters)
    two = replace(card.chapters[0], tracks=(track, replace(other, key="02")))
    written = yoto.write_card(replace(yoto.card(card.card_id), chapters=(two,)))
    with yk.Session("First", yoto, engine=threads, card=written.card_id, journal=False) as session:
        totals = session.snapshot().totals

    assert totals.tracks == 2
    assert totals.size_bytes == written.size_bytes
    assert totals.duration_s == pytest.approx(written.duration_s)


def test_a_snapshot_tells_the_limits_that_hold(yoto, threads):
    limits = yk.Limits(tracks=7)
    with yk.Session("Limits", yoto, engine=threads, limits=limits) as session:
        assert session.snapshot().limits == limits


def test_a_job_is_found_by_its_id_as_long_as_it_is_on_the_list(session, tones):
    session.pause()
    one, two = session.submit(tones(2))

    assert session.job(two.job_id) == two
    session.remove(two)
    assert session.job(two.job_id) is None
    assert session.job(one.job_id) == one
    assert session.job("nobody") is None


@pytest.mark.parametrize("awaited", [False, True], ids=["waited for", "awaited"])
def test_who_shows_a_session_is_told_before_finalize_returns_or_raises(session, tones, awaited):
    def finalize():
        return asyncio.run(session.finalize_async()) if awaited else session.finalize()

    told = []
    end = session.before_return(lambda: told.append(session.snapshot().card_id))
    with pytest.raises(yk.YotokitError):
        finalize()
    assert told == [""]
    session.submit(tones(1))
    card_id = finalize().card.card_id
    assert told == ["", card_id]
    end()
    finalize()

    assert told == ["", card_id]


def test_a_session_says_whether_it_isolates(yoto, threads):
    with (
        yk.Session("One", yoto, engine=threads) as plain,
        yk.Session("Two", yoto, engine=threads, isolate=True) as careful,
    ):
        assert (plain.isolates, careful.isolates) == (False, True)
