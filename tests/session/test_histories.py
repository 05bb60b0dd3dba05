"""Random histories of sessions on the in-thread twin, with faults and kills, against a model."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from session.fake_service import FAULTS, KINDS, MOST_LAG
from session.mirrors import Mirror
from session.worlds import CONTENTS, EMPTY, NAMES, SOUNDS, World

from yotokit.engine import FINAL_STATES
from yotokit.errors import InputError
from yotokit.journal import Journal

PLACES = [*KINDS, "measure", "render", "album", "journal"]
MOST_STEPS = 6_000
MOST_SESSIONS = 3

small = st.integers(0, 7)
kernels = st.integers(0, 1)
files = st.lists(st.integers(0, len(NAMES) - 1), min_size=1, max_size=3)


def action(name, *arguments):
    return st.tuples(st.just(name), *arguments)


PLACE = st.sampled_from([*([place] for place in PLACES), PLACES])
WHEN = st.sampled_from(["before", "after"])
ON_FAILURE = st.sampled_from(["publish", "publish", "raise"])
STEERING = st.one_of(
    action("cancel_job", small, small),
    action("cancel_session", small),
    action("retry_job", small, small),
    action("retry_all", small),
    action("move", small, small, small),
    action("remove", small, small),
    action("pause", small),
    action("unpause", small),
)
TROUBLE = st.one_of(
    action("fail", st.sampled_from(KINDS), st.sampled_from(sorted(FAULTS)), st.integers(1, 3)),
    action("spoil_a_transcode", st.sampled_from(["error", "slow", "never"])),
    action("forget_an_upload", small),
    action("lag", st.integers(0, MOST_LAG), st.sampled_from([0.0, 0.4, 1.4, 3.0])),
)
ELSEWHERE = st.one_of(
    action("edit"),
    action("delete"),
    action("rewrite", small, small),
    action("unlink", small),
    action("pass_time", st.sampled_from([0.5, 2.0, 600.0])),
)
MEANWHILE = st.one_of(
    STEERING,
    ELSEWHERE,
    TROUBLE,
    action("submit", small, files),
    action("replace", small, small, small),
    action("cancel_and_retry", small, small),
    action("begin_finalize", small),
    action("steps", kernels, st.integers(1, 12)),
    action("kill", kernels),
    action("open", kernels),
    action("close", small),
)


class Histories(RuleBasedStateMachine):
    normalize = "track"

    @initialize(seed=st.integers(0, 3), fresh_ids=st.booleans(), null_after=st.booleans())
    def begin(self, seed, fresh_ids, null_after):
        self.world = World(seed, fresh_ids=fresh_ids, null_after_upload=null_after)
        self.world.edits = 0
        self.mirrors = []
        self.closed = []
        self.pages = {}
        self.number = 0
        for n, name in enumerate(NAMES):
            self.world.write(name, CONTENTS[n % len(SOUNDS)])
        self.world.write(EMPTY, "")
        self.open(0)
        self.submit(0, [0, 1, 2])

    # What a rule does, an ambush may do as well, in the middle of a stage.

    def mirror(self, which):
        return self.mirrors[which % len(self.mirrors)] if self.mirrors else None

    def open(self, kernel, *, resume=False):
        if resume and not self.pages:
            return
        if len(self.mirrors) == MOST_SESSIONS:
            self.close(0)
        self.number += 1
        one = Mirror(self.world.kernels[kernel], "Bedtime", self.normalize, f"s{self.number}")
        known = [page for pages in self.pages.values() for page in pages]
        if resume:
            self.pages[one.name] = known  # which it is if a kill comes in between
        with one.kernel.mortal():
            one.open(resume=resume)
            one.order = [job.path for job in one.session.jobs]
            one.titles = {job.path: job.title for job in one.session.jobs}
            self.mirrors.append(one)
            if resume:
                assert self.page(one, one.order, one.titles) in known, (one.order, known)
                del self.pages[one.name]
                if one.order:
                    self.enter(one)
        self.bury()

    # Which list a resumed session gets: that of the session that was worked on last.

    @staticmethod
    def page(one, order, titles):
        return [(path, titles.get(path) or one.named(path)) for path in order]

    def enter(self, one, *lists):
        """Note that the journal has a session's list from now on, and no other's but those
        that are about to publish; with several lists it is not certain which.
        """
        one.began = True
        busy = {other.name for other in self.mirrors if other.is_asked}
        self.pages = {name: pages for name, pages in self.pages.items() if name in busy}
        self.pages[one.name] = [*lists] or [self.page(one, one.order, one.titles)]

    def change(self, one, order, titles, do, *, enters=False):
        """Change a session's list; a kill in between leaves the list before or the one after."""
        before, after = dict(self.pages), self.page(one, order, titles)
        if one.name in self.pages or enters:
            self.pages = {**before, one.name: [*before.get(one.name, []), after]}
        with one.kernel.mortal():
            do()
            one.order, one.titles = order, titles
            if enters:
                self.enter(one)
            elif one.name in before:
                self.pages[one.name] = [after]
        self.bury()

    def submit(self, which, numbers, title=None):
        one = self.mirror(which)
        if one is None:
            return
        paths = [self.world.files / NAMES[n] for n in numbers]
        missing = [path for path in paths if not path.exists()]
        titles = dict(one.titles)
        what = paths
        if title is not None:
            what, missing = paths[0], [path for path in missing if path == paths[0]]
            paths = paths[:1]
            titles[paths[0]] = title
        if missing:
            with one.kernel.mortal():
                try:
                    one.session.submit(what, title=title)
                except InputError:
                    return
                raise AssertionError("a file that is not there was taken")
        self.change(
            one,
            one.added(paths),
            titles,
            lambda: one.session.submit(what, title=title),
            enters=title is not None or not set(paths) <= set(one.order),
        )

    def submit_folder(self, which):
        one = self.mirror(which)
        if one is None:
            return
        names = [name for name in [*NAMES, EMPTY] if (self.world.files / name).exists()]
        paths = [self.world.files / name for name in names]
        self.change(
            one,
            one.added(paths),
            one.titles,
            lambda: one.session.submit(str(self.world.files / "*.wav")),
            enters=not set(paths) <= set(one.order),
        )

    def move(self, which, job, position):
        one = self.mirror(which)
        if one is None or not one.order:
            return
        path = one.order[job % len(one.order)]
        self.change(
            one,
            one.moved(path, position),
            one.titles,
            lambda: one.session.move(one.job(job), position),
        )

    def remove(self, which, job):
        one = self.mirror(which)
        if one is None or not one.order:
            return
        path = one.order[job % len(one.order)]
        titles = {p: t for p, t in one.titles.items() if p != path}
        order = [p for p in one.order if p != path]
        self.change(one, order, titles, lambda: one.session.remove(one.job(job)))

    def on(self, which, do):
        one = self.mirror(which)
        if one is None:
            return
        with one.kernel.mortal():
            do(one)
        self.bury()

    def cancel_job(self, which, job):
        def do(one):
            its = one.job(job)
            if its is not None:
                ended = its.done()
                assert its.cancel() is not ended
                assert its.done()

        self.on(which, do)

    def cancel_session(self, which):
        def do(one):
            one.session.cancel()
            assert all(job.done() for job in one.session.jobs)

        self.on(which, do)

    def retry_job(self, which, job):
        def do(one):
            its = one.job(job)
            if its is not None:
                was = its.state in ("failed", "cancelled")
                assert its.retry() is was

        self.on(which, do)

    def retry_all(self, which):
        self.on(which, lambda one: one.session.retry())

    def pause(self, which):
        def do(one):
            one.session.pause()
            one.paused = True

        self.on(which, do)

    def unpause(self, which):
        def do(one):
            one.session.unpause()
            one.paused = False

        self.on(which, do)

    def begin_finalize(self, which, on_failure="publish", *, overwrite=False):
        self.on(which, lambda one: self.ask(one, on_failure, overwrite=overwrite))

    def ask(self, one, on_failure="publish", *, overwrite=False):
        # Where another session has taken its place in the journal, it takes that back.
        if one.began:
            self.pages.setdefault(one.name, [self.page(one, one.order, one.titles)])
        return one.finalize(on_failure, overwrite=overwrite)

    def close(self, which):
        one = self.mirror(which)
        if one is None:
            return
        with one.kernel.mortal():
            one.session.close()
            one.kernel.sessions.remove(one)
            self.mirrors.remove(one)
            self.closed.append(one)
        self.bury()

    def steps(self, kernel, count):
        its = self.world.kernels[kernel]
        for _ in range(count):
            if its.dead or not its.step():
                break
        self.bury()

    def kill(self, kernel):
        self.world.kernels[kernel].cut()
        self.bury()

    def bury(self):
        """Take the sessions of killed kernels away, and start new kernels in their place."""
        self.mirrors = [one for one in self.mirrors if not one.kernel.dead]
        for number, kernel in enumerate(self.world.kernels):
            if kernel.dead and not self.world.inside:
                self.world.reborn(number)

    # What happens outside of the sessions.

    def fail(self, kind, how, times):
        how = "500" if how == "403" and kind != "put" else how
        self.world.service.faults += [(kind, how)] * times

    def spoil_a_transcode(self, how):
        self.world.service.next_transcode.append(how)

    def forget_an_upload(self, which):
        self.world.service.forget_an_upload(which)

    def lag(self, polls, seconds):
        self.world.service.record_lag = polls
        self.world.service.list_lag_s = seconds

    def edit(self):
        self.world.edits += self.world.service.edit("Bedtime")

    def delete(self):
        self.world.edits += 1
        self.world.service.delete("Bedtime")

    def rewrite(self, number, content):
        self.world.write(NAMES[number % len(NAMES)], CONTENTS[content % len(CONTENTS)])

    def replace(self, which, number, content):
        self.rewrite(number, content)
        self.submit(which, [number % len(NAMES)])

    def cancel_and_retry(self, which, job):
        self.cancel_job(which, job)
        self.retry_job(which, job)

    def unlink(self, number):
        (self.world.files / NAMES[number % len(NAMES)]).unlink(missing_ok=True)

    def pass_time(self, minutes):
        self.world.offset_s += 60 * minutes

    def do(self, what):
        name, *arguments = what
        getattr(self, name)(*arguments)

    # The rules.

    @rule(which=small, numbers=files, title=st.sampled_from([None, None, "Owl", "Night"]))
    def submits(self, which, numbers, title):
        self.submit(which, numbers, title)

    @rule(which=small)
    def submits_a_folder_with_an_empty_file(self, which):
        self.submit_folder(which)

    @rule(number=small, content=small, which=small)
    def changes_a_file_and_submits_it(self, number, content, which):
        self.replace(which, number, content)

    @rule(what=STEERING)
    def steers(self, what):
        self.do(what)

    @rule(what=TROUBLE)
    def has_trouble(self, what):
        self.do(what)

    @rule(what=ELSEWHERE)
    def sees_changes_from_elsewhere(self, what):
        self.do(what)

    @rule(kernel=kernels, count=st.integers(1, 30))
    def works(self, kernel, count):
        self.steps(kernel, count)

    @rule(which=small, on_failure=ON_FAILURE, overwrite=st.booleans())
    def asks_for_the_card(self, which, on_failure, overwrite):
        self.begin_finalize(which, on_failure, overwrite=overwrite)

    @rule(which=small, on_failure=ON_FAILURE)
    def finalizes_to_the_end(self, which, on_failure):
        one = self.mirror(which)
        if one is not None:
            self.begin_finalize(which, on_failure)
            self.work_until_idle(one.kernel.number)

    @rule(which=small, what=TROUBLE)
    def finalizes_in_trouble(self, which, what):
        self.do(what)
        self.finalizes_to_the_end(which, "publish")

    @rule(kernel=kernels, resume=st.booleans())
    def opens_a_session_of_the_same_title(self, kernel, resume):
        self.open(kernel, resume=resume)

    @rule(which=small)
    def closes_a_session(self, which):
        self.close(which)

    @rule(kernel=kernels)
    def is_killed_between_two_stages(self, kernel):
        self.kill(kernel)

    @rule(
        kernel=kernels, kinds=PLACE, countdown=st.integers(1, 8), when=WHEN, goes_on=st.booleans()
    )
    def is_killed_in_a_stage(self, kernel, kinds, countdown, when, goes_on):
        self.ambush(kernel, kinds, countdown, when, ("kill", kernel))
        if goes_on:
            self.finalizes_to_the_end(kernel, "publish")

    @rule(kernel=kernels, kinds=PLACE, countdown=st.integers(1, 4), when=WHEN, what=MEANWHILE)
    def is_disturbed_in_a_stage(self, kernel, kinds, countdown, when, what):
        self.ambush(kernel, kinds, countdown, when, what)

    @rule(which=small, kinds=PLACE, countdown=st.integers(1, 4), when=WHEN, what=MEANWHILE)
    def finalizes_and_is_disturbed(self, which, kinds, countdown, when, what):
        one = self.mirror(which)
        if one is not None:
            self.ambush(one.kernel.number, kinds, countdown, when, what)
            self.finalizes_to_the_end(which, "publish")

    def ambush(self, kernel, kinds, countdown, when, what):
        # In the middle of a change of the journal only a kill comes in between.
        kinds = [kind for kind in kinds if kind != "journal" or what[0] == "kill"]
        self.world.ambushes.append([kernel, kinds, countdown, when, lambda _: self.do(what)])

    # What must hold.

    @invariant()
    def holds(self):
        assert not self.world.broken, self.world.broken
        for one in self.mirrors:
            one.check()
        service = self.world.service
        again = {d: n for d, n in service.completed.items() if n > 1 + service.excuses[d]}
        assert not again, again
        assert service.created["Bedtime"] <= 1 + service.deleted["Bedtime"]
        plans = self.world.plans
        assert not {k: n for k, n in plans.items() if n > 1 + self.world.plan_excuses[k]}

    def work_until_idle(self, number):
        for _ in range(MOST_STEPS):
            kernel = self.world.kernels[number]
            if not kernel.step():
                break
        else:
            raise AssertionError("it works without an end")
        self.bury()
        if kernel.dead:
            return
        snapshot = kernel.engine.snapshot()
        paused = any(one.paused for one in kernel.sessions)
        assert paused or snapshot.slots_free == snapshot.slots
        for one in kernel.sessions:
            one.check()
            one.check_rest()
        for one in self.closed:
            assert one.kernel.dead or not one.is_asked, "a finalize without an end"

    def teardown(self):
        if not hasattr(self, "world"):
            return
        try:
            if sys.exc_info()[0] is None:
                self.come_to_the_end()
        finally:
            self.world.close()
            Journal._shared.clear()
            shutil.rmtree(self.world.folder)

    def come_to_the_end(self):
        world, service = self.world, self.world.service
        service.calm()
        world.ambushes.clear()
        world.offset_s += 3600.0
        for name in NAMES:
            if not (world.files / name).exists():
                world.write(name, CONTENTS[0])
        for one in self.mirrors:
            one.session.unpause()
            one.paused = False
        for number in (0, 1):
            self.work_until_idle(number)
        for one in list(self.mirrors):
            self.finish(one)
        self.holds()
        for one in list(self.mirrors):
            self.close(self.mirrors.index(one))
        if self.pages:
            self.open(0, resume=True)
            self.finish(self.mirrors[0])
            self.close(0)
        assert self.claims() == []
        self.holds()

    def finish(self, one):
        """Bring a session to its end in a calm world: all that can be done is done, and is kept."""
        number = one.kernel.number
        paths = [path for path in one.order if path.read_text()]
        if paths:
            one.session.submit(paths)
        for _ in range(2):
            one.session.retry()
            self.work_until_idle(number)
            ask = self.ask(one, overwrite=True)
            self.work_until_idle(number)
        error = ask.future.exception(0)
        good = [path for path in one.order if path.read_text().startswith("sound ")]
        if error is None:
            one.check_end(ask.future.result(0))
            before = one.writes
            again = self.ask(one)
            self.work_until_idle(number)
            assert not again.future.result(0).written
            assert one.writes == before
        else:
            assert not good, error
        states = {job.state for job in one.session.jobs}
        assert states <= FINAL_STATES

    def claims(self):
        """Return the claims of kernels that live."""
        path = self.world.folder / "state 0" / "journal.db"
        if not path.exists():
            return []
        connection = sqlite3.connect(path)
        try:
            rows = connection.execute("SELECT what, owner FROM claim").fetchall()
        finally:
            connection.close()
        living = {j._owner.name for j in Journal._shared.values()}
        return [row for row in rows if row[1].partition(":")[0] in living]


class AlbumHistories(Histories):
    normalize = "album"


SETTINGS = settings(
    max_examples=int(os.environ.get("YOTOKIT_HISTORIES", "50")),
    stateful_step_count=40,
    deadline=None,
    # The same ones in each run; `YOTOKIT_HISTORIES=1000` looks for new ones.
    derandomize="YOTOKIT_HISTORIES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
TestHistories = Histories.TestCase
TestHistories.settings = SETTINGS
TestAlbumHistories = AlbumHistories.TestCase
TestAlbumHistories.settings = SETTINGS
