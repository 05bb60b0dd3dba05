"""Whatever is wrong with the disk: one warning, and the work goes on in memory."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import pytest
from doing import ROWS, fill, opens_without_a_word, read, set_aside, works

from yotokit.journal import opening

# A folder that cannot be used.


def below_a_file(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    return tmp_path / "file" / "state"


def a_file(tmp_path):
    (tmp_path / "state").write_bytes(b"precious")
    return tmp_path / "state"


def a_folder_in_place_of_the_file(tmp_path):
    (tmp_path / "state" / "journal.db").mkdir(parents=True)
    return tmp_path / "state"


def a_link_to_nowhere(tmp_path):
    (tmp_path / "state").symlink_to(tmp_path / "nowhere" / "at all")
    return tmp_path / "state"


def of_the_kernel(_):
    if not os.path.isdir("/proc/self"):  # noqa: PTH112 - it is no file of ours
        pytest.skip("this system has no /proc")
    return Path("/proc/yotokit")


def with_a_name_too_long(tmp_path):
    return tmp_path / ("x" * 300)


def no_path_at_all(tmp_path):
    return tmp_path / "a\0b"


@pytest.mark.parametrize(
    "make",
    [
        below_a_file,
        a_file,
        a_folder_in_place_of_the_file,
        a_link_to_nowhere,
        of_the_kernel,
        with_a_name_too_long,
        no_path_at_all,
    ],
)
def test_a_folder_that_cannot_be_used_makes_a_journal_in_memory(
    make, tmp_path, opened, one_warning
):
    folder = make(tmp_path)
    with one_warning() as told:
        journal = opened(folder)
        assert works(journal)

    assert not journal.on_disk
    assert str(folder) in journal.trouble
    assert journal.trouble in told[0]
    assert "YOTOKIT_STATE_DIR" in told[0]


def test_a_file_in_place_of_the_folder_is_named_and_left_alone(tmp_path, opened, one_warning):
    with one_warning() as told:
        opened(a_file(tmp_path))

    assert "is not a folder" in told[0]
    assert (tmp_path / "state").read_bytes() == b"precious"


def test_a_folder_that_may_not_be_written_makes_a_journal_in_memory(
    filled, opened, one_warning, monkeypatch
):
    """A real user is refused by the system; root is not, so SQLite's answer is made up."""
    connect = opening._connect

    def refuse(path, *arguments, **options):
        if "probe" in str(path):
            raise sqlite3.OperationalError("attempt to write a readonly database")
        return connect(path, *arguments, **options)

    before = (filled / "journal.db").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(opening, "_connect", refuse)
        with one_warning() as told:
            assert works(opened(filled))

    assert "readonly" in told[0]
    assert (filled / "journal.db").read_bytes() == before
    assert opens_without_a_word(filled)


# Root may do anything, so it becomes somebody else once everything is loaded.
AS_NOBODY = """
import logging, os, pathlib, sys, warnings
from yotokit.journal import Journal
import encodings.idna, sqlite3
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
warnings.simplefilter("error")
logging.basicConfig(stream=sys.stdout, format="%(message)s")
journal = Journal(pathlib.Path(sys.argv[1]))
journal.keep_result("a", "s", "{}", b"x")
assert journal.result("a", "s", "{}") == b"x"
assert not journal.on_disk
journal.close()
"""


@pytest.fixture
def public(filled, tmp_path_factory):
    """Return a copy of a journal, in a place that all users can reach."""
    place = Path(tempfile.mkdtemp(dir=tmp_path_factory.getbasetemp().parents[1]))
    place.chmod(0o755)
    shutil.copytree(filled, place / "state")
    (place / "state" / "owners").mkdir()
    yield place / "state"
    shutil.rmtree(place)


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="this system knows no such rights")
@pytest.mark.parametrize("what", ["the folder above", "the folder", "the file", "the locks"])
def test_a_user_without_the_right_to_write_has_a_journal_in_memory(public, what):
    place = {"the folder above": public / "below" / "state"}.get(what, public)
    public.chmod(0o777 if what in {"the file", "the locks"} else 0o555)
    (public / "journal.db").chmod(0o666 if what == "the locks" else 0o444)
    (public / "owners").chmod(0o555)
    before = (public / "journal.db").read_bytes()
    process = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(place)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    public.chmod(0o755)

    assert process.stderr == ""
    assert process.stdout.count("cannot be used") == 1
    assert (public / "journal.db").read_bytes() == before
    assert list(public.glob("probe*")) == []


