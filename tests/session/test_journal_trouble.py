"""A session whose journal cannot be kept does all of its work, and says once what is wrong."""

from __future__ import annotations

import logging
import os
import random
import sqlite3
import warnings
from contextlib import contextmanager
from pathlib import Path

import pytest

import yotokit as yk
from yotokit.errors import JournalWarning
from yotokit.journal import Journal, opening
from yotokit.journal.schema import VERSION

FILES = 4
LOGGER = "yotokit.journal"


class World:
    """Files, an account and a state folder; and sessions that bring the one to the other."""

    def __init__(self, paths, yoto, emulator, monkeypatch, state):
        self.paths = paths
        self.yoto = yoto
        self.emulator = emulator
        self.state = state
        self._monkeypatch = monkeypatch
        self.use(state)

    def use(self, state):
        self._monkeypatch.setenv("YOTOKIT_STATE_DIR", str(state))

    def run(self, engine, **options):
        """Return the report of a session, and what it said of its journal at the end."""
        with yk.Session("Card", self.yoto, engine=engine, **options) as session:
            session.submit(self.paths)
            report = session.finalize()
            return report, session.snapshot().journal_trouble

    def is_complete(self, report):
        """Say whether all files are on the one card, in order, each sent once."""
        (card,) = self.emulator.cards
        titles = [chapter["title"] for chapter in card["content"]["chapters"]]
        counters = self.emulator.counters
        return (
            len(report.done) == FILES
            and titles == [f"tone {n}" for n in range(1, FILES + 1)]
            and (counters.completed_puts, counters.card_creates) == (FILES, 1)
        )


@pytest.fixture
def world(tones, yoto, emulator, monkeypatch, tmp_path):
    return World(tones(FILES), yoto, emulator, monkeypatch, tmp_path / "state")


@pytest.fixture
def one_warning(caplog):
    """Return a context in which exactly one warning is given, and logged."""

    @contextmanager
    def context(reason):
        caplog.clear()
        with caplog.at_level(logging.WARNING, LOGGER), pytest.warns(JournalWarning) as caught:
            yield
        told = [str(warning.message) for warning in caught]
        assert len(told) == 1, told
        assert reason in told[0]
        assert [r.getMessage() for r in caplog.records if r.name == LOGGER] == told

    return context


def unusable(world):
    (world.state.parent / "file").write_bytes(b"")
    world.use(world.state.parent / "file" / "state")


def newer(world):
    Journal(world.state).close()
    connection = sqlite3.connect(world.state / "journal.db")
    connection.execute(f"PRAGMA user_version={VERSION + 1}")
    connection.close()


def damaged(world):
    world.state.mkdir()
    (world.state / "journal.db").write_bytes(random.Random(1).randbytes(50_000))


@pytest.fixture
def fill_up(monkeypatch):
    """Return a function that lets the disk be full after so many changes, for all who write."""
    execute = opening.Connection.execute

    def begin(*, after):
        count = 0

        def refuse(connection, statement, values=()):
            nonlocal count
            if statement.startswith(("INSERT", "UPDATE", "DELETE", "BEGIN")):
                (_, _, file), *_ = execute(connection, "PRAGMA database_list")
                count += bool(file)
                if file and count > after:
                    raise sqlite3.OperationalError("database or disk is full")
            return execute(connection, statement, values)

        monkeypatch.setattr(opening.Connection, "execute", refuse)

    return begin


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [(unusable, "Not a directory"), (newer, "newer version"), (damaged, "is damaged")],
    ids=["unusable", "newer", "damaged"],
)
def test_a_session_comes_to_its_end_although_its_journal_cannot_be_kept(
    world, engine, one_warning, spoil, reason
):
    spoil(world)
    with one_warning(reason), yk.Session("Card", world.yoto, engine=engine) as session:
        session.submit(world.paths)
        report = session.finalize()
        told = session.snapshot().journal_trouble
        (saved,) = yk.sessions(world.yoto)

    assert world.is_complete(report)
    # What is damaged is set aside, and with a new file the trouble is over.
    assert (told == "") if spoil is damaged else (reason in told)
    assert len(saved.files) == FILES


@pytest.mark.parametrize("after", [0, 1, 2, 5, 10, 20, 30])
def test_a_session_comes_to_its_end_although_the_disk_fills_up_in_the_middle(
    world, engine, one_warning, fill_up, after
):
    with one_warning("full"), yk.Session("Card", world.yoto, engine=engine) as session:
        fill_up(after=after)
        session.submit(world.paths)
        report = session.finalize()
        told = session.snapshot().journal_trouble
        (saved,) = yk.sessions(world.yoto)

    assert world.is_complete(report)
    assert "full" in told
    assert len(saved.files) == FILES
    assert saved.card_id == report.card.card_id


