"""Random cards, random changes: what `diff` says is what `finalize` does, and nothing else."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

from hypothesis import given, settings
from hypothesis import strategies as st
from session.fake_service import media_of
from session.worlds import NAMES, SOUNDS, World

import yotokit as yk
from yotokit.journal import Journal
from yotokit.yoto import DEFAULT_ICON, Card, Chapter, Track

ICONS = [None, DEFAULT_ICON, f"yoto:#{'A' * 43}"]
WAYS = ["submit", "move", "remove", "edit", "icon", "default", "finalize", "reopen"]


@contextmanager
def world_of(seed):
    world = World(seed, fresh_ids=False, null_after_upload=False)
    try:
        for name, content in zip(NAMES, SOUNDS, strict=False):
            world.write(name, content)
        yield world
    finally:
        world.close()
        Journal._shared.clear()
        shutil.rmtree(world.folder)


@st.composite
def chapters(draw, place):
    label = draw(st.sampled_from([str(place), f"{place:02}", "", "x"]))
    icon = draw(st.sampled_from(ICONS))
    media = media_of(f"of the app {draw(st.integers(0, 2))}")
    tracks = tuple(
        Track(f"{n:02}", f"c{place}", media, label, icon, {"odd": n})
        for n in range(1, draw(st.integers(1, 2)) + 1)
    )
    return Chapter(f"key {place}", f"c{place}", tracks, label, icon, {"odd": place})


@st.composite
def cards(draw):
    made = tuple(draw(chapters(place)) for place in range(1, draw(st.integers(1, 5)) + 1))
    return Card("App", made, card_id="aaaaa", updated_at="0", metadata={"odd": 1})


def change(session, way, where, world):
    jobs = session.jobs
    if way == "submit":
        session.submit(world.files / NAMES[where % len(SOUNDS)])
    elif jobs:
        job = jobs[where % len(jobs)]
        {
            "move": lambda: session.move(job, 1 + where % 7),
            "remove": lambda: session.remove(job),
            "edit": lambda: session.edit(job, title=f"called {where}"),
            "icon": lambda: session.edit(job, icon=ICONS[2]),
            "default": lambda: session.edit(job, icon="default"),
        }[way]()


def settle(kernel, most=5_000):
    for _ in range(most):
        if not kernel.step():
            return
    raise AssertionError("it works without an end")


def finalized(session, kernel):
    """Finalize, and compare with what was said before."""
    settle(kernel)
    service = kernel.world.service
    before = service.cards["aaaaa"]
    told, writes = session.diff(), len(service.writes)
    pending = session.begin_finalize()
    settle(kernel)
    report, after = pending.result(0), service.cards["aaaaa"]

    assert len(service.writes) - writes == report.written == bool(told), told
    was = {chapter.key: place for place, chapter in enumerate(before.chapters, start=1)}
    there = [(was.pop(c.key, None), n, c.title) for n, c in enumerate(after.chapters, start=1)]
    gone = [(place, None, before.chapters[place - 1].title) for place in was.values()]
    assert [(c.was_at, c.will_be_at, c.title) for c in told.changes] == there + gone
    assert [job.title for job in session.jobs if job.state == "done"] == [c[2] for c in there]
    kept = {c.key: (c.extra, [t.extra for t in c.tracks]) for c in before.chapters}
    for chapter in after.chapters:
        if chapter.key in kept:
            assert (chapter.extra, [t.extra for t in chapter.tracks]) == kept[chapter.key]
    assert not session.diff()


@settings(max_examples=60, deadline=None)
@given(
    cards(),
    st.sampled_from(["number", "plain"]),
    st.lists(st.tuples(st.sampled_from(WAYS), st.integers(0, 20)), max_size=8),
)
def test_what_diff_says_is_what_finalize_does(card, icons, ways):
    with world_of(1) as world:
        kernel = world.kernels[0]
        world.service.cards["aaaaa"] = card
        world.service.finished.update(t.media.sha256 for c in card.chapters for t in c.tracks)

        def opened():
            return yk.Session(
                "App",
                kernel.client("app"),
                card="aaaaa",
                icons=icons,
                engine=kernel.engine,
                journal=kernel.state,
            )

        session = opened()
        for way, where in [*ways, ("finalize", 0)]:
            if way == "reopen":
                session.close()
                session = opened()
            elif way != "finalize":
                change(session, way, where, world)
            elif session.jobs:
                finalized(session, kernel)
        session.close()
        assert world.broken == []
