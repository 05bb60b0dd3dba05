"""Short histories that random ones have led to, each with what went wrong in it."""

from __future__ import annotations

import gc
import shutil
import threading
from functools import partial

import pytest
from session.mirrors import Mirror
from session.worlds import CONTENTS, NAMES, SOUNDS, World, loudness_of

from yotokit.audio import Target, plan_album
from yotokit.errors import CardConflictError
from yotokit.journal import Journal
from yotokit.session import JobState


@pytest.fixture
def world():
    world = World(1, fresh_ids=False, null_after_upload=False)
    for name, content in zip(NAMES, CONTENTS, strict=False):
        world.write(name, content)
    yield world
    for kernel in world.kernels:
        for one in list(kernel.sessions):
            one.session.close()
    world.close()
    Journal._shared.clear()
    shutil.rmtree(world.folder)


@pytest.fixture
def open_session(world):
    """Return a function that opens a session of the title in a kernel."""

    def open_session(name, *, kernel=0, normalize="track", resume=False):
        one = Mirror(world.kernels[kernel], "Bedtime", normalize, name)
        one.open(resume=resume)
        return one

    return open_session


def paths(world, *numbers):
    return [world.files / NAMES[number] for number in numbers]


def work(one, most=2_000):
    for _ in range(most):
        if not one.kernel.step():
            return
    raise AssertionError("it works without an end")


def finalize(one, **options):
    future = one.session.begin_finalize(**options)
    work(one)
    return future.result(0)


def meanwhile(world, kind, when, do, *, kernel=0, countdown=1):
    world.ambushes.append([kernel, [kind], countdown, when, lambda _: do()])


def test_a_file_that_changed_while_it_was_measured_has_no_part_in_the_albums_gain(
    world, open_session
):
    """What was measured of its new content was kept as the gain of a set with the old one."""
    one = open_session("one", normalize="album")
    first, second = paths(world, 0, 1)
    old = first.read_text()
    meanwhile(world, "measure", "before", partial(world.write, first.name, SOUNDS[3]))
    one.session.submit([first, second])
    finalize(one)
    assert one.session.jobs[0].state is JobState.FAILED
    world.write(first.name, old)
    one.session.submit([first, second])
    report = finalize(one)

    parts = [loudness_of(first), loudness_of(second)]
    assert report.album == plan_album(sorted(parts, key=lambda p: p.notes[0]), Target())


@pytest.mark.parametrize("place", ["render", "put"])
def test_files_of_another_session_go_on_while_one_that_was_begun_anew_is_held(
    world, open_session, place
):
    """It kept its slot from the attempt before."""
    one = open_session("one", normalize="album")
    other = open_session("other")
    one.kernel.engine._slots = 1

    def begin_anew():
        one.session.cancel()
        one.session.retry()

    one.session.submit(paths(world, 0))
    meanwhile(world, place, "before", begin_anew)
    one.session.begin_finalize()
    work(one)
    assert one.session.jobs[0].state is JobState.MEASURED
    other.session.submit(paths(world, 1))
    assert len(finalize(other).done) == 1


def test_what_was_changed_elsewhere_is_replaced_if_that_is_asked_for(world, open_session):
    one = open_session("one")
    one.session.submit(paths(world, 0, 1))
    finalize(one)
    assert world.service.edit("Bedtime")
    report = finalize(one, overwrite=True)

    assert [chapter.title for chapter in report.card.chapters] == ["ant", "bee"]
    assert world.service.of_title("Bedtime")[0].chapters == report.card.chapters


def test_a_card_that_was_changed_elsewhere_is_answered_the_same_each_time(world, open_session):
    one = open_session("one")
    one.session.submit(paths(world, 0, 1))
    finalize(one)
    assert world.service.edit("Bedtime")

    for _ in range(3):
        with pytest.raises(CardConflictError):
            finalize(one)


def test_a_session_that_knows_a_deleted_card_finds_the_one_that_another_session_made(
    world, open_session
):
    """The list of cards lags; the journal does not."""
    one, other = open_session("one"), open_session("other", kernel=1)
    for each in (one, other):
        each.session.submit(paths(world, 0))
        finalize(each)
    world.service.delete("Bedtime")
    world.service.list_lag_s = 3.0
    for each in (one, other):
        finalize(each)

    assert world.service.created["Bedtime"] == 2
    assert len(world.service.of_title("Bedtime")) == 1


def test_a_card_that_was_made_anew_without_an_answer_is_looked_for_while_the_list_lags(
    world, open_session
):
    one = open_session("one")
    one.session.submit(paths(world, 0))
    finalize(one)
    world.service.delete("Bedtime")
    world.service.list_lag_s = 3.0
    world.service.faults.append(("write", "lost"))
    finalize(one)

    assert world.service.created["Bedtime"] == 2
    assert len(world.service.of_title("Bedtime")) == 1


def test_two_sessions_do_not_both_make_the_card_when_two_creations_go_wrong(world, open_session):
    """One had looked for what the first may have made, and no more for what the second made."""
    both = [open_session("one"), open_session("other")]
    for each in both:
        each.session.submit(paths(world, 0))
        work(each)
    world.service.list_lag_s = 3.0
    world.service.faults += [("write", "broken"), ("write", "lost")]
    for each in both:
        each.session.begin_finalize()
    work(both[0])

    assert world.service.created["Bedtime"] == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("write", range(1, 6))
def test_a_kill_while_files_are_entered_loses_no_list_of_an_earlier_session(
    world, open_session, write, when
):
    one = open_session("one")
    one.session.submit(paths(world, 0, 1))
    one.session.close()
    one.kernel.sessions.clear()
    other = open_session("other")
    meanwhile(world, "journal", when, other.kernel.cut, countdown=write)
    with other.kernel.mortal():
        other.session.submit(paths(world, 2, 3))
    if not other.kernel.dead:
        return
    world.reborn(0)
    again = open_session("again", resume=True)

    found = [job.path for job in again.session.jobs]
    assert found in (paths(world, 0, 1), paths(world, 2, 3))


def test_a_session_that_nobody_closed_may_be_collected_while_a_journal_is_opened(
    world, open_session, monkeypatch
):
    """Its journal was let go of with a lock that the same thread held."""
    own = Journal._own

    def collect(self, folder):
        gc.collect()
        return own(self, folder)

    def drop_and_open():
        Mirror(world.kernels[0], "Dropped", "track", "dropped").open()
        world.kernels[0].sessions.clear()
        monkeypatch.setattr(Journal, "_own", collect)
        open_session("one", kernel=1)

    thread = threading.Thread(target=drop_and_open, daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
