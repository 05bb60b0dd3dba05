"""Whatever happens to a session, what is shown at the end is its last state."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sound import write_tone
from widgets.looking import tell

import yotokit as yk
from yotokit.engine import InlineEngine
from yotokit.widgets.painting import paint

FILES = 4
BROKEN = 2  # this one of them is no audio

PLACES = st.integers(0, FILES - 1)
STEPS = st.tuples(
    st.sampled_from(
        [
            "submit",
            "work",
            "work",
            "work",
            "cancel",
            "cancel all",
            "retry",
            "retry all",
            "move",
            "remove",
            "edit",
            "odd title",
            "select",
            "pause or go on",
            "finalize",
            "flush",
        ]
    ),
    PLACES,
    st.integers(1, 12),
)
BUTTONS = {
    "cancel all": "_cancel",
    "retry all": "_retry",
    "pause or go on": "_pause",
    "finalize": "_finalize",
}
KEPT = ("title", "jobs", "finalizing", "card_id", "log", "closed", "totals", "card", "revision")


@pytest.fixture(scope="module")
def paths():
    """Return a few files, one of which is no audio."""
    folder = Path(tempfile.mkdtemp(prefix="history-"))
    found = []
    for place in range(FILES):
        path = folder / f"{place} <b>&.wav"
        if place == BROKEN:
            path.write_text("no sound" * 50)
        else:
            write_tone(path, duration_s=0.2, rate=8_000, hertz=300.0 + 100 * place)
        found.append(path)
    yield found
    shutil.rmtree(folder)


class Watched:
    """A session with its dashboard, and what the dashboard was last painted from."""

    def __init__(self, yoto, paths, *, album):
        self.engine = InlineEngine(seed=len(paths))
        normalize = "album" if album else "track"
        self.session = yk.Session(
            "History", yoto, card="new", journal=False, engine=self.engine, normalize=normalize
        )
        self.paths = paths
        self.dashboard = yk.Dashboard.of(self.session)
        self.snapshot = self.progress = None
        look = self.dashboard._pace.look

        def watched(snapshot):
            self.snapshot, self.progress = snapshot, look(snapshot)
            return self.progress

        self.dashboard._pace.look = watched

    def do(self, what, place, number):
        jobs, dashboard = self.session.jobs, self.dashboard
        job = jobs[place].job_id if place < len(jobs) else "nobody"
        more = {
            "move": {"position": number},
            "edit": {"title": f"<i>{number}</i>"},
            "odd title": {"title": "a\x07"},
        }
        if what == "submit":
            self.session.submit(self.paths[place])
        elif what == "work":
            for _ in range(number):
                self.engine.step()
        elif what == "flush":
            dashboard.flush()
        elif what in BUTTONS:
            getattr(dashboard, BUTTONS[what]).click()
        else:
            tell(dashboard, what.replace("odd title", "edit"), job, **more.get(what, {}))

    def check(self):
        """See that the widgets show what the session is now."""
        assert self.dashboard.flush(30.0)
        dashboard, table = self.dashboard, self.dashboard._table
        now = self.session.snapshot()
        for name in KEPT:
            assert getattr(self.snapshot, name) == getattr(now, name), name
        wanted = paint(self.snapshot, self.progress, dashboard._steering.chosen)
        shown = {
            "message": dashboard._message.value,
            "progress": dashboard._progress.value,
            "bar_style": dashboard._progress.bar_style,
            "label": table.label,
            "headers": tuple(table.headers),
            "rows": tuple(table.rows),
            "curves": tuple(table.curves.items()),
            "shown": table.shown,
            "announcement": table.announcement,
            "details": dashboard._details.value,
            "curve": dashboard._curve.value,
            "log": dashboard._log.value,
            "overview": dashboard._overview.value,
        }
        for name, value in shown.items():
            assert value == getattr(wanted, name), name
        buttons = wanted.buttons
        assert dashboard._finalize.disabled != buttons.finalize
        assert dashboard._pause.disabled != buttons.pause
        assert dashboard._retry.disabled != buttons.retry
        assert dashboard._cancel.disabled != buttons.cancel
        assert (dashboard._pause.description == "Go on") == buttons.paused
        assert [row["title"] for row in table.rows] == [job.title for job in self.session.jobs]

    def close(self):
        self.session.close()
        self.engine.close()


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(album=st.booleans(), steps=st.lists(STEPS, min_size=1, max_size=25))
def test_the_last_painting_is_that_of_the_last_state(yoto, paths, album, steps):
    watched = Watched(yoto, paths, album=album)
    try:
        for step in steps:
            watched.do(*step)
        watched.check()
        watched.session.unpause()
        with suppress(yk.YotokitError):
            watched.session.finalize()
        watched.check()
    finally:
        watched.close()