# A disk that fills up.


def system(*command):
    subprocess.run(command, check=True, capture_output=True, timeout=30)


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    try:
        system("mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place))
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user cannot mount a small disk")
    yield place
    system("umount", str(place))


def test_a_disk_that_fills_up_loses_nothing_in_this_run_and_only_its_end_for_the_next(
    small_disk, opened, one_warning, mode
):
    folder = small_disk / "state"
    journal = opened(folder)
    with one_warning() as told:
        fill(journal)
        assert works(journal)
    assert read(journal) == ROWS
    journal.close()
    assert "full" in told[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        journal = opened(folder)
        assert works(journal)
        journal.close()
    system("mount", "-o", "remount,size=20m", str(small_disk))
    assert opens_without_a_word(folder)
    journal = opened(folder)
    assert 0 < read(journal) < ROWS
    assert set_aside(folder) == []
    journal.close()


def test_a_disk_that_was_full_from_the_start_makes_a_journal_in_memory(
    small_disk, opened, one_warning
):
    with pytest.raises(OSError, match="No space"):
        (small_disk / "ballast").write_bytes(bytes(400_000))
    with one_warning() as told:
        assert works(opened(small_disk / "state"))

    assert "full" in told[0]
    (small_disk / "ballast").unlink()
    assert opens_without_a_word(small_disk / "state")


@pytest.fixture
def failing(monkeypatch):
    """Return a function that makes SQLite answer changes of the file with an error."""
    execute = opening.Connection.execute

    def fail(error):
        def refuse(connection, statement, values=()):
            if not statement.startswith(("SELECT", "PRAGMA")):
                (_, _, file), *_ = execute(connection, "PRAGMA database_list")
                if file:
                    raise error
            return execute(connection, statement, values)

        monkeypatch.setattr(opening.Connection, "execute", refuse)

    yield fail
    monkeypatch.undo()


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.OperationalError("database or disk is full"),
        sqlite3.OperationalError("disk I/O error"),
        sqlite3.OperationalError("attempt to write a readonly database"),
        sqlite3.InternalError("something new"),
    ],
    ids=str,
)
def test_an_error_in_the_middle_of_a_run_keeps_in_memory_what_was_on_disk(
    filled, opened, one_warning, failing, error
):
    journal = opened(filled)
    with one_warning() as told:
        failing(error)
        assert works(journal)
        assert read(journal) == ROWS

    assert str(error) in told[0]
    assert not journal.on_disk


# Other hands.


def test_a_state_folder_that_is_removed_in_the_middle_of_a_run_hurts_nobody(filled, opened, mode):
    journal = opened(filled)
    shutil.rmtree(filled)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert works(journal)
        journal.close()

    assert opens_without_a_word(filled)


def test_an_interrupt_in_the_middle_of_a_change_undoes_it_and_hurts_no_later_one(folder, opened):
    journal = opened(folder)

    def interrupted(connection):
        connection.execute("INSERT INTO claim VALUES ('me', 'x', 'y')")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        journal._database.transaction(interrupted)
    journal._database._connection.execute("BEGIN IMMEDIATE")
    assert works(journal)
    assert journal.claim("me", "x", "1")
    assert journal.on_disk


def test_warnings_that_are_errors_raise_nothing(tmp_path, opened):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        journal = opened(below_a_file(tmp_path))
        assert works(journal)

    assert "Not a directory" in journal.trouble


def test_a_statement_that_fails_in_memory_too_is_logged_and_not_remembered(opened, caplog):
    journal = opened(None)
    assert journal._database.write("INSERT INTO nowhere VALUES (1)") == 0
    assert works(journal)
    assert "failed even in memory" in caplog.text
