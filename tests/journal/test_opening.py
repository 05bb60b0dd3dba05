"""Newer files, ways of writing, and files that others have locked."""

from __future__ import annotations

import os
import sqlite3
import threading
import time

import pytest
from doing import ROWS, fill, opens_without_a_word, read, works

from yotokit.journal import opening
from yotokit.journal.schema import VERSION

# A file of a newer version.


@pytest.fixture(params=["closed", "its process was killed"])
def newer(request, filled, companion):
    """Return the folder of a journal that a newer version wrote, with all that it left."""
    path = filled / "journal.db"
    if request.param == "closed":
        connection = sqlite3.connect(path)
        connection.execute(f"PRAGMA user_version={VERSION + 1}")
        connection.close()
        return filled
    other = companion()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version={VERSION + 1}")
    connection.close()
    assert other.call("write_rows", "newer", 20) == ""
    other.kill()
    assert (filled / "journal.db-wal").stat().st_size > 0
    return filled


def test_a_file_of_a_newer_version_is_not_touched(newer, opened, one_warning):
    def contents():
        return {path.name: path.read_bytes() for path in newer.iterdir() if path.is_file()}

    before = contents()
    for _ in range(2):
        with one_warning() as told:
            journal = opened(newer)
            assert works(journal)
            journal.close()
        assert "newer version" in told[0]
    after = contents()

    before.pop("journal.db-shm", None)  # an index to the other two, which every reader makes anew
    after.pop("journal.db-shm", None)
    assert after == before


# Ways of writing.


@pytest.fixture
def no_write_ahead_log(monkeypatch):
    works_in = opening._works
    monkeypatch.setattr(
        opening, "_works", lambda path, mode: mode != "WAL" and works_in(path, mode)
    )


def test_where_a_write_ahead_log_does_not_work_a_journal_of_changes_is_used(
    folder, opened, no_write_ahead_log
):
    journal = opened(folder)
    assert works(journal)
    fill(journal, 20)
    assert read(journal, 20) == 20
    assert journal.on_disk
    assert not (folder / "journal.db-wal").exists()
    other = opened(folder)
    other.keep_result("other", "stage", "{}", b"value")
    assert journal.result("other", "stage", "{}") == b"value"
    assert journal.claim("me", "x", "1")
    assert not other.claim("me", "x", "1")
    journal.close()
    other.close()
    assert opens_without_a_word(folder)


@pytest.mark.parametrize(
    "answer",
    [False, sqlite3.OperationalError("locking protocol")],
    ids=["nothing is seen", "an error"],
)
def test_where_nothing_works_the_journal_is_in_memory(
    folder, opened, one_warning, monkeypatch, answer
):
    def works_in(*_):
        if answer:
            raise answer
        return answer

    monkeypatch.setattr(opening, "_works", works_in)
    with one_warning() as told:
        assert works(opened(folder))

    assert str(answer or "did not see") in told[0]


def test_trying_out_leaves_nothing_and_clears_what_a_killed_process_left(folder, opened):
    folder.mkdir()
    for age_s, name in ((3600, "probe-1.db"), (3600, "probe-1.db-wal"), (0, "probe-2.db")):
        (folder / name).write_bytes(b"")
        os.utime(folder / name, (time.time() - age_s,) * 2)
    opened(folder)

    assert [path.name for path in folder.glob("probe-*")] == ["probe-2.db"]


# A file that another process has locked.


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(opening, "BUSY_S", 0.1)
    monkeypatch.setattr(opening, "_COPY_S", 0.5)


@pytest.fixture
def another(filled):
    connection = sqlite3.connect(filled / "journal.db", isolation_level=None)
    yield connection
    connection.close()


def test_a_file_that_is_locked_for_too_long_is_given_up_with_all_that_was_in_it(
    filled, opened, one_warning, impatient, another
):
    journal = opened(filled)
    another.execute("BEGIN IMMEDIATE")
    assert read(journal) == ROWS
    with one_warning() as told:
        assert works(journal)
    assert "locked" in told[0]
    assert read(journal) == ROWS
    another.execute("ROLLBACK")

    assert not journal.on_disk
    journal.close()
    assert opens_without_a_word(filled)


@pytest.mark.usefixtures("impatient", "no_write_ahead_log")
def test_a_file_that_cannot_even_be_read_is_given_up_in_good_time(
    filled, opened, one_warning, another
):
    another.execute("PRAGMA journal_mode=DELETE")
    journal = opened(filled)
    another.execute("BEGIN EXCLUSIVE")
    begin = time.monotonic()
    with one_warning():
        assert read(journal) == 0
        assert works(journal)
    took_s = time.monotonic() - begin
    another.execute("ROLLBACK")

    assert took_s < 30.0
    journal.close()
    assert opens_without_a_word(filled)


@pytest.mark.usefixtures("impatient", "no_write_ahead_log")
def test_a_change_that_a_reader_keeps_from_being_finished_hangs_nothing(
    filled, opened, one_warning, another
):
    another.execute("PRAGMA journal_mode=DELETE")
    journal = opened(filled)
    reading = another.execute("SELECT * FROM result")
    reading.fetchone()
    with one_warning():
        journal.sessions.begin("new", "me", "new", "title", {})
        assert works(journal)
    reading.close()

    assert read(journal) == ROWS


def test_a_file_that_is_locked_when_it_is_opened_is_waited_for(filled, opened, another):
    another.execute("PRAGMA journal_mode=DELETE")
    another.execute("BEGIN EXCLUSIVE")
    done = threading.Event()

    def open_it():
        opened(filled)
        done.set()

    thread = threading.Thread(target=open_it)
    thread.start()
    assert not done.wait(0.3)
    another.execute("ROLLBACK")
    thread.join(30)

    assert done.is_set()
    assert read(opened(filled)) == ROWS


def test_a_file_that_is_locked_for_too_long_when_it_is_opened_is_given_up(
    filled, opened, one_warning, impatient, another
):
    another.execute("PRAGMA journal_mode=DELETE")
    another.execute("BEGIN EXCLUSIVE")
    with one_warning() as told:
        assert works(opened(filled))
    another.execute("ROLLBACK")

    assert "locked" in told[0]
    another.execute("PRAGMA journal_mode=WAL")
    assert opens_without_a_word(filled)