def test_after_the_disk_was_full_the_next_run_does_nothing_twice(
    world, engine, one_warning, fill_up, monkeypatch
):
    with one_warning("full"):
        fill_up(after=15)
        world.run(engine)
    monkeypatch.undo()
    world.use(world.state)
    report, trouble = world.run(engine)

    assert trouble == ""
    assert world.is_complete(report)
    assert not report.written


def test_a_journal_that_is_damaged_in_the_middle_of_a_run_costs_nothing_but_a_warning(
    world, engine, one_warning
):
    with one_warning("is damaged"), yk.Session("Card", world.yoto, engine=engine) as session:
        session.submit(world.paths[:2])
        assert session.wait(60)
        for name in ("journal.db", "journal.db-wal"):
            with (world.state / name).open("r+b") as file:
                file.write(random.Random(1).randbytes(200_000))
        # What SQLite has in memory hides the damage for as long as nobody else writes.
        journal = Journal.shared(world.state)
        journal._database.read("PRAGMA shrink_memory")
        journal.release()
        session.submit(world.paths)
        report = session.finalize()
        assert session.snapshot().journal_trouble == ""
        assert len(yk.sessions()) == 1

    assert world.is_complete(report)
    report, trouble = world.run(engine)
    assert trouble == ""
    assert not report.written
    assert world.is_complete(report)


def test_warnings_that_are_errors_stop_no_session(world, engine):
    unusable(world)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report, trouble = world.run(engine)

    assert world.is_complete(report)
    assert str(world.state.parent / "file" / "state") in trouble


def test_sessions_of_one_process_that_share_a_journal_warn_of_it_once(world, threads, one_warning):
    unusable(world)
    with (
        one_warning("Not a directory"),
        yk.Session("One", world.yoto, engine=threads) as one,
        yk.Session("Two", world.yoto, engine=threads) as two,
    ):
        for session in (one, two):
            session.submit(world.paths)
        reports = [session.finalize() for session in (one, two)]
        told = {session.snapshot().journal_trouble for session in (one, two)}
        titles = {saved.title for saved in yk.sessions()}

    assert [len(report.done) for report in reports] == [FILES, FILES]
    assert titles == {"One", "Two"}
    assert len(told) == 1
    assert world.emulator.counters.completed_puts == FILES


def test_in_memory_a_second_session_of_the_process_goes_on_where_the_first_one_ended(
    world, threads, one_warning
):
    unusable(world)
    with one_warning("Not a directory"), yk.Session("Open", world.yoto, engine=threads):
        world.run(threads)
        report, _ = world.run(threads)
        with yk.Session.resume("Card", world.yoto, engine=threads) as session:
            assert len(session.jobs) == FILES

    assert not report.written
    assert world.is_complete(report)


@pytest.mark.parametrize("normalize", ["track", "album", "off"])
def test_a_session_that_is_to_remember_nothing_writes_nothing_and_warns_of_nothing(
    world, engine, normalize
):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report, trouble = world.run(engine, journal=False, normalize=normalize)

    assert trouble == ""
    assert world.is_complete(report)
    assert not world.state.exists()


def test_a_journal_in_a_folder_of_its_own_is_the_only_one_that_is_written(world, engine, tmp_path):
    report, trouble = world.run(engine, journal=tmp_path / "mine")

    assert trouble == ""
    assert world.is_complete(report)
    assert not world.state.exists()
    assert len(yk.sessions(journal=tmp_path / "mine")) == 1
    assert yk.sessions() == ()


def test_files_whose_names_are_no_unicode_are_remembered_like_others(world, engine):
    plain = world.paths[0]
    path = Path(os.fsdecode(os.fsencode(plain.parent) + b"/caf\xe9.wav"))
    try:
        plain.rename(path)
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    world.paths = [path]
    for _ in range(2):
        report, trouble = world.run(engine)
        assert trouble == ""
        assert len(report.done) == 1

    assert world.emulator.counters.completed_puts == 1
    assert yk.sessions()[0].files == (str(path),)
    with yk.Session.resume("Card", world.yoto, engine=engine) as session:
        assert [job.path for job in session.jobs] == [path]
        assert not session.finalize().written
